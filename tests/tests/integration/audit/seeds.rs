//! Which worlds the audit is held against.

use std::ops::Range;

use crate::common;

/// The seeds of this many worlds, or of `all` when the whole soak runs. `WORLD_SEEDS=1400..1500` takes others.
pub(super) fn seeds(share: u64, all: u64) -> Range<u64> {
    if let Ok(text) = std::env::var("WORLD_SEEDS") {
        let (first, end) = text.split_once("..").expect("WORLD_SEEDS is a range such as 1400..1500");
        return first.parse().expect("the first seed")..end.parse().expect("the seed after the last");
    }
    0..if common::soak_is_full() { all } else { share }
}
