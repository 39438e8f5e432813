//! The table of expected verdicts: from the facts of a world to what an audit has to say.
//!
//! The first answer is the expected one; the others are right as well, where what an audit can read does not
//! tell them apart.

use super::{
    answers::{Answer, Graces, Kind, Sources, Why},
    model::{Cloud, DueExport, Marker, State, Tier},
    policy::{ExportTo, Frequency},
    time::{MINUTE, Time},
    truth::{ExportStatus, Moment},
};

/// What may be said of a cluster at a moment. Where a limit is reached within two minutes, both sides of it are right.
pub(crate) fn expected(moment: Moment<'_>, sources: Sources, graces: Graces) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    for slack in [0, -2 * MINUTE, 2 * MINUTE] {
        for answer in (Table { moment, sources, graces, slack }).answers() {
            if !answers.contains(&answer) {
                answers.push(answer);
            }
        }
    }
    answers
}

struct Table<'a> {
    moment: Moment<'a>,
    sources: Sources,
    graces: Graces,
    slack: Time,
}

impl<'a> Table<'a> {
    fn answers(&self) -> Vec<Answer> {
        let Moment { project, cluster, at } = self.moment;
        if cluster.tier != Tier::Dedicated {
            return vec![Kind::Unsupported.into()];
        }
        if matches!(cluster.state_name(at), "CREATING" | "DELETING") {
            return vec![Kind::NotDue.into()];
        }
        if !*cluster.backup.at(at) {
            return missing(Why::BackupOff);
        }
        let Some(to) = self.moment.schedule().exports() else { return missing(Why::NotConfigured) };
        let bucket = project.bucket(&to.bucket).filter(|bucket| bucket.is_registered(at));
        match bucket {
            Some(bucket) if !self.sources.v1 || bucket.cloud == Cloud::Aws => {}
            _ if self.sources.v1 => {
                let mut answers = vec![Answer::because(Kind::Unreadable, Why::Bucket)];
                if self.moment.due_exports().next_back().is_some_and(|due_export| self.is_reported_since(due_export.at))
                {
                    answers.extend(self.arrived(to));
                }
                return answers;
            }
            _ => return missing(Why::BucketGone),
        }
        if to.frequency == Frequency::Quarterly {
            return vec![Answer::because(Kind::Unreadable, Why::Frequency)];
        }
        if self.moment.schedule().items_of(to.frequency).next().is_none() {
            return missing(Why::NoSuchSnapshots);
        }
        if *cluster.paused.at(at) { self.paused(to) } else { self.running(to) }
    }

    fn age_limit(&self, to: &ExportTo) -> Time {
        let graces = self.graces;
        graces.max_age.unwrap_or(to.frequency.period() + graces.snapshot + graces.start + graces.run)
    }

    fn is_past(&self, since: Time, limit: Time) -> bool {
        self.moment.at - since > limit + self.slack
    }

    fn is_reported_since(&self, due: Time) -> bool {
        self.moment.reported().is_some_and(|reported| reported >= due)
    }

    /// Whether the newest export that Atlas reports is recent enough.
    fn is_fresh(&self, to: &ExportTo) -> bool {
        self.moment.reported().is_some_and(|reported| !self.is_past(reported, self.age_limit(to)))
    }

    /// A paused cluster takes no snapshots. What was due before the pause still counts.
    fn paused(&self, to: &ExportTo) -> Vec<Answer> {
        let mut answers = if self.is_fresh(to) { self.arrived(to) } else { vec![Kind::Stale.into()] };
        // A pause begins a new policy period.
        let Some(last) = self.moment.due_export_before_policy() else { return answers };
        let same = last.bucket == to.bucket && last.frequency == to.frequency;
        if self.is_reported_since(last.at) || !same {
            return answers;
        }
        let status = self.status_answers(last, to);
        match self.moment.status(last) {
            ExportStatus::JobFailed | ExportStatus::JobCancelled if !self.moment.is_edited_after(last.at) => {
                // The list of jobs shows it.
                answers = status;
                answers.push(Kind::Stale.into());
            }
            _ => answers.extend(status),
        }
        answers
    }

    fn running(&self, to: &'a ExportTo) -> Vec<Answer> {
        let mut due_exports = self.moment.due_exports().rev();
        let Some(last) = due_exports.next() else { return self.nothing_due_yet(to) };
        if self.is_reported_since(last.at) {
            return self.arrived(to);
        }
        let mut answers = self.status_answers(last, to);
        let before = due_exports.next();
        if self.is_pending(last) {
            self.look_further_back(before, to, &mut answers);
        } else if let Some(before) = before.filter(|before| !self.is_reported_since(before.at)) {
            answers.extend(self.status_answers(before, to).into_iter().filter(|answer| answer.kind.is_alarm()));
            answers.push(Kind::Stale.into());
        }
        if self.moment.due_exports().next().is_some_and(|first| first.at == last.at) {
            self.allow_for_hidden_change(&mut answers);
            self.allow_for_policy_before(to, &mut answers);
        }
        self.allow_for_other_snapshots(last.at, &mut answers);
        if self.moment.is_edited_after(last.at) {
            // An edit that changed nothing looks like any other.
            answers.push(Kind::NotDue.into());
            let listed =
                last.snapshot.is_some_and(|place| self.moment.cluster.snapshots[place].is_listed(self.moment.at));
            let shows =
                listed && matches!(self.moment.status(last), ExportStatus::JobFailed | ExportStatus::JobCancelled);
            if self.is_fresh(to) && !shows {
                answers.extend(self.arrived(to));
            }
            self.allow_for_age(to, &mut answers);
        }
        answers
    }

    /// Whether the last due snapshot may still come.
    fn is_pending(&self, due_export: &DueExport) -> bool {
        matches!(
            self.moment.status(due_export),
            ExportStatus::NoSnapshot
                | ExportStatus::SnapshotUnderWay
                | ExportStatus::SnapshotFailed
                | ExportStatus::SnapshotGone
        ) && !self.is_past(due_export.at, self.graces.snapshot)
    }

    /// The grace of the last due snapshot does not excuse the one before.
    fn look_further_back(&self, before: Option<&'a DueExport>, to: &'a ExportTo, answers: &mut Vec<Answer>) {
        match before {
            Some(before) if !self.is_reported_since(before.at) => {
                let older = self.status_answers(before, to);
                answers.extend(older.into_iter().filter(|answer| answer.kind != Kind::NotDue));
                answers.push(Kind::Stale.into());
                if !self.is_fresh(to) {
                    answers.retain(|answer| !matches!(answer.kind, Kind::NotDue | Kind::Running));
                }
                answers.sort_by_key(|answer| !answer.kind.is_alarm());
            }
            _ if self.moment.reported().is_some() && !self.is_fresh(to) => answers.insert(0, Kind::Stale.into()),
            // The newest snapshot has been exported.
            _ if self.is_fresh(to) => answers.extend(self.arrived(to)),
            _ => {}
        }
    }

    /// Whether an edit changed what is due cannot be read. That the newest export is old is true in any case.
    fn allow_for_age(&self, to: &ExportTo, answers: &mut Vec<Answer>) {
        if self.moment.reported().is_some() && !self.is_fresh(to) {
            answers.push(Kind::Stale.into());
        }
    }

    /// The answers to one due snapshot that was not exported.
    fn status_answers(&self, due_export: &DueExport, to: &ExportTo) -> Vec<Answer> {
        let graces = self.graces;
        let late = self.is_past(due_export.at, graces.snapshot);
        let mut answers = match self.moment.status(due_export) {
            ExportStatus::NoSnapshot | ExportStatus::SnapshotUnderWay | ExportStatus::SnapshotGone if !late => {
                vec![Kind::NotDue.into()]
            }
            ExportStatus::NoSnapshot => missing(Why::NoSnapshot),
            ExportStatus::SnapshotUnderWay => missing(Why::SnapshotLate),
            ExportStatus::SnapshotGone => {
                // A deleted snapshot leaves no trace.
                [Why::SnapshotGone, Why::NoSnapshot, Why::NoExport]
                    .map(|why| Answer::because(Kind::Missing, why))
                    .into()
            }
            ExportStatus::SnapshotFailed if !late => {
                vec![Kind::NotDue.into(), Answer::because(Kind::Missing, Why::SnapshotFailed)]
            }
            ExportStatus::SnapshotFailed => missing(Why::SnapshotFailed),
            ExportStatus::NotExportable => {
                let mut answers = missing(Why::NotExportable);
                if !self.is_past(due_export.at, graces.snapshot + graces.start) {
                    answers.extend([Answer::from(Kind::Running), Kind::NotDue.into()]);
                }
                answers
            }
            ExportStatus::NoJob(since) if self.is_past(since, graces.start) => missing(Why::NoExport),
            ExportStatus::NoJob(_) => self.under_way(due_export, to),
            ExportStatus::Elsewhere => {
                [Why::Elsewhere, Why::NoExport].map(|why| Answer::because(Kind::Missing, why)).into()
            }
            ExportStatus::JobUnderWay(since) if self.is_past(since, graces.run) => {
                vec![Answer::because(Kind::Failed, Why::ExportStuck)]
            }
            ExportStatus::JobUnderWay(_) => self.under_way(due_export, to),
            ExportStatus::JobFailed => vec![Answer::because(Kind::Failed, Why::ExportFailed)],
            ExportStatus::JobCancelled => vec![Answer::because(Kind::Failed, Why::ExportCancelled)],
            ExportStatus::Exported | ExportStatus::NotMarked(_) | ExportStatus::NothingDue => self.arrived(to),
        };
        self.allow_for_labels(due_export, late, &mut answers);
        answers
    }

    /// While a snapshot is being exported, the one before has to be recent enough.
    fn under_way(&self, due_export: &DueExport, to: &ExportTo) -> Vec<Answer> {
        let before = self.moment.due_exports().rev().find(|before| before.at < due_export.at);
        let first = before.is_none_or(|before| self.moment.is_edited_after(before.at));
        match self.moment.reported() {
            _ if self.is_fresh(to) => vec![Kind::Running.into()],
            None if first => vec![Kind::Running.into()],
            // Whether anything was due before cannot be read.
            None => vec![Kind::Stale.into(), Kind::Running.into()],
            // Old, and nothing newer was due.
            Some(_) if first => vec![Kind::Running.into(), Kind::Stale.into()],
            Some(_) => vec![Kind::Stale.into()],
        }
    }

    /// A snapshot that serves several items may name only the one of the longest retention. Then nothing relates
    /// it to the frequency that is exported.
    fn allow_for_labels(&self, due_export: &DueExport, late: bool, answers: &mut Vec<Answer>) {
        let Some(snapshot) = due_export.snapshot.map(|place| &self.moment.cluster.snapshots[place]) else { return };
        if snapshot.label == due_export.frequency.name() {
            return;
        }
        let kinds: Vec<_> = answers.iter().map(|answer| answer.kind).collect();
        if kinds.contains(&Kind::Missing) || kinds.contains(&Kind::Failed) {
            answers.extend([Why::NoExport, Why::NoSnapshot].map(|why| Answer::because(Kind::Missing, why)));
        }
        if !late && (kinds.contains(&Kind::Running) || kinds.contains(&Kind::Missing)) {
            answers.push(Kind::NotDue.into());
        }
        // Without a job it is not known whether Atlas would export a snapshot of that label.
        if late && matches!(self.moment.status(due_export), ExportStatus::NoJob(_)) {
            answers.extend([Why::NoExport, Why::NoSnapshot].map(|why| Answer::because(Kind::Missing, why)));
        }
        // A deleted snapshot has no label.
        if !snapshot.is_listed(self.moment.at) {
            answers.extend(missing(Why::SnapshotGone));
        }
    }

    /// Manual exports of later snapshots count as well, and the jobs of deleted snapshots remain.
    fn allow_for_other_snapshots(&self, due: Time, answers: &mut Vec<Answer>) {
        let at = self.moment.at;
        for (job, snapshot) in self.moment.jobs(true).filter(|(_, snapshot)| snapshot.created >= due) {
            match job.state(at) {
                State::Queued | State::InProgress if !self.is_past(job.created, self.graces.run) => {
                    answers.push(Kind::Running.into());
                }
                State::Queued | State::InProgress => answers.push(Answer::because(Kind::Failed, Why::ExportStuck)),
                State::Failed => answers.push(Answer::because(Kind::Failed, Why::ExportFailed)),
                State::Cancelled => answers.push(Answer::because(Kind::Failed, Why::ExportCancelled)),
                State::Successful => {}
            }
            if !snapshot.is_listed(at) && answers.iter().any(|answer| answer.kind == Kind::Failed) {
                answers.extend([Why::SnapshotGone, Why::NoSnapshot].map(|why| Answer::because(Kind::Missing, why)));
            }
            if self.sources.markers && self.moment.marker(job) == Some(Marker::There) {
                answers.push(Kind::Proved.into());
            }
        }
        let elsewhere = self.moment.jobs(false).any(|(job, snapshot)| {
            snapshot.created >= due
                && Some(job.bucket.as_str()) != self.moment.wanted()
                && job.state(at) == State::Successful
        });
        if elsewhere && answers.iter().any(|answer| answer.kind.is_alarm()) {
            answers.push(Answer::because(Kind::Missing, Why::Elsewhere));
        }
    }

    /// Nothing was due under the policy in force.
    fn nothing_due_yet(&self, to: &ExportTo) -> Vec<Answer> {
        let mut answers = vec![Answer::from(Kind::NotDue)];
        if self.is_fresh(to) {
            answers.extend(self.arrived(to));
        }
        let bucket_born = self.moment.project.bucket(&to.bucket).map_or(Time::MIN, |bucket| bucket.registered);
        let limit = self.age_limit(to);
        let before_bucket = self.moment.jobs(false).any(|(job, snapshot)| {
            job.state(self.moment.at) == State::Successful
                && job.created < bucket_born
                && !self.is_past(snapshot.created, limit)
        });
        if before_bucket {
            answers.push(Kind::Reported.into());
        }
        self.allow_for_age(to, &mut answers);
        self.allow_for_policy_before(to, &mut answers);
        self.allow_for_hidden_change(&mut answers);
        // Jobs do not say who started them, so a manual export looks like that of the last due time of the calendar.
        if let Some(due) = self.moment.schedule().last_due(to, self.moment.at) {
            self.allow_for_other_snapshots(due, &mut answers);
        }
        let since = self.moment.policy_since().0;
        if !self.is_past(since, self.graces.snapshot + self.graces.start) {
            // A snapshot that was taken just before the policy looks as if its export were about to start.
            answers.push(Kind::Running.into());
        }
        answers
    }

    /// What went wrong under the policy before may be reported as well.
    fn allow_for_policy_before(&self, to: &ExportTo, answers: &mut Vec<Answer>) {
        if let Some(before) = self.moment.due_export_before_policy().filter(|before| !self.is_reported_since(before.at))
        {
            answers.extend(self.status_answers(before, to).into_iter().filter(|answer| answer.kind != Kind::NotDue));
            self.allow_for_other_snapshots(before.at, answers);
            answers.push(Kind::Stale.into());
        }
    }

    /// Nothing that can be read tells of a pause that is over, nor when a cluster was ready: what would have been due
    /// until then seems to be missing.
    fn allow_for_hidden_change(&self, answers: &mut Vec<Answer>) {
        if !self.moment.policy_since().1 {
            let why = [Why::NoSnapshot, Why::SnapshotGone, Why::Elsewhere];
            answers.extend(why.map(|why| Answer::because(Kind::Missing, why)));
            answers.push(Kind::Stale.into());
        }
    }

    /// Atlas reports the export as successful; the bucket may prove it.
    fn arrived(&self, to: &ExportTo) -> Vec<Answer> {
        let mut answers = Vec::new();
        let Some(reported) = self.moment.reported() else { return answers };
        let last = self.moment.due_exports().next_back();
        let since = last.map_or(self.moment.at - self.age_limit(to), |due_export| due_export.at).min(reported);
        let mut jobs: Vec<_> =
            self.moment.successful_jobs().filter(|(_, snapshot)| snapshot.created >= since).collect();
        jobs.sort_by_key(|(job, snapshot)| std::cmp::Reverse((snapshot.created, job.created)));
        for (job, _) in jobs {
            if !self.sources.markers {
                answers.push(Kind::Reported.into());
                continue;
            }
            let ended = job.ended.map_or(self.moment.at, |(end, _)| end);
            let early = !self.is_past(ended, self.graces.marker);
            answers.extend(match self.moment.marker(job) {
                None => vec![Answer::from(Kind::Reported)],
                Some(Marker::There) => vec![Kind::Proved.into()],
                Some(Marker::Absent) if early => vec![Kind::Running.into()],
                Some(Marker::Foreign) if early => {
                    vec![Answer::because(Kind::Missing, Why::MarkerForeign), Kind::Running.into()]
                }
                Some(Marker::Absent) => missing(Why::MarkerGone),
                Some(Marker::Foreign) => missing(Why::MarkerForeign),
            });
        }
        if self.is_past(reported, self.age_limit(to)) {
            answers.retain(|answer| !answer.kind.is_fine());
            answers.insert(0, Kind::Stale.into());
        }
        answers
    }
}

fn missing(why: Why) -> Vec<Answer> {
    vec![Answer::because(Kind::Missing, why)]
}
