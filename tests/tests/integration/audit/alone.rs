//! The judge by itself, over thousands of nights.

use std::time::Duration;

use atlas_exports::audit::Rules;

use super::{
    explain::explain,
    facts::Case,
    score::{Score, answer, mistake},
    seeds::seeds,
};
use crate::world::{
    answers::{Graces, Sources},
    expected::expected,
    model::{Project, World},
    scenarios,
    sim::Sim,
    time::{DAY, HOUR, Time, iso},
    truth::Moment,
    view::View,
};

fn rules(markers: bool) -> Rules {
    let mut rules = Rules::default();
    rules.markers = markers;
    rules
}

/// Draws a moment to audit a project: after a due time, after an edit, or any.
pub(super) fn draw_moment(world: &World, project: &Project, random: &mut fastrand::Rng) -> Time {
    let cluster = &project.clusters[random.usize(0..project.clusters.len())];
    let at = match random.u32(0..4) {
        0 | 1 if !cluster.due_exports.is_empty() => {
            cluster.due_exports[random.usize(0..cluster.due_exports.len())].at + random.i64(0..16 * HOUR)
        }
        2 => cluster.schedule.0[random.usize(0..cluster.schedule.0.len())].0 + random.i64(0..2 * DAY),
        _ => random.i64(world.start..world.end),
    };
    at.min(world.end)
}

fn look(world: &World, project: &Project, at: Time, markers: bool, score: &mut Score) {
    let view = View::of(world, project, at);
    let max_age = (at % 4 == 0).then_some(30 * HOUR);
    let graces = Graces { max_age, ..Graces::default() };
    let mut rules = rules(markers);
    rules.max_age = max_age.map(|age| Duration::from_secs(age.unsigned_abs()));
    for (cluster, shown) in project.clusters_at(at).zip(&view.clusters) {
        let right = expected(Moment { project, cluster, at }, Sources { v1: false, markers }, graces);
        let case = Case { world, project, view: &view, cluster: shown, at };
        let finding = case.judge(&rules);
        score.add(&finding, &right, || {
            format!(
                "seed {} {} {} at {} (markers: {markers}, max_age: {max_age:?}): rule {}, {}; right: {right:?}\n{}",
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
fn every_scenario_is_judged_as_written() {
    let mut wrong = Vec::new();
    for scenario in scenarios::scenarios() {
        let (world, at) = (&scenario.sim.world, scenario.sim.world.end);
        let project = &world.projects[0];
        let view = View::of(world, project, at);
        let shown = view.clusters.last().expect("a cluster");
        for (markers, wanted) in [(false, scenario.api), (true, scenario.markers)] {
            let finding = Case { world, project, view: &view, cluster: shown, at }.judge(&rules(markers));
            let given = answer(&finding);
            let moment = Moment { project, cluster: project.clusters_at(at).last().expect("a cluster"), at };
            let right = expected(moment, Sources { v1: false, markers }, Graces::default());
            if mistake(given, &right).is_some() {
                wrong.push(format!(
                    "{} (markers: {markers}): {wanted:?}, not {given:?}: {}",
                    scenario.name, finding.message
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn thousands_of_nights_are_judged_as_the_world_went() {
    let mut score = Score::default();
    for seed in seeds(6, 2_500) {
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
    score.assert_no_grave_mistake();
}
