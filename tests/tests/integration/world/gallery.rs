//! Small worlds in which one thing happens, each with the verdict that it deserves, written down by hand.

use super::{
    answers::{Answer, Kind, Why},
    model::{Shape, Tier},
    policy::Frequency,
    sim::{Act, At, Edit, Export, ExportFate, Guesses, MarkerFate, Night, Plan, Sim, SnapshotFate, Which},
    time::{DAY, HOUR, MINUTE, Time, day},
};

/// One of them, at the moment that it is about.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) sim: Sim,
    /// By the service's word alone.
    pub(crate) api: Answer,
    /// With the markers of the bucket.
    pub(crate) markers: Answer,
}

pub(crate) const CLUSTER: At = At { project: 0, cluster: 0 };
/// A Monday.
const START: Time = 1_706_486_400;

/// Days and hours after the start.
fn on(days: Time, hours: Time) -> Time {
    START + days * DAY + hours * HOUR
}

/// When the snapshot of a day falls due.
fn due(days: Time) -> Time {
    on(days, 3)
}

struct Stage {
    scenes: Vec<Scene>,
}

impl Stage {
    /// A cluster with daily exports, and what happens to it until a moment.
    fn daily(&mut self, name: &'static str, until: Time, answers: [Answer; 2], happens: impl FnOnce(&mut Sim)) {
        self.play(name, Plan::daily("Cluster0"), until, answers, happens);
    }

    fn play(
        &mut self,
        name: &'static str,
        plan: Plan,
        until: Time,
        [api, markers]: [Answer; 2],
        happens: impl FnOnce(&mut Sim),
    ) {
        let mut sim = Sim::planned(START, vec![plan]);
        happens(&mut sim);
        sim.run_until(until);
        self.scenes.push(Scene { name, sim, api, markers });
    }
}

fn both(answer: impl Into<Answer>) -> [Answer; 2] {
    [answer.into(); 2]
}

fn fine() -> [Answer; 2] {
    [Kind::Reported.into(), Kind::Proved.into()]
}

fn missing(why: Why) -> [Answer; 2] {
    both(Answer::because(Kind::Missing, why))
}

fn failed(why: Why) -> [Answer; 2] {
    both(Answer::because(Kind::Failed, why))
}

fn snapshot(fate: SnapshotFate) -> Night {
    Night { snapshot: fate, ..Night::good() }
}

fn export(fate: ExportFate) -> Night {
    Night { export: Export { fate, ..Export::good() }, ..Night::good() }
}

fn marker(fate: MarkerFate) -> Night {
    Night { export: Export { marker: fate, ..Export::good() }, ..Night::good() }
}

/// All of them.
pub(crate) fn scenes() -> Vec<Scene> {
    let mut stage = Stage { scenes: Vec::new() };
    kinds_of_cluster(&mut stage);
    settings(&mut stage);
    nights(&mut stage);
    waiting(&mut stage);
    edits(&mut stage);
    lives(&mut stage);
    hands(&mut stage);
    buckets(&mut stage);
    calendars(&mut stage);
    stage.scenes
}

fn kinds_of_cluster(stage: &mut Stage) {
    for (name, tier) in
        [("a free cluster", Tier::Free), ("a flex cluster", Tier::Flex), ("serverless", Tier::Serverless)]
    {
        let plan = Plan { tier, ..Plan::daily("Cluster0") };
        stage.play(name, plan, on(9, 12), both(Kind::Unsupported), |_| {});
    }
    for (name, shape) in [("a sharded cluster", Shape::Sharded(3)), ("a global cluster", Shape::Global(2))] {
        let plan = Plan { shape, ..Plan::daily("Cluster0") };
        stage.play(name, plan, on(9, 12), fine(), |_| {});
    }
    stage.daily("a good night", on(9, 12), fine(), |_| {});
    stage.daily("being created", START + 3 * MINUTE, both(Kind::NotDue), |_| {});
    stage.daily("before the first night", on(0, 2), both(Kind::NotDue), |_| {});
    stage.daily("being deleted", on(9, 12) + 5 * MINUTE, both(Kind::NotDue), |sim| {
        sim.act(on(9, 12), CLUSTER, Act::Delete)
    });
    stage.daily("showing an update", on(9, 12) + MINUTE, fine(), |sim| sim.act(on(9, 12), CLUSTER, Act::Update));
}

fn settings(stage: &mut Stage) {
    stage.daily("backup switched off", on(9, 12), missing(Why::BackupOff), |sim| {
        sim.act(on(8, 12), CLUSTER, Act::BackupOff)
    });
    let plan = Plan { auto_export: false, ..Plan::daily("Cluster0") };
    stage.play("exports never switched on", plan, on(9, 12), missing(Why::NotConfigured), |_| {});
    let plan = Plan { export: None, ..Plan::daily("Cluster0") };
    stage.play("no bucket ever named", plan, on(9, 12), missing(Why::NotConfigured), |_| {});
    stage.daily("exports switched off", on(9, 12), missing(Why::NotConfigured), |sim| {
        sim.act(on(8, 12), CLUSTER, Act::Edit(Edit::AutoExport(false)));
    });
    stage.daily("the bucket forgotten", on(9, 12), missing(Why::BucketGone), |sim| {
        sim.act(on(8, 12), CLUSTER, Act::ForgetBucket)
    });
    let plan = Plan { export: Some(Frequency::Weekly), ..Plan::daily("Cluster0") };
    stage.play("exports of a frequency without items", plan, on(9, 12), missing(Why::NoSuchSnapshots), |_| {});
    let plan = Plan { export: Some(Frequency::Quarterly), ..Plan::daily("Cluster0") };
    let unknown = both(Answer::because(Kind::Unreadable, Why::Frequency));
    stage.play("exports of an unknown frequency", plan, on(9, 12), unknown, |_| {});
}

fn nights(stage: &mut Stage) {
    for (name, night, answers) in [
        ("no snapshot", snapshot(SnapshotFate::Skipped), missing(Why::NoSnapshot)),
        ("a failed snapshot", snapshot(SnapshotFate::Failed), missing(Why::SnapshotFailed)),
        ("a fallback snapshot", snapshot(SnapshotFate::Fallback), missing(Why::NotExportable)),
        ("no export started", export(ExportFate::NotStarted), missing(Why::NoExport)),
        ("a failed export", export(ExportFate::Failed(50)), failed(Why::ExportFailed)),
        ("an export that failed at its end", export(ExportFate::Failed(100)), failed(Why::ExportFailed)),
        ("a cancelled export", export(ExportFate::Cancelled), failed(Why::ExportCancelled)),
        (
            "a successful export without a marker",
            marker(MarkerFate::Missing),
            [Kind::Reported.into(), Answer::because(Kind::Missing, Why::MarkerGone)],
        ),
        (
            "another cluster's marker",
            marker(MarkerFate::Foreign),
            [Kind::Reported.into(), Answer::because(Kind::Missing, Why::MarkerForeign)],
        ),
    ] {
        stage.daily(name, on(9, 12), answers, |sim| sim.night(CLUSTER, due(9), night));
    }
    stage.daily("a stuck export", on(9, 18), failed(Why::ExportStuck), |sim| {
        sim.night(CLUSTER, due(9), export(ExportFate::Stuck))
    });
    let late = Night { snapshot_delay: 9 * HOUR, ..Night::good() };
    stage.daily("a snapshot that waits", on(9, 8), missing(Why::SnapshotLate), |sim| sim.night(CLUSTER, due(9), late));
    stage.daily("a snapshot that came late", on(9, 14), fine(), |sim| sim.night(CLUSTER, due(9), late));
    stage.daily("the night after a failed one", on(10, 12), fine(), |sim| {
        sim.night(CLUSTER, due(9), export(ExportFate::Failed(0)));
    });
    stage.daily("a failed export that was repeated", on(9, 12), fine(), |sim| {
        sim.night(CLUSTER, due(9), export(ExportFate::Failed(0)));
        sim.act(on(9, 8), CLUSTER, Act::Export(Which::Newest));
        sim.by_hand(CLUSTER, 9, Export::good());
    });
    stage.daily("a failed export that failed again", on(9, 12), failed(Why::ExportFailed), |sim| {
        sim.night(CLUSTER, due(9), export(ExportFate::Cancelled));
        sim.act(on(9, 8), CLUSTER, Act::Export(Which::Newest));
        sim.by_hand(CLUSTER, 9, Export { fate: ExportFate::Failed(0), ..Export::good() });
    });
    stage.daily("a failed export that is being repeated", on(9, 12), both(Kind::Running), |sim| {
        sim.night(CLUSTER, due(9), export(ExportFate::Failed(0)));
        sim.act(on(9, 11), CLUSTER, Act::Export(Which::Newest));
        sim.by_hand(CLUSTER, 9, Export { run: 5 * HOUR, ..Export::good() });
    });
    stage.daily("a snapshot deleted after its export", on(9, 12), fine(), |sim| {
        sim.act(on(9, 8), CLUSTER, Act::DeleteSnapshot(Which::Newest));
    });
    stage.daily("a snapshot deleted before any export", on(9, 12), missing(Why::SnapshotGone), |sim| {
        sim.night(CLUSTER, due(9), export(ExportFate::NotStarted));
        sim.act(on(9, 8), CLUSTER, Act::DeleteSnapshot(Which::Newest));
    });
}

fn waiting(stage: &mut Stage) {
    let slow = Night { snapshot_run: HOUR, ..Night::good() };
    stage.daily("a snapshot under way", on(9, 3) + 30 * MINUTE, both(Kind::NotDue), |sim| {
        sim.night(CLUSTER, due(9), slow)
    });
    stage.daily("an export about to start", on(9, 3) + 50 * MINUTE, both(Kind::Running), |sim| {
        let export = Export { delay: 50 * MINUTE, ..Export::good() };
        sim.night(CLUSTER, due(9), Night { export, ..Night::good() });
    });
    let long = Night { export: Export { run: 10 * HOUR, ..Export::good() }, ..Night::good() };
    stage.daily("an export under way", on(9, 12), both(Kind::Running), |sim| sim.night(CLUSTER, due(9), long));
    stage.daily("an export under way after two bad nights", on(9, 12), both(Kind::Stale), |sim| {
        sim.night(CLUSTER, due(7), export(ExportFate::NotStarted));
        sim.night(CLUSTER, due(8), export(ExportFate::Failed(0)));
        sim.night(CLUSTER, due(9), long);
    });
    stage.daily("the first export under way", on(0, 8), both(Kind::Running), |sim| sim.night(CLUSTER, due(0), long));
    let plan = Plan { auto_export: false, ..Plan::daily("Cluster0") };
    stage.play("the first export since exports were switched on", plan, on(9, 12), both(Kind::Running), |sim| {
        sim.act(on(8, 12), CLUSTER, Act::Edit(Edit::AutoExport(true)));
        sim.night(CLUSTER, due(9), long);
    });
    let awaited = Night { export: Export { marker_gap: 40 * MINUTE, ..Export::good() }, ..Night::good() };
    stage.daily(
        "a marker that comes a little later",
        on(9, 3) + 50 * MINUTE,
        [Kind::Reported.into(), Kind::Running.into()],
        |sim| {
            sim.night(CLUSTER, due(9), awaited);
        },
    );
    stage.daily("patience with tonight, and last night failed", on(9, 4), failed(Why::ExportFailed), |sim| {
        sim.night(CLUSTER, due(8), export(ExportFate::Failed(0)));
        sim.night(CLUSTER, due(9), Night { snapshot_run: 2 * HOUR, ..Night::good() });
    });
    stage.daily("patience with tonight, and none came last night", on(9, 4), missing(Why::NoSnapshot), |sim| {
        sim.night(CLUSTER, due(8), snapshot(SnapshotFate::Skipped));
        sim.night(CLUSTER, due(9), Night { snapshot_run: 2 * HOUR, ..Night::good() });
    });
}

fn edits(stage: &mut Stage) {
    let edit = |sim: &mut Sim, time, edit| sim.act(time, CLUSTER, Act::Edit(edit));
    let plan = Plan { auto_export: false, ..Plan::daily("Cluster0") };
    stage.play("exports switched on this morning", plan.clone(), on(9, 12), both(Kind::NotDue), |sim| {
        edit(sim, on(9, 9), Edit::AutoExport(true));
    });
    stage.play("exports switched on a minute before the snapshot", plan, on(9, 12), fine(), |sim| {
        edit(sim, due(9) - MINUTE, Edit::AutoExport(true));
    });
    stage.daily("moved to an older bucket this morning", on(9, 12), both(Kind::NotDue), |sim| {
        edit(sim, on(9, 9), Edit::Repoint(1))
    });
    stage.daily("moved to an older bucket the day before", on(10, 12), fine(), |sim| {
        edit(sim, on(9, 9), Edit::Repoint(1))
    });
    stage.daily("moved to a new bucket this morning", on(9, 12), both(Kind::NotDue), |sim| {
        edit(sim, on(9, 9), Edit::NewBucket)
    });
    stage.daily("moved to a new bucket, and the night failed", on(10, 12), failed(Why::ExportFailed), |sim| {
        edit(sim, on(9, 9), Edit::NewBucket);
        sim.night(CLUSTER, due(10), export(ExportFate::Failed(0)));
    });
    stage.daily("a longer retention after a good night", on(9, 12), fine(), |sim| edit(sim, on(9, 9), Edit::Retention));
    stage.daily("a longer retention after a failed export", on(9, 12), failed(Why::ExportFailed), |sim| {
        sim.night(CLUSTER, due(9), export(ExportFate::Failed(0)));
        edit(sim, on(9, 9), Edit::Retention);
    });
    stage.daily("items made anew after a good night", on(9, 12), both(Kind::NotDue), |sim| {
        edit(sim, on(9, 9), Edit::ReplaceItems)
    });
    stage.daily("names in prefixes", on(12, 12), fine(), |sim| edit(sim, on(9, 9), Edit::NamesInPrefix));
    stage.daily("a later reference time", on(9, 12), fine(), |sim| edit(sim, on(8, 12), Edit::ReferenceTime(9, 30)));
    let plan = Plan { items: vec![(Frequency::Daily, 1, 7), (Frequency::Weekly, 7, 30)], ..Plan::daily("Cluster0") };
    stage.play("from daily to weekly this morning", plan, on(9, 12), both(Kind::NotDue), |sim| {
        edit(sim, on(9, 9), Edit::ExportFrequency(1));
    });
}

fn lives(stage: &mut Stage) {
    stage.daily("paused after a good night", on(9, 20), fine(), |sim| sim.act(on(9, 12), CLUSTER, Act::Pause));
    stage.daily("paused for long", on(14, 12), both(Kind::Stale), |sim| sim.act(on(9, 12), CLUSTER, Act::Pause));
    stage.daily("paused after a failed export", on(9, 20), failed(Why::ExportFailed), |sim| {
        sim.night(CLUSTER, due(9), export(ExportFate::Failed(0)));
        sim.act(on(9, 12), CLUSTER, Act::Pause);
    });
    stage.daily("paused soon after a failed export", on(9, 12), failed(Why::ExportFailed), |sim| {
        sim.night(CLUSTER, due(9), export(ExportFate::Failed(0)));
        sim.act(on(9, 8), CLUSTER, Act::Pause);
    });
    stage.daily("paused after the export of one more snapshot failed", on(9, 12), fine(), |sim| {
        sim.act(on(9, 6), CLUSTER, Act::TakeSnapshot);
        sim.act(on(9, 7), CLUSTER, Act::Export(Which::Newest));
        sim.by_hand(CLUSTER, 10, Export { fate: ExportFate::Failed(0), ..Export::good() });
        sim.act(on(9, 8), CLUSTER, Act::Pause);
    });
    stage.daily("a night after a pause", on(15, 12), fine(), |sim| {
        sim.act(on(9, 12), CLUSTER, Act::Pause);
        sim.act(on(14, 12), CLUSTER, Act::Resume);
    });
    let plan = Plan::daily("Cluster0");
    stage.play("made anew under the same name", plan.clone(), on(9, 22), both(Kind::NotDue), |sim| {
        sim.act(on(9, 12), CLUSTER, Act::Delete);
        sim.act(on(9, 20), CLUSTER, Act::Remake);
    });
    stage.play("a failed first night under an old name", plan, on(10, 12), failed(Why::ExportFailed), |sim| {
        sim.act(on(9, 12), CLUSTER, Act::Delete);
        sim.act(on(9, 20), CLUSTER, Act::Remake);
        sim.night(At { project: 0, cluster: 1 }, due(10), export(ExportFate::Failed(0)));
    });
}

fn hands(stage: &mut Stage) {
    stage.daily("an old snapshot exported by hand", on(9, 12), missing(Why::NoExport), |sim| {
        sim.night(CLUSTER, due(9), export(ExportFate::NotStarted));
        sim.act(on(9, 8), CLUSTER, Act::Export(Which::Back(3)));
        sim.by_hand(CLUSTER, 6, Export::good());
    });
    stage.daily("last night's snapshot exported by hand", on(9, 12), fine(), |sim| {
        sim.night(CLUSTER, due(9), export(ExportFate::NotStarted));
        sim.act(on(9, 8), CLUSTER, Act::Export(Which::Newest));
        sim.by_hand(CLUSTER, 9, Export::good());
    });
    stage.daily("last night's snapshot exported elsewhere", on(9, 12), missing(Why::Elsewhere), |sim| {
        sim.night(CLUSTER, due(9), export(ExportFate::NotStarted));
        sim.act(on(9, 8), CLUSTER, Act::ExportElsewhere(Which::Newest));
        sim.by_hand(CLUSTER, 9, Export::good());
    });
    stage.daily("a snapshot on demand that nobody exports", on(9, 12), fine(), |sim| {
        sim.act(on(9, 8), CLUSTER, Act::TakeSnapshot)
    });
}

fn buckets(stage: &mut Stage) {
    let gone = [Kind::Reported.into(), Answer::because(Kind::Missing, Why::MarkerGone)];
    stage
        .daily("a marker that was deleted", on(9, 12), gone, |sim| sim.act(on(9, 8), CLUSTER, Act::SpoilMarker(false)));
    stage.daily("a bucket that refuses the auditor", on(9, 12), both(Kind::Reported), |sim| {
        sim.act(on(9, 8), CLUSTER, Act::DenyBucket)
    });
    stage.daily("a bucket that admits the auditor again", on(9, 12), fine(), |sim| {
        sim.act(on(8, 8), CLUSTER, Act::DenyBucket);
        sim.act(on(9, 8), CLUSTER, Act::AdmitBucket);
    });
}

fn calendars(stage: &mut Stage) {
    let plan = |frequency, interval, keep| Plan {
        items: vec![(Frequency::Daily, 1, 3), (frequency, interval, keep)],
        export: Some(frequency),
        ..Plan::daily("Cluster0")
    };
    stage.play("Sunday's export, on Saturday", plan(Frequency::Weekly, 7, 30), on(12, 12), fine(), |_| {});
    stage.play(
        "Sunday's export failed, and it is Saturday",
        plan(Frequency::Weekly, 7, 30),
        on(12, 12),
        failed(Why::ExportFailed),
        |sim| {
            sim.night(CLUSTER, due(6), export(ExportFate::Failed(0)));
        },
    );
    let month = plan(Frequency::Monthly, 40, 120);
    let leap = day(2024, 2, 29);
    stage.play("the last day of a leap February", month.clone(), leap + 12 * HOUR, failed(Why::ExportFailed), |sim| {
        sim.night(CLUSTER, leap + 3 * HOUR, export(ExportFate::Failed(0)));
    });
    stage.play("the day before the last of a leap February", month.clone(), leap - 12 * HOUR, fine(), |_| {});
    stage.play("weeks after the end of a month", month, day(2024, 3, 30) + 12 * HOUR, missing(Why::NoExport), |sim| {
        sim.night(CLUSTER, leap + 3 * HOUR, export(ExportFate::NotStarted));
    });
    let year = plan(Frequency::Yearly, 12, 800);
    stage.play("months after a year's export", year.clone(), day(2025, 11, 30), fine(), |_| {});
    stage.play(
        "months after a year's export that never started",
        year,
        day(2025, 6, 1),
        missing(Why::NoExport),
        |sim| {
            sim.night(CLUSTER, day(2024, 12, 1) + 3 * HOUR, export(ExportFate::NotStarted));
        },
    );
    let overlap = Plan { items: vec![(Frequency::Daily, 1, 7), (Frequency::Weekly, 7, 30)], ..Plan::daily("Cluster0") };
    stage.play("a Sunday that is labelled weekly and exported", overlap.clone(), on(6, 12), fine(), |_| {});
    let guesses = Guesses {
        names_all_items: true,
        exports_across_labels: false,
        queue_of_five: false,
        jobs_outlive_cluster: true,
        marker_after_end: false,
    };
    let mut sim = Sim::planned_under(guesses, START, vec![overlap]);
    sim.run_until(on(6, 12));
    let [api, markers] = missing(Why::NoExport);
    stage.scenes.push(Scene { name: "a Sunday that is labelled weekly and not exported", sim, api, markers });
    let plan = Plan { items: vec![(Frequency::Daily, 1, 2), (Frequency::Hourly, 6, 2)], ..Plan::daily("Cluster0") };
    let guesses = Guesses { names_all_items: false, exports_across_labels: true, ..guesses };
    let mut sim = Sim::planned_under(guesses, START, vec![plan]);
    sim.night(CLUSTER, due(9), Night { export: Export { run: 10 * HOUR, ..Export::good() }, ..Night::good() });
    sim.run_until(on(9, 12));
    let [api, markers] = both(Kind::Running);
    let name = "an export under way of a snapshot that is labelled with a frequency that is kept as long";
    stage.scenes.push(Scene { name, sim, api, markers });
}
