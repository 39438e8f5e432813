//! The whole audit through FakeAtlas, over v1.0 and v2, with keys and service accounts.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use atlas_exports::{
    ApiVersion, Client,
    audit::{Finding, Report, Severity},
};
use atlas_exports_testing::FakeAtlas;

use super::{
    alone::draw_moment,
    explain::explain,
    score::{Score, answer},
    seeds::seeds,
    store::Store,
};
use crate::{
    common,
    world::{
        answers::{Answer, Graces, Kind, Sources},
        expected::expected,
        model::{Tier, World},
        scenarios,
        served::serve,
        sim::Sim,
        time::{DAY, Time, iso},
        truth::Moment,
        view::View,
    },
};

/// How the audit authenticates, and the version of the API that it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    KeyOnV1,
    KeyOnV2,
    AccountOnV2,
}

impl Access {
    pub(super) const ALL: [Self; 3] = [Self::KeyOnV1, Self::KeyOnV2, Self::AccountOnV2];

    pub(super) fn client(self, atlas: &FakeAtlas) -> Client {
        let builder = match self {
            Self::KeyOnV1 => common::builder(atlas).api_version(ApiVersion::V1),
            Self::KeyOnV2 => common::builder(atlas).api_version(ApiVersion::V2),
            Self::AccountOnV2 => common::account(atlas),
        };
        builder.no_poll_rate_limit().build().expect("a client")
    }

    pub(super) fn sources(self, markers: bool) -> Sources {
        Sources { v1: self == Self::KeyOnV1, markers }
    }
}

pub(super) fn simulated(seed: u64) -> Arc<World> {
    let mut sim = Sim::drawn(seed);
    sim.run_until(sim.world.start + 400 * DAY);
    Arc::new(sim.world)
}

pub(super) fn views(world: &World, at: Time) -> Vec<View> {
    world.projects.iter().map(|project| View::of(world, project, at)).collect()
}

pub(super) async fn audit(client: &Client, world: &Arc<World>, at: Time, markers: bool) -> Report {
    let audit = client.audit_all().flex_clusters(true);
    if markers { audit.markers(Store { world: world.clone(), at }).run().await } else { audit.run().await }
}

/// The answers that are right, by project and cluster.
pub(super) fn expected_answers(world: &World, at: Time, sources: Sources) -> BTreeMap<(String, String), Vec<Answer>> {
    let mut right = BTreeMap::new();
    for project in &world.projects {
        for cluster in project.clusters_at(at).filter(|cluster| cluster.tier != Tier::Flex || !sources.v1) {
            let answers = expected(Moment { project, cluster, at }, sources, Graces::default());
            right.insert((project.id.clone(), cluster.name.clone()), answers);
        }
    }
    right
}

/// Adds a report, in which each cluster has to appear exactly once.
pub(super) fn score(
    score: &mut Score,
    report: &Report,
    world: &World,
    at: Time,
    sources: Sources,
    what: &str,
    relaxed: impl Fn(Vec<Answer>) -> Vec<Answer>,
) {
    let mut right = expected_answers(world, at, sources);
    for finding in &report.findings {
        let place = (finding.project.clone().unwrap_or_default(), finding.cluster.clone().unwrap_or_default());
        let answers = right.remove(&place).unwrap_or_else(|| panic!("{place:?} is not expected: {finding:?}"));
        let answers = relaxed(answers);
        score.add(finding, &answers, || {
            let project = world.projects.iter().find(|project| project.id == place.0).expect("a project");
            let cluster = project.clusters_at(at).find(|cluster| cluster.name == place.1).expect("a cluster");
            format!(
                "seed {} {} {} at {} ({what}): rule {}, {}; right: {answers:?}\n{}",
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
    assert!(right.is_empty(), "no finding of {right:?} ({what})");
}

#[tokio::test]
async fn each_version_and_kind_of_credentials_finds_what_the_world_holds() {
    let mut sum = Score::default();
    for seed in seeds(2, 200) {
        let world = simulated(seed);
        let mut random = fastrand::Rng::with_seed(seed);
        for round in 0..4 {
            let at = draw_moment(&world, &world.projects[0], &mut random);
            let (views, markers) = (views(&world, at), round % 2 == 0);
            let atlas = serve(&world, at, &views).await;
            for access in Access::ALL {
                atlas.reset_requests();
                let report = audit(&access.client(&atlas), &world, at, markers).await;
                let what = format!("seed {seed}, {access:?}, markers: {markers}");
                score(&mut sum, &report, &world, at, access.sources(markers), &what, |answers| answers);
                let all_told = report.findings.iter().all(|finding| answer(finding).kind != Kind::Unreadable);
                assert_eq!(report.complete, all_told, "{what}: {report:#?}");
                assert_requests_are_few(&atlas, &report, &what);
            }
        }
    }
    println!("{}", sum.report());
    sum.assert_no_grave_mistake();
}

/// The projects take one request, and each of them one for its clusters, its flex clusters and its buckets. A cluster whose
/// settings decide takes at most two, one whose snapshot arrived takes its schedule and jobs, and any other also its
/// snapshots, those of a sharded cluster and the changes of the schedule.
fn assert_requests_are_few(atlas: &FakeAtlas, report: &Report, what: &str) {
    let of_cluster = |finding: &Finding| match (finding.rule.number(), finding.verdict.severity()) {
        (2 | 4, _) => 0,
        (7 | 8, _) => 1,
        (3 | 6, _) | (11 | 13, Severity::Fine) => 2,
        _ => 5,
    };
    let projects: BTreeSet<_> = report.findings.iter().map(|finding| &finding.project).collect();
    let most = 1 + 3 * projects.len() + report.findings.iter().map(of_cluster).sum::<usize>();
    let requests = atlas.requests();
    let made: Vec<_> = requests.iter().filter(|request| request.path.starts_with("/api/atlas")).collect();
    let paths = || made.iter().map(|request| request.uri()).collect::<Vec<_>>().join("\n");
    assert!(made.len() <= most, "{what}: {} requests instead of {most}: {report:#?}\n{}", made.len(), paths());
}

#[tokio::test]
async fn every_scenario_is_audited_as_written() {
    let mut sum = Score::default();
    for scenario in scenarios::scenarios() {
        let at = scenario.sim.world.end;
        let world = Arc::new(scenario.sim.world);
        let atlas = serve(&world, at, &views(&world, at)).await;
        for (access, markers) in [(Access::KeyOnV1, false), (Access::KeyOnV2, true)] {
            let report = audit(&access.client(&atlas), &world, at, markers).await;
            score(&mut sum, &report, &world, at, access.sources(markers), scenario.name, |answers| answers);
        }
    }
    assert!(sum.mistakes.is_empty(), "{}", sum.report());
}

/// The verdict of each cluster.
pub(super) fn verdicts(report: &Report) -> BTreeMap<(Option<String>, Option<String>), (Kind, u8)> {
    let place = |finding: &Finding| (finding.project.clone(), finding.cluster.clone());
    let verdict = |finding: &Finding| (answer(finding).kind, finding.rule.number());
    report.findings.iter().map(|finding| (place(finding), verdict(finding))).collect()
}
