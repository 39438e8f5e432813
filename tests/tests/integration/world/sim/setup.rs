//! How a world begins: projects, buckets, clusters and backup policies.

use super::{Assumptions, At, Sim};
use crate::world::{
    model::{Cluster, Project, Shape, Tier, World},
    policy::{ExportTo, Frequency, Item, Schedule},
    time::{DAY, HOUR, History, MINUTE, Time, day, object_id},
};

/// A cluster to begin with.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) tier: Tier,
    pub(crate) shape: Shape,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    /// Frequency, interval and days to keep.
    pub(crate) items: Vec<(Frequency, u32, u32)>,
    pub(crate) export: Option<Frequency>,
    pub(crate) auto_export: bool,
    pub(crate) error_rate: f64,
}

impl Plan {
    /// A replica set of which each day's snapshot of 03:00 is exported.
    pub(crate) fn daily(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            tier: Tier::Dedicated,
            shape: Shape::ReplicaSet,
            hour: 3,
            minute: 0,
            items: vec![(Frequency::Daily, 1, 7)],
            export: Some(Frequency::Daily),
            auto_export: true,
            error_rate: 0.0,
        }
    }
}

impl Sim {
    /// A world drawn from a seed, in which anything may happen.
    pub(crate) fn drawn(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        // Every world sees 29 February 2024 and the ends of years.
        let start = day(2023, 3, 1) + random.i64(0..320) * DAY;
        let assumptions = Assumptions::draw(&mut random);
        let projects = random.usize(1..3);
        let mut sim = Self::new(empty(seed, start, projects), random, assumptions, true);
        for project in 0..projects {
            for _ in 0..sim.random.usize(1..4) {
                sim.register_bucket(project);
            }
            for number in 0..sim.random.usize(2..6) {
                let plan = sim.draw_plan(number);
                let bucket = sim.random.usize(0..sim.world.projects[project].buckets.len());
                sim.add_cluster(project, plan, bucket);
            }
        }
        sim
    }

    /// A world of one project with two buckets, in which nothing happens that was not planned.
    pub(crate) fn planned(start: Time, plans: Vec<Plan>) -> Self {
        let assumptions = Assumptions {
            names_all_items: true,
            exports_across_labels: true,
            queue_of_five: false,
            jobs_outlive_cluster: true,
            marker_after_end: true,
        };
        Self::planned_under(assumptions, start, plans)
    }

    /// The same under other assumptions.
    pub(crate) fn planned_under(assumptions: Assumptions, start: Time, plans: Vec<Plan>) -> Self {
        let mut sim = Self::new(empty(1, start, 1), fastrand::Rng::with_seed(1), assumptions, false);
        for _ in 0..2 {
            sim.register_bucket(0);
        }
        for bucket in &mut sim.world.projects[0].buckets {
            (bucket.cloud, bucket.lifecycle) = (crate::world::model::Cloud::Aws, None);
        }
        for plan in plans {
            sim.add_cluster(0, plan, 0);
        }
        sim
    }

    fn draw_plan(&mut self, number: usize) -> Plan {
        let frequency = self.draw_frequency();
        let random = &mut self.random;
        let tier = match random.u32(0..20) {
            0 => Tier::Free,
            1 => Tier::Flex,
            2 => Tier::Serverless,
            _ => Tier::Dedicated,
        };
        let shape = match random.u32(0..10) {
            0..3 => Shape::Sharded(random.usize(2..4)),
            3 => Shape::Global(2),
            _ => Shape::ReplicaSet,
        };
        let error_rate = [0.0, 1.0, 1.0, 3.0][random.usize(0..4)];
        let (hour, minute) = (random.u32(0..24), random.u32(0..60));
        let (auto_export, with_export) = (random.u32(0..15) != 0, random.u32(0..30) != 0);
        let mut frequencies = vec![frequency];
        for other in [Frequency::Daily, Frequency::Weekly, Frequency::Monthly, Frequency::Weekly] {
            if self.random.u32(0..3) == 0 {
                frequencies.push(other);
            }
        }
        if self.random.u32(0..8) == 0 {
            frequencies.push(Frequency::Hourly);
        }
        let mut items: Vec<(Frequency, u32, u32)> = Vec::new();
        for frequency in frequencies {
            let item = self.draw_item(frequency);
            let twice = items.iter().any(|(held, interval, _)| {
                *held == frequency && (*interval == item.interval || frequency != Frequency::Weekly)
            });
            if !twice && frequency != Frequency::Quarterly {
                items.push((frequency, item.interval, item.keep_days));
            }
        }
        Plan {
            name: format!("Cluster{number}"),
            tier,
            shape,
            hour,
            minute,
            items,
            export: with_export.then_some(frequency),
            auto_export,
            error_rate,
        }
    }

    /// Creates a cluster.
    pub(super) fn add_cluster(&mut self, project: usize, plan: Plan, bucket: usize) -> At {
        let now = self.now;
        let bucket = self.world.projects[project].buckets[bucket].id.clone();
        let mut schedule = Schedule {
            hour: plan.hour,
            minute: plan.minute,
            items: Vec::new(),
            auto_export: plan.auto_export && plan.export.is_some(),
            export: plan.export.map(|frequency| ExportTo { bucket, frequency }),
            names_in_prefix: false,
        };
        for (frequency, interval, keep_days) in plan.items {
            schedule.items.push(Item { id: self.new_id(), born: now, frequency, interval, keep_days });
        }
        let cluster = Cluster {
            id: self.new_id(),
            name: plan.name,
            tier: plan.tier,
            shape: plan.shape,
            created: now,
            ready: now + self.random.i64(6 * MINUTE..20 * MINUTE),
            deleted: None,
            paused: History::new(now, false),
            backup: History::new(now, plan.tier == Tier::Dedicated),
            updating: History::new(now, false),
            schedule: History::new(now, schedule),
            due_exports: Vec::new(),
            snapshots: Vec::new(),
            jobs: Vec::new(),
            error_rate: plan.error_rate,
        };
        let clusters = &mut self.world.projects[project].clusters;
        clusters.push(cluster);
        let at = At { project, cluster: clusters.len() - 1 };
        self.record_event(at, "CLUSTER_CREATED");
        at
    }

    /// Creates a cluster with the name of one that was deleted.
    pub(super) fn recreate(&mut self, at: At) {
        let (now, old) = (self.now, self.cluster(at));
        let name = old.name.clone();
        if self.project(at).clusters_at(now).any(|cluster| cluster.name == name) || old.deleted.is_none() {
            return;
        }
        let schedule = old.schedule.last();
        let plan = Plan {
            name,
            tier: old.tier,
            shape: old.shape,
            hour: schedule.hour,
            minute: schedule.minute,
            items: schedule.items.iter().map(|item| (item.frequency, item.interval, item.keep_days)).collect(),
            export: schedule.export.as_ref().map(|to| to.frequency),
            auto_export: schedule.auto_export,
            error_rate: old.error_rate,
        };
        let bucket = self.wanted_bucket(at).unwrap_or_default();
        let at = self.add_cluster(at.project, plan, bucket);
        self.plan_ticks(at, crate::world::time::midnight(now));
    }
}

fn empty(seed: u64, start: Time, projects: usize) -> World {
    let project = |number: usize| {
        let created = start - 200 * DAY - number as Time * HOUR;
        Project {
            id: object_id(created, (seed << 32) + 0xf000_0000 + number as u64),
            name: format!("Project {number}"),
            clusters: Vec::new(),
            buckets: Vec::new(),
            events: Vec::new(),
        }
    };
    World {
        seed,
        start,
        end: start,
        organisation: object_id(start - 900 * DAY, (seed << 32) + 0xff00_0000),
        jobs_outlive_cluster: false,
        projects: (0..projects).map(project).collect(),
    }
}
