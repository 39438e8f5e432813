//! The table of expected verdicts: from the facts of the world to what an honest auditor says.
//!
//! The first answer is the expected one; the others are as right, where the sources do not tell which it is.

use super::{
    answers::{Answer, Kind, Patience, Sources, Why},
    model::{Cloud, Duty, Marker, State, Tier},
    policy::{ExportTo, Frequency},
    time::{MINUTE, Time},
    truth::{Link, Moment},
};

/// What may be said of a cluster at a moment. Where a limit is reached within two minutes, both sides of it are right.
pub(crate) fn expected(moment: Moment<'_>, sources: Sources, patience: Patience) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    for slack in [0, -2 * MINUTE, 2 * MINUTE] {
        for answer in (Table { moment, sources, patience, slack }).answers() {
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
    patience: Patience,
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
                if self.moment.duties().next_back().is_some_and(|duty| self.is_told_since(duty.at)) {
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
        let patience = self.patience;
        patience.max_age.unwrap_or(to.frequency.period() + patience.snapshot + patience.start + patience.run)
    }

    fn is_past(&self, since: Time, limit: Time) -> bool {
        self.moment.at - since > limit + self.slack
    }

    fn is_told_since(&self, due: Time) -> bool {
        self.moment.told().is_some_and(|told| told >= due)
    }

    /// Whether what lies in the bucket by the service's word is young enough.
    fn is_fresh(&self, to: &ExportTo) -> bool {
        self.moment.told().is_some_and(|told| !self.is_past(told, self.age_limit(to)))
    }

    /// A paused cluster takes no snapshots. What it had to export before still counts.
    fn paused(&self, to: &ExportTo) -> Vec<Answer> {
        let mut answers = if self.is_fresh(to) { self.arrived(to) } else { vec![Kind::Stale.into()] };
        // The law has changed with the pause.
        let Some(last) = self.moment.duty_before_law() else { return answers };
        let same = last.bucket == to.bucket && last.frequency == to.frequency;
        if self.is_told_since(last.at) || !same {
            return answers;
        }
        let link = self.link_answers(last, to);
        match self.moment.link(last) {
            Link::JobFailed | Link::JobCancelled if !self.moment.is_edited_after(last.at) => {
                // The list of jobs shows it.
                answers = link;
                answers.push(Kind::Stale.into());
            }
            _ => answers.extend(link),
        }
        answers
    }

    fn running(&self, to: &'a ExportTo) -> Vec<Answer> {
        let mut duties = self.moment.duties().rev();
        let Some(last) = duties.next() else { return self.nothing_due_yet(to) };
        if self.is_told_since(last.at) {
            return self.arrived(to);
        }
        let mut answers = self.link_answers(last, to);
        let before = duties.next();
        if self.is_pending(last) {
            self.look_further_back(before, to, &mut answers);
        } else if let Some(before) = before.filter(|before| !self.is_told_since(before.at)) {
            answers.extend(self.link_answers(before, to).into_iter().filter(|answer| answer.kind.is_alarm()));
            answers.push(Kind::Stale.into());
        }
        if self.moment.duties().next().is_some_and(|first| first.at == last.at) {
            self.allow_for_hidden_change(&mut answers);
            self.allow_for_law_before(to, &mut answers);
        }
        self.allow_for_other_snapshots(last, &mut answers);
        if self.moment.is_edited_after(last.at) {
            // An edit that changed nothing looks like any other.
            answers.push(Kind::NotDue.into());
            let listed =
                last.snapshot.is_some_and(|place| self.moment.cluster.snapshots[place].is_listed(self.moment.at));
            let shows = listed && matches!(self.moment.link(last), Link::JobFailed | Link::JobCancelled);
            if self.is_fresh(to) && !shows {
                answers.extend(self.arrived(to));
            }
            self.allow_for_age(to, &mut answers);
        }
        answers
    }

    /// Whether the last due snapshot may still come.
    fn is_pending(&self, duty: &Duty) -> bool {
        matches!(
            self.moment.link(duty),
            Link::NoSnapshot | Link::SnapshotUnderWay | Link::SnapshotFailed | Link::SnapshotGone
        ) && !self.is_past(duty.at, self.patience.snapshot)
    }

    /// Patience with tonight's snapshot excuses nothing that was due before.
    fn look_further_back(&self, before: Option<&'a Duty>, to: &'a ExportTo, answers: &mut Vec<Answer>) {
        match before {
            Some(before) if !self.is_told_since(before.at) => {
                let older = self.link_answers(before, to);
                answers.extend(older.into_iter().filter(|answer| answer.kind != Kind::NotDue));
                answers.push(Kind::Stale.into());
                if !self.is_fresh(to) {
                    answers.retain(|answer| !matches!(answer.kind, Kind::NotDue | Kind::Running));
                }
                answers.sort_by_key(|answer| !answer.kind.is_alarm());
            }
            _ if self.moment.told().is_some() && !self.is_fresh(to) => answers.insert(0, Kind::Stale.into()),
            // The last snapshot that there is has arrived.
            _ if self.is_fresh(to) => answers.extend(self.arrived(to)),
            _ => {}
        }
    }

    /// Of an edit nobody can tell whether it changed what is due. That the newest export is old is true in any case.
    fn allow_for_age(&self, to: &ExportTo, answers: &mut Vec<Answer>) {
        if self.moment.told().is_some() && !self.is_fresh(to) {
            answers.push(Kind::Stale.into());
        }
    }

    /// What stands for one due snapshot that has not arrived.
    fn link_answers(&self, duty: &Duty, to: &ExportTo) -> Vec<Answer> {
        let patience = self.patience;
        let late = self.is_past(duty.at, patience.snapshot);
        let mut answers = match self.moment.link(duty) {
            Link::NoSnapshot | Link::SnapshotUnderWay | Link::SnapshotGone if !late => vec![Kind::NotDue.into()],
            Link::NoSnapshot => missing(Why::NoSnapshot),
            Link::SnapshotUnderWay => missing(Why::SnapshotLate),
            Link::SnapshotGone => {
                // Nothing is left that tells whether there ever was one.
                [Why::SnapshotGone, Why::NoSnapshot, Why::NoExport]
                    .map(|why| Answer::because(Kind::Missing, why))
                    .into()
            }
            Link::SnapshotFailed if !late => {
                vec![Kind::NotDue.into(), Answer::because(Kind::Missing, Why::SnapshotFailed)]
            }
            Link::SnapshotFailed => missing(Why::SnapshotFailed),
            Link::NotExportable => {
                let mut answers = missing(Why::NotExportable);
                if !self.is_past(duty.at, patience.snapshot + patience.start) {
                    answers.extend([Answer::from(Kind::Running), Kind::NotDue.into()]);
                }
                answers
            }
            Link::NoJob(since) if self.is_past(since, patience.start) => missing(Why::NoExport),
            Link::NoJob(_) => self.under_way(duty, to),
            Link::Elsewhere => [Why::Elsewhere, Why::NoExport].map(|why| Answer::because(Kind::Missing, why)).into(),
            Link::JobUnderWay(since) if self.is_past(since, patience.run) => {
                vec![Answer::because(Kind::Failed, Why::ExportStuck)]
            }
            Link::JobUnderWay(_) => self.under_way(duty, to),
            Link::JobFailed => vec![Answer::because(Kind::Failed, Why::ExportFailed)],
            Link::JobCancelled => vec![Answer::because(Kind::Failed, Why::ExportCancelled)],
            Link::Whole | Link::NotMarked(_) | Link::NothingDue => self.arrived(to),
        };
        self.allow_for_labels(duty, late, &mut answers);
        answers
    }

    /// While one snapshot is on its way, the one before has to be young enough.
    fn under_way(&self, duty: &Duty, to: &ExportTo) -> Vec<Answer> {
        let before = self.moment.duties().rev().find(|before| before.at < duty.at);
        let first = before.is_none_or(|before| self.moment.is_edited_after(before.at));
        match self.moment.told() {
            _ if self.is_fresh(to) => vec![Kind::Running.into()],
            None if first => vec![Kind::Running.into()],
            // Whether anything was due before can only be guessed.
            None => vec![Kind::Stale.into(), Kind::Running.into()],
            // Old, and nothing newer was due.
            Some(_) if first => vec![Kind::Running.into(), Kind::Stale.into()],
            Some(_) => vec![Kind::Stale.into()],
        }
    }

    /// A snapshot that serves several items may name only the one of the longest retention. Then nothing ties it to
    /// the frequency that is exported.
    fn allow_for_labels(&self, duty: &Duty, late: bool, answers: &mut Vec<Answer>) {
        let Some(snapshot) = duty.snapshot.map(|place| &self.moment.cluster.snapshots[place]) else { return };
        if snapshot.label == duty.frequency.name() {
            return;
        }
        let kinds: Vec<_> = answers.iter().map(|answer| answer.kind).collect();
        if kinds.contains(&Kind::Missing) || kinds.contains(&Kind::Failed) {
            answers.extend([Why::NoExport, Why::NoSnapshot].map(|why| Answer::because(Kind::Missing, why)));
        }
        if !late && (kinds.contains(&Kind::Running) || kinds.contains(&Kind::Missing)) {
            answers.push(Kind::NotDue.into());
        }
        // No export has begun, and what could be exported cannot be told from what could not.
        if late && matches!(self.moment.link(duty), Link::NoJob(_)) {
            answers.extend([Why::NoExport, Why::NoSnapshot].map(|why| Answer::because(Kind::Missing, why)));
        }
        // One that is deleted leaves no label behind.
        if !snapshot.is_listed(self.moment.at) {
            answers.extend(missing(Why::SnapshotGone));
        }
    }

    /// A later snapshot that somebody exports by hand may soon do as well; a snapshot that is gone leaves its job.
    fn allow_for_other_snapshots(&self, duty: &Duty, answers: &mut Vec<Answer>) {
        let at = self.moment.at;
        for (job, snapshot) in self.moment.jobs(true).filter(|(_, snapshot)| snapshot.created >= duty.at) {
            match job.state(at) {
                State::Queued | State::InProgress if !self.is_past(job.created, self.patience.run) => {
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
            snapshot.created >= duty.at
                && Some(job.bucket.as_str()) != self.moment.wanted()
                && job.state(at) == State::Successful
        });
        if elsewhere && answers.iter().any(|answer| answer.kind.is_alarm()) {
            answers.push(Answer::because(Kind::Missing, Why::Elsewhere));
        }
    }

    /// Nothing fell due under the law in force.
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
        self.allow_for_law_before(to, &mut answers);
        self.allow_for_hidden_change(&mut answers);
        let since = self.moment.law_since().0;
        if !self.is_past(since, self.patience.snapshot + self.patience.start) {
            // The snapshot of a minute ago may be taken for one that will be exported.
            answers.push(Kind::Running.into());
        }
        answers
    }

    /// What went wrong under the law before may be told of as well.
    fn allow_for_law_before(&self, to: &ExportTo, answers: &mut Vec<Answer>) {
        if let Some(before) = self.moment.duty_before_law().filter(|before| !self.is_told_since(before.at)) {
            answers.extend(self.link_answers(before, to).into_iter().filter(|answer| answer.kind != Kind::NotDue));
            self.allow_for_other_snapshots(before, answers);
            answers.push(Kind::Stale.into());
        }
    }

    /// No source tells of a pause that is over, nor when a cluster was ready: what would have been due until then
    /// seems to be missing.
    fn allow_for_hidden_change(&self, answers: &mut Vec<Answer>) {
        if !self.moment.law_since().1 {
            let why = [Why::NoSnapshot, Why::SnapshotGone, Why::Elsewhere];
            answers.extend(why.map(|why| Answer::because(Kind::Missing, why)));
            answers.push(Kind::Stale.into());
        }
    }

    /// The service says that it is there. The bucket proves it, or not.
    fn arrived(&self, to: &ExportTo) -> Vec<Answer> {
        let mut answers = Vec::new();
        let Some(told) = self.moment.told() else { return answers };
        let last = self.moment.duties().next_back();
        let since = last.map_or(self.moment.at - self.age_limit(to), |duty| duty.at).min(told);
        let mut jobs: Vec<_> = self.moment.told_jobs().filter(|(_, snapshot)| snapshot.created >= since).collect();
        jobs.sort_by_key(|(job, snapshot)| std::cmp::Reverse((snapshot.created, job.created)));
        for (job, _) in jobs {
            if !self.sources.markers {
                answers.push(Kind::Reported.into());
                continue;
            }
            let ended = job.ended.map_or(self.moment.at, |(end, _)| end);
            let early = !self.is_past(ended, self.patience.marker);
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
        if self.is_past(told, self.age_limit(to)) {
            answers.retain(|answer| !answer.kind.is_fine());
            answers.insert(0, Kind::Stale.into());
        }
        answers
    }
}

fn missing(why: Why) -> Vec<Answer> {
    vec![Answer::because(Kind::Missing, why)]
}
