//! Scenarios of weeks, months and years, and of snapshots that several policy items are due for.

use super::{CLUSTER, START, Scenario, Scenarios, both, due, export, failed, fine, missing, on};
use crate::world::{
    answers::{Kind, Why},
    policy::Frequency,
    sim::{Assumptions, Export, ExportOutcome, Night, Plan, Sim},
    time::{HOUR, day},
};

pub(super) fn add(all: &mut Scenarios) {
    let plan = |frequency, interval, keep| Plan {
        items: vec![(Frequency::Daily, 1, 3), (frequency, interval, keep)],
        export: Some(frequency),
        ..Plan::daily("Cluster0")
    };
    all.add("Sunday's export, on Saturday", plan(Frequency::Weekly, 7, 30), on(12, 12), fine(), |_| {});
    all.add(
        "Sunday's export failed, and it is Saturday",
        plan(Frequency::Weekly, 7, 30),
        on(12, 12),
        failed(Why::ExportFailed),
        |sim| {
            sim.night(CLUSTER, due(6), export(ExportOutcome::Failed(0)));
        },
    );
    let month = plan(Frequency::Monthly, 40, 120);
    let leap = day(2024, 2, 29);
    all.add("the last day of a leap February", month.clone(), leap + 12 * HOUR, failed(Why::ExportFailed), |sim| {
        sim.night(CLUSTER, leap + 3 * HOUR, export(ExportOutcome::Failed(0)));
    });
    all.add("the day before the last of a leap February", month.clone(), leap - 12 * HOUR, fine(), |_| {});
    all.add("weeks after the end of a month", month, day(2024, 3, 30) + 12 * HOUR, missing(Why::NoExport), |sim| {
        sim.night(CLUSTER, leap + 3 * HOUR, export(ExportOutcome::NotStarted));
    });
    let year = plan(Frequency::Yearly, 12, 800);
    all.add("months after a year's export", year.clone(), day(2025, 11, 30), fine(), |_| {});
    all.add("months after a year's export that never started", year, day(2025, 6, 1), missing(Why::NoExport), |sim| {
        sim.night(CLUSTER, day(2024, 12, 1) + 3 * HOUR, export(ExportOutcome::NotStarted));
    });
    let overlap = Plan { items: vec![(Frequency::Daily, 1, 7), (Frequency::Weekly, 7, 30)], ..Plan::daily("Cluster0") };
    all.add("a Sunday that is labelled weekly and exported", overlap.clone(), on(6, 12), fine(), |_| {});
    let assumptions = Assumptions {
        names_all_items: true,
        exports_across_labels: false,
        queue_of_five: false,
        jobs_outlive_cluster: true,
        marker_after_end: false,
    };
    let mut sim = Sim::planned_under(assumptions, START, vec![overlap]);
    sim.run_until(on(6, 12));
    let [api, markers] = missing(Why::NoExport);
    all.scenarios.push(Scenario { name: "a Sunday that is labelled weekly and not exported", sim, api, markers });
    let plan = Plan { items: vec![(Frequency::Daily, 1, 2), (Frequency::Hourly, 6, 2)], ..Plan::daily("Cluster0") };
    let assumptions = Assumptions { names_all_items: false, exports_across_labels: true, ..assumptions };
    let mut sim = Sim::planned_under(assumptions, START, vec![plan]);
    sim.night(CLUSTER, due(9), Night { export: Export { run: 10 * HOUR, ..Export::good() }, ..Night::good() });
    sim.run_until(on(9, 12));
    let [api, markers] = both(Kind::Running);
    let name = "an export under way of a snapshot that is labelled with a frequency that is kept as long";
    all.scenarios.push(Scenario { name, sim, api, markers });
}
