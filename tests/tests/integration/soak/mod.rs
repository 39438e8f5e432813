//! A bounded soak: thousands of waits through random faults, from a seed, in paused time.
//!
//! Ten thousand waits are an hour and 100,000 requests. They go through a transport without sockets, because in a debug
//! build sockets and HTTP would take minutes of it and prove nothing more; `sockets` does the same with a few hundred waits
//! over real connections, real Digest and the weather of FakeAtlas.

mod many;
mod service;
mod sockets;
mod weather;

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// Where chance begins; `SOAK_SEED` gives another one.
fn seed() -> u64 {
    let seed = std::env::var("SOAK_SEED").ok().map_or(20_261_124, |seed| seed.parse().unwrap());
    eprintln!("SOAK_SEED={seed}");
    seed
}

/// The most that lie in any span of this length; `times` are in order.
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

/// The longest time between two neighbours.
fn longest_gap(times: &[Instant]) -> Duration {
    times.windows(2).map(|two| two[1] - two[0]).max().unwrap_or_default()
}

/// What became of the waits, to be shown when something is wrong.
fn tally<'a>(ends: impl IntoIterator<Item = &'a str>) -> HashMap<&'a str, usize> {
    let mut tally = HashMap::new();
    for end in ends {
        *tally.entry(end).or_default() += 1;
    }
    tally
}
