//! Who fetches the challenge, who waits for it, and when it is not reused.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use super::challenge::Challenge;
use crate::transport::Failure;

/// So many refusals of young challenges in a row mean that this server, or one behind the same name, takes none twice.
const MOST_REFUSALS: u8 = 3;

/// How long challenges are then not reused.
const SUSPENSION: Duration = Duration::from_secs(600);

/// The challenge that all calls of a client share.
#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    known: Known,
    refusals: u8,
    suspended_until: Option<Instant>,
}

#[derive(Debug, Default)]
enum Known {
    /// Nothing: the next call fetches.
    #[default]
    Nothing,
    /// Some call fetches.
    Fetching(watch::Receiver<Option<Outcome>>),
    /// The challenge to answer.
    Challenge(Arc<Challenge>),
    /// The server served a request without any authentication.
    Open,
}

/// How a fetch ended, for those who waited.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    /// It is known now what the server asks for: a challenge, or no authentication at all.
    Understood,
    /// With an answer that says nothing of the challenge; each call tries by itself.
    Unclear,
    /// Without an answer, which is the answer for all who waited.
    Failed(Failure),
}

/// What a call does next.
pub(super) enum Turn<'a> {
    /// It answers this challenge.
    Answer(Arc<Challenge>),
    /// It fetches a challenge, and the others wait for it.
    Fetch(Ticket<'a>),
    /// It goes by itself.
    Alone,
    /// The server could not be reached by the call that this one waited for.
    Failed(Failure),
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn turn(&self) -> Turn<'_> {
        loop {
            let mut fetch = match self.lock().turn() {
                Next::Answer(challenge) => return Turn::Answer(challenge),
                Next::Alone => return Turn::Alone,
                Next::Fetch(outcome) => return Turn::Fetch(Ticket { shared: self, outcome }),
                Next::Wait(fetch) => fetch,
            };
            // An error means that the fetching call was dropped: whoever comes first fetches next.
            if let Ok(outcome) = fetch.wait_for(Option::is_some).await {
                match outcome.clone() {
                    Some(Outcome::Failed(failure)) => return Turn::Failed(failure),
                    Some(Outcome::Unclear) => return Turn::Alone,
                    Some(Outcome::Understood) | None => {}
                }
            }
        }
    }

    /// A server took the answer to a challenge: to `warm`, or to the one that was `learnt` instead.
    pub(super) fn accepted(&self, warm: Option<&Arc<Challenge>>, learnt: Option<Arc<Challenge>>) {
        let mut state = self.lock();
        match (warm, learnt) {
            (_, None) => state.refusals = if warm.is_some() { 0 } else { state.refusals },
            (warm, Some(learnt)) => {
                if warm.is_some_and(|warm| warm.take_refused()) {
                    state.count_refusal();
                }
                state.keep(learnt);
            }
        }
    }

    /// A challenge was answered, and nothing came of it yet.
    pub(super) fn keep(&self, learnt: Arc<Challenge>) {
        self.lock().keep(learnt);
    }

    /// A server refused the answer to a challenge that should have been good.
    pub(super) fn refused(&self, challenge: &Arc<Challenge>) {
        let mut state = self.lock();
        if matches!(&state.known, Known::Challenge(known) if Arc::ptr_eq(known, challenge)) {
            state.known = Known::Nothing;
            challenge.mark_refused();
        }
    }
}

/// [`Turn`] as it is known under the lock.
enum Next {
    Answer(Arc<Challenge>),
    Fetch(watch::Sender<Option<Outcome>>),
    Alone,
    Wait(watch::Receiver<Option<Outcome>>),
}

impl State {
    fn turn(&mut self) -> Next {
        match &self.known {
            Known::Challenge(challenge) if challenge.promise() => return Next::Answer(challenge.clone()),
            Known::Open => return Next::Alone,
            // A sender that is gone settled nothing: this call takes its place.
            Known::Fetching(fetch) if fetch.has_changed().is_ok() => return Next::Wait(fetch.clone()),
            Known::Nothing | Known::Challenge(_) | Known::Fetching(_) => {}
        }
        if self.is_suspended() {
            return Next::Alone;
        }
        let (sender, receiver) = watch::channel(None);
        self.known = Known::Fetching(receiver);
        Next::Fetch(sender)
    }

    fn is_suspended(&self) -> bool {
        self.suspended_until.is_some_and(|until| Instant::now() < until)
    }

    fn keep(&mut self, learnt: Arc<Challenge>) {
        let replaces = match &self.known {
            // The counter of a nonce that came twice goes on.
            Known::Challenge(known) => !known.is_usable() && !known.is_same_nonce(&learnt),
            Known::Nothing | Known::Fetching(_) | Known::Open => true,
        };
        if replaces && !self.is_suspended() {
            self.known = Known::Challenge(learnt);
        }
    }

    fn count_refusal(&mut self) {
        self.refusals += 1;
        if self.refusals >= MOST_REFUSALS {
            self.refusals = 0;
            self.suspended_until = Some(Instant::now() + SUSPENSION);
            tracing::warn!(
                refusals = MOST_REFUSALS,
                seconds = SUSPENSION.as_secs(),
                "the server refuses digest challenges that were answered before; each call fetches its own for a while"
            );
        }
    }
}

/// The right, and the duty, to fetch the challenge for all who wait.
pub(super) struct Ticket<'a> {
    shared: &'a Shared,
    outcome: watch::Sender<Option<Outcome>>,
}

impl Ticket<'_> {
    pub(super) fn settle(self, outcome: Outcome) {
        {
            let mut state = self.shared.lock();
            if matches!(state.known, Known::Fetching(_)) {
                state.known = if matches!(outcome, Outcome::Understood) { Known::Open } else { Known::Nothing };
            }
        }
        self.outcome.send_replace(Some(outcome));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_that_start_together_do_not_answer_one_challenge_more_often_than_a_server_counts() {
        let shared = Shared::default();
        let challenge = Challenge::parse(r#"Digest realm="r", nonce="n", qop="auth""#).unwrap();
        shared.keep(Arc::new(challenge.counted_once()));
        // None of them has answered yet.
        let mut promised = 0;
        while let Turn::Answer(_) = shared.turn().await {
            promised += 1;
            assert!(promised < 1_024, "the server refuses the rest");
        }
        assert_eq!(promised, 999);
    }
}
