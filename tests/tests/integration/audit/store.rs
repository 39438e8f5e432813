//! The buckets of a world as the audit reads them.

use std::sync::Arc;

use atlas_exports::{
    ExportBucket,
    audit::{MarkerFuture, MarkerStore},
};

use crate::world::{model::World, storage, time::Time};

/// All buckets at one moment.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) world: Arc<World>,
    pub(super) at: Time,
}

impl MarkerStore for Store {
    fn get<'a>(&'a self, bucket: &'a ExportBucket, key: &'a str) -> MarkerFuture<'a> {
        let world = &*self.world;
        let owner = world.projects.iter().find(|project| project.bucket(bucket.id().as_str()).is_some());
        let object = match (owner, bucket.name(), key.strip_suffix("/.complete")) {
            (Some(project), Some(name), Some(prefix)) => storage::marker(world, project, name, prefix, self.at),
            _ => Err(storage::Denied),
        };
        Box::pin(async move { object.map(|text| text.map(Into::into)).map_err(|_| "access denied".into()) })
    }
}
