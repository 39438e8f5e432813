//! The fake of Atlas that `--fake` asks.

use std::{io, time::Duration};

use atlas_exports::{ExportBucketId, ExportId, ProjectId, SnapshotId};
use atlas_exports_testing::{FakeAtlas, Kind, NewJob, Script};
use serde_json::{Value, json};

use crate::exit::Problem;

/// Poll interval for jobs that end within seconds.
pub(crate) const INTERVAL: Duration = Duration::from_millis(250);

/// A bucket that no job exports to, so that it can be deleted.
const IDLE_BUCKET: &str = "5fb1a7d2e2c4d84c1e4f0b02";

/// A running fake with a job that makes progress.
#[derive(Debug)]
pub(crate) struct Fake {
    pub(crate) atlas: FakeAtlas,
    moving: String,
}

/// Starts a fake whose new jobs end within seconds.
pub(crate) async fn start() -> io::Result<Fake> {
    let atlas = FakeAtlas::builder().try_start().await?;
    let moves = || {
        let (copied, done) = (Duration::from_millis(800), Duration::from_secs(5));
        Script::timed_exactly([("Queued", Duration::ZERO), ("InProgress", copied), ("Successful", done)])
    };
    atlas.script_created_jobs(moves());
    atlas.put_bucket(json!({
        "_id": IDLE_BUCKET,
        "bucketName": "old-exports",
        "cloudProvider": "AWS",
        "iamRoleId": "668c5f0ed436263134491592",
    }));
    let moving = atlas.add_job(NewJob::new(moves()).collections(40));
    Ok(Fake { atlas, moving })
}

impl Fake {
    /// Returns a project with clusters whose last snapshots have come to different ends.
    pub(crate) fn audited_project(&self) -> Result<ProjectId, Problem> {
        id(self.atlas.seed_audit_example())
    }

    pub(crate) fn project(&self) -> Result<ProjectId, Problem> {
        id(self.atlas.project_id())
    }

    /// Returns a job that has ended.
    pub(crate) fn job(&self) -> Result<ExportId, Problem> {
        id(&self.atlas.job_id(Kind::ReplicaSet))
    }

    /// Returns the job that makes progress.
    pub(crate) fn moving_job(&self) -> Result<ExportId, Problem> {
        id(&self.moving)
    }

    pub(crate) fn snapshot(&self) -> Result<SnapshotId, Problem> {
        let job = self.atlas.job(&self.atlas.job_id(Kind::ReplicaSet)).unwrap_or_default();
        id(job.get("snapshotId").and_then(Value::as_str).unwrap_or_default())
    }

    /// Returns the bucket that its jobs export to.
    pub(crate) fn bucket(&self) -> Result<ExportBucketId, Problem> {
        id(self.atlas.bucket_id())
    }

    pub(crate) fn idle_bucket(&self) -> Result<ExportBucketId, Problem> {
        id(IDLE_BUCKET)
    }
}

fn id<T: std::str::FromStr<Err = atlas_exports::ParseIdError>>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|invalid| Problem::Atlas(atlas_exports::Error::from(invalid)))
}
