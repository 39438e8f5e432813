//! Projects, clusters, backup schedules, snapshots and events.

use std::sync::atomic::Ordering;

use serde_json::Value;

use crate::{FakeAtlas, NewCluster, NewSchedule, NewSnapshot, Paging, data::backups::Event, lock::lock};

/// Projects, clusters, backup schedules, snapshots and events.
///
/// Projects and clusters that do not exist are added.
impl FakeAtlas {
    /// Sets the name of a project.
    pub fn name_project(&self, project_id: &str, name: &str) {
        lock(&self.api().store).add_project(project_id).name = Some(name.to_owned());
    }

    /// Adds a cluster to a project, or replaces the properties of the one with the same name.
    pub fn put_cluster(&self, project_id: &str, cluster: NewCluster) {
        let mut store = lock(&self.api().store);
        let name = cluster.name.clone();
        store.add_project(project_id).add_cluster(&name).details = cluster;
    }

    /// Removes a cluster with its schedule, snapshots and jobs.
    pub fn remove_cluster(&self, project_id: &str, cluster: &str) {
        lock(&self.api().store).add_project(project_id).remove_cluster(cluster);
    }

    /// Sets the backup schedule of a cluster. The initial one has no policy items and no exports.
    pub fn put_schedule(&self, project_id: &str, cluster: &str, schedule: &NewSchedule) {
        self.put_schedule_document(project_id, cluster, schedule.document());
    }

    /// Sets the backup schedule of a cluster. The document is served as it is.
    pub fn put_schedule_document(&self, project_id: &str, cluster: &str, document: Value) {
        lock(&self.api().store).add_project(project_id).add_cluster(cluster).schedule = document;
    }

    /// Adds a snapshot to a cluster, or replaces the one with the same id.
    pub fn put_snapshot(&self, project_id: &str, cluster: &str, snapshot: NewSnapshot) {
        self.put_snapshot_document(project_id, cluster, snapshot.document());
    }

    /// Adds a snapshot to a cluster, or replaces the one with the same `id`. The document is served as it is.
    pub fn put_snapshot_document(&self, project_id: &str, cluster: &str, document: Value) {
        let mut store = lock(&self.api().store);
        let snapshots = &mut store.add_project(project_id).add_cluster(cluster).snapshots;
        match snapshots.iter_mut().find(|held| held.get("id") == document.get("id")) {
            Some(held) => *held = document,
            None => snapshots.push(document),
        }
    }

    /// Sets whether the list of snapshots leaves out those of sharded clusters, which the list of sharded snapshots has
    /// in any case; off by default. It is not known what the live service does.
    pub fn list_sharded_snapshots_apart(&self, apart: bool) {
        self.api().list_sharded_snapshots_apart.store(apart, Ordering::Relaxed);
    }

    /// Adds an event to a project, and returns its id. `name` is a type such as `CPS_SNAPSHOT_SCHEDULE_UPDATED_AUDIT`,
    /// `created_at` a time as Atlas writes it. The cluster only matters to the parameter `clusterNames`: events do not
    /// show it. Lists start with the event that was added last.
    pub fn add_event(&self, project_id: &str, name: &str, created_at: &str, cluster: Option<&str>) -> String {
        let mut store = lock(&self.api().store);
        let id = store.new_id(&self.api().clock);
        let (name, created, cluster) = (name.to_owned(), created_at.to_owned(), cluster.map(str::to_owned));
        store.add_project(project_id).events.push(Event { id: id.clone(), name, created, cluster });
        id
    }

    /// Sets how lists are cut into pages.
    pub fn set_paging(&self, paging: Paging) {
        *lock(&self.api().paging) = paging;
    }
}
