//! An access token and its life.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, SystemTime},
};

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use tokio::time::Instant;

/// What Atlas's tokens live, taken for those that do not say.
pub(super) const DEFAULT_LIFE: Duration = Duration::from_secs(3600);

/// No token is trusted for longer, whatever it says.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

/// A token is renewed so long before its end, or at five sixths of its life where that is later.
const EARLY: Duration = Duration::from_secs(300);

/// A token is not used so shortly before its end, or in the last twentieth of its life where that is shorter.
const LAST: Duration = Duration::from_secs(10);

/// A clock that was set back so far does not make a token one of the future.
const CLOCK_STEP: Duration = Duration::from_secs(60);

/// An access token.
#[derive(Debug)]
pub(crate) struct Token {
    text: SecretString,
    header: HeaderValue,
    /// By the clock of this machine, which other processes read too.
    issued: SystemTime,
    life: Duration,
    renewed_at: Instant,
    unused_at: Instant,
    accepted: AtomicBool,
}

impl Token {
    /// A token that was issued just now. `None` when no header can hold it.
    pub(super) fn new(text: SecretString, life: Duration) -> Option<Self> {
        Self::aged(text, SystemTime::now(), life, Duration::ZERO)
    }

    /// A token that another process, or an earlier one, got. `None` also when its end has come.
    pub(super) fn restored(text: SecretString, issued: SystemTime, life: Duration) -> Option<Self> {
        let age = match issued.elapsed() {
            Ok(age) => age,
            Err(ahead) if ahead.duration() <= CLOCK_STEP => Duration::ZERO,
            Err(_) => return None,
        };
        Self::aged(text, issued, life, age).filter(Self::is_valid)
    }

    fn aged(text: SecretString, issued: SystemTime, life: Duration, age: Duration) -> Option<Self> {
        let life = life.min(LONGEST_LIFE);
        let value = Zeroizing::new(format!("Bearer {}", text.expose_secret()));
        let mut header = HeaderValue::from_str(&value).ok()?;
        header.set_sensitive(true);
        let at = |age_then: Duration| Instant::now() + age_then.saturating_sub(age);
        let renewed_at = at((life * 5 / 6).max(life.saturating_sub(EARLY)));
        let unused_at = at(life - LAST.min(life / 20));
        Some(Self { text, header, issued, life, renewed_at, unused_at, accepted: AtomicBool::new(false) })
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// Some call that carried it was let in.
    pub(crate) fn mark_accepted(&self) {
        self.accepted.store(true, Ordering::Relaxed);
    }

    pub(super) fn was_accepted(&self) -> bool {
        self.accepted.load(Ordering::Relaxed)
    }

    pub(super) fn text(&self) -> &str {
        self.text.expose_secret()
    }

    pub(super) fn issued(&self) -> SystemTime {
        self.issued
    }

    pub(super) fn life(&self) -> Duration {
        self.life
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.text() == other.text()
    }

    /// Whether it can be used.
    pub(super) fn is_valid(&self) -> bool {
        Instant::now() < self.unused_at
    }

    /// Whether it can be used and need not be renewed yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.is_valid() && Instant::now() < self.renewed_at
    }

    /// For how long it can be used.
    pub(super) fn remaining(&self) -> Duration {
        self.unused_at.saturating_duration_since(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ends(life: u64) -> (Duration, Duration) {
        let token = Token::new("t".into(), Duration::from_secs(life)).unwrap();
        let start = Instant::now();
        (token.renewed_at - start, token.unused_at - start)
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_five_minutes_or_a_sixth_before_its_end() {
        for (life, renewed, unused) in
            [(3600, 3300, 3590), (1800, 1500, 1790), (600, 500, 590), (60, 50, 57), (0, 0, 0)]
        {
            assert_eq!(ends(life).await, (Duration::from_secs(renewed), Duration::from_secs(unused)), "{life}");
        }
        assert_eq!(ends(u64::MAX).await.1, LONGEST_LIFE - LAST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_restored_token_is_as_old_as_it_is() {
        let issued = SystemTime::now() - Duration::from_secs(3400);
        let token = Token::restored("t".into(), issued, DEFAULT_LIFE).unwrap();
        assert!(token.is_valid() && !token.is_fresh());
        assert!(token.remaining() <= Duration::from_secs(190));
        for old in [3600, 100_000] {
            assert!(Token::restored("t".into(), SystemTime::now() - Duration::from_secs(old), DEFAULT_LIFE).is_none());
        }
        assert!(Token::restored("t".into(), SystemTime::now() + CLOCK_STEP / 2, DEFAULT_LIFE).is_some());
        assert!(Token::restored("t".into(), SystemTime::now() + CLOCK_STEP * 2, DEFAULT_LIFE).is_none());
    }

    #[tokio::test]
    async fn a_token_does_not_show() {
        let token = Token::new("hush".into(), DEFAULT_LIFE).unwrap();
        assert!(!format!("{token:?} {:?}", token.header()).contains("hush"));
        assert!(Token::new("a\nb".into(), DEFAULT_LIFE).is_none());
    }
}
