//! Reads one thing after the other from the API, at the rate that waits have.

use std::collections::HashMap;

use atlas_exports_gen::{
    models::{ClusterName, ExportBucket, ExportState},
    types::{BackupSchedule, BackupSnapshot, ExportJob},
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use super::{Buckets, JobLog, Reading, Trouble, clock::ServiceClock};
use crate::{ApiVersion, Client, Error, ErrorKind, List, ProjectId, pipeline::Completed};

/// The event that says that a backup schedule was changed.
const SCHEDULE_CHANGED: &str = "CPS_SNAPSHOT_SCHEDULE_UPDATED_AUDIT";

/// The cluster that something is read of.
type Target<'a> = (&'a ProjectId, &'a ClusterName);

/// Everything that an audit asks of the service goes through here.
pub(super) struct Reader {
    pub(super) client: Client,
    pub(super) clock: ServiceClock,
    /// How many requests are made at once.
    pub(super) permits: Semaphore,
}

/// The export buckets of a project.
pub(super) struct ProjectBuckets {
    pub(super) ids: Reading<Buckets>,
    /// The buckets themselves, if markers are read from them.
    pub(super) by_id: HashMap<String, ExportBucket>,
}

impl Reader {
    pub(super) fn is_v2(&self) -> bool {
        self.client.pipeline().connection.version.api() == ApiVersion::V2
    }

    /// Waits until a request may be sent, and has its permit until the end of the work.
    async fn in_turn<T>(&self, project: Option<&ProjectId>, work: impl Future<Output = T>) -> T {
        if let Some(project) = project {
            self.client.acquire_poll(project).await;
        }
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await;
        work.await
    }

    fn completed<T: DeserializeOwned>(&self, completed: Result<Completed, Error>) -> Reading<T> {
        let decoded = completed.and_then(|completed| {
            self.clock.learn(&completed.response.headers);
            self.client.pipeline().decode(&completed)
        });
        match decoded {
            Ok(value) => Reading::Whole(value),
            Err(error) => Reading::Failed(Trouble::from(&error)),
        }
    }

    /// Reads a list to its end, page by page. Returns whether any page was read, and what went wrong.
    pub(super) async fn fold<T: DeserializeOwned>(
        &self,
        project: Option<&ProjectId>,
        list: List<T>,
        mut each: impl FnMut(T),
    ) -> (bool, Option<Trouble>) {
        let mut cursor = list.thorough_cursor();
        let (mut read, mut trouble) = (false, None);
        while cursor.has_next() {
            match self.in_turn(project, cursor.next()).await {
                None => break,
                Some(Err(error)) => return (read, Some(Trouble::from(&error))),
                Some(Ok((_, page))) => {
                    read = true;
                    self.clock.learn(&page.headers);
                    for item in page.items {
                        match item {
                            Ok(item) => each(item),
                            // An item that cannot be decoded may be the one that matters.
                            Err(error) => trouble = Some(Trouble::from(&error)),
                        }
                    }
                }
            }
        }
        if !cursor.has_next() && cursor.is_short() {
            let short = Error::new(ErrorKind::Paging, "the list ended before as many items as it counts");
            trouble.get_or_insert(Trouble::from(&short));
        }
        (read, trouble)
    }

    pub(super) async fn schedule(&self, (project, cluster): Target<'_>) -> Reading<BackupSchedule> {
        let call = self.client.complete(|api| api.get_backup_schedule().group_id(project).cluster_name(cluster).send());
        self.completed(self.in_turn(Some(project), call).await)
    }

    pub(super) async fn buckets(&self, project: &ProjectId, keep: bool) -> ProjectBuckets {
        let (mut ids, mut by_id) = (Vec::new(), HashMap::new());
        let list = self.client.list(|api| api.list_export_buckets().group_id(project));
        let (read, trouble) = self
            .fold(Some(project), list, |bucket: ExportBucket| {
                let id = bucket.id().as_str().to_owned();
                if keep {
                    by_id.insert(id.clone(), bucket);
                }
                ids.push(id);
            })
            .await;
        let buckets = Buckets::new(ids);
        let buckets = if self.is_v2() { buckets } else { buckets.aws_only() };
        ProjectBuckets { ids: reading(buckets, read, trouble), by_id }
    }

    pub(super) async fn jobs(&self, (project, cluster): Target<'_>) -> Reading<JobLog> {
        let mut log = JobLog::new();
        let list = self.client.list(|api| api.list_export_jobs().group_id(project).cluster_name(cluster));
        let (read, trouble) = self.fold(Some(project), list, |job| log.add(job)).await;
        reading(log, read, trouble)
    }

    /// The snapshots of a cluster.
    ///
    /// The list for all clusters has those of sharded ones too, as far as is known. Where it has none, theirs is read.
    pub(super) async fn snapshots(
        &self,
        (project, cluster): Target<'_>,
        is_sharded: bool,
    ) -> Reading<Vec<BackupSnapshot>> {
        let mut snapshots = Vec::new();
        let list = self.client.list(|api| api.list_backup_snapshots().group_id(project).cluster_name(cluster));
        let (read, trouble) = self.fold(Some(project), list, |snapshot| snapshots.push(snapshot)).await;
        let plain = reading(snapshots, read, trouble);
        let is_of_shards = |snapshot: &BackupSnapshot| {
            snapshot.type_.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("shardedCluster"))
        };
        let are_enough = match &plain {
            Reading::Whole(snapshots) | Reading::Partial(snapshots, _) => snapshots.iter().any(is_of_shards),
            Reading::NotRead | Reading::Failed(_) => false,
        };
        if !is_sharded || are_enough {
            return plain;
        }
        let call = self
            .client
            .complete(|api| api.list_sharded_backup_snapshots().group_id(project).cluster_name(cluster).send());
        let page =
            self.completed::<atlas_exports_gen::types::BackupSnapshotPage>(self.in_turn(Some(project), call).await);
        match (page, plain) {
            (Reading::Whole(page), plain) => match page.results.unwrap_or_default() {
                none if none.is_empty() => plain,
                sharded => Reading::Whole(sharded),
            },
            (Reading::Failed(trouble), Reading::Whole(snapshots)) => Reading::Partial(snapshots, trouble),
            (_, plain) => plain,
        }
    }

    /// When the schedule of a cluster was changed, since a time.
    pub(super) async fn schedule_changes(
        &self,
        (project, cluster): Target<'_>,
        since: DateTime<Utc>,
    ) -> Reading<Vec<DateTime<Utc>>> {
        let list = self.client.list(|api| {
            let events = api.list_project_events().group_id(project);
            events
                .event_type(vec![SCHEDULE_CHANGED.to_owned()])
                .cluster_names(vec![cluster.as_str().to_owned()])
                .min_date(since.to_rfc3339_opts(SecondsFormat::Secs, true))
        });
        let mut changes = Vec::new();
        let (read, trouble) = self
            .fold(Some(project), list, |event| {
                let is_of_cluster = event.cluster_name.as_deref().is_none_or(|name| name == cluster.as_str());
                if is_of_cluster && event.event_type_name.as_deref() == Some(SCHEDULE_CHANGED) {
                    changes.extend(event.created);
                }
            })
            .await;
        reading(changes, read, trouble)
    }

    /// The states of the jobs that an export of a sharded cluster consists of.
    pub(super) async fn components(
        &self,
        (project, cluster): Target<'_>,
        job: &ExportJob,
    ) -> Reading<Vec<ExportState>> {
        let mut states = Vec::new();
        for id in job.components.iter().flatten().filter_map(|component| component.export_id.as_ref()) {
            let call = self
                .client
                .complete(|api| api.get_export_job().group_id(project).cluster_name(cluster).export_id(id).send());
            match self.completed::<ExportJob>(self.in_turn(Some(project), call).await) {
                Reading::Whole(job) => states.extend(job.state),
                Reading::Failed(trouble) if states.is_empty() => return Reading::Failed(trouble),
                Reading::Failed(trouble) => return Reading::Partial(states, trouble),
                Reading::NotRead | Reading::Partial(..) => {}
            }
        }
        Reading::Whole(states)
    }
}

fn reading<T>(value: T, read: bool, trouble: Option<Trouble>) -> Reading<T> {
    match trouble {
        None => Reading::Whole(value),
        Some(trouble) if read => Reading::Partial(value, trouble),
        Some(trouble) => Reading::Failed(trouble),
    }
}
