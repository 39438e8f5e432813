//! The nonces of one node: how long they live, and which counts were used.

use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
    time::Duration,
};

use tokio::time::Instant;

use crate::lock::lock;

/// Which `nc` values a nonce accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NcPolicy {
    /// Each value once, in any order, as Jetty does.
    Strict,
    /// Each value once inside a window that moves on with every use, as Tomcat does (its window is 100 wide).
    Window(u32),
    /// Any value, any number of times.
    Unchecked,
}

/// What a node does with a nonce that was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reuse {
    /// Accepts it while it lives and its count is right.
    Accepted,
    /// Refuses it; the new challenge says `stale=true` or `stale=false`.
    Refused {
        /// What the challenge says.
        stale: bool,
    },
}

/// The rules of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) life: Duration,
    pub(crate) max_uses: u32,
    pub(crate) policy: NcPolicy,
    pub(crate) reuse: Reuse,
}

/// Why a nonce does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub(crate) stale: bool,
    pub(crate) why: &'static str,
}

/// The nonces that a node gave out.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    live: HashMap<String, Nonce>,
    by_age: VecDeque<(Instant, String)>,
}

#[derive(Debug)]
struct Nonce {
    born: Instant,
    used: u32,
    /// Bits of the counts that were seen, or Tomcat's ring.
    seen: Vec<u64>,
}

impl Nonces {
    /// Gives out a new one, in the form of Atlas's: 24 random bytes in base64.
    pub(crate) fn issue(&self, rules: &Rules, random: &mut fastrand::Rng) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let nonce: String = (0..32).filter_map(|_| random.choice(ALPHABET)).map(|byte| char::from(*byte)).collect();
        let mut book = lock(&self.book);
        while book.by_age.front().is_some_and(|(born, _)| born.elapsed() > rules.life) {
            if let Some((_, dead)) = book.by_age.pop_front() {
                book.live.remove(&dead);
            }
        }
        let born = Instant::now();
        book.by_age.push_back((born, nonce.clone()));
        book.live.insert(nonce.clone(), Nonce { born, used: 0, seen: Vec::new() });
        nonce
    }

    /// Uses a nonce once more.
    pub(crate) fn spend(&self, nonce: &str, count: Option<u32>, rules: &Rules) -> Result<(), Rejected> {
        let mut book = lock(&self.book);
        let Some(nonce) = book.live.get_mut(nonce) else {
            return Err(Rejected { stale: true, why: "the nonce is not known here" });
        };
        if nonce.born.elapsed() > rules.life {
            return Err(Rejected { stale: true, why: "the nonce has expired" });
        }
        if let (Reuse::Refused { stale }, true) = (rules.reuse, nonce.used > 0) {
            return Err(Rejected { stale, why: "the nonce was used before" });
        }
        if let Some(count) = count {
            if count > rules.max_uses {
                return Err(Rejected { stale: true, why: "the nonce is used up" });
            }
            if !nonce.count(count, rules.policy) {
                return Err(Rejected { stale: false, why: "nc was used before" });
            }
        }
        nonce.used = nonce.used.saturating_add(1);
        Ok(())
    }

    /// Forgets all of them, as a node that restarts does.
    pub(crate) fn forget(&self) {
        *lock(&self.book) = Book::default();
    }
}

impl Nonce {
    fn count(&mut self, count: u32, policy: NcPolicy) -> bool {
        match policy {
            NcPolicy::Unchecked => true,
            NcPolicy::Strict => !self.swap(count, true),
            NcPolicy::Window(width) => self.slide(count, width.max(1)),
        }
    }

    /// Tomcat's rule: with `used` uses behind it, a count is right from half a window before to half a window after.
    fn slide(&mut self, count: u32, width: u32) -> bool {
        let (used, count, width) = (i64::from(self.used), i64::from(count), i64::from(width));
        let offset = width / 2;
        if used - offset >= count || count > used - offset + width {
            return false;
        }
        let slot = |at: i64| u32::try_from(at.rem_euclid(width)).unwrap_or(0);
        if self.swap(slot(count + offset), true) {
            return false;
        }
        self.swap(slot(used), false);
        true
    }

    /// Writes one bit and returns what it was.
    fn swap(&mut self, bit: u32, set: bool) -> bool {
        let (word, mask) = (bit as usize / 64, 1_u64 << (bit % 64));
        if self.seen.len() <= word {
            self.seen.resize(word + 1, 0);
        }
        let Some(word) = self.seen.get_mut(word) else {
            return false;
        };
        let was = *word & mask != 0;
        *word = if set { *word | mask } else { *word & !mask };
        was
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules =
        Rules { life: Duration::from_secs(60), max_uses: 1024, policy: NcPolicy::Strict, reuse: Reuse::Accepted };

    fn issue(nonces: &Nonces) -> String {
        nonces.issue(&RULES, &mut fastrand::Rng::with_seed(7))
    }

    #[tokio::test(start_paused = true)]
    async fn a_nonce_lives_sixty_seconds_and_is_stale_afterwards() {
        let nonces = Nonces::default();
        let nonce = issue(&nonces);
        assert_eq!(nonce.len(), 32);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(nonces.spend(&nonce, Some(1), &RULES), Ok(()));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(nonces.spend(&nonce, Some(2), &RULES).is_err_and(|rejected| rejected.stale));
    }

    #[test]
    fn each_count_is_accepted_once_in_any_order() {
        let nonces = Nonces::default();
        let nonce = issue(&nonces);
        for count in [3, 1, 1024, 2, 64, 63, 65] {
            assert_eq!(nonces.spend(&nonce, Some(count), &RULES), Ok(()), "{count}");
            assert!(nonces.spend(&nonce, Some(count), &RULES).is_err_and(|rejected| !rejected.stale), "{count}");
        }
    }

    #[test]
    fn a_nonce_is_used_up_after_its_uses_and_says_stale() {
        let nonces = Nonces::default();
        let nonce = issue(&nonces);
        assert!(nonces.spend(&nonce, Some(1025), &RULES).is_err_and(|rejected| rejected.stale));
    }

    #[test]
    fn the_window_moves_with_every_use() {
        let rules = Rules { policy: NcPolicy::Window(100), max_uses: u32::MAX, ..RULES };
        let nonces = Nonces::default();
        let nonce = issue(&nonces);
        assert!(nonces.spend(&nonce, Some(51), &rules).is_err(), "too far ahead");
        for count in 1..=300 {
            assert_eq!(nonces.spend(&nonce, Some(count), &rules), Ok(()), "{count}");
        }
        assert!(nonces.spend(&nonce, Some(300), &rules).is_err(), "used before");
        assert!(nonces.spend(&nonce, Some(250), &rules).is_err(), "too far behind");
        assert_eq!(nonces.spend(&nonce, Some(303), &rules), Ok(()), "ahead but inside");
        assert_eq!(nonces.spend(&nonce, Some(302), &rules), Ok(()), "out of order but inside");
    }

    #[test]
    fn forgotten_and_foreign_nonces_are_stale() {
        let nonces = Nonces::default();
        let nonce = issue(&nonces);
        nonces.forget();
        assert!(nonces.spend(&nonce, Some(1), &RULES).is_err_and(|rejected| rejected.stale));
    }

    #[test]
    fn reuse_can_be_refused_either_way() {
        for stale in [false, true] {
            let rules = Rules { reuse: Reuse::Refused { stale }, ..RULES };
            let nonces = Nonces::default();
            let nonce = issue(&nonces);
            assert_eq!(nonces.spend(&nonce, Some(1), &rules), Ok(()));
            assert!(nonces.spend(&nonce, Some(2), &rules).is_err_and(|rejected| rejected.stale == stale));
        }
    }
}
