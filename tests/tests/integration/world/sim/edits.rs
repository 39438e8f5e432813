//! Edits of a schedule.

use super::{Action, At, Sim};
use crate::world::{
    model::{Bucket, Cloud, Tier},
    policy::{ExportTo, Frequency, Item, Schedule},
    time::{DAY, HOUR, History, MINUTE, Time, midnight},
};

/// One edit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edit {
    AutoExport(bool),
    /// Hour and minute of the reference time.
    ReferenceTime(u32, u32),
    /// Another frequency is exported.
    ExportFrequency(usize),
    /// Exports go to the bucket of this index.
    Repoint(usize),
    /// Exports go to a bucket that is registered now.
    NewBucket,
    /// All items are replaced, with new ids.
    ReplaceItems,
    /// The items of the frequency that is exported move: another weekday, another day of the month.
    MoveItems(u32),
    DropItems,
    AddItem,
    /// Something that changes nothing about exports.
    Retention,
    /// The names of organisation and project appear in prefixes, or their ids again.
    NamesInPrefix,
}

const FREQUENCIES: [Frequency; 5] =
    [Frequency::Daily, Frequency::Weekly, Frequency::Monthly, Frequency::Yearly, Frequency::Quarterly];

impl Sim {
    pub(super) fn edit(&mut self, at: At, edit: &Edit) {
        if self.cluster(at).tier != Tier::Dedicated {
            return;
        }
        let mut schedule = self.cluster(at).schedule.last().clone();
        self.apply(at, &mut schedule, edit);
        if schedule == *self.cluster(at).schedule.last() {
            return;
        }
        let now = self.now;
        self.cluster_mut(at).schedule.set(now, schedule);
        self.record_event(at, "CPS_SNAPSHOT_SCHEDULE_UPDATED_AUDIT");
        self.plan_ticks(at, midnight(now));
    }

    fn apply(&mut self, at: At, schedule: &mut Schedule, edit: &Edit) {
        let now = self.now;
        match edit {
            Edit::AutoExport(on) => schedule.auto_export = *on,
            Edit::ReferenceTime(hour, minute) => (schedule.hour, schedule.minute) = (*hour, *minute),
            Edit::ExportFrequency(place) => {
                if let Some(to) = &mut schedule.export {
                    to.frequency = FREQUENCIES[*place % FREQUENCIES.len()];
                }
            }
            Edit::Repoint(place) => {
                let buckets = &self.project(at).buckets;
                let bucket = &buckets[*place % buckets.len()];
                if let (true, Some(to)) = (bucket.is_registered(now), &mut schedule.export) {
                    to.bucket.clone_from(&bucket.id);
                }
            }
            Edit::NewBucket => {
                let bucket = self.register_bucket(at.project);
                let frequency = schedule.export.as_ref().map_or(Frequency::Daily, |to| to.frequency);
                schedule.export = Some(ExportTo { bucket, frequency });
            }
            Edit::ReplaceItems => {
                for item in &mut schedule.items {
                    item.id = self.new_id();
                    item.born = now;
                }
            }
            Edit::MoveItems(by) => {
                let frequency = schedule.export.as_ref().map(|to| to.frequency);
                for item in schedule.items.iter_mut().filter(|item| Some(item.frequency) == frequency) {
                    item.interval = moved(item, *by);
                }
            }
            Edit::DropItems => {
                let frequency = schedule.export.as_ref().map(|to| to.frequency);
                schedule.items.retain(|item| Some(item.frequency) != frequency);
            }
            Edit::AddItem => {
                let frequency = schedule.export.as_ref().map_or(Frequency::Daily, |to| to.frequency);
                let item = self.draw_item(frequency);
                let twice = schedule.items.iter().any(|held| {
                    held.frequency == item.frequency
                        && (item.frequency == Frequency::Daily || held.interval == item.interval)
                });
                if !twice && frequency != Frequency::Quarterly {
                    schedule.items.push(item);
                }
            }
            Edit::Retention => {
                if let Some(item) = schedule.items.first_mut() {
                    item.keep_days += 1;
                }
            }
            Edit::NamesInPrefix => schedule.names_in_prefix = !schedule.names_in_prefix,
        }
    }

    pub(super) fn draw_item(&mut self, frequency: Frequency) -> Item {
        let random = &mut self.random;
        let (interval, keep_days) = match frequency {
            Frequency::Hourly => ([6, 12][random.usize(0..2)], 2),
            Frequency::Daily | Frequency::Quarterly => (1, random.u32(2..8)),
            Frequency::Weekly => (random.u32(1..8), random.u32(7..32)),
            Frequency::Monthly if random.bool() => (40, 120),
            Frequency::Monthly => (random.u32(1..29), 120),
            Frequency::Yearly => (random.u32(1..13), 800),
        };
        Item { id: self.new_id(), born: self.now, frequency, interval, keep_days }
    }

    pub(super) fn register_bucket(&mut self, project: usize) -> String {
        let id = self.new_id();
        let number = self.world.projects[project].buckets.len();
        let cloud = match self.random.u32(0..10) {
            0 => Cloud::Azure,
            1 => Cloud::Gcp,
            _ => Cloud::Aws,
        };
        let lifecycle = (self.random.u32(0..6) == 0).then(|| self.random.i64(2..40) * DAY);
        self.world.projects[project].buckets.push(Bucket {
            id: id.clone(),
            name: format!("exports-{project}-{number}"),
            cloud,
            registered: self.now,
            removed: None,
            lifecycle,
            denied: History::new(self.now, false),
            copies: Vec::new(),
        });
        id
    }

    /// Draws the edits of a day.
    pub(super) fn edits_of_a_day(&mut self, at: At, time: Time, later: Time) -> Vec<(Time, Action)> {
        let schedule = self.cluster(at).schedule.last().clone();
        let (hour, minute) = (self.random.u32(0..24), self.random.u32(0..60));
        let bucket = self.random.usize(0..self.project(at).buckets.len());
        let frequency = self.draw_frequency();
        let frequency = FREQUENCIES.iter().position(|known| *known == frequency).unwrap_or_default();
        let edits = match self.random.u32(0..16) {
            // Turned on again much later.
            0 => vec![(time, Edit::AutoExport(!schedule.auto_export)), (later + 40 * DAY, Edit::AutoExport(true))],
            1..3 => vec![(time, Edit::AutoExport(false)), (later, Edit::AutoExport(true))],
            3..5 => vec![(time, Edit::ReferenceTime(hour, minute))],
            5..7 => vec![(time, Edit::ExportFrequency(frequency))],
            7..9 => vec![(time, Edit::Repoint(bucket))],
            9 => vec![(time, Edit::NewBucket)],
            10 => vec![(time, Edit::ReplaceItems)],
            11 => vec![(time, Edit::MoveItems(1 + hour % 6))],
            12 => vec![(time, Edit::DropItems), (later, Edit::AddItem)],
            13 => vec![(time, Edit::AddItem)],
            14 => vec![(time, Edit::NamesInPrefix)],
            _ => vec![(time, Edit::Retention)],
        };
        let mut edits: Vec<_> = edits.into_iter().map(|(time, edit)| (time, Action::Edit(edit))).collect();
        // Some happen one minute before a snapshot is due.
        if self.random.u32(0..4) == 0 {
            let due = midnight(time) + Time::from(schedule.hour) * HOUR + Time::from(schedule.minute) * MINUTE;
            edits[0].0 = due - MINUTE;
        }
        edits
    }
}

fn moved(item: &Item, by: u32) -> u32 {
    match item.frequency {
        Frequency::Weekly => (item.interval + by - 1) % 7 + 1,
        Frequency::Monthly => (item.interval % 40 + by) % 28 + 1,
        Frequency::Yearly => (item.interval + by - 1) % 12 + 1,
        _ => item.interval,
    }
}
