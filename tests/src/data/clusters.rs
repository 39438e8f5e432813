//! Clusters, and their shape in each version of the API.

use serde_json::{Map, Value, json};

/// A cluster to be added.
///
/// ```
/// use atlas_exports_testing::NewCluster;
///
/// let cluster = NewCluster::sharded("Orders", 3).tier("M40").created_at("2026-02-01T09:00:00Z").paused(true);
/// # let _ = cluster;
/// ```
#[derive(Clone, Debug)]
pub struct NewCluster {
    pub(crate) name: String,
    id: Option<String>,
    kind: Kind,
    tier: String,
    provider: String,
    created: String,
    state: String,
    paused: bool,
    backup: bool,
    role: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    ReplicaSet,
    Sharded(usize),
    Global(usize),
    Flex,
}

/// The shapes of a cluster on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// v1.0, and v2 of 2023-01-01: `providerSettings` and `numShards`.
    Legacy { v1: bool },
    /// v2 of 2023-02-01: one entry of `replicationSpecs` for each zone.
    Zones,
    /// v2 of 2024-08-05: one entry of `replicationSpecs` for each shard.
    Shards,
}

impl NewCluster {
    fn new(name: &str, kind: Kind, tier: &str, provider: &str) -> Self {
        Self {
            name: name.to_owned(),
            id: None,
            kind,
            tier: tier.to_owned(),
            provider: provider.to_owned(),
            created: "2021-03-25T16:40:00Z".into(),
            state: "IDLE".into(),
            paused: false,
            backup: true,
            role: None,
        }
    }

    /// Returns an M10 replica set with cloud backup.
    #[must_use]
    pub fn replica_set(name: &str) -> Self {
        Self::new(name, Kind::ReplicaSet, "M10", "AWS")
    }

    /// Returns an M30 sharded cluster with cloud backup.
    #[must_use]
    pub fn sharded(name: &str, shards: usize) -> Self {
        Self::new(name, Kind::Sharded(shards), "M30", "AWS")
    }

    /// Returns an M30 global cluster with cloud backup and one shard in each zone.
    #[must_use]
    pub fn global(name: &str, zones: usize) -> Self {
        Self::new(name, Kind::Global(zones), "M30", "AWS")
    }

    /// Returns a free cluster, without cloud backup.
    #[must_use]
    pub fn free(name: &str) -> Self {
        Self::new(name, Kind::ReplicaSet, "M0", "TENANT").backup(false)
    }

    /// Returns a flex cluster. Only the list of flex clusters has it; other endpoints answer 400.
    #[must_use]
    pub fn flex(name: &str) -> Self {
        Self::new(name, Kind::Flex, "FLEX", "FLEX")
    }

    /// Sets its id; by default it is derived from the name.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// Sets its tier, such as `M40`.
    #[must_use]
    pub fn tier(mut self, tier: &str) -> Self {
        self.tier = tier.to_owned();
        self
    }

    /// Sets its cloud provider; `AWS` by default.
    #[must_use]
    pub fn provider(mut self, provider: &str) -> Self {
        self.provider = provider.to_owned();
        self
    }

    /// Sets the time of its creation, as Atlas writes it; a day of 2021 by default.
    #[must_use]
    pub fn created_at(mut self, time: &str) -> Self {
        self.created = time.to_owned();
        self
    }

    /// Sets its `stateName`; `IDLE` by default.
    #[must_use]
    pub fn state(mut self, state: &str) -> Self {
        self.state = state.to_owned();
        self
    }

    /// Sets whether it is paused; off by default.
    #[must_use]
    pub fn paused(mut self, paused: bool) -> Self {
        self.paused = paused;
        self
    }

    /// Sets whether it has cloud backup.
    #[must_use]
    pub fn backup(mut self, backup: bool) -> Self {
        self.backup = backup;
        self
    }

    /// Sets its `internalClusterRole`; `NONE` by default.
    #[must_use]
    pub fn internal_role(mut self, role: &str) -> Self {
        self.role = Some(role.to_owned());
        self
    }

    pub(crate) fn is_flex(&self) -> bool {
        self.kind == Kind::Flex
    }

    fn id_or_own(&self) -> String {
        self.id.clone().unwrap_or_else(|| {
            let bytes = self.name.bytes().fold(0_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
            format!("605cbe30{bytes:016x}")
        })
    }

    pub(crate) fn replica_sets(&self) -> usize {
        self.zones().iter().sum()
    }

    fn is_shared(&self) -> bool {
        ["TENANT", "FLEX", "SERVERLESS"].contains(&self.provider.as_str())
    }

    fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::ReplicaSet | Kind::Flex => "REPLICASET",
            Kind::Sharded(_) => "SHARDED",
            Kind::Global(_) => "GEOSHARDED",
        }
    }

    pub(crate) fn document(&self, project: &str, shape: Shape) -> Value {
        let mut document = Map::from_iter([
            ("backupEnabled".into(), self.backup.into()),
            ("clusterType".into(), self.kind_name().into()),
            ("createDate".into(), self.created.as_str().into()),
            ("groupId".into(), project.into()),
            ("id".into(), self.id_or_own().into()),
            ("links".into(), json!([])),
            ("mongoDBMajorVersion".into(), "8.0".into()),
            ("mongoDBVersion".into(), "8.0.4".into()),
            ("name".into(), self.name.as_str().into()),
            ("paused".into(), self.paused.into()),
            ("stateName".into(), self.state.as_str().into()),
        ]);
        match shape {
            Shape::Legacy { v1 } => self.add_legacy(&mut document, v1),
            Shape::Zones => self.add_specs(&mut document, true),
            Shape::Shards => {
                let role = self.role.as_deref().unwrap_or("NONE");
                document.insert("internalClusterRole".into(), role.into());
                self.add_specs(&mut document, false);
            }
        }
        Value::Object(document)
    }

    /// The number of shards of each zone.
    fn zones(&self) -> Vec<usize> {
        match self.kind {
            Kind::ReplicaSet | Kind::Flex => vec![1],
            Kind::Sharded(shards) => vec![shards],
            Kind::Global(zones) => vec![1; zones],
        }
    }

    fn add_legacy(&self, document: &mut Map<String, Value>, v1: bool) {
        let zones = self.zones().into_iter().enumerate();
        let zones: Vec<_> = zones
            .map(|(at, shards)| json!({"id": self.part_id(at), "numShards": shards, "zoneName": format!("Zone {}", at + 1)}))
            .collect();
        let mut settings =
            json!({"instanceSizeName": self.tier, "providerName": self.provider, "regionName": "US_EAST_1"});
        if let (true, Some(settings)) = (self.is_shared(), settings.as_object_mut()) {
            settings.insert("backingProviderName".into(), "AWS".into());
        }
        document.extend([
            ("numShards".into(), self.replica_sets().into()),
            ("providerBackupEnabled".into(), self.backup.into()),
            ("providerSettings".into(), settings),
            ("replicationSpecs".into(), zones.into()),
        ]);
        if v1 {
            // It stands for the backup that cloud backup replaced.
            document.insert("backupEnabled".into(), false.into());
        }
    }

    fn add_specs(&self, document: &mut Map<String, Value>, by_zone: bool) {
        let mut region = json!({
            "electableSpecs": {"instanceSize": self.tier, "nodeCount": 3},
            "priority": 7,
            "providerName": self.provider,
            "regionName": "US_EAST_1",
        });
        if let (true, Some(region)) = (self.is_shared(), region.as_object_mut()) {
            region.insert("backingProviderName".into(), "AWS".into());
        }
        let mut specs = Vec::new();
        for (zone, shards) in self.zones().into_iter().enumerate() {
            for shard in 0..if by_zone { 1 } else { shards } {
                let mut spec = json!({
                    "id": self.part_id(specs.len()),
                    "regionConfigs": [region],
                    "zoneName": format!("Zone {}", zone + 1),
                });
                if let Some(spec) = spec.as_object_mut() {
                    let (key, value) =
                        if by_zone { ("numShards", shards.into()) } else { ("zoneId", self.part_id(shard).into()) };
                    spec.insert(key.into(), value);
                }
                specs.push(spec);
            }
        }
        document.insert("replicationSpecs".into(), specs.into());
    }

    /// The id of an entry of `replicationSpecs`.
    fn part_id(&self, at: usize) -> String {
        let id = self.id_or_own();
        format!("{}{:02x}", id.get(..22).unwrap_or(&id), at % 256)
    }

    /// The cluster as the list of flex clusters shows it.
    pub(crate) fn flex_document(&self, project: &str) -> Value {
        json!({
            "backupSettings": {"enabled": true},
            "clusterType": "REPLICASET",
            "createDate": self.created,
            "groupId": project,
            "id": self.id_or_own(),
            "links": [],
            "mongoDBVersion": "8.0.4",
            "name": self.name,
            "providerSettings": {
                "backingProviderName": "AWS", "diskSizeGB": 5, "providerName": "FLEX", "regionName": "US_EAST_1",
            },
            "stateName": self.state,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_its_own_shape() {
        let cluster = NewCluster::sharded("Orders", 3);
        let document = |shape| cluster.document("32b6e34b3d91647abb20e7b8", shape);
        let legacy = document(Shape::Legacy { v1: true });
        assert_eq!(legacy["providerSettings"]["instanceSizeName"], "M30");
        assert_eq!((&legacy["numShards"], &legacy["replicationSpecs"][0]["numShards"]), (&json!(3), &json!(3)));
        assert_eq!((&legacy["backupEnabled"], &legacy["providerBackupEnabled"]), (&json!(false), &json!(true)));
        let zones = document(Shape::Zones);
        assert_eq!(zones["replicationSpecs"].as_array().map(Vec::len), Some(1));
        assert_eq!(zones["replicationSpecs"][0]["numShards"], 3);
        let shards = document(Shape::Shards);
        assert_eq!(shards["replicationSpecs"].as_array().map(Vec::len), Some(3));
        assert_eq!(shards["replicationSpecs"][2]["regionConfigs"][0]["electableSpecs"]["instanceSize"], "M30");
        assert!(shards.get("providerSettings").is_none() && zones.get("internalClusterRole").is_none());
    }
}
