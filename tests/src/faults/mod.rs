//! Faults: which requests they affect, and what they do.

pub(crate) mod corrupt;
pub(crate) mod effect;
pub(crate) mod fault;
pub(crate) mod interrupted_body;
pub(crate) mod reset_switch;

use std::sync::Mutex;

use crate::{Fault, lock::lock};

/// The stage of a request at which faults are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    BeforeAuth,
    Authenticated,
    /// At an OAuth endpoint, where only faults with a path, or for before authentication, apply.
    Token,
}

impl Stage {
    fn accepts(self, fault: &Fault) -> bool {
        match self {
            Self::BeforeAuth => fault.before_auth,
            Self::Authenticated => !fault.before_auth,
            Self::Token => fault.before_auth || fault.path.is_some(),
        }
    }
}

/// The faults that have not run out.
#[derive(Debug)]
pub(crate) struct FaultQueue {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    pending: Vec<Fault>,
    /// Only matching requests draw from it, so that the same ones are affected in each run.
    random: fastrand::Rng,
}

impl FaultQueue {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: Mutex::new(State { pending: Vec::new(), random: fastrand::Rng::with_seed(seed) }) }
    }

    pub(crate) fn add(&self, fault: Fault) {
        lock(&self.state).pending.push(fault);
    }

    pub(crate) fn clear(&self) {
        lock(&self.state).pending.clear();
    }

    pub(crate) fn pending(&self) -> Vec<Fault> {
        lock(&self.state).pending.clone()
    }

    /// Takes the first fault that affects the request. All that match count the request.
    pub(crate) fn take_match(&self, stage: Stage, method: &str, path: &str) -> Option<Fault> {
        let mut state = lock(&self.state);
        let State { pending, random } = &mut *state;
        let mut found = None;
        for (at, fault) in pending.iter_mut().enumerate() {
            if !stage.accepts(fault) || !fault.matches(method, path) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if found.is_none() && (fault.probability >= 1.0 || random.f64() < fault.probability) {
                found = Some((at, fault.clone()));
            }
        }
        let (at, fault) = found?;
        match (fault.times.after_one(), pending.get_mut(at)) {
            (Some(times), Some(pending)) => pending.times = times,
            _ => drop(pending.remove(at)),
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(faults: &FaultQueue, calls: usize) -> Vec<bool> {
        (0..calls)
            .map(|_| faults.take_match(Stage::Authenticated, "GET", "/api/atlas/v1.0/groups/a").is_some())
            .collect()
    }

    #[test]
    fn a_fault_affects_the_next_request_once() {
        let faults = FaultQueue::new(1);
        faults.add(Fault::empty_503());
        assert_eq!(hits(&faults, 3), [true, false, false]);
        assert_eq!(faults.pending().len(), 0);
    }

    #[test]
    fn nth_and_times_count_matching_requests() {
        let faults = FaultQueue::new(1);
        faults.add(Fault::empty_503().on("GET", "/groups/*").nth(2).times(2));
        faults.add(Fault::empty_503().on("POST", "/groups/*"));
        faults.add(Fault::empty_503().before_auth());
        assert_eq!(hits(&faults, 4), [false, true, true, false]);
        assert_eq!(faults.pending().len(), 2);
    }

    #[test]
    fn faults_of_the_same_requests_queue_up() {
        let faults = FaultQueue::new(1);
        faults.add(Fault::empty_503());
        faults.add(Fault::html_502());
        assert_eq!(hits(&faults, 3), [true, true, false]);
    }

    #[test]
    fn probability_follows_the_seed() {
        let draw = || {
            let faults = FaultQueue::new(1);
            faults.add(Fault::empty_503().always().with_probability(0.5));
            hits(&faults, 100)
        };
        assert_eq!(draw(), draw());
        let hit = draw().into_iter().filter(|hit| *hit).count();
        assert!((30..70).contains(&hit), "{hit}");
    }
}
