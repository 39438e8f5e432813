//! Hundreds of waits over real connections, with Digest, through FakeAtlas's bad weather.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use atlas_exports::{Error, ErrorKind, ExportId, ExportJob, Exports, NewExport, RetryPolicy};
use atlas_exports_testing::{FakeAtlas, Fault, NewJob, Script};
use futures_util::StreamExt;
use serde_json::Value;
use tokio::{task::JoinSet, time::Instant};

use super::{MINUTE, most_within, service::id, tally};

const PROJECTS: usize = 4;
const SINGLE: usize = 40;
const TOGETHER: usize = 30;
const CREATED: usize = 20;
const BUDGET: u32 = 60;
const TOLERATE: Duration = Duration::from_secs(2 * 60 * 60);

type End = (String, Result<ExportJob, Error>);

async fn created(exports: Exports, tag: String, snapshot: String, bucket: String) -> Vec<End> {
    let new = NewExport::new(snapshot.parse().unwrap(), bucket.parse().unwrap()).custom_data("tag", &tag);
    let result = exports.create_and_wait(new).error_tolerance(TOLERATE).await;
    vec![(tag, result)]
}

fn way(result: &Result<ExportJob, Error>) -> &'static str {
    match result {
        Ok(_) => "Successful",
        Err(error) if error.kind() == ErrorKind::ExportFailed => "Failed",
        Err(error) if error.kind() == ErrorKind::ExportCancelled => "Cancelled",
        Err(error) if error.kind() == ErrorKind::ExportEndedUnknown => "Evaporated",
        Err(error) if error.kind() == ErrorKind::CreateUnknown => "CreateUnknown",
        Err(_) => "another error",
    }
}

/// A job of the fake and its end, by chance.
fn job(random: &mut fastrand::Rng) -> NewJob {
    let (queued, lasts) = (random.u64(1..200), random.u64(200..1500));
    let end = random.choice(["Successful", "Successful", "Failed", "Cancelled", "Evaporated"]).unwrap();
    NewJob::new(Script::timed([("Queued", 0), ("InProgress", queued), (end, lasts)]).finished())
}

#[tokio::test(start_paused = true)]
async fn waits_over_connections_that_break_end_once_and_rightly_within_the_budget() {
    let seed = super::seed();
    fastrand::seed(seed);
    let mut random = fastrand::Rng::with_seed(seed);
    let atlas = FakeAtlas::builder().seed(seed).start().await;
    atlas.script_created_jobs(Script::timed([("Queued", 0), ("InProgress", 60), ("Successful", 400)]));
    atlas.faults(Fault::random_faults(0.2));
    let client = crate::common::builder(&atlas).retry(RetryPolicy::default()).poll_rate_limit(BUDGET);
    let client = client.build().unwrap();
    let mut waits = JoinSet::new();
    for project in 0..PROJECTS {
        let name = id(4, project);
        atlas.add_project(&name, &["Cluster0"]);
        let bucket = id(5, project);
        atlas.put_bucket_in(&name, serde_json::json!({"_id": bucket, "cloudProvider": "AWS"}));
        let exports = client.exports(name.parse().unwrap(), "Cluster0").unwrap();
        let mut add = || -> String { atlas.add_job(job(&mut random).in_cluster(&name, "Cluster0")) };
        for _ in 0..SINGLE {
            let (exports, job) = (exports.clone(), add());
            waits.spawn(async move {
                let result = exports.wait(&job.parse().unwrap()).error_tolerance(TOLERATE).await;
                vec![(job, result)]
            });
        }
        let jobs: Vec<ExportId> = (0..TOGETHER).map(|_| add().parse().unwrap()).collect();
        let all = exports.wait_many(&jobs).error_tolerance(TOLERATE).results();
        waits.spawn(async move { all.map(|(job, result)| (job.to_string(), result)).collect().await });
        for number in 0..CREATED {
            let (tag, snapshot) = (format!("{project}-{number}"), id(3, number / 2));
            waits.spawn(created(exports.clone(), tag, snapshot, bucket.clone()));
        }
    }
    let began = Instant::now();
    let ends: Vec<_> = waits.join_all().await.into_iter().flatten().collect();

    assert_eq!(ends.len(), PROJECTS * (SINGLE + TOGETHER + CREATED));
    assert_eq!(ends.iter().map(|(of, _)| of).collect::<HashSet<_>>().len(), ends.len());
    let tally = tally(ends.iter().map(|(_, result)| way(result)));
    let mut made: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for job in atlas.created_jobs() {
        let tag = job["customData"][0]["value"].as_str().unwrap().to_owned();
        made.entry(tag).or_default().push(job);
    }
    for (of, result) in &ends {
        let job = match (made.get(of).map(Vec::as_slice), atlas.job(of)) {
            (Some([job]), _) => job.clone(),
            (None, Some(job)) => job,
            (None, None) => {
                assert_eq!(way(result), "CreateUnknown", "{of}: there is no job: {result:?}");
                continue;
            }
            (Some(jobs), _) => panic!("{of} was created {} times: {jobs:?}", jobs.len()),
        };
        assert_eq!(job["state"], way(result), "{of}: {result:?}; {tally:?}");
        let told = result.as_ref().ok().or_else(|| result.as_ref().err()?.job()).unwrap();
        assert_eq!(job["id"], told.id.as_str());
    }

    let requests = atlas.requests();
    let hit = requests.iter().filter(|request| !matches!(request.status, Some(200 | 401))).count();
    eprintln!("{} exchanges, {hit} troubles, {:?}, {tally:?}", requests.len(), began.elapsed());
    assert!(hit > requests.len() / 10, "the weather was bad: {hit} of {}", requests.len());
    for project in 0..PROJECTS {
        let name = id(4, project);
        let asked = requests.iter().filter(|request| request.method == "GET" && request.path.contains(&name));
        // A challenge is part of the request that it delays.
        let times: Vec<_> = asked.filter(|one| one.status != Some(401)).map(|one| began + one.at).collect();
        let most = most_within(MINUTE, &times);
        assert!((40..=BUDGET as usize).contains(&most), "{most} requests for project {project} in a minute");
    }
}
