//! Small worlds in which one thing happens, each with its verdict written down by hand.

mod calendars;

use super::{
    answers::{Answer, Kind, Why},
    model::{Shape, Tier},
    policy::Frequency,
    sim::{Action, At, Edit, Export, ExportOutcome, MarkerOutcome, Night, Plan, Sim, SnapshotOutcome, Which},
    time::{DAY, HOUR, MINUTE, Time},
};

/// A world that ends at the moment in question.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) sim: Sim,
    /// Without access to the bucket.
    pub(crate) api: Answer,
    /// With access to the bucket.
    pub(crate) markers: Answer,
}

pub(crate) const CLUSTER: At = At { project: 0, cluster: 0 };
/// A Monday.
const START: Time = 1_706_486_400;

/// Days and hours after the start.
fn on(days: Time, hours: Time) -> Time {
    START + days * DAY + hours * HOUR
}

/// When the snapshot of a day is due.
fn due(days: Time) -> Time {
    on(days, 3)
}

struct Scenarios {
    scenarios: Vec<Scenario>,
}

impl Scenarios {
    /// Adds a cluster with daily exports, and what happens to it until a moment.
    fn daily(&mut self, name: &'static str, until: Time, answers: [Answer; 2], happens: impl FnOnce(&mut Sim)) {
        self.add(name, Plan::daily("Cluster0"), until, answers, happens);
    }

    fn add(
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
        self.scenarios.push(Scenario { name, sim, api, markers });
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

fn snapshot(outcome: SnapshotOutcome) -> Night {
    Night { snapshot: outcome, ..Night::good() }
}

fn export(outcome: ExportOutcome) -> Night {
    Night { export: Export { outcome, ..Export::good() }, ..Night::good() }
}

fn marker(outcome: MarkerOutcome) -> Night {
    Night { export: Export { marker: outcome, ..Export::good() }, ..Night::good() }
}

/// Returns all scenarios.
pub(crate) fn scenarios() -> Vec<Scenario> {
    let mut all = Scenarios { scenarios: Vec::new() };
    kinds_of_cluster(&mut all);
    settings(&mut all);
    nights(&mut all);
    waiting(&mut all);
    edits(&mut all);
    lifecycle(&mut all);
    manual_exports(&mut all);
    buckets(&mut all);
    calendars::add(&mut all);
    all.scenarios
}

fn kinds_of_cluster(all: &mut Scenarios) {
    for (name, tier) in
        [("a free cluster", Tier::Free), ("a flex cluster", Tier::Flex), ("serverless", Tier::Serverless)]
    {
        let plan = Plan { tier, ..Plan::daily("Cluster0") };
        all.add(name, plan, on(9, 12), both(Kind::Unsupported), |_| {});
    }
    for (name, shape) in [("a sharded cluster", Shape::Sharded(3)), ("a global cluster", Shape::Global(2))] {
        let plan = Plan { shape, ..Plan::daily("Cluster0") };
        all.add(name, plan, on(9, 12), fine(), |_| {});
    }
    all.daily("a good night", on(9, 12), fine(), |_| {});
    all.daily("being created", START + 3 * MINUTE, both(Kind::NotDue), |_| {});
    all.daily("before the first night", on(0, 2), both(Kind::NotDue), |_| {});
    all.daily("being deleted", on(9, 12) + 5 * MINUTE, both(Kind::NotDue), |sim| {
        sim.plan_action(on(9, 12), CLUSTER, Action::Delete)
    });
    all.daily("being updated", on(9, 12) + MINUTE, fine(), |sim| sim.plan_action(on(9, 12), CLUSTER, Action::Update));
}

fn settings(all: &mut Scenarios) {
    all.daily("backup switched off", on(9, 12), missing(Why::BackupOff), |sim| {
        sim.plan_action(on(8, 12), CLUSTER, Action::BackupOff)
    });
    let plan = Plan { auto_export: false, ..Plan::daily("Cluster0") };
    all.add("exports never switched on", plan, on(9, 12), missing(Why::NotConfigured), |_| {});
    let plan = Plan { export: None, ..Plan::daily("Cluster0") };
    all.add("no bucket ever set", plan, on(9, 12), missing(Why::NotConfigured), |_| {});
    all.daily("exports switched off", on(9, 12), missing(Why::NotConfigured), |sim| {
        sim.plan_action(on(8, 12), CLUSTER, Action::Edit(Edit::AutoExport(false)));
    });
    all.daily("the bucket removed", on(9, 12), missing(Why::BucketGone), |sim| {
        sim.plan_action(on(8, 12), CLUSTER, Action::RemoveBucket)
    });
    let plan = Plan { export: Some(Frequency::Weekly), ..Plan::daily("Cluster0") };
    all.add("exports of a frequency without items", plan, on(9, 12), missing(Why::NoSuchSnapshots), |_| {});
    let plan = Plan { export: Some(Frequency::Quarterly), ..Plan::daily("Cluster0") };
    let unknown = both(Answer::because(Kind::Unreadable, Why::Frequency));
    all.add("exports of an unknown frequency", plan, on(9, 12), unknown, |_| {});
}

fn nights(all: &mut Scenarios) {
    for (name, night, answers) in [
        ("no snapshot", snapshot(SnapshotOutcome::Skipped), missing(Why::NoSnapshot)),
        ("a failed snapshot", snapshot(SnapshotOutcome::Failed), missing(Why::SnapshotFailed)),
        ("a fallback snapshot", snapshot(SnapshotOutcome::Fallback), missing(Why::NotExportable)),
        ("no export started", export(ExportOutcome::NotStarted), missing(Why::NoExport)),
        ("a failed export", export(ExportOutcome::Failed(50)), failed(Why::ExportFailed)),
        ("an export that failed at its end", export(ExportOutcome::Failed(100)), failed(Why::ExportFailed)),
        ("a cancelled export", export(ExportOutcome::Cancelled), failed(Why::ExportCancelled)),
        (
            "a successful export without a marker",
            marker(MarkerOutcome::Missing),
            [Kind::Reported.into(), Answer::because(Kind::Missing, Why::MarkerGone)],
        ),
        (
            "another cluster's marker",
            marker(MarkerOutcome::Foreign),
            [Kind::Reported.into(), Answer::because(Kind::Missing, Why::MarkerForeign)],
        ),
    ] {
        all.daily(name, on(9, 12), answers, |sim| sim.night(CLUSTER, due(9), night));
    }
    all.daily("a stuck export", on(9, 18), failed(Why::ExportStuck), |sim| {
        sim.night(CLUSTER, due(9), export(ExportOutcome::Stuck))
    });
    let late = Night { snapshot_delay: 9 * HOUR, ..Night::good() };
    all.daily("a snapshot that waits", on(9, 8), missing(Why::SnapshotLate), |sim| sim.night(CLUSTER, due(9), late));
    all.daily("a snapshot that came late", on(9, 14), fine(), |sim| sim.night(CLUSTER, due(9), late));
    all.daily("the night after a failed one", on(10, 12), fine(), |sim| {
        sim.night(CLUSTER, due(9), export(ExportOutcome::Failed(0)));
    });
    all.daily("a failed export that was repeated", on(9, 12), fine(), |sim| {
        sim.night(CLUSTER, due(9), export(ExportOutcome::Failed(0)));
        sim.plan_action(on(9, 8), CLUSTER, Action::Export(Which::Newest));
        sim.manual_export(CLUSTER, 9, Export::good());
    });
    all.daily("a failed export that failed again", on(9, 12), failed(Why::ExportFailed), |sim| {
        sim.night(CLUSTER, due(9), export(ExportOutcome::Cancelled));
        sim.plan_action(on(9, 8), CLUSTER, Action::Export(Which::Newest));
        sim.manual_export(CLUSTER, 9, Export { outcome: ExportOutcome::Failed(0), ..Export::good() });
    });
    all.daily("a failed export that is being repeated", on(9, 12), both(Kind::Running), |sim| {
        sim.night(CLUSTER, due(9), export(ExportOutcome::Failed(0)));
        sim.plan_action(on(9, 11), CLUSTER, Action::Export(Which::Newest));
        sim.manual_export(CLUSTER, 9, Export { run: 5 * HOUR, ..Export::good() });
    });
    for (name, until) in [
        ("a failed export that is being repeated while the export before gets old", on(9, 20)),
        ("a failed export that is being repeated when the next snapshot is due", on(10, 3) + 10 * MINUTE),
    ] {
        all.daily(name, until, both(Kind::Stale), |sim| {
            sim.night(CLUSTER, due(9), export(ExportOutcome::Failed(0)));
            sim.plan_action(on(9, 16), CLUSTER, Action::Export(Which::Newest));
            sim.manual_export(CLUSTER, 9, Export { run: 11 * HOUR + 30 * MINUTE, ..Export::good() });
        });
    }
    all.daily("a snapshot deleted after its export", on(9, 12), fine(), |sim| {
        sim.plan_action(on(9, 8), CLUSTER, Action::DeleteSnapshot(Which::Newest));
    });
    all.daily("a snapshot deleted before any export", on(9, 12), missing(Why::SnapshotGone), |sim| {
        sim.night(CLUSTER, due(9), export(ExportOutcome::NotStarted));
        sim.plan_action(on(9, 8), CLUSTER, Action::DeleteSnapshot(Which::Newest));
    });
}

fn waiting(all: &mut Scenarios) {
    let slow = Night { snapshot_run: HOUR, ..Night::good() };
    all.daily("a snapshot under way", on(9, 3) + 30 * MINUTE, both(Kind::NotDue), |sim| {
        sim.night(CLUSTER, due(9), slow)
    });
    all.daily("an export about to start", on(9, 3) + 50 * MINUTE, both(Kind::Running), |sim| {
        let export = Export { delay: 50 * MINUTE, ..Export::good() };
        sim.night(CLUSTER, due(9), Night { export, ..Night::good() });
    });
    let long = Night { export: Export { run: 10 * HOUR, ..Export::good() }, ..Night::good() };
    all.daily("an export under way", on(9, 12), both(Kind::Running), |sim| sim.night(CLUSTER, due(9), long));
    all.daily("an export under way after two bad nights", on(9, 12), both(Kind::Stale), |sim| {
        sim.night(CLUSTER, due(7), export(ExportOutcome::NotStarted));
        sim.night(CLUSTER, due(8), export(ExportOutcome::Failed(0)));
        sim.night(CLUSTER, due(9), long);
    });
    all.daily("the first export under way", on(0, 8), both(Kind::Running), |sim| sim.night(CLUSTER, due(0), long));
    let plan = Plan { auto_export: false, ..Plan::daily("Cluster0") };
    all.add("the first export since exports were switched on", plan, on(9, 12), both(Kind::Running), |sim| {
        sim.plan_action(on(8, 12), CLUSTER, Action::Edit(Edit::AutoExport(true)));
        sim.night(CLUSTER, due(9), long);
    });
    let awaited = Night { export: Export { marker_gap: 40 * MINUTE, ..Export::good() }, ..Night::good() };
    all.daily(
        "a marker that comes a little later",
        on(9, 3) + 50 * MINUTE,
        [Kind::Reported.into(), Kind::Running.into()],
        |sim| {
            sim.night(CLUSTER, due(9), awaited);
        },
    );
    all.daily(
        "tonight's snapshot within its grace, and last night's export failed",
        on(9, 4),
        failed(Why::ExportFailed),
        |sim| {
            sim.night(CLUSTER, due(8), export(ExportOutcome::Failed(0)));
            sim.night(CLUSTER, due(9), Night { snapshot_run: 2 * HOUR, ..Night::good() });
        },
    );
    all.daily("tonight's snapshot within its grace, and none last night", on(9, 4), missing(Why::NoSnapshot), |sim| {
        sim.night(CLUSTER, due(8), snapshot(SnapshotOutcome::Skipped));
        sim.night(CLUSTER, due(9), Night { snapshot_run: 2 * HOUR, ..Night::good() });
    });
}

fn edits(all: &mut Scenarios) {
    let edit = |sim: &mut Sim, time, edit| sim.plan_action(time, CLUSTER, Action::Edit(edit));
    let plan = Plan { auto_export: false, ..Plan::daily("Cluster0") };
    all.add("exports switched on this morning", plan.clone(), on(9, 12), both(Kind::NotDue), |sim| {
        edit(sim, on(9, 9), Edit::AutoExport(true));
    });
    all.add("exports switched on a minute before the snapshot", plan, on(9, 12), fine(), |sim| {
        edit(sim, due(9) - MINUTE, Edit::AutoExport(true));
    });
    let plan = Plan { auto_export: false, ..Plan::daily("Cluster0") };
    all.add("exports switched on while a manual one is stuck", plan, on(9, 22), both(Kind::NotDue), |sim| {
        sim.plan_action(on(9, 4), CLUSTER, Action::Export(Which::Newest));
        sim.manual_export(CLUSTER, 9, Export { outcome: ExportOutcome::Stuck, ..Export::good() });
        edit(sim, on(9, 21), Edit::AutoExport(true));
    });
    all.daily("moved to an older bucket this morning", on(9, 12), both(Kind::NotDue), |sim| {
        edit(sim, on(9, 9), Edit::Repoint(1))
    });
    all.daily("moved to an older bucket the day before", on(10, 12), fine(), |sim| {
        edit(sim, on(9, 9), Edit::Repoint(1))
    });
    all.daily("moved to a new bucket this morning", on(9, 12), both(Kind::NotDue), |sim| {
        edit(sim, on(9, 9), Edit::NewBucket)
    });
    all.daily("moved to a new bucket, and the night failed", on(10, 12), failed(Why::ExportFailed), |sim| {
        edit(sim, on(9, 9), Edit::NewBucket);
        sim.night(CLUSTER, due(10), export(ExportOutcome::Failed(0)));
    });
    all.daily("a longer retention after a good night", on(9, 12), fine(), |sim| edit(sim, on(9, 9), Edit::Retention));
    all.daily("a longer retention after a failed export", on(9, 12), failed(Why::ExportFailed), |sim| {
        sim.night(CLUSTER, due(9), export(ExportOutcome::Failed(0)));
        edit(sim, on(9, 9), Edit::Retention);
    });
    all.daily("items replaced after a good night", on(9, 12), both(Kind::NotDue), |sim| {
        edit(sim, on(9, 9), Edit::ReplaceItems)
    });
    all.daily("names instead of ids in prefixes", on(12, 12), fine(), |sim| edit(sim, on(9, 9), Edit::NamesInPrefix));
    all.daily("a later reference time", on(9, 12), fine(), |sim| edit(sim, on(8, 12), Edit::ReferenceTime(9, 30)));
    let plan = Plan { items: vec![(Frequency::Daily, 1, 7), (Frequency::Weekly, 7, 30)], ..Plan::daily("Cluster0") };
    all.add("from daily to weekly, and Sunday's export is stuck", plan.clone(), on(9, 12), both(Kind::NotDue), |sim| {
        sim.night(CLUSTER, due(6), export(ExportOutcome::Stuck));
        sim.night(CLUSTER, due(7), export(ExportOutcome::Cancelled));
        edit(sim, on(7, 9), Edit::ExportFrequency(1));
    });
    all.add("from daily to weekly this morning", plan, on(9, 12), both(Kind::NotDue), |sim| {
        edit(sim, on(9, 9), Edit::ExportFrequency(1));
    });
}

fn lifecycle(all: &mut Scenarios) {
    all.daily("paused after a good night", on(9, 20), fine(), |sim| sim.plan_action(on(9, 12), CLUSTER, Action::Pause));
    all.daily("paused for long", on(14, 12), both(Kind::Stale), |sim| {
        sim.plan_action(on(9, 12), CLUSTER, Action::Pause)
    });
    all.daily("paused after a failed export", on(9, 20), failed(Why::ExportFailed), |sim| {
        sim.night(CLUSTER, due(9), export(ExportOutcome::Failed(0)));
        sim.plan_action(on(9, 12), CLUSTER, Action::Pause);
    });
    all.daily("paused soon after a failed export", on(9, 12), failed(Why::ExportFailed), |sim| {
        sim.night(CLUSTER, due(9), export(ExportOutcome::Failed(0)));
        sim.plan_action(on(9, 8), CLUSTER, Action::Pause);
    });
    all.daily("paused after the export of one more snapshot failed", on(9, 12), fine(), |sim| {
        sim.plan_action(on(9, 6), CLUSTER, Action::TakeSnapshot);
        sim.plan_action(on(9, 7), CLUSTER, Action::Export(Which::Newest));
        sim.manual_export(CLUSTER, 10, Export { outcome: ExportOutcome::Failed(0), ..Export::good() });
        sim.plan_action(on(9, 8), CLUSTER, Action::Pause);
    });
    all.daily("a night after a pause", on(15, 12), fine(), |sim| {
        sim.plan_action(on(9, 12), CLUSTER, Action::Pause);
        sim.plan_action(on(14, 12), CLUSTER, Action::Resume);
    });
    let plan = Plan {
        items: vec![(Frequency::Daily, 1, 3), (Frequency::Weekly, 7, 30)],
        export: Some(Frequency::Weekly),
        ..Plan::daily("Cluster0")
    };
    all.add(
        "a manual export failed after a pause skipped the last due time",
        plan,
        on(13, 2),
        both(Kind::NotDue),
        |sim| {
            sim.plan_action(on(5, 12), CLUSTER, Action::Pause);
            sim.plan_action(on(6, 12), CLUSTER, Action::Resume);
            sim.plan_action(on(8, 4), CLUSTER, Action::Export(Which::Newest));
            sim.manual_export(CLUSTER, 7, Export { outcome: ExportOutcome::Failed(0), ..Export::good() });
        },
    );
    let plan = Plan::daily("Cluster0");
    all.add("created again under the same name", plan.clone(), on(9, 22), both(Kind::NotDue), |sim| {
        sim.plan_action(on(9, 12), CLUSTER, Action::Delete);
        sim.plan_action(on(9, 20), CLUSTER, Action::Recreate);
    });
    all.add("a failed first night under an old name", plan, on(10, 12), failed(Why::ExportFailed), |sim| {
        sim.plan_action(on(9, 12), CLUSTER, Action::Delete);
        sim.plan_action(on(9, 20), CLUSTER, Action::Recreate);
        sim.night(At { project: 0, cluster: 1 }, due(10), export(ExportOutcome::Failed(0)));
    });
}

fn manual_exports(all: &mut Scenarios) {
    all.daily("an old snapshot exported manually", on(9, 12), missing(Why::NoExport), |sim| {
        sim.night(CLUSTER, due(9), export(ExportOutcome::NotStarted));
        sim.plan_action(on(9, 8), CLUSTER, Action::Export(Which::Back(3)));
        sim.manual_export(CLUSTER, 6, Export::good());
    });
    all.daily("last night's snapshot exported manually", on(9, 12), fine(), |sim| {
        sim.night(CLUSTER, due(9), export(ExportOutcome::NotStarted));
        sim.plan_action(on(9, 8), CLUSTER, Action::Export(Which::Newest));
        sim.manual_export(CLUSTER, 9, Export::good());
    });
    all.daily("last night's snapshot exported elsewhere", on(9, 12), missing(Why::Elsewhere), |sim| {
        sim.night(CLUSTER, due(9), export(ExportOutcome::NotStarted));
        sim.plan_action(on(9, 8), CLUSTER, Action::ExportElsewhere(Which::Newest));
        sim.manual_export(CLUSTER, 9, Export::good());
    });
    all.daily("an on-demand snapshot without an export", on(9, 12), fine(), |sim| {
        sim.plan_action(on(9, 8), CLUSTER, Action::TakeSnapshot)
    });
}

fn buckets(all: &mut Scenarios) {
    let gone = [Kind::Reported.into(), Answer::because(Kind::Missing, Why::MarkerGone)];
    all.daily("a marker that was deleted", on(9, 12), gone, |sim| {
        sim.plan_action(on(9, 8), CLUSTER, Action::DamageMarker(false))
    });
    all.daily("a bucket that the audit may not read", on(9, 12), both(Kind::Reported), |sim| {
        sim.plan_action(on(9, 8), CLUSTER, Action::DenyBucket)
    });
    all.daily("a bucket that the audit may read again", on(9, 12), fine(), |sim| {
        sim.plan_action(on(8, 8), CLUSTER, Action::DenyBucket);
        sim.plan_action(on(9, 8), CLUSTER, Action::AllowBucket);
    });
}
