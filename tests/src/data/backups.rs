//! Backup schedules, snapshots and events.

use serde_json::{Map, Value, json};

/// A backup schedule to be set.
///
/// ```
/// use atlas_exports_testing::NewSchedule;
///
/// let schedule = NewSchedule::at(3, 0)
///     .item("660000000000000000000001", "daily", 1, 7)
///     .export_to("5fb1a7d2e2c4d84c1e4f0b01", "daily");
/// # let _ = schedule;
/// ```
#[derive(Clone, Debug)]
pub struct NewSchedule {
    hour: u32,
    minute: u32,
    items: Vec<Value>,
    auto_export: bool,
    export: Option<Value>,
    names_in_prefix: bool,
    next: Option<String>,
}

impl NewSchedule {
    /// Returns a schedule without policy items and exports, with this reference time in UTC.
    #[must_use]
    pub fn at(hour: u32, minute: u32) -> Self {
        Self { hour, minute, items: Vec::new(), auto_export: false, export: None, names_in_prefix: false, next: None }
    }

    /// Adds a policy item: its frequency such as `daily`, its interval, and for how many days snapshots are kept.
    #[must_use]
    pub fn item(mut self, id: &str, frequency: &str, interval: u32, keep_days: u32) -> Self {
        self.items.push(json!({
            "frequencyInterval": interval,
            "frequencyType": frequency,
            "id": id,
            "retentionUnit": "days",
            "retentionValue": keep_days,
        }));
        self
    }

    /// Exports the snapshots of a frequency to a bucket, which need not exist, and turns exports on.
    #[must_use]
    pub fn export_to(mut self, bucket: &str, frequency: &str) -> Self {
        self.auto_export = true;
        self.export = Some(json!({"exportBucketId": bucket, "frequencyType": frequency}));
        self
    }

    /// Sets whether exports are on.
    #[must_use]
    pub fn auto_export(mut self, on: bool) -> Self {
        self.auto_export = on;
        self
    }

    /// Sets whether prefixes have names of organization and project instead of ids.
    #[must_use]
    pub fn names_in_prefix(mut self, names: bool) -> Self {
        self.names_in_prefix = names;
        self
    }

    /// Sets the time of the next snapshot, as Atlas writes it; absent by default.
    #[must_use]
    pub fn next_snapshot(mut self, time: &str) -> Self {
        self.next = Some(time.to_owned());
        self
    }

    pub(crate) fn document(&self) -> Value {
        let mut document = Map::from_iter([
            ("autoExportEnabled".into(), self.auto_export.into()),
            ("copySettings".into(), json!([])),
            ("links".into(), json!([])),
            ("policies".into(), json!([{"id": "605cbe3000000000000000f0", "policyItems": self.items}])),
            ("referenceHourOfDay".into(), self.hour.into()),
            ("referenceMinuteOfHour".into(), self.minute.into()),
            ("restoreWindowDays".into(), 2.into()),
            ("useOrgAndGroupNamesInExportPrefix".into(), self.names_in_prefix.into()),
        ]);
        if let Some(export) = &self.export {
            document.insert("export".into(), export.clone());
        }
        if let Some(next) = &self.next {
            document.insert("nextSnapshot".into(), next.as_str().into());
        }
        Value::Object(document)
    }
}

/// A snapshot to be added: by default a completed, scheduled one of a replica set.
///
/// ```
/// use atlas_exports_testing::NewSnapshot;
///
/// let snapshot = NewSnapshot::new("660000000000000000000009", "daily", "2026-08-10T03:07:08Z")
///     .policy_item("660000000000000000000001");
/// # let _ = snapshot;
/// ```
#[derive(Clone, Debug)]
pub struct NewSnapshot {
    document: Map<String, Value>,
}

impl NewSnapshot {
    /// Returns a snapshot with an id, a frequency and a time as Atlas writes it.
    #[must_use]
    pub fn new(id: &str, frequency: &str, created_at: &str) -> Self {
        let document = Map::from_iter([
            ("cloudProvider".into(), "AWS".into()),
            ("copyRegions".into(), json!([])),
            ("createdAt".into(), created_at.into()),
            ("description".into(), Value::Null),
            ("frequencyType".into(), frequency.into()),
            ("id".into(), id.into()),
            ("links".into(), json!([])),
            ("mongodVersion".into(), "8.0.4".into()),
            ("policyItems".into(), json!([])),
            ("snapshotType".into(), "scheduled".into()),
            ("status".into(), "completed".into()),
            ("storageSizeBytes".into(), 5_160_960.into()),
            ("type".into(), "replicaSet".into()),
        ]);
        Self { document }
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.document.insert(key.to_owned(), value.into());
        self
    }

    /// Adds the id of a policy item that it belongs to.
    #[must_use]
    pub fn policy_item(mut self, id: &str) -> Self {
        if let Some(items) = self.document.get_mut("policyItems").and_then(Value::as_array_mut) {
            items.push(id.into());
        }
        self
    }

    /// Sets its status to `queued`, `inProgress` or `failed`, and leaves out `createdAt`.
    #[must_use]
    pub fn unfinished(mut self, status: &str) -> Self {
        self.document.remove("createdAt");
        self.with("status", status)
    }

    /// Sets its type: `scheduled`, `onDemand` or `fallback`.
    #[must_use]
    pub fn kind(self, kind: &str) -> Self {
        self.with("snapshotType", kind)
    }

    /// Sets the time of its deletion, as Atlas writes it.
    #[must_use]
    pub fn expires_at(self, time: &str) -> Self {
        self.with("expiresAt", time)
    }

    /// Makes it a snapshot of a sharded cluster.
    #[must_use]
    pub fn sharded(self) -> Self {
        self.with("type", "shardedCluster")
    }

    pub(crate) fn document(self) -> Value {
        Value::Object(self.document)
    }
}

/// A snapshot as the list of sharded snapshots shows it.
pub(crate) fn with_members(snapshot: &Value, replica_sets: usize) -> Value {
    let id = snapshot.get("id").and_then(Value::as_str).unwrap_or_default();
    let part = |at: usize| format!("{}{:02x}", id.get(..22).unwrap_or(id), (at + 0xa0) % 256);
    let parts = 0..replica_sets;
    let members: Vec<_> = parts
        .clone()
        .map(|at| json!({"cloudProvider": "AWS", "id": part(at), "replicaSetName": format!("atlas-shard-{at}")}))
        .collect();
    let mut snapshot = snapshot.clone();
    if let Some(document) = snapshot.as_object_mut() {
        document.insert("configServerType".into(), "DEDICATED".into());
        document.insert("members".into(), members.into());
        document.insert("snapshotIds".into(), parts.map(part).collect::<Vec<_>>().into());
    }
    snapshot
}

pub(crate) fn is_sharded(snapshot: &Value) -> bool {
    snapshot.get("type").and_then(Value::as_str) == Some("shardedCluster")
}

/// An event of a project.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) created: String,
    pub(crate) cluster: Option<String>,
}

impl Event {
    /// The document does not name the cluster.
    pub(crate) fn document(&self, project: &str) -> Value {
        json!({
            "created": self.created,
            "eventTypeName": self.name,
            "groupId": project,
            "id": self.id,
            "isGlobalAdmin": false,
            "links": [],
            "orgId": crate::data::seed::ORGANISATION,
            "username": "fake@example.com",
        })
    }
}
