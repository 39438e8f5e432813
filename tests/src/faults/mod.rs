//! The faults that are to come, and how they strike.

pub(crate) mod broken;
pub(crate) mod fault;

use std::sync::Mutex;

use serde_json::{Value, json};

use crate::{Fault, lock::lock};

/// Where on its way a request is when faults may hit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    BeforeAuth,
    Authenticated,
    /// At an OAuth endpoint, where only those faults hit that are meant for it or for everything.
    Token,
}

impl Stage {
    fn suits(self, fault: &Fault) -> bool {
        match self {
            Self::BeforeAuth => fault.before_auth,
            Self::Authenticated => !fault.before_auth,
            Self::Token => fault.before_auth || fault.path.is_some(),
        }
    }
}

/// The faults that are still to come.
#[derive(Debug)]
pub(crate) struct Faults {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    pending: Vec<Fault>,
    /// Its own, so that nothing but matching requests moves it.
    random: fastrand::Rng,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: Mutex::new(State { pending: Vec::new(), random: fastrand::Rng::with_seed(seed) }) }
    }

    pub(crate) fn add(&self, fault: Fault) {
        lock(&self.state).pending.push(fault);
    }

    pub(crate) fn clear(&self) {
        lock(&self.state).pending.clear();
    }

    pub(crate) fn pending(&self) -> usize {
        lock(&self.state).pending.len()
    }

    /// The fault that hits this request, if any; all that match count it.
    pub(crate) fn strike(&self, stage: Stage, method: &str, path: &str) -> Option<Fault> {
        let mut state = lock(&self.state);
        let State { pending, random } = &mut *state;
        let mut hit = None;
        for (at, fault) in pending.iter_mut().enumerate() {
            if !stage.suits(fault) || !fault.fits(method, path) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if hit.is_none() && (fault.probability >= 1.0 || random.f64() < fault.probability) {
                fault.times = if fault.times == u64::MAX { u64::MAX } else { fault.times.saturating_sub(1) };
                hit = Some((at, fault.clone()));
            }
        }
        let (at, fault) = hit?;
        if fault.times == 0 {
            pending.remove(at);
        }
        Some(fault)
    }
}

/// Gives a member of a document a value of another type; a path that leads nowhere changes nothing.
pub(crate) fn spoil(document: &mut Value, path: &str) {
    let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut place = document;
    for step in parents.split('.').filter(|step| !step.is_empty()) {
        let Some(next) = step_into(place, step) else {
            return;
        };
        place = next;
    }
    let spoilt = |value: Option<&Value>| match value {
        Some(Value::Object(_) | Value::Array(_)) => json!("unexpected"),
        _ => json!({"unexpected": true}),
    };
    match place {
        Value::Object(members) => {
            let value = spoilt(members.get(last));
            members.insert(last.to_owned(), value);
        }
        other => {
            if let Some(value) = step_into(other, last) {
                *value = spoilt(Some(value));
            }
        }
    }
}

fn step_into<'a>(place: &'a mut Value, step: &str) -> Option<&'a mut Value> {
    match place {
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        other => other.get_mut(step),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(faults: &Faults, calls: usize) -> Vec<bool> {
        (0..calls).map(|_| faults.strike(Stage::Authenticated, "GET", "/api/atlas/v1.0/groups/a").is_some()).collect()
    }

    #[test]
    fn a_fault_hits_the_next_request_once() {
        let faults = Faults::new(1);
        faults.add(Fault::empty_503());
        assert_eq!(hits(&faults, 3), [true, false, false]);
        assert_eq!(faults.pending(), 0);
    }

    #[test]
    fn nth_and_times_count_matching_requests() {
        let faults = Faults::new(1);
        faults.add(Fault::empty_503().on("GET", "/groups/*").nth(2).times(2));
        faults.add(Fault::empty_503().on("POST", "/groups/*"));
        faults.add(Fault::empty_503().before_auth());
        assert_eq!(hits(&faults, 4), [false, true, true, false]);
        assert_eq!(faults.pending(), 2);
    }

    #[test]
    fn faults_queue_up_behind_each_other() {
        let faults = Faults::new(1);
        faults.add(Fault::empty_503());
        faults.add(Fault::html_502());
        assert_eq!(hits(&faults, 3), [true, true, false]);
    }

    #[test]
    fn chance_follows_the_seed() {
        let draw = || {
            let faults = Faults::new(1);
            faults.add(Fault::empty_503().always().with_probability(0.5));
            hits(&faults, 100)
        };
        assert_eq!(draw(), draw());
        let hit = draw().into_iter().filter(|hit| *hit).count();
        assert!((30..70).contains(&hit), "{hit}");
    }

    #[test]
    fn a_spoilt_member_has_another_type() {
        let mut document = json!({"a": {"b": 1}, "c": [{"d": "x"}]});
        spoil(&mut document, "a.b");
        spoil(&mut document, "c.0.d");
        spoil(&mut document, "c");
        spoil(&mut document, "nowhere.b");
        assert_eq!(document, json!({"a": {"b": {"unexpected": true}}, "c": "unexpected"}));
    }
}
