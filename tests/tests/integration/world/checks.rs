//! Tests of the simulation and of the table of expected verdicts.

use std::collections::BTreeSet;

use super::{
    answers::{Graces, Kind, Sources},
    expected::expected,
    scenarios,
    sim::Sim,
    time::{DAY, HOUR},
    truth::{ExportStatus, Moment},
};

/// The moment of the newest cluster of a scenario.
fn moment(sim: &Sim) -> Moment<'_> {
    let project = &sim.world.projects[0];
    let cluster = project.clusters_at(sim.world.end).last().expect("a cluster");
    Moment { project, cluster, at: sim.world.end }
}

#[test]
fn every_scenario_is_expected_to_have_the_verdict_written_for_it() {
    let mut names = BTreeSet::new();
    for scenario in scenarios::scenarios() {
        assert!(names.insert(scenario.name), "{} twice", scenario.name);
        for (markers, answer) in [(false, scenario.api), (true, scenario.markers)] {
            let sources = Sources { v1: false, markers };
            let answers = expected(moment(&scenario.sim), sources, Graces::default());
            assert_eq!(answers[0], answer, "{} (markers: {markers}): {answers:?}", scenario.name);
        }
    }
}

#[test]
fn a_seed_always_makes_the_same_world() {
    let simulated = |seed| {
        let mut sim = Sim::drawn(seed);
        sim.run_until(sim.world.start + 120 * DAY);
        format!("{:?}", sim.world)
    };
    assert_eq!(simulated(7), simulated(7));
    assert_ne!(simulated(7), simulated(8));
}

#[test]
fn what_was_true_stays_true_however_far_the_world_moves_on() {
    for seed in 0..4 {
        let truth = |days| {
            let mut sim = Sim::drawn(seed);
            let at = sim.world.start + 90 * DAY + 11 * HOUR;
            sim.run_until(sim.world.start + days * DAY);
            let project = &sim.world.projects[0];
            let moments = project.clusters_at(at).map(|cluster| Moment { project, cluster, at }.truth());
            moments.map(|truth| format!("{:?} {:?}", truth.safe, truth.status)).collect::<Vec<_>>()
        };
        assert_eq!(truth(91), truth(200), "seed {seed}");
    }
}

/// Each of the three facts is computed from other data, and they have to agree.
#[test]
fn an_exported_snapshot_has_a_safe_copy() {
    let (mut whole, mut statuses) = (0, BTreeSet::new());
    for seed in 0..30 {
        let mut sim = Sim::drawn(seed);
        sim.run_until(sim.world.start + 400 * DAY);
        let mut random = fastrand::Rng::with_seed(seed);
        for project in &sim.world.projects {
            for _ in 0..60 {
                let at = random.i64(sim.world.start..sim.world.end);
                for cluster in project.clusters_at(at) {
                    let truth = Moment { project, cluster, at }.truth();
                    statuses.insert(format!("{:?}", truth.status).split('(').next().map(str::to_owned));
                    if let (ExportStatus::Exported, Some(due)) = (truth.status, &truth.due) {
                        whole += 1;
                        assert!(
                            truth.safe.is_some_and(|safe| safe >= due.at),
                            "seed {seed}, {}: {truth:?}",
                            cluster.name
                        );
                    }
                }
            }
        }
    }
    assert!(whole > 2000, "{whole}");
    assert!(statuses.len() >= 13, "not everything happens: {statuses:?}");
}

#[test]
fn nothing_is_expected_to_be_fine_that_atlas_does_not_report() {
    let mut kinds = BTreeSet::new();
    for seed in 0..30 {
        let mut sim = Sim::drawn(seed);
        sim.run_until(sim.world.start + 400 * DAY);
        let mut random = fastrand::Rng::with_seed(seed);
        for project in &sim.world.projects {
            for _ in 0..60 {
                let at = random.i64(sim.world.start..sim.world.end);
                for cluster in project.clusters_at(at) {
                    let moment = Moment { project, cluster, at };
                    let markers = random.bool();
                    let first = expected(moment, Sources { v1: false, markers }, Graces::default())[0];
                    kinds.insert(first.kind);
                    assert!(!first.kind.is_fine() || moment.reported().is_some());
                    // A job that failed may have left a complete copy.
                    assert!(first.kind != Kind::Proved || moment.truth().safe.is_some());
                }
            }
        }
    }
    assert_eq!(kinds.len(), 9, "not every verdict is ever expected: {kinds:?}");
}
