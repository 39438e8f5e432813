//! That the world and the table of expected verdicts are what they claim to be.

use std::collections::BTreeSet;

use super::{
    answers::{Kind, Patience, Sources},
    expected::expected,
    gallery,
    sim::Sim,
    time::{DAY, HOUR},
    truth::{Link, Moment},
};

/// The moment of the newest cluster of a scene.
fn moment(sim: &Sim) -> Moment<'_> {
    let project = &sim.world.projects[0];
    let cluster = project.clusters_at(sim.world.end).last().expect("a cluster");
    Moment { project, cluster, at: sim.world.end }
}

#[test]
fn every_scene_has_the_verdict_that_was_written_down_for_it() {
    let mut names = BTreeSet::new();
    for scene in gallery::scenes() {
        assert!(names.insert(scene.name), "{} twice", scene.name);
        for (markers, answer) in [(false, scene.api), (true, scene.markers)] {
            let sources = Sources { v1: false, markers };
            let answers = expected(moment(&scene.sim), sources, Patience::default());
            assert_eq!(answers[0], answer, "{} (markers: {markers}): {answers:?}", scene.name);
        }
    }
}

#[test]
fn a_seed_grows_one_world_only() {
    let grown = |seed| {
        let mut sim = Sim::drawn(seed);
        sim.run_until(sim.world.start + 120 * DAY);
        format!("{:?}", sim.world)
    };
    assert_eq!(grown(7), grown(7));
    assert_ne!(grown(7), grown(8));
}

#[test]
fn what_was_true_stays_true_however_far_the_world_moves_on() {
    for seed in 0..4 {
        let told = |days| {
            let mut sim = Sim::drawn(seed);
            let at = sim.world.start + 90 * DAY + 11 * HOUR;
            sim.run_until(sim.world.start + days * DAY);
            let project = &sim.world.projects[0];
            let moments = project.clusters_at(at).map(|cluster| Moment { project, cluster, at }.truth());
            moments.map(|truth| format!("{:?} {:?}", truth.safe, truth.link)).collect::<Vec<_>>()
        };
        assert_eq!(told(91), told(200), "seed {seed}");
    }
}

/// The three facts are read from different ends of the world and have to agree.
#[test]
fn a_whole_chain_means_that_the_copy_is_safe() {
    let (mut whole, mut links) = (0, BTreeSet::new());
    for seed in 0..30 {
        let mut sim = Sim::drawn(seed);
        sim.run_until(sim.world.start + 400 * DAY);
        let mut random = fastrand::Rng::with_seed(seed);
        for project in &sim.world.projects {
            for _ in 0..60 {
                let at = random.i64(sim.world.start..sim.world.end);
                for cluster in project.clusters_at(at) {
                    let truth = Moment { project, cluster, at }.truth();
                    links.insert(format!("{:?}", truth.link).split('(').next().map(str::to_owned));
                    if let (Link::Whole, Some(due)) = (truth.link, &truth.due) {
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
    assert!(links.len() >= 13, "not everything happens: {links:?}");
}

#[test]
fn nothing_is_called_fine_that_is_not_there_by_the_word_of_the_service() {
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
                    let first = expected(moment, Sources { v1: false, markers }, Patience::default())[0];
                    kinds.insert(first.kind);
                    assert!(!first.kind.is_fine() || moment.told().is_some());
                    // A job may leave a complete copy and be called failed; nothing else proves.
                    assert!(first.kind != Kind::Proved || moment.truth().safe.is_some());
                }
            }
        }
    }
    assert_eq!(kinds.len(), 9, "not every verdict is ever expected: {kinds:?}");
}
