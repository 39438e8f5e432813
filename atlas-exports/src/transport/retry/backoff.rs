//! Pauses between attempts.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const MOST: Duration = Duration::from_secs(8);

/// The server's own wait is spread over so much more, so that those who were refused together do not return together.
const SPREAD: Duration = Duration::from_millis(500);

/// How long to wait after `made` attempts. `random` gives a number from 0.0 to 1.0.
pub(crate) fn pause(made: u32, retry_after: Option<Duration>, random: impl FnOnce() -> f64) -> Duration {
    match retry_after {
        Some(wait) => wait.saturating_add(SPREAD.mul_f64(random())),
        None => bound(made).mul_f64(random()),
    }
}

fn bound(made: u32) -> Duration {
    let doublings = made.saturating_sub(1).min(16);
    FIRST.saturating_mul(1 << doublings).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_its_end() {
        let bounds: Vec<_> = (1..=7).map(|made| pause(made, None, || 1.0).as_millis()).collect();
        assert_eq!(bounds, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(pause(u32::MAX, None, || 1.0), MOST);
    }

    #[test]
    fn jitter_is_full() {
        assert_eq!(pause(3, None, || 0.0), Duration::ZERO);
    }

    #[test]
    fn the_wait_of_the_server_is_never_cut_short() {
        let wait = Duration::from_secs(7);
        assert_eq!(pause(1, Some(wait), || 0.0), wait);
        assert_eq!(pause(1, Some(wait), || 1.0), wait + SPREAD);
        assert_eq!(pause(1, Some(Duration::MAX), || 1.0), Duration::MAX);
    }
}
