//! The judge alone, over thousands of nights.

use atlas_exports::audit::Rules;

use super::{
    explain::explain,
    facts::Case,
    score::{Fault, Score, answer, fault},
};
use crate::world::{
    answers::{Patience, Sources},
    expected::expected,
    gallery,
    model::{Project, World},
    sim::Sim,
    time::{DAY, HOUR, Time, iso},
    truth::Moment,
    view::View,
};

/// Worlds that are looked at; `ATLAS_EXPORTS_WORLDS` asks for more.
fn worlds() -> u64 {
    std::env::var("ATLAS_EXPORTS_WORLDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

fn rules(markers: bool) -> Rules {
    let mut rules = Rules::default();
    rules.markers = markers;
    rules
}

/// A moment to look at a project: after a night, after an edit, or any.
pub(super) fn draw_moment(world: &World, project: &Project, random: &mut fastrand::Rng) -> Time {
    let cluster = &project.clusters[random.usize(0..project.clusters.len())];
    let at = match random.u32(0..4) {
        0 | 1 if !cluster.duties.is_empty() => {
            cluster.duties[random.usize(0..cluster.duties.len())].at + random.i64(0..16 * HOUR)
        }
        2 => cluster.schedule.0[random.usize(0..cluster.schedule.0.len())].0 + random.i64(0..2 * DAY),
        _ => random.i64(world.start..world.end),
    };
    at.min(world.end)
}

fn look(world: &World, project: &Project, at: Time, markers: bool, score: &mut Score) {
    let view = View::of(world, project, at);
    for (cluster, shown) in project.clusters_at(at).zip(&view.clusters) {
        let right = expected(Moment { project, cluster, at }, Sources { v1: false, markers }, Patience::default());
        let case = Case { world, project, view: &view, cluster: shown, at };
        let finding = case.judge(&rules(markers));
        score.add(&finding, &right, || {
            format!(
                "seed {} {} {} at {} (markers: {markers}): rule {}, {}; right: {right:?}\n{}",
                world.seed,
                project.name,
                cluster.name,
                iso(at),
                finding.rule,
                finding.message,
                explain(Moment { project, cluster, at })
            )
        });
    }
}

#[test]
fn every_scene_is_judged_as_was_written_down_for_it() {
    let mut wrong = Vec::new();
    for scene in gallery::scenes() {
        let (world, at) = (&scene.sim.world, scene.sim.world.end);
        let project = &world.projects[0];
        let view = View::of(world, project, at);
        let shown = view.clusters.last().expect("a cluster");
        for (markers, wanted) in [(false, scene.api), (true, scene.markers)] {
            let finding = Case { world, project, view: &view, cluster: shown, at }.judge(&rules(markers));
            let given = answer(&finding);
            let moment = Moment { project, cluster: project.clusters_at(at).last().expect("a cluster"), at };
            let right = expected(moment, Sources { v1: false, markers }, Patience::default());
            if fault(given, &right).is_some() {
                wrong.push(format!(
                    "{} (markers: {markers}): {wanted:?}, not {given:?}: {}",
                    scene.name, finding.message
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn thousands_of_nights_are_judged_as_the_world_went() {
    let mut score = Score::default();
    for seed in 0..worlds() {
        let mut sim = Sim::drawn(seed);
        sim.run_until(sim.world.start + 400 * DAY);
        let world = &sim.world;
        let mut random = fastrand::Rng::with_seed(seed);
        for project in &world.projects {
            for _ in 0..40 {
                let at = draw_moment(world, project, &mut random);
                look(world, project, at, random.bool(), &mut score);
            }
        }
    }
    println!("{}", score.report());
    for fault in [Fault::FalseFine, Fault::FalseAlarm, Fault::MissedAlarm] {
        assert_eq!(score.count(fault), 0, "{fault:?}\n{}", score.report());
    }
    assert!(score.right_reasons() >= 0.99, "{}", score.report());
}
