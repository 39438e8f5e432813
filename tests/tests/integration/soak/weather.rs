//! What happens to requests and jobs by chance, from a seed.

use std::{sync::Mutex, time::Duration};

use super::service::Fate;

/// What happens to a request instead of its answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// Somebody on the way answers, and the service has done nothing.
    Status(u16, &'static str),
    RateLimited(u64),
    /// The connection breaks before anything is done.
    Refused,
    /// The connection breaks after everything is done.
    Lost,
    /// Half of the answer comes.
    Cut,
    /// Everything is done, and no answer ever comes.
    Stalled,
}

const HTML: &str = "<html><h1>502 Bad Gateway</h1></html>";

const KINDS: [Trouble; 9] = [
    Trouble::Status(502, HTML),
    Trouble::Status(503, ""),
    Trouble::Status(504, "upstream request timeout"),
    Trouble::Status(200, HTML),
    Trouble::RateLimited(3),
    Trouble::Refused,
    Trouble::Lost,
    Trouble::Cut,
    Trouble::Stalled,
];

/// Chance, always the same for the same seed and questions.
#[derive(Debug)]
pub(crate) struct Weather {
    random: Mutex<fastrand::Rng>,
    /// How many of the requests meet trouble, from 0 to 1.
    share: f64,
}

impl Weather {
    pub(crate) fn new(seed: u64, share: f64) -> Self {
        Self { random: Mutex::new(fastrand::Rng::with_seed(seed)), share }
    }

    /// What happens to a request, and how long it is on its way.
    pub(crate) fn draw(&self) -> (Option<Trouble>, Duration) {
        let mut random = self.random.lock().unwrap();
        let trouble = if random.f64() < self.share { random.choice(KINDS) } else { None };
        (trouble, Duration::from_millis(random.u64(5..500)))
    }

    /// How a job goes.
    pub(crate) fn fate(&self) -> Fate {
        let mut random = self.random.lock().unwrap();
        let queued = Duration::from_secs(random.u64(0..300));
        let end = match random.u8(0..20) {
            0..15 => "Successful",
            15..17 => "Failed",
            17..19 => "Cancelled",
            _ => "Evaporated",
        };
        Fate { queued, lasts: queued + Duration::from_secs(random.u64(0..1200)), end }
    }

    /// How a job goes, and how long nobody sees it after its creation.
    pub(crate) fn fate_and_delay(&self) -> (Fate, Duration) {
        let fate = self.fate();
        (fate, Duration::from_millis(self.random.lock().unwrap().u64(0..6_000)))
    }

    /// A number below `end`.
    pub(crate) fn below(&self, end: u64) -> u64 {
        self.random.lock().unwrap().u64(0..end)
    }
}
