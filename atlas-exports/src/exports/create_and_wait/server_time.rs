//! When a request was sent, by the server's clock.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use reqwest::header::HeaderMap;
use tokio::time::Instant;

/// The moment when a request was sent, told by the `Date` of later answers.
///
/// The clock of this machine is not asked. An answer with the date D that is there r seconds after the moment tells that
/// the moment was no earlier than D - r; of several answers the one that tells most counts.
#[derive(Debug)]
pub(crate) struct ServerTime {
    sent: Instant,
    earliest: Mutex<Option<DateTime<Utc>>>,
}

impl ServerTime {
    pub(crate) fn of(sent: Instant) -> Self {
        Self { sent, earliest: Mutex::default() }
    }

    /// An answer has just come.
    pub(crate) fn learn(&self, headers: &HeaderMap) {
        let Some(date) = crate::http::date_of(headers) else { return };
        let Some(told) = TimeDelta::from_std(self.sent.elapsed()).ok().and_then(|ago| date.checked_sub_signed(ago))
        else {
            return;
        };
        let mut earliest = self.earliest.lock().unwrap_or_else(PoisonError::into_inner);
        *earliest = (*earliest).max(Some(told));
    }

    /// Whether something that the server dated so, in whole seconds, came about after the request was sent. False as
    /// long as no answer told the server's time.
    pub(crate) fn is_before(&self, created: DateTime<Utc>) -> bool {
        let earliest = *self.earliest.lock().unwrap_or_else(PoisonError::into_inner);
        // What was created in a second bears the second's beginning.
        earliest.and_then(|earliest| earliest.with_nanosecond(0)).is_some_and(|earliest| created >= earliest)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::DATE;

    use super::*;

    fn dated(time: &str) -> HeaderMap {
        HeaderMap::from_iter([(DATE, format!("Tue, 24 Nov 2026 {time} GMT").parse().unwrap())])
    }

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-24T{time}Z").parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn the_moment_is_told_by_answers_that_come_later() {
        let sent = ServerTime::of(Instant::now());
        tokio::time::advance(Duration::from_millis(30_200)).await;
        sent.learn(&dated("15:00:30"));
        assert!(!sent.is_before(at("14:59:58")));
        assert!(sent.is_before(at("14:59:59")) && sent.is_before(at("15:00:00")));
    }

    #[tokio::test(start_paused = true)]
    async fn the_answer_that_tells_most_counts() {
        let sent = ServerTime::of(Instant::now());
        tokio::time::advance(Duration::from_secs(20)).await;
        sent.learn(&dated("15:00:00"));
        assert!(sent.is_before(at("14:59:40")), "the answer may have been on its way for long");
        sent.learn(&dated("15:00:19"));
        sent.learn(&dated("15:00:03"));
        assert!(!sent.is_before(at("14:59:58")) && sent.is_before(at("14:59:59")));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_date_nothing_is_known() {
        let sent = ServerTime::of(Instant::now());
        sent.learn(&HeaderMap::new());
        assert!(!sent.is_before(at("15:00:00")));
    }
}
