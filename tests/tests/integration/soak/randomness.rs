//! Random failures of requests and random courses of jobs, from a seed.

use std::{sync::Mutex, time::Duration};

use super::service::Lifecycle;

/// How a request fails.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Failure {
    /// A gateway responds, and the service has processed nothing.
    Status(u16, &'static str),
    RateLimited(u64),
    /// The connection is reset before the request is processed.
    Reset,
    /// The connection is reset after the request is processed.
    LostResponse,
    /// Half of the response arrives.
    Truncated,
    /// The request is processed, and no response ever arrives.
    Stalled,
}

const HTML: &str = "<html><h1>502 Bad Gateway</h1></html>";

const KINDS: [Failure; 9] = [
    Failure::Status(502, HTML),
    Failure::Status(503, ""),
    Failure::Status(504, "upstream request timeout"),
    Failure::Status(200, HTML),
    Failure::RateLimited(3),
    Failure::Reset,
    Failure::LostResponse,
    Failure::Truncated,
    Failure::Stalled,
];

/// A source of random values, the same for the same seed and order of calls.
#[derive(Debug)]
pub(crate) struct Randomness {
    random: Mutex<fastrand::Rng>,
    /// The share of requests that fail, from 0 to 1.
    share: f64,
}

impl Randomness {
    pub(crate) fn new(seed: u64, share: f64) -> Self {
        Self { random: Mutex::new(fastrand::Rng::with_seed(seed)), share }
    }

    /// Whether and how a request fails, and its latency.
    pub(crate) fn failure_and_latency(&self) -> (Option<Failure>, Duration) {
        let mut random = self.random.lock().unwrap();
        let failure = if random.f64() < self.share { random.choice(KINDS) } else { None };
        (failure, Duration::from_millis(random.u64(5..500)))
    }

    /// The lifecycle of a job.
    pub(crate) fn lifecycle(&self) -> Lifecycle {
        let mut random = self.random.lock().unwrap();
        let queued = Duration::from_secs(random.u64(0..300));
        let end = match random.u8(0..20) {
            0..15 => "Successful",
            15..17 => "Failed",
            17..19 => "Cancelled",
            _ => "Archived",
        };
        Lifecycle { queued, duration: queued + Duration::from_secs(random.u64(0..1200)), end }
    }

    /// The lifecycle of a job, and how long after its creation it becomes visible.
    pub(crate) fn lifecycle_and_delay(&self) -> (Lifecycle, Duration) {
        let lifecycle = self.lifecycle();
        (lifecycle, Duration::from_millis(self.random.lock().unwrap().u64(0..6_000)))
    }

    /// A number below `end`.
    pub(crate) fn below(&self, end: u64) -> u64 {
        self.random.lock().unwrap().u64(0..end)
    }
}
