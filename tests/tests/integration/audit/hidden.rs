//! Audits of a service that hides something: that makes nothing fine and raises no false alarm.

use std::collections::BTreeMap;

use atlas_exports::audit::Report;
use atlas_exports_testing::{FakeAtlas, FakeResponse, Fault};

use super::{
    alone::draw_moment,
    score::{Mistake, answer, mistake},
    seeds::seeds,
    through_fake::{Access, audit, expected_answers, simulated, views},
    views::{add_old_jobs, shuffle},
};
use crate::world::{
    answers::{Answer, Kind},
    served::serve,
};

const PROJECTS: &str = "/groups";
const CLUSTERS: &str = "/groups/{project}/clusters";
const FLEX_CLUSTERS: &str = "/groups/{project}/flexClusters";
const BUCKETS: &str = "/groups/{project}/backup/exportBuckets";
const EVENTS: &str = "/groups/{project}/events";
const SCHEDULE: &str = "/groups/{project}/clusters/{cluster}/backup/schedule";
const JOBS: &str = "/groups/{project}/clusters/{cluster}/backup/exports";
const SNAPSHOTS: &str = "/groups/{project}/clusters/{cluster}/backup/snapshots";
const SHARDED_SNAPSHOTS: &str = "/groups/{project}/clusters/{cluster}/backup/snapshots/shardedClusters";
const ENDPOINTS: [&str; 8] = [PROJECTS, CLUSTERS, FLEX_CLUSTERS, BUCKETS, EVENTS, SCHEDULE, JOBS, SNAPSHOTS];

fn faults() -> Vec<(&'static str, Fault)> {
    vec![
        ("401", Fault::api_error(401, "USER_UNAUTHORIZED", "no")),
        ("403", Fault::api_error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", "no")),
        ("404", Fault::api_error(404, "RESOURCE_NOT_FOUND", "no")),
        ("405", Fault::api_error(405, "WRITES_NOT_ALLOWED_DURING_APP_UPGRADES", "later")),
        ("429", Fault::rate_limited(1)),
        ("502", Fault::html_502()),
        ("a login page", Fault::respond(FakeResponse::text(200, "text/html", "<html>sign in</html>"))),
        ("a truncated body", Fault::truncated()),
        ("half a document", Fault::bad_json()),
        ("results of another type", Fault::wrong_type("results")),
    ]
}

/// How many requests of an endpoint were made.
fn requests_of(atlas: &FakeAtlas, endpoint: &str) -> usize {
    let wanted: Vec<_> = endpoint.split('/').skip(1).collect();
    let requests = atlas.requests();
    let fits = requests.iter().filter(|request| {
        // Empty, `api`, `atlas` and the version.
        let given: Vec<_> = request.path.split('/').skip(4).collect();
        let is_like = |(wanted, given): (&&str, &&str)| wanted.starts_with('{') || wanted == given;
        given.len() == wanted.len() && wanted.iter().zip(&given).all(is_like)
    });
    fits.count()
}

/// What is wrong with a report of a service that hides something of an endpoint.
fn mistakes(report: &Report, right: &BTreeMap<(String, String), Vec<Answer>>, endpoint: &str) -> Vec<String> {
    let mut mistakes = Vec::new();
    let mut unseen = right.clone();
    for finding in &report.findings {
        let Some(cluster) = &finding.cluster else { continue };
        let place = (finding.project.clone().unwrap_or_default(), cluster.clone());
        let Some(mut answers) = unseen.remove(&place) else {
            mistakes.push(format!("{place:?} is not expected"));
            continue;
        };
        answers.push(Kind::Unreadable.into());
        if endpoint == EVENTS && !answers.iter().any(|answer| answer.kind.is_alarm()) {
            // Without events a schedule that was edited yesterday looks as if nothing was exported.
            answers.extend([Answer::from(Kind::Missing), Kind::Stale.into(), Kind::Failed.into()]);
        }
        match mistake(answer(finding), &answers) {
            None | Some(Mistake::OtherReason) => {}
            Some(mistake) => mistakes.push(format!("{mistake:?} {place:?}: {finding:#?}, right: {answers:?}")),
        }
    }
    // A project whose clusters cannot be listed stands for them.
    for finding in report.findings.iter().filter(|finding| finding.cluster.is_none()) {
        if answer(finding).kind != Kind::Unreadable {
            mistakes.push(format!("a project is {}", finding.verdict));
        }
        unseen.retain(|(project, _), _| finding.project.as_ref().is_some_and(|read| read != project));
    }
    if !unseen.is_empty() {
        mistakes.push(format!("nothing is said of {:?}", unseen.keys()));
    }
    mistakes
}

#[tokio::test]
async fn what_cannot_be_read_becomes_neither_fine_nor_an_alarm_and_the_report_says_so() {
    let mut struck = BTreeMap::new();
    for seed in seeds(3, 300) {
        let world = simulated(seed);
        let mut random = fastrand::Rng::with_seed(seed);
        for endpoint in ENDPOINTS {
            let at = draw_moment(&world, &world.projects[0], &mut random);
            let access = Access::ALL[random.usize(0..Access::ALL.len())];
            let atlas = serve(&world, at, &views(&world, at)).await;
            let right = expected_answers(&world, at, access.sources(true));
            let mut faults = faults();
            random.shuffle(&mut faults);
            for (name, fault) in faults.into_iter().take(4) {
                atlas.clear_faults();
                atlas.reset_requests();
                atlas.fault(fault.on("GET", endpoint).always());
                let report = audit(&access.client(&atlas), &world, at, true).await;
                let mistakes = mistakes(&report, &right, endpoint);
                let what = format!("seed {seed}, {name} at {endpoint}, {access:?}");
                assert!(mistakes.is_empty(), "{what}: {}", mistakes.join("\n"));
                // A schedule has no results whose type could be another, and snapshots of sharded clusters another list.
                let is_harmless = name.starts_with("results") && endpoint == SCHEDULE
                    || endpoint == SNAPSHOTS
                        && requests_of(&atlas, SNAPSHOTS) == requests_of(&atlas, SHARDED_SNAPSHOTS);
                if requests_of(&atlas, endpoint) > 0 && !is_harmless {
                    *struck.entry(endpoint).or_insert(0) += 1;
                    assert!(!report.complete, "{what}: {report:#?}");
                }
            }
        }
    }
    assert_eq!(struck.len(), ENDPOINTS.len(), "something was never asked for: {struck:?}");
}

#[tokio::test]
async fn a_page_that_is_lost_among_others_becomes_neither_fine_nor_an_alarm() {
    let mut lost = BTreeMap::new();
    for seed in seeds(2, 300) {
        let world = simulated(seed);
        let mut random = fastrand::Rng::with_seed(seed);
        let at = draw_moment(&world, &world.projects[0], &mut random);
        let mut views = views(&world, at);
        add_old_jobs(&mut views, 1_200, world.start, &mut random);
        shuffle(&mut views, &mut random);
        let atlas = serve(&world, at, &views).await;
        for access in Access::ALL {
            let right = expected_answers(&world, at, access.sources(false));
            for page in 1..=4 {
                let (name, fault) = faults().swap_remove(random.usize(0..10));
                atlas.clear_faults();
                atlas.reset_requests();
                atlas.fault(fault.on("GET", JOBS).nth(page));
                let report = audit(&access.client(&atlas), &world, at, false).await;
                let mistakes = mistakes(&report, &right, JOBS);
                let what = format!("seed {seed}, {name} instead of page {page}, {access:?}");
                assert!(mistakes.is_empty(), "{what}: {}", mistakes.join("\n"));
                // A service account authenticates again after a 401 and repeats the request.
                let is_repeated = name == "401" && access == Access::AccountOnV2;
                if requests_of(&atlas, JOBS) as u64 >= page && !is_repeated {
                    *lost.entry(page).or_insert(0) += 1;
                    assert!(!report.complete, "{what}: {report:#?}");
                }
            }
        }
    }
    assert_eq!(lost.len(), 4, "some pages were never asked for: {lost:?}");
}

#[tokio::test]
async fn one_project_that_is_denied_costs_its_own_line() {
    let mut seen = 0;
    for seed in seeds(4, 100) {
        let world = simulated(seed);
        let [first, second] = &world.projects[..] else { continue };
        let at = world.start + 200 * 86_400;
        let atlas = serve(&world, at, &views(&world, at)).await;
        let denied = Fault::api_error(403, "USER_UNAUTHORIZED", "no");
        atlas.fault(denied.on("GET", &format!("/groups/{}/clusters", first.id)).always());
        let report = audit(&Access::KeyOnV2.client(&atlas), &world, at, false).await;
        let of = |id: &str| report.findings.iter().filter(|finding| finding.project.as_deref() == Some(id)).count();
        assert!(!report.complete);
        // The list of flex clusters can still be read.
        assert!(of(&first.id) >= 1 && of(&second.id) == second.clusters_at(at).count(), "{report:#?}");
        let right = expected_answers(&world, at, Access::KeyOnV2.sources(false));
        let mistakes = mistakes(&report, &right, CLUSTERS);
        assert!(mistakes.is_empty(), "seed {seed}: {}", mistakes.join("\n"));
        seen += 1;
    }
    assert!(seen > 0, "no world has two projects");
}
