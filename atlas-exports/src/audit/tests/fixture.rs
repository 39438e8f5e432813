//! A cluster whose nights go well, to be spoilt by each test.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::audit::{Buckets, Facts, Finding, JobLog, Marker, ProjectFacts, Reading, Rules, Trouble, judge};

pub(super) const CLUSTER: &str = "695a00000000000000000001";

pub(super) fn at(time: &str) -> DateTime<Utc> {
    let seconds = if time.len() == 16 { ":00Z" } else { "Z" };
    format!("{time}{seconds}").parse().unwrap()
}

/// An identifier that was made at a time.
pub(super) fn id(time: &str, n: u32) -> String {
    format!("{:08x}{n:016x}", at(time).timestamp())
}

pub(super) fn bucket() -> String {
    id("2026-01-02T00:00", 0xb)
}

pub(super) fn item(frequency: &str, n: u32) -> String {
    id("2026-01-02T00:00", 0x1000 + n + u32::try_from(frequency.len()).unwrap() * 16)
}

/// A completed snapshot, queued ten seconds after a minute and taken seven minutes later.
pub(super) fn snapshot(due: &str, frequency: &str) -> Value {
    let taken = at(due) + chrono::TimeDelta::seconds(7 * 60 + 8);
    json!({
        "id": id(&format!("{due}:10"), 0x5), "status": "completed", "createdAt": taken, "frequencyType": frequency,
        "snapshotType": "scheduled", "policyItems": [item(frequency, 0)],
    })
}

/// The job that exports the snapshot that was due at a time.
pub(super) fn job(due: &str, state: &str) -> Value {
    let taken = at(due) + chrono::TimeDelta::minutes(7);
    let created = at(due) + chrono::TimeDelta::minutes(20);
    let finished =
        matches!(state, "Successful" | "Failed" | "Cancelled").then(|| at(due) + chrono::TimeDelta::minutes(50));
    json!({
        "id": format!("{:08x}{:016x}", created.timestamp(), 0x10b), "state": state, "createdAt": created,
        "finishedAt": finished, "snapshotId": id(&format!("{due}:10"), 0x5), "exportBucketId": bucket(),
        "prefix": format!("exported_snapshots/o/p/c/{}/{}", taken.format("%Y-%m-%dT%H%M"), created.timestamp()),
    })
}

/// Everything there is to know of a cluster with daily snapshots at 03:00 that are exported.
///
/// It is 20:00 on a Monday.
#[derive(Debug, Clone)]
pub(super) struct Fixture {
    pub(super) now: DateTime<Utc>,
    pub(super) rules: Rules,
    pub(super) cluster: Value,
    pub(super) schedule: Value,
    pub(super) buckets: Vec<String>,
    pub(super) aws_only: bool,
    pub(super) jobs: Vec<Value>,
    pub(super) snapshots: Vec<Value>,
    pub(super) changes: Vec<DateTime<Utc>>,
    pub(super) markers: Vec<(String, Marker)>,
    pub(super) components: Vec<(String, Vec<&'static str>)>,
    pub(super) cut: Vec<&'static str>,
    pub(super) failed: Vec<(&'static str, Trouble)>,
}

pub(super) const TODAY: &str = "2026-08-10T03:00";
pub(super) const YESTERDAY: &str = "2026-08-09T03:00";
pub(super) const BEFORE: &str = "2026-08-08T03:00";

impl Fixture {
    pub(super) fn healthy() -> Self {
        let nights = [BEFORE, YESTERDAY, TODAY];
        Self {
            now: at("2026-08-10T20:00"),
            rules: Rules::default(),
            cluster: json!({
                "id": CLUSTER, "name": "Cluster0", "clusterType": "REPLICASET", "createDate": "2026-01-01T00:00:00Z",
                "backupEnabled": true, "paused": false, "stateName": "IDLE",
                "replicationSpecs": [{"regionConfigs": [
                    {"providerName": "AWS", "electableSpecs": {"instanceSize": "M30"}},
                ]}],
            }),
            schedule: schedule("daily", &[("hourly", 6, 2), ("daily", 1, 7), ("weekly", 6, 28)]),
            buckets: vec![id("2026-01-03T00:00", 0xa), bucket()],
            aws_only: false,
            jobs: nights.map(|night| job(night, "Successful")).to_vec(),
            snapshots: nights.map(|night| snapshot(night, "daily")).to_vec(),
            changes: Vec::new(),
            markers: Vec::new(),
            components: Vec::new(),
            cut: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// The same, with one change.
    pub(super) fn but(change: impl FnOnce(&mut Self)) -> Self {
        let mut fixture = Self::healthy();
        change(&mut fixture);
        fixture
    }

    /// Last night's job is in another state.
    pub(super) fn last_job(state: &str) -> Self {
        Self::but(|it| it.jobs[2] = job(TODAY, state))
    }

    /// Last night's snapshot has no job.
    pub(super) fn without_last_job() -> Self {
        Self::but(|it| drop(it.jobs.pop()))
    }

    /// Last night neither snapshot nor job came into being.
    pub(super) fn without_last_snapshot() -> Self {
        Self::but(|it| {
            it.jobs.pop();
            it.snapshots.pop();
        })
    }

    fn reading<T>(&self, name: &str, value: T) -> Reading<T> {
        if let Some((_, trouble)) = self.failed.iter().find(|(failed, _)| *failed == name) {
            Reading::Failed(trouble.clone())
        } else if self.cut.contains(&name) {
            Reading::Partial(value, Trouble::new(format!("the {name} were cut")))
        } else {
            Reading::Whole(value)
        }
    }

    pub(super) fn log(&self) -> JobLog {
        let mut log = JobLog::new();
        self.jobs.iter().for_each(|job| log.add(serde_json::from_value(job.clone()).unwrap()));
        log
    }

    pub(super) fn facts(&self) -> Facts {
        let mut facts = Facts::new(ProjectFacts::new("5f3c5a1e8e4b2a0012345678"));
        facts.cluster = self.reading("cluster", serde_json::from_value(self.cluster.clone()).unwrap());
        facts.schedule = self.reading("schedule", serde_json::from_value(self.schedule.clone()).unwrap());
        let buckets = Buckets::new(self.buckets.iter().cloned());
        facts.buckets = self.reading("buckets", if self.aws_only { buckets.aws_only() } else { buckets });
        facts.jobs = self.reading("jobs", self.log());
        let snapshots = self.snapshots.iter().map(|snapshot| serde_json::from_value(snapshot.clone()).unwrap());
        facts.snapshots = self.reading("snapshots", snapshots.collect());
        facts.schedule_changes = self.reading("changes", self.changes.clone());
        facts.markers = self.markers.iter().cloned().collect();
        for (job, states) in &self.components {
            let states = states.iter().map(|state| (*state).into()).collect();
            facts.components.insert(job.clone(), self.reading("components", states));
        }
        facts
    }

    pub(super) fn finding(&self) -> Finding {
        judge(&self.facts(), &self.rules, self.now)
    }

    /// Asserts verdict, reason and number of the rule.
    #[track_caller]
    pub(super) fn is(&self, verdict: &str, reason: &str, rule: u8) -> Finding {
        let finding = self.finding();
        let found = (finding.verdict.as_str(), finding.reason(), finding.rule.number());
        assert_eq!(found, (verdict, reason, rule), "{finding:#?}");
        finding
    }
}

/// A schedule that exports snapshots of a frequency, with items of frequency, interval and retention in days.
pub(super) fn schedule(exported: &str, items: &[(&str, u32, u32)]) -> Value {
    let items = items.iter().map(|(frequency, interval, days)| {
        json!({
            "id": item(frequency, 0), "frequencyType": frequency, "frequencyInterval": interval,
            "retentionUnit": "days", "retentionValue": days,
        })
    });
    json!({
        "autoExportEnabled": true, "export": {"exportBucketId": bucket(), "frequencyType": exported},
        "referenceHourOfDay": 3, "referenceMinuteOfHour": 0,
        "policies": [{"policyItems": items.collect::<Vec<_>>()}],
    })
}
