//! Audits to which something is hidden: nothing becomes fine by it, and nobody is called for nothing.

use std::collections::BTreeMap;

use atlas_exports::audit::Report;
use atlas_exports_testing::{FakeAtlas, FakeResponse, Fault as Trouble};

use super::{
    alone::draw_moment,
    score::{Fault, answer, fault},
    through_fake::{Way, audit, grown, right, views, worlds},
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
const ENDPOINTS: [&str; 8] = [PROJECTS, CLUSTERS, FLEX_CLUSTERS, BUCKETS, EVENTS, SCHEDULE, JOBS, SNAPSHOTS];

fn troubles() -> Vec<(&'static str, Trouble)> {
    vec![
        ("401", Trouble::api_error(401, "USER_UNAUTHORIZED", "no")),
        ("403", Trouble::api_error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", "no")),
        ("404", Trouble::api_error(404, "RESOURCE_NOT_FOUND", "no")),
        ("405", Trouble::api_error(405, "WRITES_NOT_ALLOWED_DURING_APP_UPGRADES", "later")),
        ("429", Trouble::rate_limited(1)),
        ("502", Trouble::html_502()),
        ("a page of a login", Trouble::respond(FakeResponse::text(200, "text/html", "<html>sign in</html>"))),
        ("half of a body", Trouble::truncated()),
        ("half of a document", Trouble::bad_json()),
        ("results of another type", Trouble::wrong_type("results")),
    ]
}

/// Whether a request was made to which something was hidden.
fn was_struck(atlas: &FakeAtlas, endpoint: &str) -> bool {
    let wanted: Vec<_> = endpoint.split('/').collect();
    atlas.requests().iter().any(|request| {
        let path = request.path.split("/api/atlas/v2").last().unwrap_or_default();
        let given: Vec<_> = path.split('/').collect();
        let fits = |(wanted, given): (&&str, &&str)| wanted.starts_with('{') || wanted == given;
        given.len() == wanted.len() && wanted.iter().zip(&given).all(fits)
    })
}

/// What is wrong with a report to which something was hidden.
fn wrong(report: &Report, right: &BTreeMap<(String, String), Vec<Answer>>, endpoint: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut unseen = right.clone();
    for finding in &report.findings {
        let Some(cluster) = &finding.cluster else {
            if answer(finding).kind != Kind::Unreadable {
                wrong.push(format!("a project is {}", finding.verdict));
            }
            unseen.retain(|(project, _), _| finding.project.as_ref().is_some_and(|read| read != project));
            continue;
        };
        let place = (finding.project.clone().unwrap_or_default(), cluster.clone());
        let Some(answers) = unseen.remove(&place) else {
            wrong.push(format!("{place:?} is not expected"));
            continue;
        };
        let mut answers = answers;
        answers.push(Kind::Unreadable.into());
        if endpoint == EVENTS && !answers.iter().any(|answer| answer.kind.is_alarm()) {
            // Without events an edit of yesterday looks as if nothing was exported.
            answers.extend([Answer::from(Kind::Missing), Kind::Stale.into(), Kind::Failed.into()]);
        }
        match fault(answer(finding), &answers) {
            None | Some(Fault::OtherReason) => {}
            Some(fault) => wrong.push(format!("{fault:?} {place:?}: {finding:#?}, right: {answers:?}")),
        }
    }
    if !unseen.is_empty() {
        wrong.push(format!("nothing is said of {:?}", unseen.keys()));
    }
    wrong
}

#[tokio::test]
async fn what_cannot_be_read_becomes_neither_fine_nor_an_alarm_and_the_report_says_so() {
    let mut struck = BTreeMap::new();
    for seed in 300..300 + worlds() {
        let world = grown(seed);
        let mut random = fastrand::Rng::with_seed(seed);
        for endpoint in ENDPOINTS {
            let at = draw_moment(&world, &world.projects[0], &mut random);
            let atlas = serve(&world, at, &views(&world, at)).await;
            let right = right(&world, at, Way::KeyOnV2.sources(true));
            for (name, trouble) in troubles() {
                atlas.clear_faults();
                atlas.reset_requests();
                atlas.fault(trouble.on("GET", endpoint).always());
                let report = audit(&Way::KeyOnV2.client(&atlas), &world, at, true).await;
                let wrong = wrong(&report, &right, endpoint);
                assert!(wrong.is_empty(), "seed {seed}, {name} at {endpoint}: {}", wrong.join("\n"));
                // A schedule has no results, and is not hidden where they are of another type.
                if was_struck(&atlas, endpoint) && !(name.starts_with("results") && endpoint == SCHEDULE) {
                    *struck.entry(endpoint).or_insert(0) += 1;
                    assert!(!report.complete, "seed {seed}, {name} at {endpoint}: {report:#?}");
                }
            }
        }
    }
    assert_eq!(struck.len(), ENDPOINTS.len(), "something was never asked for: {struck:?}");
}

#[tokio::test]
async fn one_project_that_is_denied_costs_its_own_line() {
    for seed in 0..30 {
        let world = grown(seed);
        let [first, second] = &world.projects[..] else { continue };
        let at = world.start + 200 * 86_400;
        let atlas = serve(&world, at, &views(&world, at)).await;
        let denied = Trouble::api_error(403, "USER_UNAUTHORIZED", "no");
        atlas.fault(denied.on("GET", &format!("/groups/{}/clusters", first.id)).always());
        let report = audit(&Way::KeyOnV2.client(&atlas), &world, at, false).await;
        let of = |id: &str| report.findings.iter().filter(|finding| finding.project.as_deref() == Some(id)).count();
        assert!(!report.complete);
        // The list of flex clusters can still be read.
        assert!(of(&first.id) >= 1 && of(&second.id) == second.clusters_at(at).count(), "{report:#?}");
        let right = right(&world, at, Way::KeyOnV2.sources(false));
        let wrong = wrong(&report, &right, CLUSTERS);
        assert!(wrong.is_empty(), "seed {seed}: {}", wrong.join("\n"));
        return;
    }
    panic!("no world has two projects");
}
