//! Facts for the judge, read from what a world shows, as little as the judge asks for.

use atlas_exports::audit::{Buckets, Facts, Finding, JobLog, Marker, Need, ProjectFacts, Reading, Rules, judge, need};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::world::{
    model::{Project, World},
    storage,
    time::{Time, utc},
    view::{ClusterView, View},
};

/// The event that tells of an edited schedule.
const EDITED: &str = "CPS_SNAPSHOT_SCHEDULE_UPDATED_AUDIT";

/// One cluster as the auditor meets it.
pub(super) struct Case<'a> {
    pub(super) world: &'a World,
    pub(super) project: &'a Project,
    pub(super) view: &'a View,
    pub(super) cluster: &'a ClusterView,
    pub(super) at: Time,
}

fn read<T: DeserializeOwned>(document: &Value) -> T {
    serde_json::from_value(document.clone()).unwrap_or_else(|error| panic!("{error}: {document}"))
}

impl Case<'_> {
    /// Asks for one thing after the other, and judges.
    pub(super) fn judge(&self, rules: &Rules) -> Finding {
        judge(&self.gather(rules), rules, utc(self.at))
    }

    pub(super) fn gather(&self, rules: &Rules) -> Facts {
        let mut facts = Facts::new(ProjectFacts::new(&self.view.id));
        for _ in 0..30 {
            let Some(wanted) = need(&facts, rules, utc(self.at)) else { return facts };
            self.fill(&mut facts, wanted);
        }
        panic!("the judge asks without end: {:?}", need(&facts, rules, utc(self.at)));
    }

    fn fill(&self, facts: &mut Facts, wanted: Need) {
        match wanted {
            Need::Cluster => facts.cluster = Reading::Whole(read(&self.cluster.document)),
            Need::Buckets => {
                let ids = self.view.buckets.iter().map(|bucket| read(&bucket["_id"]));
                facts.buckets = Reading::Whole(Buckets::new(ids));
            }
            Need::Schedule => facts.schedule = Reading::Whole(read(&self.cluster.schedule)),
            Need::Jobs => {
                let mut log = JobLog::new();
                self.cluster.jobs.iter().for_each(|job| log.add(read(job)));
                facts.jobs = Reading::Whole(log);
            }
            Need::Snapshots => {
                facts.snapshots = Reading::Whole(self.cluster.snapshots.iter().map(read).collect());
            }
            Need::ScheduleChanges { since, .. } => {
                let of_it = |event: &&crate::world::model::Event| {
                    event.name == EDITED && event.cluster == self.cluster.name && utc(event.created) >= since
                };
                let times = self.view.events.iter().filter(of_it).map(|event| utc(event.created));
                facts.schedule_changes = Reading::Whole(times.collect());
            }
            Need::Marker { job, .. } => {
                let id = job.id.as_str().to_owned();
                let bucket = job.export_bucket_id.as_ref().map(|id| id.as_str().to_owned());
                facts.markers.insert(id, self.marker(bucket.as_deref(), job.prefix.as_deref()));
            }
            other => panic!("the judge asks for {other:?}"),
        }
    }

    fn marker(&self, bucket: Option<&str>, prefix: Option<&str>) -> Marker {
        let bucket = self.project.buckets.iter().find(|held| Some(held.id.as_str()) == bucket);
        let (Some(bucket), Some(prefix)) = (bucket, prefix) else {
            return Marker::Unreadable("neither bucket nor prefix is known".to_owned());
        };
        match storage::marker(self.world, self.project, &bucket.name, prefix, self.at) {
            Err(storage::Denied) => Marker::Unreadable("access denied".to_owned()),
            Ok(None) => Marker::Absent,
            Ok(Some(text)) => {
                let document: Value = serde_json::from_str(&text).expect("a marker");
                let time = document["snapshotInitiationDate"].as_i64().and_then(DateTime::<Utc>::from_timestamp_millis);
                Marker::present(document["clusterUniqueId"].as_str().map(str::to_owned), time)
            }
        }
    }
}
