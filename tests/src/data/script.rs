//! How a job moves from state to state.

use std::time::Duration;

/// The states that a job goes through, by polls or by time.
///
/// ```
/// use std::time::Duration;
/// use atlas_exports_testing::Script;
///
/// let by_polls = Script::per_poll(["Queued", "InProgress", "InProgress", "Successful"]);
/// let by_time = Script::timed([("Queued", 0), ("InProgress", 30), ("Failed", 90)]);
/// let ended_oddly = Script::per_poll(["InProgress", "Evaporated"]).finished();
/// # let _ = (by_polls, by_time, ended_oddly, Script::staying("Queued"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pace: Pace,
    steps: Vec<Step>,
    finishes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    Polls,
    Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    state: String,
    /// Since the job's creation; by polls it is always zero.
    from: Duration,
}

/// Where a job stands in its script.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standing<'a> {
    pub(crate) state: &'a str,
    pub(crate) finished: bool,
    /// Age of the job when this state began; `None` by polls, where only the job knows.
    pub(crate) since: Option<Duration>,
    /// How much of the work is done, from 0 to 1.
    pub(crate) done: f64,
}

impl Script {
    /// Each answer about the single job shows the next state; the last one stays. A list shows the state without moving
    /// it.
    #[must_use]
    pub fn per_poll<T: Into<String>>(states: impl IntoIterator<Item = T>) -> Self {
        let steps = states.into_iter().map(|state| Step { state: state.into(), from: Duration::ZERO }).collect();
        Self { pace: Pace::Polls, steps, finishes: false }
    }

    /// Each state begins so many seconds (tokio's time) after the job's creation; the last one stays.
    #[must_use]
    pub fn timed<T: Into<String>>(states: impl IntoIterator<Item = (T, u64)>) -> Self {
        Self::timed_exactly(states.into_iter().map(|(state, seconds)| (state, Duration::from_secs(seconds))))
    }

    /// As [`Script::timed`], to the nanosecond.
    #[must_use]
    pub fn timed_exactly<T: Into<String>>(states: impl IntoIterator<Item = (T, Duration)>) -> Self {
        let mut steps: Vec<_> = states.into_iter().map(|(state, from)| Step { state: state.into(), from }).collect();
        steps.sort_by_key(|step| step.from);
        Self { pace: Pace::Time, steps, finishes: false }
    }

    /// One state for ever.
    #[must_use]
    pub fn staying(state: &str) -> Self {
        Self::per_poll([state])
    }

    /// The last state is an end, whatever it is called: the job has a `finishedAt` from then on.
    #[must_use]
    pub fn finished(mut self) -> Self {
        self.finishes = true;
        self
    }

    /// Where a job of this age stands after so many polls.
    pub(crate) fn standing(&self, polls: u32, age: Duration) -> Standing<'_> {
        let last = self.steps.len().saturating_sub(1);
        let (at, since) = match self.pace {
            Pace::Polls => ((polls as usize).saturating_sub(1).min(last), None),
            Pace::Time => {
                let at = self.steps.partition_point(|step| step.from <= age).saturating_sub(1);
                (at, self.steps.get(at).map(|step| step.from))
            }
        };
        let state = self.steps.get(at).map_or("Queued", |step| step.state.as_str());
        let finished = is_terminal(state) || (self.finishes && at == last);
        Standing { state, finished, since, done: self.done(at, age) }
    }

    /// Work begins with the first state that is not `Queued` and ends with the first end.
    fn done(&self, at: usize, age: Duration) -> f64 {
        let begin = self.steps.iter().position(|step| !step.state.eq_ignore_ascii_case("Queued")).unwrap_or(at + 1);
        let end = self.steps.iter().position(|step| is_terminal(&step.state)).unwrap_or(self.steps.len());
        if at < begin {
            return 0.0;
        }
        if at >= end {
            let successful = self.steps.get(at).is_some_and(|step| step.state.eq_ignore_ascii_case("Successful"));
            return if successful { 1.0 } else { 0.5 };
        }
        let times = (self.steps.get(begin), self.steps.get(end));
        match (self.pace, times) {
            (Pace::Time, (Some(begin), Some(end))) if end.from > begin.from => {
                age.saturating_sub(begin.from).as_secs_f64() / (end.from - begin.from).as_secs_f64()
            }
            _ => (at + 1 - begin) as f64 / (end + 1 - begin) as f64,
        }
    }
}

impl Default for Script {
    /// `Queued`, two seconds later `InProgress`, and `Successful` after ten.
    fn default() -> Self {
        Self::timed([("Queued", 0), ("InProgress", 2), ("Successful", 10)])
    }
}

/// Whether Atlas's documentation calls the state an end.
pub(crate) fn is_terminal(state: &str) -> bool {
    ["Successful", "Failed", "Cancelled"].iter().any(|end| end.eq_ignore_ascii_case(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(script: &Script, polls: u32) -> Vec<&str> {
        (1..=polls).map(|polls| script.standing(polls, Duration::ZERO).state).collect()
    }

    #[test]
    fn polls_move_a_job_and_the_last_state_stays() {
        let script = Script::per_poll(["Queued", "InProgress", "Successful"]);
        assert_eq!(states(&script, 5), ["Queued", "InProgress", "Successful", "Successful", "Successful"]);
        assert_eq!(script.standing(0, Duration::ZERO).state, "Queued", "before the first poll");
    }

    #[test]
    fn time_moves_a_job() {
        let script = Script::timed([("Queued", 0), ("InProgress", 30), ("Successful", 90)]);
        let at = |seconds| script.standing(7, Duration::from_secs(seconds));
        assert_eq!((at(0).state, at(29).state), ("Queued", "Queued"));
        assert_eq!((at(30).state, at(30).done), ("InProgress", 0.0));
        assert_eq!((at(60).state, at(60).done), ("InProgress", 0.5));
        assert_eq!((at(90).state, at(90).done, at(90).finished), ("Successful", 1.0, true));
        assert_eq!(at(1000).since, Some(Duration::from_secs(90)));
    }

    #[test]
    fn work_never_goes_back() {
        let script = Script::per_poll(["Queued", "InProgress", "InProgress", "InProgress", "Successful"]);
        let done: Vec<_> = (1..=6).map(|polls| script.standing(polls, Duration::ZERO).done).collect();
        assert_eq!(done, [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]);
    }

    #[test]
    fn an_unknown_state_ends_only_when_told() {
        let open = Script::per_poll(["InProgress", "Evaporated"]);
        assert!(!open.standing(2, Duration::ZERO).finished);
        let ended = open.finished();
        assert!(!ended.standing(1, Duration::ZERO).finished);
        assert!(ended.standing(2, Duration::ZERO).finished);
    }
}
