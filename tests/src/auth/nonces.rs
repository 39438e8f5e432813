//! The nonces of one node: how long each is valid, and which nonce counts were used.

use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
    time::Duration,
};

use crate::lock::lock;

/// Which nonce counts (`nc`) are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NcPolicy {
    /// Each count once, in any order, as Jetty does.
    Strict,
    /// Each count once, within a window that moves with every use, as Tomcat does (its window is 100 wide).
    Window(u32),
    /// Any count, any number of times.
    Unchecked,
}

/// Whether a nonce is accepted more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reuse {
    /// It is, until it expires.
    Accepted,
    /// It is not.
    Refused {
        /// The value of `stale` in the challenge that follows.
        stale: bool,
    },
}

/// The rules that nonces follow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NonceRules {
    pub(crate) lifetime: Duration,
    pub(crate) max_uses: u32,
    pub(crate) policy: NcPolicy,
    pub(crate) reuse: Reuse,
}

/// Why a nonce is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub(crate) stale: bool,
    pub(crate) reason: &'static str,
}

/// The nonces that a node issued.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    issued: Mutex<Issued>,
}

#[derive(Debug, Default)]
struct Issued {
    valid: HashMap<String, Nonce>,
    by_age: VecDeque<(Duration, String)>,
}

#[derive(Debug)]
struct Nonce {
    issued_at: Duration,
    used: u32,
    /// One bit for each count that was used, or the ring of Tomcat's window.
    seen: Vec<u64>,
}

impl Nonces {
    /// Issues a nonce as Atlas writes them: 24 random bytes in base64.
    pub(crate) fn issue(&self, rules: &NonceRules, now: Duration, random: &mut fastrand::Rng) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let nonce: String = (0..32).filter_map(|_| random.choice(ALPHABET)).map(|byte| char::from(*byte)).collect();
        let mut issued = lock(&self.issued);
        while issued.by_age.front().is_some_and(|(issued_at, _)| now.saturating_sub(*issued_at) > rules.lifetime) {
            if let Some((_, dead)) = issued.by_age.pop_front() {
                issued.valid.remove(&dead);
            }
        }
        issued.by_age.push_back((now, nonce.clone()));
        issued.valid.insert(nonce.clone(), Nonce { issued_at: now, used: 0, seen: Vec::new() });
        nonce
    }

    /// Uses a nonce once.
    pub(crate) fn consume(
        &self,
        nonce: &str,
        count: Option<u32>,
        rules: &NonceRules,
        now: Duration,
    ) -> Result<(), Rejected> {
        let mut issued = lock(&self.issued);
        let Some(nonce) = issued.valid.get_mut(nonce) else {
            return Err(Rejected { stale: true, reason: "the nonce is not known here" });
        };
        if now.saturating_sub(nonce.issued_at) > rules.lifetime {
            return Err(Rejected { stale: true, reason: "the nonce has expired" });
        }
        if let (Reuse::Refused { stale }, true) = (rules.reuse, nonce.used > 0) {
            return Err(Rejected { stale, reason: "the nonce was used before" });
        }
        if let Some(count) = count {
            if count > rules.max_uses {
                return Err(Rejected { stale: true, reason: "the nonce is used up" });
            }
            if !nonce.accept(count, rules.policy) {
                return Err(Rejected { stale: false, reason: "nc was used before" });
            }
        }
        nonce.used = nonce.used.saturating_add(1);
        Ok(())
    }

    /// Forgets all nonces, as a node that restarts does.
    pub(crate) fn clear(&self) {
        *lock(&self.issued) = Issued::default();
    }
}

impl Nonce {
    fn accept(&mut self, count: u32, policy: NcPolicy) -> bool {
        match policy {
            NcPolicy::Unchecked => true,
            NcPolicy::Strict => !self.swap(count, true),
            NcPolicy::Window(width) => self.accept_in_window(count, width.max(1)),
        }
    }

    /// Tomcat's rule: after `used` uses, a count is accepted from half a window before that to half a window after it.
    fn accept_in_window(&mut self, count: u32, width: u32) -> bool {
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

    /// Writes one bit and returns the previous one.
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

    const RULES: NonceRules = NonceRules {
        lifetime: Duration::from_secs(60),
        max_uses: 1024,
        policy: NcPolicy::Strict,
        reuse: Reuse::Accepted,
    };

    fn issue(nonces: &Nonces) -> String {
        nonces.issue(&RULES, Duration::ZERO, &mut fastrand::Rng::with_seed(7))
    }

    #[test]
    fn a_nonce_is_valid_for_sixty_seconds_and_then_stale() {
        let nonces = Nonces::default();
        let nonce = issue(&nonces);
        assert_eq!(nonce.len(), 32);
        let minute = Duration::from_secs(60);
        assert_eq!(nonces.consume(&nonce, Some(1), &RULES, minute), Ok(()));
        let later = minute + Duration::from_millis(1);
        assert!(nonces.consume(&nonce, Some(2), &RULES, later).is_err_and(|rejected| rejected.stale));
    }

    #[test]
    fn each_count_is_accepted_once_in_any_order() {
        let nonces = Nonces::default();
        let nonce = issue(&nonces);
        for count in [3, 1, 1024, 2, 64, 63, 65] {
            assert_eq!(nonces.consume(&nonce, Some(count), &RULES, Duration::ZERO), Ok(()), "{count}");
            assert!(
                nonces.consume(&nonce, Some(count), &RULES, Duration::ZERO).is_err_and(|rejected| !rejected.stale),
                "{count}"
            );
        }
    }

    #[test]
    fn a_nonce_is_stale_after_its_last_use() {
        let nonces = Nonces::default();
        let nonce = issue(&nonces);
        assert!(nonces.consume(&nonce, Some(1025), &RULES, Duration::ZERO).is_err_and(|rejected| rejected.stale));
    }

    #[test]
    fn the_window_moves_with_each_use() {
        let rules = NonceRules { policy: NcPolicy::Window(100), max_uses: u32::MAX, ..RULES };
        let nonces = Nonces::default();
        let nonce = issue(&nonces);
        assert!(nonces.consume(&nonce, Some(51), &rules, Duration::ZERO).is_err(), "too far ahead");
        for count in 1..=300 {
            assert_eq!(nonces.consume(&nonce, Some(count), &rules, Duration::ZERO), Ok(()), "{count}");
        }
        assert!(nonces.consume(&nonce, Some(300), &rules, Duration::ZERO).is_err(), "used before");
        assert!(nonces.consume(&nonce, Some(250), &rules, Duration::ZERO).is_err(), "too far behind");
        assert_eq!(nonces.consume(&nonce, Some(303), &rules, Duration::ZERO), Ok(()), "ahead but inside");
        assert_eq!(nonces.consume(&nonce, Some(302), &rules, Duration::ZERO), Ok(()), "out of order but inside");
    }

    #[test]
    fn unknown_nonces_are_stale() {
        let nonces = Nonces::default();
        let nonce = issue(&nonces);
        nonces.clear();
        assert!(nonces.consume(&nonce, Some(1), &RULES, Duration::ZERO).is_err_and(|rejected| rejected.stale));
    }

    #[test]
    fn reuse_is_refused_with_either_value_of_stale() {
        for stale in [false, true] {
            let rules = NonceRules { reuse: Reuse::Refused { stale }, ..RULES };
            let nonces = Nonces::default();
            let nonce = issue(&nonces);
            assert_eq!(nonces.consume(&nonce, Some(1), &rules, Duration::ZERO), Ok(()));
            assert!(
                nonces.consume(&nonce, Some(2), &rules, Duration::ZERO).is_err_and(|rejected| rejected.stale == stale)
            );
        }
    }
}
