//! Backup policies: what is due on a day, found by walking through the calendar day by day.

use chrono::{Datelike, NaiveDate, Timelike};

use super::time::{DAY, HOUR, MINUTE, Time, date, midnight, utc};

/// How often a policy item takes a snapshot, or an export is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Frequency {
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
    /// Unknown to the library.
    Quarterly,
}

impl Frequency {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
            Self::Quarterly => "quarterly",
        }
    }

    /// Longest time between two of its snapshots.
    pub(crate) fn period(self) -> Time {
        match self {
            Self::Hourly => HOUR,
            Self::Daily => DAY,
            Self::Weekly => 7 * DAY,
            Self::Monthly => 31 * DAY,
            Self::Yearly | Self::Quarterly => 366 * DAY,
        }
    }
}

/// One item of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) id: String,
    /// When it was made.
    pub(crate) born: Time,
    pub(crate) frequency: Frequency,
    /// Hours between snapshots; weekday from Monday = 1; day of the month, 40 being the last; month of the year.
    pub(crate) interval: u32,
    pub(crate) keep_days: u32,
}

impl Item {
    /// Whether it takes a snapshot at the reference time of this day.
    fn falls_on(&self, date: NaiveDate) -> bool {
        match self.frequency {
            Frequency::Hourly | Frequency::Daily => true,
            Frequency::Weekly => date.weekday().number_from_monday() == self.interval,
            Frequency::Monthly if self.interval == 40 => date.succ_opt().is_some_and(|next| next.day() == 1),
            Frequency::Monthly => date.day() == self.interval,
            Frequency::Yearly => date.day() == 1 && date.month() == self.interval,
            Frequency::Quarterly => false,
        }
    }
}

/// Where the automatic exports go, and of which snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExportTo {
    pub(crate) bucket: String,
    pub(crate) frequency: Frequency,
}

/// A backup schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) items: Vec<Item>,
    pub(crate) auto_export: bool,
    pub(crate) export: Option<ExportTo>,
    pub(crate) names_in_prefix: bool,
}

impl Schedule {
    /// The items that take a snapshot at this minute.
    pub(crate) fn due_at(&self, time: Time) -> Vec<&Item> {
        let clock = utc(time);
        if clock.minute() != self.minute || clock.second() != 0 {
            return Vec::new();
        }
        let at_reference = clock.hour() == self.hour;
        let hours = (clock.hour() + 24 - self.hour) % 24;
        let due = self.items.iter().filter(|item| match item.frequency {
            Frequency::Hourly => hours.is_multiple_of(item.interval),
            _ => at_reference && item.falls_on(date(time)),
        });
        due.collect()
    }

    /// The times of day at which its items may be due, counted from midnight.
    pub(crate) fn minutes_of_day(&self) -> Vec<Time> {
        let reference = Time::from(self.hour) * HOUR + Time::from(self.minute) * MINUTE;
        let mut minutes = vec![reference];
        for item in self.items.iter().filter(|item| item.frequency == Frequency::Hourly) {
            let step = Time::from(item.interval) * HOUR;
            minutes.extend((1..24 * HOUR / step).map(|n| (reference + n * step) % DAY));
        }
        minutes.sort_unstable();
        minutes.dedup();
        minutes
    }

    /// Where exports go, if they are on.
    pub(crate) fn exports(&self) -> Option<&ExportTo> {
        self.export.as_ref().filter(|_| self.auto_export)
    }

    /// The last time, not after another, at which the calendar alone makes a snapshot due that is exported.
    pub(crate) fn last_due(&self, to: &ExportTo, at: Time) -> Option<Time> {
        let minutes = self.minutes_of_day();
        let days = (0..367).map(|day| midnight(at) - day * DAY);
        let mut times = days.flat_map(|day| minutes.iter().rev().map(move |minute| day + minute));
        times.find(|time| *time <= at && self.due_at(*time).iter().any(|item| item.frequency == to.frequency))
    }

    pub(crate) fn items_of(&self, frequency: Frequency) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.frequency == frequency)
    }

    /// What decides which snapshots are exported and where: equal for schedules that export the same.
    pub(crate) fn export_policy(&self) -> Option<ExportPolicy> {
        let to = self.exports()?;
        let items = self.items_of(to.frequency).map(|item| (item.id.clone(), item.interval)).collect();
        Some(ExportPolicy { to: to.clone(), items, hour: self.hour, minute: self.minute })
    }
}

/// See [`Schedule::export_policy`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExportPolicy {
    to: ExportTo,
    items: Vec<(String, u32)>,
    hour: u32,
    minute: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::time::day;

    fn due_days(frequency: Frequency, interval: u32, from: Time, days: Time) -> Vec<Time> {
        let item = Item { id: String::new(), born: 0, frequency, interval, keep_days: 1 };
        (0..days).map(|n| from + n * DAY).filter(|time| item.falls_on(date(*time))).collect()
    }

    #[test]
    fn months_end_where_the_calendar_says() {
        let last = due_days(Frequency::Monthly, 40, day(2024, 1, 1), 92);
        assert_eq!(last, [day(2024, 1, 31), day(2024, 2, 29), day(2024, 3, 31)]);
        assert_eq!(due_days(Frequency::Monthly, 28, day(2023, 2, 1), 28), [day(2023, 2, 28)]);
        assert_eq!(due_days(Frequency::Yearly, 12, day(2023, 1, 1), 365), [day(2023, 12, 1)]);
        // 26 November 2026 is a Thursday.
        assert_eq!(due_days(Frequency::Weekly, 4, day(2026, 11, 23), 7), [day(2026, 11, 26)]);
    }

    #[test]
    fn hourly_items_fall_due_around_the_reference_time() {
        let item = Item { id: String::new(), born: 0, frequency: Frequency::Hourly, interval: 12, keep_days: 2 };
        let schedule = Schedule {
            hour: 15,
            minute: 30,
            items: vec![item],
            auto_export: false,
            export: None,
            names_in_prefix: false,
        };
        assert_eq!(schedule.minutes_of_day(), [3 * HOUR + 30 * MINUTE, 15 * HOUR + 30 * MINUTE]);
        let due = |hour: Time| schedule.due_at(day(2024, 2, 29) + hour * HOUR + 30 * MINUTE).len();
        assert_eq!([due(3), due(4), due(15)], [1, 0, 1]);
    }
}
