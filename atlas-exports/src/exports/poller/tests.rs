//! In paused time: what passes between two polls is what the poller slept.

use std::sync::{Arc, LazyLock};

use atlas_exports_gen::{Operation, SendFuture, Transport, types::ApiError};
use proptest::prelude::*;
use reqwest::{Request, StatusCode};
use tokio::time::sleep;

use super::*;

#[derive(Debug)]
struct NoTransport;

impl Transport for NoTransport {
    fn send<'a>(&'a self, _: &'static Operation, _: Request) -> SendFuture<'a> {
        Box::pin(async { Err("nothing is sent".into()) })
    }
}

static CLIENT: LazyLock<Client> =
    LazyLock::new(|| Client::builder().transport(Arc::new(NoTransport)).no_poll_rate_limit().build().unwrap());

fn start_with(client: &Client, options: PollOptions) -> Poller {
    let options = PollOptions { seed: options.seed.or(Some(1)), ..options };
    Poller::start(client.clone(), "5f3c5a1e8e4b2a0012345678".parse().unwrap(), options)
}

fn start(options: PollOptions) -> Poller {
    start_with(&CLIENT, options)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn status(status: u16) -> Error {
    Error::response(StatusCode::from_u16(status).unwrap(), ApiError::default())
}

async fn fails(error: Error) -> Result<(), Error> {
    Err(error)
}

/// Returns the pause that the poller makes after a failure.
async fn pause_after(poller: &mut Poller, error: Error) -> Duration {
    poller.poll_once(fails(error.clone())).await.unwrap().unwrap_err();
    poller.pause_after(&error);
    poller.due - Instant::now()
}

fn pauses(poller: &mut Poller, count: usize) -> Vec<Duration> {
    let pause = |_| {
        poller.pause();
        poller.due - Instant::now()
    };
    (0..count).map(pause).collect()
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_from_5_s_to_60_s() {
    let pauses = pauses(&mut start(PollOptions::default()), 40);
    assert!((5.0..6.25).contains(&pauses[0].as_secs_f64()), "{:?}", pauses[0]);
    assert!((7.5..9.375).contains(&pauses[1].as_secs_f64()), "{:?}", pauses[1]);
    assert!(pauses[10..].iter().all(|pause| (seconds(48)..=seconds(60)).contains(pause)), "{pauses:?}");
    assert!(pauses[10..].windows(2).any(|two| two[0] != two[1]), "there is jitter");
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_pauses() {
    let pauses = |seed| pauses(&mut start(PollOptions { seed: Some(seed), ..PollOptions::default() }), 5);
    assert_eq!(pauses(7), pauses(7));
    assert_ne!(pauses(7), pauses(8));
}

#[tokio::test(start_paused = true)]
async fn retryable_failures_are_polled_again_and_others_are_returned() {
    let mut poller = start(PollOptions::default());
    let mut errors = [status(503), status(429), Error::new(ErrorKind::Network, "x"), status(404)].into_iter();
    let error = poller.poll(|| fails(errors.next().unwrap())).await.unwrap().unwrap_err();
    assert!(error.is_not_found() && errors.next().is_none());
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_the_pause_unless_the_interval_is_longer() {
    let asked = |wait| status(429).with_retry_after(wait);
    let mut poller = start(PollOptions::default());
    let pause = pause_after(&mut poller, asked(seconds(40))).await;
    assert!((seconds(40)..=seconds(41)).contains(&pause), "{pause:?}");
    let mut hourly = start(PollOptions { interval: Some(seconds(3600)), ..PollOptions::default() });
    assert_eq!(pause_after(&mut hourly, asked(seconds(40))).await, seconds(3600));
    let pause = pause_after(&mut start(PollOptions::default()), asked(Duration::MAX)).await;
    assert!((MAX_RETRY_AFTER..=MAX_RETRY_AFTER + seconds(1)).contains(&pause), "{pause:?}");
}

#[tokio::test(start_paused = true)]
async fn the_last_growing_pause_ends_with_the_tolerance_but_is_at_least_a_second() {
    let mut poller = start(PollOptions { tolerance: seconds(4), ..PollOptions::default() });
    assert_eq!(pause_after(&mut poller, status(503)).await, seconds(4));
    sleep(Duration::from_millis(3_500)).await;
    poller.pause_after(&status(503));
    assert_eq!(poller.due - Instant::now(), seconds(1));
}

#[tokio::test(start_paused = true)]
async fn a_pause_beyond_the_clock_is_very_long() {
    let mut poller = start(PollOptions { interval: Some(Duration::MAX), timeout: None, ..PollOptions::default() });
    assert_eq!(pauses(&mut poller, 1), [seconds(365 * 86_400)]);
}

#[test]
fn a_wait_takes_up_to_a_day_and_tolerates_failures_for_ten_minutes_by_default() {
    let PollOptions { timeout, tolerance, .. } = PollOptions::default();
    assert_eq!((timeout, tolerance), (Some(seconds(86_400)), seconds(600)));
}

#[tokio::test(start_paused = true)]
async fn nothing_outlasts_the_deadline() {
    let options = PollOptions { timeout: Some(seconds(10)), ..PollOptions::default() };
    let started = Instant::now();
    assert!(start(options).poll_once(std::future::pending::<Result<(), _>>()).await.is_none());
    assert_eq!(started.elapsed(), seconds(10));
    let mut poller = start(options);
    poller.pause_for(seconds(100));
    assert!(poller.poll_once(fails(status(503))).await.is_none());
    assert_eq!(started.elapsed(), seconds(20));
}

#[tokio::test(start_paused = true)]
async fn a_poll_due_at_the_deadline_or_behind_it_is_not_sent() {
    for late in [false, true] {
        let mut poller = start(PollOptions { timeout: Some(seconds(10)), ..PollOptions::default() });
        if late {
            sleep(seconds(11)).await;
        } else {
            poller.pause_for(seconds(10));
        }
        assert!(poller.poll_once(async { unreachable!() as Result<(), Error> }).await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_beyond_the_clock_is_none() {
    let mut poller = start(PollOptions { timeout: Some(Duration::MAX), ..PollOptions::default() });
    poller.pause_for(seconds(86_400 * 365));
    assert!(poller.poll_once(fails(status(503))).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn time_spent_waiting_for_the_poll_rate_limit_is_no_failure() {
    let client = Client::builder().transport(Arc::new(NoTransport)).poll_rate_limit(1).build().unwrap();
    let interval = Some(seconds(1));
    let mut poller = start_with(&client, PollOptions { interval, tolerance: seconds(3), ..PollOptions::default() });
    let started = Instant::now();
    let error = poller.poll(|| fails(status(503))).await.unwrap().unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(started.elapsed(), seconds(180), "four polls, with pauses of a second before three");
    assert_eq!(poller.clock(), seconds(3));
}

#[tokio::test(start_paused = true)]
async fn the_error_at_the_deadline_has_the_failure_of_the_last_poll_as_its_source() {
    use std::error::Error as _;
    let mut poller = start(PollOptions::default());
    let timed_out = |poller: &Poller| poller.wait_timed_out(CallContext::default(), None);
    poller.poll_once(fails(status(503))).await;
    let source = timed_out(&poller);
    assert_eq!(source.source().unwrap().downcast_ref::<Error>().unwrap().status(), status(503).status());
    assert!(poller.is_failing());
    poller.poll_once(async { Ok(()) }).await;
    assert!(timed_out(&poller).source().is_none() && !poller.is_failing());
}

#[test]
fn an_interval_or_a_timeout_of_zero_is_refused() {
    let check = |options: PollOptions| options.check().map_err(|error| error.to_string());
    let defaults = PollOptions::default();
    assert_eq!(check(defaults), Ok(()));
    let error = check(PollOptions { interval: Some(Duration::ZERO), ..defaults }).unwrap_err();
    assert!(error.contains("the poll interval must be greater than zero"), "{error}");
    let error = check(PollOptions { timeout: Some(Duration::ZERO), ..defaults }).unwrap_err();
    assert!(error.contains("the timeout of the wait must be greater than zero"), "{error}");
}

proptest! {
    /// Failures are tolerated exactly as long as they are consecutive for less than the tolerance, and no pause is shorter
    /// than the interval or than what the server asks for.
    #[test]
    fn a_poller_gives_up_when_it_should_and_never_hurries(
        polls in prop::collection::vec((any::<bool>(), 0..40_u64, prop::option::of(0..200_u64)), 1..80),
        tolerance in 0..600_u64,
        interval in prop::option::of(1..120_u64),
        seed in any::<u64>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let options = PollOptions {
            interval: interval.map(seconds), tolerance: seconds(tolerance), timeout: None, seed: Some(seed),
        };
        runtime.block_on(async {
            let mut poller = start(options);
            let (mut earliest, mut failing_since) = (Instant::now(), None);
            for (works, takes, retry_after) in polls {
                let mut sent = None;
                let result = poller.poll_once(async {
                    sent = Some(Instant::now());
                    sleep(seconds(takes)).await;
                    let error = status(503);
                    if works { Ok(()) } else { Err(retry_after.map_or(error.clone(), |wait| error.with_retry_after(seconds(wait)))) }
                });
                let result = result.await.unwrap();
                prop_assert!(sent.unwrap() >= earliest);
                let mut pause = interval.unwrap_or(1);
                if let Err(error) = result {
                    let since = *failing_since.get_or_insert(sent.unwrap());
                    let is_tolerated = since.elapsed() < seconds(tolerance);
                    prop_assert_eq!(poller.is_tolerated(&error), is_tolerated);
                    if !is_tolerated {
                        break;
                    }
                    pause = pause.max(retry_after.unwrap_or(0));
                    poller.pause_after(&error);
                } else {
                    failing_since = None;
                    poller.pause();
                }
                earliest = Instant::now() + seconds(pause);
            }
            Ok(())
        })?;
    }
}
