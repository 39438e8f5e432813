//! When the snapshots of a backup schedule are due.

use std::fmt;

use atlas_exports_gen::types::{BackupPolicyItem, BackupSchedule, BackupSnapshot};
use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use super::dates;

/// Longer than the longest time between two due times, which is a leap year.
const DAYS_TO_SEARCH: u64 = 367;

/// How often snapshots are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Frequency {
    /// Every few hours.
    Hourly,
    /// Once a day.
    Daily,
    /// Once a week.
    Weekly,
    /// Once a month.
    Monthly,
    /// Once a year.
    Yearly,
}

impl Frequency {
    const ALL: [Self; 5] = [Self::Hourly, Self::Daily, Self::Weekly, Self::Monthly, Self::Yearly];

    /// The frequency as Atlas writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|frequency| frequency.as_str().eq_ignore_ascii_case(text))
    }

    /// The longest time between two snapshots.
    pub(crate) fn period(self) -> TimeDelta {
        TimeDelta::days(match self {
            Self::Hourly | Self::Daily => 1,
            Self::Weekly => 7,
            Self::Monthly => 31,
            Self::Yearly => 366,
        })
    }
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One item of a backup policy, understood.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: Option<String>,
    pub(crate) frequency: Frequency,
    interval: u32,
    hour: u32,
    minute: u32,
    /// How long its snapshots are kept, where that is known.
    pub(crate) retention: Option<TimeDelta>,
    /// When the item was made.
    pub(crate) born: Option<DateTime<Utc>>,
}

impl Item {
    /// The due times on one day, in order.
    fn times_on(&self, day: NaiveDate) -> impl DoubleEndedIterator<Item = DateTime<Utc>> + use<> {
        let is_due = match self.frequency {
            Frequency::Hourly | Frequency::Daily => true,
            Frequency::Weekly => day.weekday().number_from_monday() == self.interval,
            Frequency::Monthly if self.interval == LAST_DAY => day.succ_opt().is_none_or(|next| next.day() == 1),
            Frequency::Monthly => day.day() == self.interval,
            Frequency::Yearly => day.day() == 1 && day.month() == self.interval,
        };
        let (first, step) = match self.frequency {
            Frequency::Hourly => (self.hour % self.interval, self.interval),
            _ => (self.hour, 24),
        };
        let minute = self.minute;
        let hours = (0..24 / step).map(move |n| first + n * step).filter(move |_| is_due);
        hours.filter_map(move |hour| Some(day.and_hms_opt(hour, minute, 0)?.and_utc()))
    }

    /// The last due time that is not after a time.
    pub(crate) fn last_due(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let today = at.date_naive();
        (0..DAYS_TO_SEARCH)
            .filter_map(|days| today.checked_sub_days(Days::new(days)))
            .find_map(|day| self.times_on(day).rev().find(|due| *due <= at))
    }

    /// The first due time that is after a time.
    pub(crate) fn next_due(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let today = at.date_naive();
        (0..DAYS_TO_SEARCH)
            .filter_map(|days| today.checked_add_days(Days::new(days)))
            .find_map(|day| self.times_on(day).find(|due| *due > at))
    }

    /// Whether snapshots of this item are kept longer than those of another.
    pub(crate) fn outlives(&self, other: &Self) -> bool {
        self.frequency != other.frequency
            && match (self.retention, other.retention) {
                (Some(mine), Some(others)) => mine > others,
                _ => self.frequency > other.frequency,
            }
    }

    /// Whether snapshots of this item may be kept as long as those of another, whose label then is not known.
    pub(crate) fn may_outlive(&self, other: &Self) -> bool {
        self.frequency != other.frequency && !other.outlives(self)
    }

    /// Whether a snapshot was taken for this item.
    pub(crate) fn is_named_by(&self, snapshot: &BackupSnapshot) -> bool {
        let mut named = snapshot.policy_items.iter().flatten();
        self.id.as_ref().is_some_and(|id| named.any(|item| item.eq_ignore_ascii_case(id)))
    }

    /// Whether the item is due at that very time.
    pub(crate) fn is_due_at(&self, at: DateTime<Utc>) -> bool {
        self.times_on(at.date_naive()).any(|due| due == at)
    }
}

/// How Atlas writes the last day of a month.
const LAST_DAY: u32 = 40;

/// What a backup schedule says of when snapshots are due.
#[derive(Debug, Clone)]
pub(crate) struct Timetable {
    pub(crate) items: Vec<Item>,
}

impl Timetable {
    /// Understands the items of a schedule; those of a frequency other than `needed` need not be sound.
    ///
    /// # Errors
    ///
    /// Names what is missing or unknown.
    pub(crate) fn new(schedule: &BackupSchedule, needed: Frequency) -> Result<Self, String> {
        let number = |value: Option<i64>, below: u32| value.and_then(|n| u32::try_from(n).ok()).filter(|n| *n < below);
        let hour = number(schedule.reference_hour_of_day, 24).ok_or("the reference hour is missing or unknown")?;
        let minute =
            number(schedule.reference_minute_of_hour, 60).ok_or("the reference minute is missing or unknown")?;
        let policies = schedule.policies.as_ref().ok_or("the backup policies are missing")?;
        let mut items = Vec::new();
        for policy in policies {
            for item in policy.policy_items.as_ref().ok_or("the items of the backup policy are missing")? {
                let kind = item.frequency_type.as_deref().ok_or("the frequency of a policy item is missing")?;
                let Some(frequency) = Frequency::parse(kind) else { continue };
                match interval(frequency, item) {
                    Some(interval) => items.push(Item {
                        id: item.id.clone(),
                        frequency,
                        interval,
                        hour,
                        minute,
                        retention: retention(item),
                        born: item.id.as_deref().and_then(dates::of_id),
                    }),
                    None if frequency != needed => {}
                    None => {
                        let given = item.frequency_interval.map_or("none".to_owned(), |n| n.to_string());
                        return Err(format!("the interval of a {frequency} policy item is unknown: {given}"));
                    }
                }
            }
        }
        Ok(Self { items })
    }

    /// Whether an item that is kept longer is due at a due time of an item.
    pub(crate) fn is_overlapped(&self, item: &Item, due: DateTime<Utc>) -> bool {
        self.items.iter().any(|other| other.outlives(item) && other.is_due_at(due))
    }

    pub(crate) fn of(&self, frequency: Frequency) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.frequency == frequency)
    }
}

fn interval(frequency: Frequency, item: &BackupPolicyItem) -> Option<u32> {
    let given = item.frequency_interval.map(u32::try_from).transpose().ok()?;
    let is_known = |n: &u32| match frequency {
        Frequency::Hourly => [1, 2, 4, 6, 8, 12].contains(n),
        Frequency::Daily => *n == 1,
        Frequency::Weekly => (1..=7).contains(n),
        Frequency::Monthly => (1..=28).contains(n) || *n == LAST_DAY,
        Frequency::Yearly => (1..=12).contains(n),
    };
    given.or((frequency == Frequency::Daily).then_some(1)).filter(is_known)
}

/// At least as long as the snapshots are kept.
fn retention(item: &BackupPolicyItem) -> Option<TimeDelta> {
    let unit = match item.retention_unit.as_deref()?.to_ascii_lowercase().as_str() {
        "days" => 1,
        "weeks" => 7,
        "months" => 31,
        "years" => 366,
        _ => return None,
    };
    TimeDelta::try_days(item.retention_value?.checked_mul(unit)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(time: &str) -> DateTime<Utc> {
        format!("{time}:00Z").parse().unwrap()
    }

    fn item(kind: &str, interval: u32) -> Item {
        let schedule = json!({
            "referenceHourOfDay": 3, "referenceMinuteOfHour": 30,
            "policies": [{"policyItems": [{"frequencyType": kind, "frequencyInterval": interval}]}],
        });
        let frequency = Frequency::parse(kind).unwrap();
        Timetable::new(&serde_json::from_value(schedule).unwrap(), frequency).unwrap().items.pop().unwrap()
    }

    #[test]
    fn the_last_due_time_follows_from_frequency_and_interval() {
        for (kind, interval, now, last, next) in [
            ("daily", 1, "2026-08-10T03:30", "2026-08-10T03:30", "2026-08-11T03:30"),
            ("daily", 1, "2026-08-10T03:29", "2026-08-09T03:30", "2026-08-10T03:30"),
            ("hourly", 1, "2026-08-10T00:10", "2026-08-09T23:30", "2026-08-10T00:30"),
            ("hourly", 6, "2026-08-10T08:00", "2026-08-10T03:30", "2026-08-10T09:30"),
            ("hourly", 12, "2026-08-10T02:00", "2026-08-09T15:30", "2026-08-10T03:30"),
            // 2026-08-10 is a Monday.
            ("weekly", 1, "2026-08-10T04:00", "2026-08-10T03:30", "2026-08-17T03:30"),
            ("weekly", 7, "2026-08-10T04:00", "2026-08-09T03:30", "2026-08-16T03:30"),
            ("weekly", 6, "2026-08-10T04:00", "2026-08-08T03:30", "2026-08-15T03:30"),
            ("monthly", 1, "2026-03-01T03:00", "2026-02-01T03:30", "2026-03-01T03:30"),
            ("monthly", 28, "2026-03-27T12:00", "2026-02-28T03:30", "2026-03-28T03:30"),
            ("monthly", 40, "2026-03-01T00:00", "2026-02-28T03:30", "2026-03-31T03:30"),
            ("monthly", 40, "2028-03-01T00:00", "2028-02-29T03:30", "2028-03-31T03:30"),
            ("monthly", 40, "2028-02-29T03:00", "2028-01-31T03:30", "2028-02-29T03:30"),
            ("monthly", 40, "2027-01-01T00:00", "2026-12-31T03:30", "2027-01-31T03:30"),
            ("yearly", 1, "2027-01-01T03:29", "2026-01-01T03:30", "2027-01-01T03:30"),
            ("yearly", 3, "2029-02-28T23:59", "2028-03-01T03:30", "2029-03-01T03:30"),
            ("yearly", 12, "2028-12-01T03:30", "2028-12-01T03:30", "2029-12-01T03:30"),
        ] {
            let (item, now) = (item(kind, interval), at(now));
            assert_eq!(item.last_due(now), Some(at(last)), "{kind} {interval} at {now}");
            assert_eq!(item.next_due(now), Some(at(next)), "{kind} {interval} at {now}");
            assert!(item.is_due_at(at(last)) && !item.is_due_at(at("2026-08-10T03:31")));
        }
    }

    #[test]
    fn each_due_time_is_the_one_before_the_next() {
        for (kind, intervals) in [
            ("hourly", &[1, 2, 4, 6, 8, 12][..]),
            ("daily", &[1]),
            ("weekly", &[1, 2, 3, 4, 5, 6, 7]),
            ("monthly", &[1, 15, 28, 40]),
            ("yearly", &[1, 2, 12]),
        ] {
            for interval in intervals {
                let item = item(kind, *interval);
                let mut due = item.next_due(at("2023-06-15T12:00")).unwrap();
                for _ in 0..800 {
                    let next = item.next_due(due).unwrap();
                    assert!(next > due && next - due <= item.frequency.period(), "{kind} {interval}: {due}, {next}");
                    assert_eq!(item.last_due(next - TimeDelta::seconds(1)), Some(due));
                    due = next;
                }
            }
        }
    }

    #[test]
    fn what_a_schedule_lacks_is_named() {
        let sound = json!({
            "referenceHourOfDay": 3, "referenceMinuteOfHour": 0,
            "policies": [{"policyItems": [{"frequencyType": "weekly", "frequencyInterval": 1}]}],
        });
        let timetable = |key: &str, value: serde_json::Value| {
            let mut schedule = sound.clone();
            *schedule.pointer_mut(key).unwrap() = value;
            Timetable::new(&serde_json::from_value(schedule).unwrap(), Frequency::Weekly)
        };
        let item = "/policies/0/policyItems/0";
        for (key, value, said) in [
            ("/referenceHourOfDay", json!(null), "reference hour"),
            ("/referenceHourOfDay", json!(24), "reference hour"),
            ("/referenceMinuteOfHour", json!(-1), "reference minute"),
            ("/policies", json!(null), "policies are missing"),
            ("/policies", json!([{}]), "items of the backup policy"),
            (item, json!({"frequencyInterval": 1}), "frequency of a policy item"),
            (item, json!({"frequencyType": "weekly", "frequencyInterval": 8}), "interval of a weekly policy item"),
            (item, json!({"frequencyType": "WEEKLY"}), "unknown: none"),
        ] {
            let error = timetable(key, value).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        let other = timetable(item, json!({"frequencyType": "monthly", "frequencyInterval": 31})).unwrap();
        assert!(other.items.is_empty(), "only the frequency that is exported needs to be understood");
        assert!(timetable(item, json!({"frequencyType": "fortnightly"})).unwrap().items.is_empty());
    }
}
