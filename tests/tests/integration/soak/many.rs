//! Thousands of waits over many projects, without sockets.

use std::{collections::HashSet, sync::Arc, time::Duration};

use atlas_exports::{Client, Error, ErrorKind, ExportJob, Exports, NewExport};
use futures_util::StreamExt;
use tokio::{task::JoinSet, time::Instant};

use super::{
    MINUTE, longest_gap, most_within,
    randomness::Randomness,
    service::{BUCKET, Job, Service, id},
    tally,
};
use crate::common::soak_is_full;

/// The projects of the whole soak, and of the share that `cargo test` runs.
const PROJECTS: [usize; 2] = [50, 5];
/// In each project: jobs with a wait of their own, jobs of one wait for many, and creations.
const SINGLE: usize = 130;
const TOGETHER: usize = 50;
const CREATED: usize = 20;
/// Half of the default, so that polls queue up without more waits.
const RATE_LIMIT: u32 = 30;

/// How one wait ended, and when.
struct End {
    /// The id of the job, or the tag of the creation.
    of: String,
    project: usize,
    /// Whether only its own polls show the job.
    is_single: bool,
    result: Result<ExportJob, Error>,
    at: Instant,
}

/// With 150 polls in the queue, the third failure in a row is more than ten minutes after the first.
const ERROR_TOLERANCE: Duration = Duration::from_secs(2 * 60 * 60);

async fn single(exports: Exports, project: usize, id: String, seed: u64) -> Vec<End> {
    let result = exports.wait(&id.parse().unwrap()).error_tolerance(ERROR_TOLERANCE).jitter_seed(seed).await;
    vec![End { of: id, project, is_single: true, result, at: Instant::now() }]
}

async fn together(exports: Exports, project: usize, ids: Vec<String>, seed: u64) -> Vec<End> {
    let ids: Vec<atlas_exports::ExportId> = ids.iter().map(|id| id.parse().unwrap()).collect();
    let ended = exports.wait_many(&ids).error_tolerance(ERROR_TOLERANCE).jitter_seed(seed).results();
    ended
        .map(|(id, result)| End { of: id.to_string(), project, is_single: false, result, at: Instant::now() })
        .collect()
        .await
}

async fn created(exports: Exports, project: usize, number: usize, seed: u64) -> Vec<End> {
    // Two jobs have the same snapshot.
    let snapshot = id(3, project * 1_000 + number / 2);
    let tag = format!("{project}-{number}");
    let new = NewExport::new(snapshot.parse().unwrap(), BUCKET.parse().unwrap()).custom_data("tag", &tag);
    let result = exports.create_and_wait(new).error_tolerance(ERROR_TOLERANCE).jitter_seed(seed).await;
    vec![End { of: tag, project, is_single: false, result, at: Instant::now() }]
}

/// The job of a wait, and the end that the wait reported.
fn reported<'a>(service: &Service, end: &'a End) -> (Option<Job>, &'a str) {
    let job = if end.of.contains('-') { service.tagged(&end.of) } else { service.job(&end.of) };
    let outcome = match &end.result {
        Ok(_) => "Successful",
        Err(error) if error.kind() == ErrorKind::ExportFailed => "Failed",
        Err(error) if error.kind() == ErrorKind::ExportCancelled => "Cancelled",
        Err(error) if error.kind() == ErrorKind::ExportEndedUnknown => "Archived",
        Err(error) if error.kind() == ErrorKind::CreateUnknown => "CreateUnknown",
        Err(_) => "another error",
    };
    (job, outcome)
}

fn reported_job(end: &End) -> Option<&ExportJob> {
    end.result.as_ref().ok().or_else(|| end.result.as_ref().err()?.job())
}

#[tokio::test(start_paused = true)]
async fn waits_end_once_and_correctly_within_the_rate_limit_of_their_project() {
    let seed = super::seed();
    fastrand::seed(seed);
    let [full, share] = PROJECTS;
    let projects = if soak_is_full() { full } else { share };
    let random = Randomness::new(seed, 0.0);
    let service = Arc::new(Service::new(Randomness::new(seed, 0.15)));
    let client = Client::builder().transport(service.clone()).poll_rate_limit(RATE_LIMIT).build().unwrap();
    let mut waits = JoinSet::new();
    for project in 0..projects {
        let name = id(4, project);
        let exports = |cluster: &str| client.exports(name.parse().unwrap(), cluster).unwrap();
        let add = |cluster: &str| service.add(&name, cluster, random.lifecycle());
        for _ in 0..SINGLE {
            waits.spawn(single(exports("Single"), project, add("Single"), random.below(u64::MAX)));
        }
        // Another cluster of the project, which has the same rate limit.
        let jobs = (0..TOGETHER).map(|_| add("Shared")).collect();
        waits.spawn(together(exports("Shared"), project, jobs, random.below(u64::MAX)));
        for number in 0..CREATED {
            waits.spawn(created(exports("Shared"), project, number, random.below(u64::MAX)));
        }
    }
    let started = Instant::now();
    let ends: Vec<_> = waits.join_all().await.into_iter().flatten().collect();
    let received = service.received();

    // Each wait ends once.
    assert_eq!(ends.len(), projects * (SINGLE + TOGETHER + CREATED));
    assert_eq!(ends.iter().map(|end| &end.of).collect::<HashSet<_>>().len(), ends.len());

    // Each reports the right end, after that end, and as soon as a response shows it.
    let outcomes: Vec<_> = ends.iter().map(|end| reported(&service, end)).collect();
    let tally = tally(outcomes.iter().map(|(_, outcome)| *outcome));
    for (end, (job, outcome)) in ends.iter().zip(&outcomes) {
        let Some(job) = job else {
            assert_eq!(*outcome, "CreateUnknown", "{}: there is no job: {:?}", end.of, end.result);
            continue;
        };
        assert_eq!(*outcome, job.lifecycle.end, "{} of project {}: {:?}; {tally:?}", end.of, end.project, end.result);
        assert_eq!(reported_job(end).map(|reported| reported.id.as_str()), Some(job.id.as_str()));
        assert!(end.at >= job.ends_at(), "{job:?} was reported before its end");
        let late = end.at - job.ends_at();
        assert!(late < MINUTE * 60, "{job:?} was reported {late:?} after its end");
        if end.is_single {
            assert_eq!(
                Some(&end.at),
                received.end_shown.get(&job.id),
                "{job:?} was reported when a response showed it"
            );
        }
    }
    for outcome in ["Successful", "Failed", "Cancelled", "Archived", "CreateUnknown"] {
        assert!(tally.get(outcome).is_some_and(|count| *count > projects / 5), "every outcome occurs: {tally:?}");
    }

    // No creation is repeated after a lost response.
    assert_eq!(received.posts.len(), projects * CREATED);
    for (tag, (_, created)) in &received.posts {
        assert!(*created <= 1, "{tag} was created {created} times");
    }
    let found = ends.iter().zip(&outcomes).filter(|(end, (job, _))| end.of.contains('-') && job.is_some()).count();
    assert!(found > projects * CREATED * 8 / 10, "{found} were created");

    let total: usize = received.gets.values().map(Vec::len).sum();
    eprintln!("{total} polls, {} failures, {:?}, {tally:?}", received.failures, started.elapsed());
    for (project, times) in &received.gets {
        // No minute has more polls than the rate limit, and no second more than a few.
        let most = most_within(MINUTE, times);
        assert!(most <= RATE_LIMIT as usize, "{most} requests for project {project} in a minute");
        assert!(most_within(Duration::from_secs(1), times) <= RATE_LIMIT as usize / 10 + 1);
        // In the first minutes, when all waits still poll, the rate limit is used up.
        for minute in 1..5 {
            let (from, to) = (started + MINUTE * minute, started + MINUTE * (minute + 1));
            let count = times.iter().filter(|time| (from..to).contains(time)).count();
            assert!(count * 100 >= RATE_LIMIT as usize * 85, "{count} requests for {project} in minute {minute}");
        }
    }
    // No wait starves: with 150 in the queue, each polls every six minutes.
    for (job, times) in &received.polls {
        let gap = longest_gap(times);
        assert!(gap < MINUTE * 8, "{job} was not polled for {gap:?}");
    }
}
