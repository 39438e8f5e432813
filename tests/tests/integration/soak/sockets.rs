//! Hundreds of waits over real connections, with Digest and random faults of FakeAtlas.

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
use crate::common::soak_is_full;

/// The projects of the whole soak, and of the share that `cargo test` runs.
const PROJECTS: [usize; 2] = [4, 1];
const SINGLE: usize = 40;
const TOGETHER: usize = 30;
const CREATED: usize = 20;
const RATE_LIMIT: u32 = 60;
const ERROR_TOLERANCE: Duration = Duration::from_secs(2 * 60 * 60);

type End = (String, Result<ExportJob, Error>);

async fn created(exports: Exports, tag: String, snapshot: String, bucket: String) -> Vec<End> {
    let new = NewExport::new(snapshot.parse().unwrap(), bucket.parse().unwrap()).custom_data("tag", &tag);
    let result = exports.create_and_wait(new).error_tolerance(ERROR_TOLERANCE).await;
    vec![(tag, result)]
}

fn outcome(result: &Result<ExportJob, Error>) -> &'static str {
    match result {
        Ok(_) => "Successful",
        Err(error) if error.kind() == ErrorKind::ExportFailed => "Failed",
        Err(error) if error.kind() == ErrorKind::ExportCancelled => "Cancelled",
        Err(error) if error.kind() == ErrorKind::ExportEndedUnknown => "Archived",
        Err(error) if error.kind() == ErrorKind::CreateUnknown => "CreateUnknown",
        Err(_) => "another error",
    }
}

/// A job with a random lifecycle.
fn job(random: &mut fastrand::Rng) -> NewJob {
    let (queued, lasts) = (random.u64(1..200), random.u64(200..1500));
    let end = random.choice(["Successful", "Successful", "Failed", "Cancelled", "Archived"]).unwrap();
    NewJob::new(Script::timed([("Queued", 0), ("InProgress", queued), (end, lasts)]).finished())
}

#[tokio::test(start_paused = true)]
async fn waits_over_failing_connections_end_once_and_correctly_within_the_rate_limit() {
    let seed = super::seed();
    fastrand::seed(seed);
    let mut random = fastrand::Rng::with_seed(seed);
    let [full, share] = PROJECTS;
    let projects = if soak_is_full() { full } else { share };
    let atlas = FakeAtlas::builder().seed(seed).next_link_only_with_count().start().await;
    atlas.script_created_jobs(Script::timed([("Queued", 0), ("InProgress", 60), ("Successful", 400)]));
    atlas.faults(Fault::random_faults(0.2));
    let client = crate::common::builder(&atlas).retry(RetryPolicy::default()).poll_rate_limit(RATE_LIMIT);
    let client = client.build().unwrap();
    let mut waits = JoinSet::new();
    for project in 0..projects {
        let name = id(4, project);
        atlas.add_project(&name, &["Cluster0"]);
        let bucket = id(5, project);
        atlas.put_bucket_in(&name, serde_json::json!({"_id": bucket, "cloudProvider": "AWS"}));
        let exports = client.exports(name.parse().unwrap(), "Cluster0").unwrap();
        let mut add = || -> String { atlas.add_job(job(&mut random).in_cluster(&name, "Cluster0")) };
        for _ in 0..SINGLE {
            let (exports, job) = (exports.clone(), add());
            waits.spawn(async move {
                let result = exports.wait(&job.parse().unwrap()).error_tolerance(ERROR_TOLERANCE).await;
                vec![(job, result)]
            });
        }
        let jobs: Vec<ExportId> = (0..TOGETHER).map(|_| add().parse().unwrap()).collect();
        let all = exports.wait_many(&jobs).error_tolerance(ERROR_TOLERANCE).results();
        waits.spawn(async move { all.map(|(job, result)| (job.to_string(), result)).collect().await });
        for number in 0..CREATED {
            let (tag, snapshot) = (format!("{project}-{number}"), id(3, number / 2));
            waits.spawn(created(exports.clone(), tag, snapshot, bucket.clone()));
        }
    }
    let started = Instant::now();
    let ends: Vec<_> = waits.join_all().await.into_iter().flatten().collect();

    assert_eq!(ends.len(), projects * (SINGLE + TOGETHER + CREATED));
    assert_eq!(ends.iter().map(|(of, _)| of).collect::<HashSet<_>>().len(), ends.len());
    let tally = tally(ends.iter().map(|(_, result)| outcome(result)));
    let mut created: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for job in atlas.created_jobs() {
        let tag = job["customData"][0]["value"].as_str().unwrap().to_owned();
        created.entry(tag).or_default().push(job);
    }
    for (of, result) in &ends {
        let job = match (created.get(of).map(Vec::as_slice), atlas.job(of)) {
            (Some([job]), _) => job.clone(),
            (None, Some(job)) => job,
            (None, None) => {
                assert_eq!(outcome(result), "CreateUnknown", "{of}: there is no job: {result:?}");
                continue;
            }
            (Some(jobs), _) => panic!("{of} was created {} times: {jobs:?}", jobs.len()),
        };
        assert_eq!(job["state"], outcome(result), "{of}: {result:?}; {tally:?}");
        let reported = result.as_ref().ok().or_else(|| result.as_ref().err()?.job()).unwrap();
        assert_eq!(job["id"], reported.id.as_str());
    }

    let requests = atlas.requests();
    let failed = requests.iter().filter(|request| !matches!(request.status, Some(200 | 401))).count();
    eprintln!("{} exchanges, {failed} failures, {:?}, {tally:?}", requests.len(), started.elapsed());
    assert!(failed > requests.len() / 10, "{failed} of {} requests fail", requests.len());
    for project in 0..projects {
        let name = id(4, project);
        let sent = requests.iter().filter(|request| request.method == "GET" && request.path.contains(&name));
        // A request that is challenged counts once.
        let times: Vec<_> = sent.filter(|one| one.status != Some(401)).map(|one| started + one.at).collect();
        let most = most_within(MINUTE, &times);
        assert!((40..=RATE_LIMIT as usize).contains(&most), "{most} requests for project {project} in a minute");
    }
}
