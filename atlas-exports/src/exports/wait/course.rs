//! What a wait does next, after what it saw: no time passes in here, and nothing is sent.

use std::time::Duration;

use super::options::Options;
use crate::{
    Error,
    http::{Backoff, spread},
};

/// No longer than this is obeyed, since it is no wait but a mistake.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Ask again after this pause.
    Ask(Duration),
    /// This was the last.
    End,
}

/// The course of one wait. Times are counted from its start.
#[derive(Debug)]
pub(crate) struct Course {
    interval: Option<Duration>,
    tolerate: Duration,
    random: fastrand::Rng,
    /// Pauses so far.
    pauses: u32,
    /// When the first of the failures in a row was asked.
    failing_since: Option<Duration>,
}

impl Course {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            interval: options.interval,
            tolerate: options.tolerate,
            random: options.random(),
            pauses: 0,
            failing_since: None,
        }
    }

    /// Asking worked.
    pub(crate) fn answered(&mut self) {
        self.failing_since = None;
    }

    /// The job was seen.
    pub(crate) fn seen(&mut self, finished: bool) -> Next {
        self.answered();
        if finished { Next::End } else { Next::Ask(self.pause()) }
    }

    /// Asking failed; it was begun at `asked` and it is `now`.
    pub(crate) fn failed(&mut self, error: &Error, asked: Duration, now: Duration) -> Next {
        if error.is_retryable() { self.failed_for_now(error, asked, now) } else { Next::End }
    }

    /// Asking failed in a way that may pass.
    pub(crate) fn failed_for_now(&mut self, error: &Error, asked: Duration, now: Duration) -> Next {
        let since = *self.failing_since.get_or_insert(asked);
        if now.saturating_sub(since) >= self.tolerate {
            return Next::End;
        }
        let mut pause = self.pause();
        if self.interval.is_none() {
            // The last try is not made much later than failures are tolerated.
            let left = since.saturating_add(self.tolerate).saturating_sub(now);
            pause = pause.min(left.max(Duration::from_secs(1)));
        }
        let asked_for = error.retry_after().map(|wait| spread(wait.min(LONGEST), self.random.f64()));
        Next::Ask(pause.max(asked_for.unwrap_or_default()))
    }

    /// The pause before the next poll.
    pub(crate) fn pause(&mut self) -> Duration {
        self.interval.unwrap_or_else(|| {
            self.pauses = self.pauses.saturating_add(1);
            Backoff::POLL.pause(self.pauses, self.random.f64())
        })
    }
}

#[cfg(test)]
mod tests {
    use atlas_exports_gen::types::ApiError;
    use proptest::prelude::*;
    use reqwest::StatusCode;

    use super::*;
    use crate::{ErrorKind, error::decode_error};

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn course(options: Options) -> Course {
        Course::new(&Options { seed: Some(1), ..options })
    }

    fn status(status: u16, retry_after: Option<u64>) -> Error {
        let error = Error::response(StatusCode::from_u16(status).unwrap(), ApiError::default());
        match retry_after {
            Some(wait) => error.with_retry_after(seconds(wait)),
            None => error,
        }
    }

    fn undecodable(body: &str) -> Error {
        decode_error(body.as_bytes(), serde_json::from_str::<Vec<u8>>(body).unwrap_err())
    }

    #[test]
    fn pauses_start_at_5_s_and_grow_to_60_s() {
        let mut course = course(Options::default());
        let pauses: Vec<_> = (0..40).map(|_| course.pause()).collect();
        assert!((5.0..6.25).contains(&pauses[0].as_secs_f64()), "{:?}", pauses[0]);
        assert!(pauses.iter().all(|pause| (seconds(5)..=seconds(60)).contains(pause)));
        assert!(pauses[10..].iter().all(|pause| *pause >= seconds(48)));
        assert!(pauses[10..].windows(2).any(|two| two[0] != two[1]), "there is jitter");
    }

    #[test]
    fn the_same_seed_gives_the_same_pauses() {
        let pauses = |seed| {
            let mut course = Course::new(&Options { seed: Some(seed), ..Options::default() });
            (0..5).map(|_| course.pause()).collect::<Vec<_>>()
        };
        assert_eq!(pauses(7), pauses(7));
        assert_ne!(pauses(7), pauses(8));
    }

    #[test]
    fn what_may_pass_is_asked_again_and_all_else_is_the_end() {
        for error in [
            status(408, None),
            status(429, None),
            status(500, None),
            status(502, None),
            status(599, None),
            Error::new(ErrorKind::Network, "x"),
            Error::new(ErrorKind::Connect, "x"),
            Error::new(ErrorKind::Timeout, "x"),
            undecodable("<html>"),
            undecodable("[1, 2"),
        ] {
            assert!(
                matches!(course(Options::default()).failed(&error, seconds(0), seconds(0)), Next::Ask(_)),
                "{error}"
            );
        }
        for error in [
            status(400, None),
            status(401, None),
            status(403, None),
            status(404, None),
            Error::new(ErrorKind::Tls, "x"),
            Error::new(ErrorKind::Challenge, "x"),
            Error::new(ErrorKind::Redirect, "x"),
            Error::new(ErrorKind::Transport, "x"),
            undecodable("{}"),
            undecodable("[\"x\"]"),
        ] {
            assert_eq!(course(Options::default()).failed(&error, seconds(0), seconds(0)), Next::End, "{error}");
        }
    }

    #[test]
    fn the_wait_that_atlas_asks_for_is_the_pause_unless_the_interval_is_longer() {
        let Next::Ask(pause) = course(Options::default()).failed(&status(429, Some(40)), seconds(0), seconds(0)) else {
            panic!("it is over")
        };
        assert!((seconds(40)..=seconds(44)).contains(&pause), "{pause:?}");
        let hourly = Options { interval: Some(seconds(3600)), tolerate: seconds(7200), ..Options::default() };
        assert_eq!(course(hourly).failed(&status(429, Some(40)), seconds(0), seconds(0)), Next::Ask(seconds(3600)));
        let mad = course(Options::default()).failed(&status(503, Some(u64::MAX)), seconds(0), seconds(0));
        assert!(matches!(mad, Next::Ask(pause) if pause <= LONGEST * 2));
    }

    /// What a scripted wait meets: a job that goes on, or a failure that may pass, and how long the answer takes.
    fn meetings() -> impl Strategy<Value = Vec<(bool, u64, Option<u64>)>> {
        prop::collection::vec((any::<bool>(), 0..40_u64, prop::option::of(0..200_u64)), 1..80)
    }

    proptest! {
        /// A wait gives up only when asking has failed in a row for at least as long as it is told to tolerate, and
        /// always does then; and no pause is shorter than the interval or than what Atlas asks for.
        #[test]
        fn a_wait_gives_up_when_it_should_and_never_hurries(
            meetings in meetings(),
            tolerate in 0..600_u64,
            interval in prop::option::of(1..120_u64),
            seed in any::<u64>(),
        ) {
            let options = Options {
                interval: interval.map(seconds), tolerate: seconds(tolerate), timeout: None, seed: Some(seed),
            };
            let mut course = Course::new(&options);
            let (mut now, mut failing) = (Duration::ZERO, None);
            for (works, takes, retry_after) in meetings {
                let asked = now;
                now += seconds(takes);
                let next = if works {
                    failing = None;
                    course.seen(false)
                } else {
                    failing = failing.or(Some(asked));
                    course.failed(&status(503, retry_after), asked, now)
                };
                let overdue = failing.is_some_and(|since| now - since >= seconds(tolerate));
                match next {
                    Next::End => {
                        prop_assert!(overdue);
                        break;
                    }
                    Next::Ask(pause) => {
                        prop_assert!(!overdue);
                        prop_assert!(pause >= seconds(interval.unwrap_or(1)));
                        if !works {
                            prop_assert!(pause >= seconds(retry_after.unwrap_or(0)));
                        }
                        now += pause;
                    }
                }
            }
        }

        /// Whatever happened before, a job that has ended ends its wait.
        #[test]
        fn an_ended_job_is_the_end(meetings in meetings()) {
            let mut course = course(Options { tolerate: Duration::MAX, ..Options::default() });
            for (works, takes, retry_after) in meetings {
                let next = match works {
                    true => course.seen(false),
                    false => course.failed(&status(500, retry_after), seconds(0), seconds(takes)),
                };
                prop_assert_ne!(next, Next::End);
            }
            prop_assert_eq!(course.seen(true), Next::End);
        }
    }
}
