//! Ten thousand waits over fifty projects, without sockets.

use std::{collections::HashSet, sync::Arc, time::Duration};

use atlas_exports::{Client, Error, ErrorKind, ExportJob, Exports, NewExport};
use futures_util::StreamExt;
use tokio::{task::JoinSet, time::Instant};

use super::{
    MINUTE, longest_gap, most_within,
    service::{BUCKET, Job, Service, id},
    tally,
    weather::Weather,
};

const PROJECTS: usize = 50;
/// Of each project: waits for one job, waits in a wait for many, and creations.
const SINGLE: usize = 130;
const TOGETHER: usize = 50;
const CREATED: usize = 20;
/// Half of the default, so that waits queue for long and the test does not.
const BUDGET: u32 = 30;

/// How one wait ended, and when.
struct End {
    /// The job that was given, for those that were created the tag.
    of: String,
    project: usize,
    /// Whether nothing but its own polls tells of the job.
    is_alone: bool,
    result: Result<ExportJob, Error>,
    at: Instant,
}

/// In a queue of 150 the third failure in a row is more than ten minutes after the first.
const TOLERATE: Duration = Duration::from_secs(2 * 60 * 60);

async fn single(exports: Exports, project: usize, id: String, seed: u64) -> Vec<End> {
    let result = exports.wait(&id.parse().unwrap()).error_tolerance(TOLERATE).jitter_seed(seed).await;
    vec![End { of: id, project, is_alone: true, result, at: Instant::now() }]
}

async fn together(exports: Exports, project: usize, ids: Vec<String>, seed: u64) -> Vec<End> {
    let ids: Vec<atlas_exports::ExportId> = ids.iter().map(|id| id.parse().unwrap()).collect();
    let ended = exports.wait_many(&ids).error_tolerance(TOLERATE).jitter_seed(seed).results();
    ended
        .map(|(id, result)| End { of: id.to_string(), project, is_alone: false, result, at: Instant::now() })
        .collect()
        .await
}

async fn created(exports: Exports, project: usize, number: usize, seed: u64) -> Vec<End> {
    // Every second one has the snapshot of the one before it.
    let snapshot = id(3, project * 1_000 + number / 2);
    let tag = format!("{project}-{number}");
    let new = NewExport::new(snapshot.parse().unwrap(), BUCKET.parse().unwrap()).custom_data("tag", &tag);
    let result = exports.create_and_wait(new).error_tolerance(TOLERATE).jitter_seed(seed).await;
    vec![End { of: tag, project, is_alone: false, result, at: Instant::now() }]
}

/// The job that a wait was for, and what it told of the job's end.
fn told<'a>(service: &Service, end: &'a End) -> (Option<Job>, &'a str) {
    let job = if end.of.contains('-') { service.tagged(&end.of) } else { service.job(&end.of) };
    let told = match &end.result {
        Ok(_) => "Successful",
        Err(error) if error.kind() == ErrorKind::ExportFailed => "Failed",
        Err(error) if error.kind() == ErrorKind::ExportCancelled => "Cancelled",
        Err(error) if error.kind() == ErrorKind::ExportEndedUnknown => "Evaporated",
        Err(error) if error.kind() == ErrorKind::CreateUnknown => "CreateUnknown",
        Err(_) => "another error",
    };
    (job, told)
}

fn told_job(end: &End) -> Option<&ExportJob> {
    end.result.as_ref().ok().or_else(|| end.result.as_ref().err()?.job())
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_waits_end_once_and_rightly_within_the_budget_of_their_projects() {
    let seed = super::seed();
    fastrand::seed(seed);
    let chance = Weather::new(seed, 0.0);
    let service = Arc::new(Service::new(Weather::new(seed, 0.15)));
    let client = Client::builder().transport(service.clone()).poll_rate_limit(BUDGET).build().unwrap();
    let mut waits = JoinSet::new();
    for project in 0..PROJECTS {
        let name = id(4, project);
        let exports = |cluster: &str| client.exports(name.parse().unwrap(), cluster).unwrap();
        let add = |cluster: &str| service.add(&name, cluster, chance.fate());
        for _ in 0..SINGLE {
            waits.spawn(single(exports("Alone"), project, add("Alone"), chance.below(u64::MAX)));
        }
        // Another cluster of the project, which is under the same budget.
        let jobs = (0..TOGETHER).map(|_| add("Shared")).collect();
        waits.spawn(together(exports("Shared"), project, jobs, chance.below(u64::MAX)));
        for number in 0..CREATED {
            waits.spawn(created(exports("Shared"), project, number, chance.below(u64::MAX)));
        }
    }
    let began = Instant::now();
    let ends: Vec<_> = waits.join_all().await.into_iter().flatten().collect();
    let asked = service.asked();

    // None is lost, and none told twice.
    assert_eq!(ends.len(), PROJECTS * (SINGLE + TOGETHER + CREATED));
    assert_eq!(ends.len(), 10_000);
    assert_eq!(ends.iter().map(|end| &end.of).collect::<HashSet<_>>().len(), 10_000);

    // None is told wrongly, before its end, or later than it was seen.
    let ways: Vec<_> = ends.iter().map(|end| told(&service, end)).collect();
    let tally = tally(ways.iter().map(|(_, way)| *way));
    for (end, (job, way)) in ends.iter().zip(&ways) {
        let Some(job) = job else {
            assert_eq!(*way, "CreateUnknown", "{}: there is no job: {:?}", end.of, end.result);
            continue;
        };
        assert_eq!(*way, job.fate.end, "{} of project {}: {:?}; {tally:?}", end.of, end.project, end.result);
        assert_eq!(told_job(end).map(|told| told.id.as_str()), Some(job.id.as_str()));
        assert!(end.at >= job.ends(), "{job:?} was told before its end");
        let late = end.at - job.ends();
        assert!(late < MINUTE * 60, "{job:?} was told {late:?} after its end");
        if end.is_alone {
            assert_eq!(Some(&end.at), asked.told.get(&job.id), "{job:?} was told when it was seen");
        }
    }
    for way in ["Successful", "Failed", "Cancelled", "Evaporated", "CreateUnknown"] {
        assert!(tally.get(way).is_some_and(|count| *count > 10), "{tally:?} has everything");
    }

    // No creation is doubled, though answers were lost.
    assert_eq!(asked.posts.len(), PROJECTS * CREATED);
    for (tag, (_, made)) in &asked.posts {
        assert!(*made <= 1, "{tag} was created {made} times");
    }
    let found = ends.iter().zip(&ways).filter(|(end, (job, _))| end.of.contains('-') && job.is_some()).count();
    assert!(found > PROJECTS * CREATED * 8 / 10, "{found} were created");

    let total: usize = asked.gets.values().map(Vec::len).sum();
    eprintln!("{total} polls, {} troubles, {:?}, {tally:?}", asked.troubles, began.elapsed());
    for (project, times) in &asked.gets {
        // No burst: no minute has more than the budget, and no second more than a few.
        let most = most_within(MINUTE, times);
        assert!(most <= BUDGET as usize, "{most} requests for project {project} in a minute");
        assert!(most_within(Duration::from_secs(1), times) <= BUDGET as usize / 10 + 1);
        // No starving: in the first minutes, when all still wait, the budget is used.
        for minute in 1..5 {
            let (from, to) = (began + MINUTE * minute, began + MINUTE * (minute + 1));
            let count = times.iter().filter(|time| (from..to).contains(time)).count();
            assert!(count * 100 >= BUDGET as usize * 85, "{count} requests for {project} in minute {minute}");
        }
    }
    // Nor does any single wait starve: with 150 in turn each is asked for every six minutes.
    for (job, times) in &asked.polls {
        let gap = longest_gap(times);
        assert!(gap < MINUTE * 8, "nobody asked for {job} for {gap:?}");
    }
}
