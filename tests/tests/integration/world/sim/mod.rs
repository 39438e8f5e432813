//! Moves a world forward, event by event. A step depends on the past only.

mod actions;
mod edits;
mod exports;
mod nights;
mod outcomes;
mod setup;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
};

pub(crate) use actions::{Action, Which};
pub(crate) use edits::Edit;
pub(crate) use outcomes::{Assumptions, Export, ExportOutcome, MarkerOutcome, Night, SnapshotOutcome};
pub(crate) use setup::Plan;

use super::{
    model::{Cluster, Event, Project, World},
    time::{DAY, Time, midnight, object_id},
};

/// A cluster, by the index of its project and its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct At {
    pub(crate) project: usize,
    pub(crate) cluster: usize,
}

/// A simulation under way.
#[derive(Debug)]
pub(crate) struct Sim {
    pub(crate) world: World,
    now: Time,
    queue: BinaryHeap<Reverse<(Time, u64, Step)>>,
    steps: u64,
    ids: u64,
    random: fastrand::Rng,
    assumptions: Assumptions,
    /// Whether users act at random.
    has_user_actions: bool,
    /// What happens to a due snapshot, where that is not drawn.
    nights: HashMap<(At, Time), Night>,
    /// What happens to manual exports, likewise, by the index of the snapshot.
    exports: HashMap<(At, usize), VecDeque<Export>>,
    /// What happens to exports that were not created yet, by the index of the snapshot.
    coming: HashMap<(At, usize), Export>,
    /// What happens to exports that have not ended, by the index of the job.
    under_way: HashMap<(At, usize), Export>,
    /// When a snapshot of each cluster was last due.
    ticked: HashMap<At, Time>,
    /// Queued exports, by project.
    waiting: Vec<VecDeque<(At, usize)>>,
    /// Replica sets that are being exported, by project.
    running: Vec<usize>,
}

/// An event of the simulation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Morning,
    /// A minute at which a snapshot may be due.
    Tick(At),
    SnapshotEnds(At, usize),
    ExportStarts(At, usize),
    JobBegins(At, usize),
    JobEnds(At, usize),
    Action(At, Action),
}

impl Sim {
    fn new(mut world: World, random: fastrand::Rng, assumptions: Assumptions, has_user_actions: bool) -> Self {
        let projects = world.projects.len();
        world.jobs_outlive_cluster = assumptions.jobs_outlive_cluster;
        let mut sim = Self {
            now: world.start,
            world,
            queue: BinaryHeap::new(),
            steps: 0,
            ids: 0,
            random,
            assumptions,
            has_user_actions,
            nights: HashMap::new(),
            exports: HashMap::new(),
            coming: HashMap::new(),
            under_way: HashMap::new(),
            ticked: HashMap::new(),
            waiting: vec![VecDeque::new(); projects],
            running: vec![0; projects],
        };
        sim.plan(midnight(sim.now), Step::Morning);
        sim
    }

    /// Plans an action of a user.
    pub(crate) fn plan_action(&mut self, time: Time, at: At, action: Action) {
        self.plan(time, Step::Action(at, action));
    }

    /// Sets what happens to the snapshot that is due at `due`.
    pub(crate) fn night(&mut self, at: At, due: Time, night: Night) {
        self.nights.insert((at, due), night);
    }

    /// Sets what happens to the next manual export of a snapshot.
    pub(crate) fn manual_export(&mut self, at: At, snapshot: usize, export: Export) {
        self.exports.entry((at, snapshot)).or_default().push_back(export);
    }

    /// Simulates until `end`.
    pub(crate) fn run_until(&mut self, end: Time) {
        while let Some(Reverse((time, _, _))) = self.queue.peek() {
            if *time > end {
                break;
            }
            let Some(Reverse((time, _, step))) = self.queue.pop() else { break };
            self.now = time.max(self.now);
            self.step(step);
        }
        self.now = end;
        self.world.end = end;
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Morning => self.morning(),
            Step::Tick(at) => self.tick(at),
            Step::SnapshotEnds(at, snapshot) => self.snapshot_ends(at, snapshot),
            Step::ExportStarts(at, snapshot) => self.export_starts(at, snapshot),
            Step::JobBegins(at, job) => self.job_begins(at, job),
            Step::JobEnds(at, job) => self.job_ends(at, job),
            Step::Action(at, action) => self.carry_out(at, action),
        }
    }

    fn plan(&mut self, time: Time, step: Step) {
        self.steps += 1;
        self.queue.push(Reverse((time, self.steps, step)));
    }

    fn morning(&mut self) {
        let today = midnight(self.now);
        for at in self.everybody() {
            if self.cluster(at).exists(today + DAY) {
                self.plan_ticks(at, today);
                if self.has_user_actions {
                    self.plan_user_actions(at, today);
                }
            }
        }
        self.plan(today + DAY, Step::Morning);
    }

    /// Plans the minutes of today at which a snapshot may be due under the schedule that is in force now.
    fn plan_ticks(&mut self, at: At, today: Time) {
        for minute in self.cluster(at).schedule.last().minutes_of_day() {
            if today + minute >= self.now {
                self.plan(today + minute, Step::Tick(at));
            }
        }
    }

    fn everybody(&self) -> Vec<At> {
        let projects = self.world.projects.iter().enumerate();
        projects
            .flat_map(|(project, held)| (0..held.clusters.len()).map(move |cluster| At { project, cluster }))
            .collect()
    }

    fn project(&self, at: At) -> &Project {
        &self.world.projects[at.project]
    }

    fn project_mut(&mut self, at: At) -> &mut Project {
        &mut self.world.projects[at.project]
    }

    pub(crate) fn cluster(&self, at: At) -> &Cluster {
        &self.project(at).clusters[at.cluster]
    }

    fn cluster_mut(&mut self, at: At) -> &mut Cluster {
        &mut self.world.projects[at.project].clusters[at.cluster]
    }

    fn new_id(&mut self) -> String {
        self.ids += 1;
        object_id(self.now, (self.world.seed << 32) + self.ids)
    }

    /// Adds an event of the project.
    fn record_event(&mut self, at: At, name: &'static str) {
        let event = Event { created: self.now, name, cluster: self.cluster(at).name.clone() };
        self.project_mut(at).events.push(event);
    }
}
