//! Pauses between attempts, polls and searches.

use std::time::Duration;

/// The pause that a server asks for is spread over a tenth of it, but over no less and no more than this, so that clients
/// which were refused together do not return together.
const MIN_SPREAD: Duration = Duration::from_millis(500);
const MAX_SPREAD: Duration = Duration::from_secs(1);

/// Growing pauses with jitter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    /// Bound of the first pause.
    first: Duration,
    /// How many times longer each pause may be than the one before.
    growth: f64,
    /// Bound of every pause.
    max: Duration,
    /// The part of a pause that is random: 1.0 for all of it ("full jitter").
    jitter: f64,
}

impl Backoff {
    /// Between the attempts of a call.
    pub(crate) const RETRY: Self =
        Self { first: Duration::from_millis(500), growth: 2.0, max: Duration::from_secs(8), jitter: 1.0 };

    /// Between the polls of a wait.
    pub(crate) const POLL: Self =
        Self { first: Duration::from_millis(6_250), growth: 1.5, max: Duration::from_secs(60), jitter: 0.2 };

    /// Between searches for a job whose creation got no response.
    pub(crate) const SEARCH: Self =
        Self { first: Duration::from_secs(2), growth: 2.0, max: Duration::from_secs(60), jitter: 0.0 };

    /// After the token endpoint failed.
    pub(crate) const TOKEN: Self =
        Self { first: Duration::from_millis(500), growth: 2.0, max: Duration::from_secs(8), jitter: 0.0 };

    /// Returns the pause after `made` attempts. `random` is from 0.0 to 1.0.
    pub(crate) fn pause(&self, made: u32, random: f64) -> Duration {
        let exponent = i32::try_from(made.saturating_sub(1).min(32)).unwrap_or(32);
        let bound = self.first.mul_f64(self.growth.powi(exponent)).min(self.max);
        bound.mul_f64(1.0 - self.jitter * (1.0 - random))
    }

    /// As [`Self::pause`], but what the server asks for where it does.
    pub(crate) fn pause_or(&self, made: u32, retry_after: Option<Duration>, random: f64) -> Duration {
        match retry_after {
            Some(wait) => spread(wait, random),
            None => self.pause(made, random),
        }
    }
}

/// Returns the pause that a server asks for, or somewhat more.
pub(crate) fn spread(wait: Duration, random: f64) -> Duration {
    wait.saturating_add((wait / 10).clamp(MIN_SPREAD, MAX_SPREAD).mul_f64(random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_of_a_retry_doubles_from_half_a_second_to_8_s() {
        let bounds: Vec<_> = (1..=7).map(|made| Backoff::RETRY.pause(made, 1.0).as_millis()).collect();
        assert_eq!(bounds, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(Backoff::RETRY.pause(u32::MAX, 1.0), Duration::from_secs(8));
        assert_eq!(Backoff::RETRY.pause(3, 0.0), Duration::ZERO, "the jitter is full");
        assert_eq!(Backoff::RETRY.pause(3, 0.25), Duration::from_millis(500));
    }

    #[test]
    fn the_pauses_between_polls_grow_from_5_s_to_60_s() {
        let pause = |made, random| Backoff::POLL.pause(made, random).as_millis();
        assert_eq!([pause(1, 0.0), pause(1, 1.0)], [5_000, 6_250]);
        assert_eq!([pause(2, 0.0), pause(3, 0.0)], [7_500, 11_250]);
        assert_eq!([pause(20, 0.0), pause(20, 1.0)], [48_000, 60_000]);
    }

    #[test]
    fn searches_and_tokens_have_no_jitter() {
        assert_eq!(Backoff::SEARCH.pause(3, 0.0), Duration::from_secs(8));
        assert_eq!(Backoff::TOKEN.pause(2, 0.0), Duration::from_secs(1));
    }

    #[test]
    fn the_pause_that_the_server_asks_for_is_never_cut_short() {
        let pause = |seconds, random| Backoff::RETRY.pause_or(1, Some(Duration::from_secs(seconds)), random);
        assert_eq!(pause(7, 0.0), Duration::from_secs(7));
        assert_eq!(pause(1, 1.0), Duration::from_millis(1_500));
        assert_eq!(pause(7, 1.0), Duration::from_millis(7_700));
        assert_eq!(pause(60, 1.0), Duration::from_secs(61));
        assert_eq!(Backoff::RETRY.pause_or(1, Some(Duration::MAX), 1.0), Duration::MAX);
        assert_eq!(Backoff::RETRY.pause_or(1, None, 1.0), Duration::from_millis(500));
    }
}
