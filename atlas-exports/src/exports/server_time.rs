//! When a request was sent, by the clock of the server.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use reqwest::header::HeaderMap;
use tokio::time::Instant;

/// The time at which a request was sent, as the `Date` of later responses tells it. The clock of this machine is not used.
///
/// A response with the date D that is received r seconds after the request was sent proves that it was sent no earlier
/// than D - r. The latest such time counts.
#[derive(Debug)]
pub(super) struct ServerTime {
    sent: Instant,
    earliest: Option<DateTime<Utc>>,
}

impl ServerTime {
    pub(super) fn of(sent: Instant) -> Self {
        Self { sent, earliest: None }
    }

    /// Learns from a response that was received just now.
    pub(super) fn learn(&mut self, headers: &HeaderMap) {
        let ago = TimeDelta::from_std(self.sent.elapsed()).ok();
        let earliest = crate::http::date_of(headers).zip(ago).and_then(|(date, ago)| date.checked_sub_signed(ago));
        self.earliest = self.earliest.max(earliest);
    }

    /// Returns whether something with this time, in whole seconds by the clock of the server, happened after the request
    /// was sent. False as long as no response had a `Date`.
    pub(super) fn is_before(&self, time: DateTime<Utc>) -> bool {
        // The time of what happened within a second is the second's start.
        self.earliest.and_then(|earliest| earliest.with_nanosecond(0)).is_some_and(|earliest| time >= earliest)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::DATE;

    use super::*;

    fn date(time: &str) -> HeaderMap {
        HeaderMap::from_iter([(DATE, format!("Tue, 24 Nov 2026 {time} GMT").parse().unwrap())])
    }

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-24T{time}Z").parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_is_learned_from_later_responses() {
        let mut sent = ServerTime::of(Instant::now());
        tokio::time::advance(Duration::from_millis(30_200)).await;
        sent.learn(&date("15:00:30"));
        assert!(!sent.is_before(at("14:59:58")));
        assert!(sent.is_before(at("14:59:59")) && sent.is_before(at("15:00:00")));
    }

    #[tokio::test(start_paused = true)]
    async fn the_latest_proven_time_counts() {
        let mut sent = ServerTime::of(Instant::now());
        tokio::time::advance(Duration::from_secs(20)).await;
        sent.learn(&date("15:00:00"));
        assert!(sent.is_before(at("14:59:40")), "the response may have taken long");
        sent.learn(&date("15:00:19"));
        sent.learn(&date("15:00:03"));
        assert!(!sent.is_before(at("14:59:58")) && sent.is_before(at("14:59:59")));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_date_nothing_is_known() {
        let mut sent = ServerTime::of(Instant::now());
        sent.learn(&HeaderMap::new());
        assert!(!sent.is_before(at("15:00:00")));
    }
}
