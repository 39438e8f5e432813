//! Times of a simulated world: whole seconds in UTC, and ids that carry one.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

/// Seconds since 1970.
pub(crate) type Time = i64;

pub(crate) const MINUTE: Time = 60;
pub(crate) const HOUR: Time = 60 * MINUTE;
pub(crate) const DAY: Time = 24 * HOUR;

pub(crate) fn utc(time: Time) -> DateTime<Utc> {
    DateTime::from_timestamp(time, 0).expect("a time of this era")
}

pub(crate) fn date(time: Time) -> NaiveDate {
    utc(time).date_naive()
}

/// Midnight that begins the day.
pub(crate) fn midnight(time: Time) -> Time {
    time.div_euclid(DAY) * DAY
}

/// Midnight of a day of the calendar.
pub(crate) fn day(year: i32, month: u32, day: u32) -> Time {
    let date = NaiveDate::from_ymd_opt(year, month, day).expect("a day of the calendar");
    date.and_hms_opt(0, 0, 0).expect("midnight").and_utc().timestamp()
}

/// As Atlas writes times.
pub(crate) fn iso(time: Time) -> String {
    utc(time).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// An id of 24 digits that begins with the time when it was made, as those of Atlas do.
pub(crate) fn object_id(time: Time, number: u64) -> String {
    format!("{:08x}{number:016x}", time & 0xffff_ffff)
}

/// A value that changes: all values with the time since which each holds, the oldest first.
#[derive(Clone, Debug)]
pub(crate) struct History<T>(pub(crate) Vec<(Time, T)>);

impl<T> History<T> {
    pub(crate) fn new(since: Time, value: T) -> Self {
        Self(vec![(since, value)])
    }

    pub(crate) fn set(&mut self, since: Time, value: T) {
        self.0.push((since, value));
    }

    /// The value at a time; the first one before that.
    pub(crate) fn at(&self, time: Time) -> &T {
        let later = self.0.partition_point(|(since, _)| *since <= time);
        &self.0[later.saturating_sub(1)].1
    }

    /// The newest value.
    pub(crate) fn last(&self) -> &T {
        &self.0[self.0.len() - 1].1
    }
}

#[test]
fn a_value_holds_from_its_time_until_the_next() {
    let mut over = History::new(10, 'a');
    over.set(20, 'b');
    assert_eq!([5, 10, 19, 20, 99].map(|time| *over.at(time)), ['a', 'a', 'a', 'b', 'b']);
    assert_eq!(*over.last(), 'b');
}

#[test]
fn ids_and_texts_carry_the_time() {
    let time = day(2026, 8, 10) + 3 * HOUR + 28 * MINUTE + 25;
    assert_eq!(iso(time), "2026-08-10T03:28:25Z");
    assert_eq!(object_id(time, 0x1f), "6a794559000000000000001f");
    assert_eq!(midnight(time), day(2026, 8, 10));
}
