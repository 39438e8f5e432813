//! A soak: thousands of calls and waits through random failures, from a seed, mostly in paused time.
//!
//! `cargo test` runs a share of it; `ATLAS_EXPORTS_SOAK=full` runs all: 100,000 calls, and 10,000 waits with 100,000
//! requests. `SOAK_SEED` is the seed.

mod calls;
mod many;
mod randomness;
mod service;
mod sockets;

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// The seed of the environment, or the default.
fn seed() -> u64 {
    let seed = std::env::var("SOAK_SEED").ok().map_or(20_261_124, |seed| seed.parse().unwrap());
    eprintln!("SOAK_SEED={seed}");
    seed
}

/// The largest number of times within any span of this length; `times` are in order.
fn most_within(span: Duration, times: &[Instant]) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (last, time) in times.iter().enumerate() {
        while times[first] + span <= *time {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

/// The longest time between two consecutive times.
fn longest_gap(times: &[Instant]) -> Duration {
    times.windows(2).map(|two| two[1] - two[0]).max().unwrap_or_default()
}

/// How often each outcome occurs.
fn tally<'a>(outcomes: impl IntoIterator<Item = &'a str>) -> HashMap<&'a str, usize> {
    let mut tally = HashMap::new();
    for outcome in outcomes {
        *tally.entry(outcome).or_default() += 1;
    }
    tally
}
