//! Moves a world forward, event by event. Each step knows nothing but the past.

mod acts;
mod climate;
mod edits;
mod exports;
mod found;
mod nights;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
};

pub(crate) use acts::{Act, Which};
pub(crate) use climate::{Export, ExportFate, Guesses, MarkerFate, Night, SnapshotFate};
pub(crate) use edits::Edit;
pub(crate) use found::Plan;

use super::{
    model::{Cluster, Event, Project, World},
    time::{DAY, Time, midnight, object_id},
};

/// A cluster by the place of its project and its own.
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
    guesses: Guesses,
    /// Whether people do things that nobody scheduled.
    busy: bool,
    /// How the night of a due time goes, where that is not left to chance.
    nights: HashMap<(At, Time), Night>,
    /// How the exports go that were started by hand, likewise, by the snapshot's place.
    exports: HashMap<(At, usize), VecDeque<Export>>,
    /// How the export goes that awaits its start, by the snapshot's place.
    coming: HashMap<(At, usize), Export>,
    /// How the export goes that is under way, by the job's place.
    under_way: HashMap<(At, usize), Export>,
    /// When each cluster last had something fall due.
    ticked: HashMap<At, Time>,
    /// Exports that wait for a free place, by project.
    waiting: Vec<VecDeque<(At, usize)>>,
    /// Replica sets that are being exported, by project.
    running: Vec<usize>,
}

/// What happens next somewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Morning,
    /// A minute at which something may fall due.
    Tick(At),
    SnapshotEnds(At, usize),
    ExportStarts(At, usize),
    JobBegins(At, usize),
    JobEnds(At, usize),
    Act(At, Act),
}

impl Sim {
    fn new(mut world: World, random: fastrand::Rng, guesses: Guesses, busy: bool) -> Self {
        let projects = world.projects.len();
        world.jobs_outlive_cluster = guesses.jobs_outlive_cluster;
        let mut sim = Self {
            now: world.start,
            world,
            queue: BinaryHeap::new(),
            steps: 0,
            ids: 0,
            random,
            guesses,
            busy,
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

    /// Does this at a time to come.
    pub(crate) fn act(&mut self, time: Time, at: At, act: Act) {
        self.plan(time, Step::Act(at, act));
    }

    /// Settles how the night goes whose snapshot falls due at `due`.
    pub(crate) fn night(&mut self, at: At, due: Time, night: Night) {
        self.nights.insert((at, due), night);
    }

    /// Settles how the next exports of a snapshot go that are started by hand.
    pub(crate) fn by_hand(&mut self, at: At, snapshot: usize, export: Export) {
        self.exports.entry((at, snapshot)).or_default().push_back(export);
    }

    /// Lets the time pass.
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
            Step::Act(at, act) => self.carry_out(at, act),
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
                if self.busy {
                    self.plan_whims(at, today);
                }
            }
        }
        self.plan(today + DAY, Step::Morning);
    }

    /// Plans the minutes of today at which something may fall due under the schedule that is in force now.
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

    /// Notes an event of the project.
    fn tell(&mut self, at: At, name: &'static str) {
        let event = Event { created: self.now, name, cluster: self.cluster(at).name.clone() };
        self.project_mut(at).events.push(event);
    }
}
