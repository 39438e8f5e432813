//! The course of states that a job goes through.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::seconds;

/// The states that a job goes through, by poll or by time.
///
/// ```
/// use std::time::Duration;
/// use atlas_exports_testing::Script;
///
/// let by_poll = Script::per_poll(["Queued", "InProgress", "InProgress", "Successful"]);
/// let by_time = Script::timed([("Queued", 0), ("InProgress", 30), ("Failed", 90)]);
/// let unknown_end = Script::per_poll(["InProgress", "Archived"]).finished();
/// # let _ = (by_poll, by_time, unknown_end, Script::staying("Queued"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ScriptDocument", into = "ScriptDocument")]
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    state: String,
    /// Age of the job at which it begins; zero when polls advance the job.
    #[serde(rename = "after", with = "seconds")]
    from: Duration,
}

/// A script in JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptDocument {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    per_poll: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timed: Option<Vec<Step>>,
    #[serde(default)]
    finished: bool,
}

impl TryFrom<ScriptDocument> for Script {
    type Error = &'static str;

    fn try_from(document: ScriptDocument) -> Result<Self, Self::Error> {
        let script = match (document.per_poll, document.timed) {
            (Some(states), None) => Self::per_poll(states),
            (None, Some(steps)) => Self::timed_exactly(steps.into_iter().map(|step| (step.state, step.from))),
            _ => return Err("a script has either per_poll or timed"),
        };
        if script.steps.is_empty() {
            return Err("a script has at least one state");
        }
        Ok(Self { finishes: document.finished, ..script })
    }
}

impl From<Script> for ScriptDocument {
    fn from(script: Script) -> Self {
        let (per_poll, timed) = match script.pace {
            Pace::Polls => (Some(script.steps.into_iter().map(|step| step.state).collect()), None),
            Pace::Time => (None, Some(script.steps)),
        };
        Self { per_poll, timed, finished: script.finishes }
    }
}

/// The position of a job in its script.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Position<'a> {
    pub(crate) state: &'a str,
    pub(crate) finished: bool,
    /// Age of the job at which the state began; `None` when polls advance the job.
    pub(crate) since: Option<Duration>,
    /// The share of the work that is done, from 0 to 1.
    pub(crate) done: f64,
}

impl Script {
    /// Advances with each request for the job itself; the last state stays. Lists show the state without advancing it.
    #[must_use]
    pub fn per_poll<T: Into<String>>(states: impl IntoIterator<Item = T>) -> Self {
        let steps = states.into_iter().map(|state| Step { state: state.into(), from: Duration::ZERO }).collect();
        Self { pace: Pace::Polls, steps, finishes: false }
    }

    /// Begins each state the given number of seconds (of tokio's time) after the creation of the job; the last state stays.
    #[must_use]
    pub fn timed<T: Into<String>>(states: impl IntoIterator<Item = (T, u64)>) -> Self {
        Self::timed_exactly(states.into_iter().map(|(state, seconds)| (state, Duration::from_secs(seconds))))
    }

    /// Does what [`Script::timed`] does, with exact durations.
    #[must_use]
    pub fn timed_exactly<T: Into<String>>(states: impl IntoIterator<Item = (T, Duration)>) -> Self {
        let mut steps: Vec<_> = states.into_iter().map(|(state, from)| Step { state: state.into(), from }).collect();
        steps.sort_by_key(|step| step.from);
        Self { pace: Pace::Time, steps, finishes: false }
    }

    /// Stays in one state.
    #[must_use]
    pub fn staying(state: &str) -> Self {
        Self::per_poll([state])
    }

    /// Makes the last state a final one, whatever its name: the job has a `finishedAt` from then on.
    #[must_use]
    pub fn finished(mut self) -> Self {
        self.finishes = true;
        self
    }

    /// The position of a job of this age after this many polls.
    pub(crate) fn position(&self, polls: u32, age: Duration) -> Position<'_> {
        let last = self.steps.len().saturating_sub(1);
        let (at, since) = match self.pace {
            Pace::Polls => ((polls as usize).saturating_sub(1).min(last), None),
            Pace::Time => {
                let at = self.steps.partition_point(|step| step.from <= age).saturating_sub(1);
                (at, self.steps.get(at).map(|step| step.from))
            }
        };
        let state = self.steps.get(at).map_or("Queued", |step| step.state.as_str());
        let finished = is_final(state) || (self.finishes && at == last);
        Position { state, finished, since, done: self.done(at, age) }
    }

    /// Work begins with the first state that is not `Queued` and ends with the first final one.
    fn done(&self, at: usize, age: Duration) -> f64 {
        let begin = self.steps.iter().position(|step| !step.state.eq_ignore_ascii_case("Queued")).unwrap_or(at + 1);
        let end = self.steps.iter().position(|step| is_final(&step.state)).unwrap_or(self.steps.len());
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

/// Whether Atlas documents the state as a final one.
pub(crate) fn is_final(state: &str) -> bool {
    ["Successful", "Failed", "Cancelled"].iter().any(|end| end.eq_ignore_ascii_case(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(script: &Script, polls: u32) -> Vec<&str> {
        (1..=polls).map(|polls| script.position(polls, Duration::ZERO).state).collect()
    }

    #[test]
    fn polls_advance_a_job_and_the_last_state_stays() {
        let script = Script::per_poll(["Queued", "InProgress", "Successful"]);
        assert_eq!(states(&script, 5), ["Queued", "InProgress", "Successful", "Successful", "Successful"]);
        assert_eq!(script.position(0, Duration::ZERO).state, "Queued", "before the first poll");
    }

    #[test]
    fn time_advances_a_job() {
        let script = Script::timed([("Queued", 0), ("InProgress", 30), ("Successful", 90)]);
        let at = |seconds| script.position(7, Duration::from_secs(seconds));
        assert_eq!((at(0).state, at(29).state), ("Queued", "Queued"));
        assert_eq!((at(30).state, at(30).done), ("InProgress", 0.0));
        assert_eq!((at(60).state, at(60).done), ("InProgress", 0.5));
        assert_eq!((at(90).state, at(90).done, at(90).finished), ("Successful", 1.0, true));
        assert_eq!(at(1000).since, Some(Duration::from_secs(90)));
    }

    #[test]
    fn the_share_of_work_never_decreases() {
        let script = Script::per_poll(["Queued", "InProgress", "InProgress", "InProgress", "Successful"]);
        let done: Vec<_> = (1..=6).map(|polls| script.position(polls, Duration::ZERO).done).collect();
        assert_eq!(done, [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]);
    }

    #[test]
    fn an_unknown_state_is_final_only_on_request() {
        let open = Script::per_poll(["InProgress", "Archived"]);
        assert!(!open.position(2, Duration::ZERO).finished);
        let ended = open.finished();
        assert!(!ended.position(1, Duration::ZERO).finished);
        assert!(ended.position(2, Duration::ZERO).finished);
    }
}
