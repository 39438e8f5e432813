//! Who fetches the challenge, who waits for it, and when it is not reused.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::challenge::Challenge;
use crate::{
    Error,
    auth::single_flight::{self, Decision, SingleFlight},
};

/// So many refusals of young challenges in a row mean that this server, or one behind the same name, takes none twice.
const MAX_REFUSALS: u8 = 3;

/// How long challenges are then not reused.
const SUSPENSION: Duration = Duration::from_secs(600);

/// The challenge that all calls of a client share.
#[derive(Debug, Default)]
pub(super) struct SharedChallenge(SingleFlight<State, Outcome>);

#[derive(Debug, Default)]
struct State {
    known: Requirement,
    refusals: u8,
    suspended_until: Option<Instant>,
}

/// What the server requires.
#[derive(Debug, Default)]
enum Requirement {
    /// Not known: the next call fetches.
    #[default]
    Unknown,
    /// The challenge to answer.
    Challenge(Arc<Challenge>),
    /// The server responded to a request without any authentication.
    None,
}

/// How a fetch ended, for those who waited.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    /// It is known now what the server asks for: a challenge, or no authentication at all.
    Understood,
    /// With a response that says nothing of the challenge; each call tries by itself.
    Unclear,
    /// Without a response, which is the error of all who waited.
    Failed(Error),
}

/// What a call does next.
pub(super) enum Acquire<'a> {
    /// It answers this challenge.
    Answer(Arc<Challenge>),
    /// It fetches a challenge, and the others wait for it.
    Fetch(FetchGuard<'a>),
    /// It sends its request without waiting for anybody.
    Alone,
    /// The server could not be reached by the call that this one waited for.
    Failed(Error),
}

/// The right, and the duty, to fetch the challenge for all who wait.
pub(super) struct FetchGuard<'a>(single_flight::FetchGuard<'a, State, Outcome>);

impl SharedChallenge {
    pub(super) async fn acquire(&self) -> Acquire<'_> {
        loop {
            return match self.0.acquire(State::decide).await {
                single_flight::Acquire::Ready(Some(challenge)) => Acquire::Answer(challenge),
                single_flight::Acquire::Ready(None) => Acquire::Alone,
                single_flight::Acquire::Work(guard, ()) => Acquire::Fetch(FetchGuard(guard)),
                single_flight::Acquire::Finished(Outcome::Failed(error)) => Acquire::Failed(error),
                single_flight::Acquire::Finished(Outcome::Unclear) => Acquire::Alone,
                single_flight::Acquire::Finished(Outcome::Understood) => continue,
            };
        }
    }

    /// Records that a server accepted the answer to a challenge: to `warm`, or to the one that was `fetched` instead.
    pub(super) fn accepted(&self, warm: Option<&Arc<Challenge>>, fetched: Option<Arc<Challenge>>) {
        self.0.with(|state| match (warm, fetched) {
            (_, None) => state.refusals = if warm.is_some() { 0 } else { state.refusals },
            (warm, Some(fetched)) => {
                if warm.is_some_and(|warm| warm.take_refused()) {
                    state.count_refusal();
                }
                state.keep(fetched);
            }
        });
    }

    /// Keeps a challenge that was answered, though nothing came of it yet.
    pub(super) fn keep(&self, fetched: Arc<Challenge>) {
        self.0.with(|state| state.keep(fetched));
    }

    /// Keeps the challenge that came with the response to an answer, for the next request.
    pub(super) fn advance(&self, answered: &Arc<Challenge>, next: Challenge) {
        self.0.with(|state| {
            let replaces = match &state.known {
                Requirement::Challenge(known) => Arc::ptr_eq(known, answered),
                Requirement::Unknown => true,
                Requirement::None => false,
            };
            if replaces {
                state.known = Requirement::Challenge(Arc::new(next));
            }
        });
    }

    /// Records that a server refused the answer to a challenge that should have been good.
    pub(super) fn refused(&self, challenge: &Arc<Challenge>) {
        self.0.with(|state| {
            if matches!(&state.known, Requirement::Challenge(known) if Arc::ptr_eq(known, challenge)) {
                state.known = Requirement::Unknown;
                challenge.mark_refused();
            }
        });
    }
}

impl State {
    /// Decides which challenge to answer; with `None`, to go alone.
    fn decide(&mut self, is_fetching: bool) -> Decision<Option<Arc<Challenge>>, ()> {
        match &self.known {
            Requirement::Challenge(challenge) if challenge.reserve_nonce_count() => {
                Decision::Ready(Some(challenge.clone()))
            }
            Requirement::None => Decision::Ready(None),
            Requirement::Unknown | Requirement::Challenge(_) if is_fetching => Decision::Join(()),
            Requirement::Unknown | Requirement::Challenge(_) if self.is_suspended() => Decision::Ready(None),
            Requirement::Unknown | Requirement::Challenge(_) => {
                self.known = Requirement::Unknown;
                Decision::Join(())
            }
        }
    }

    fn is_suspended(&self) -> bool {
        self.suspended_until.is_some_and(|until| Instant::now() < until)
    }

    fn keep(&mut self, fetched: Arc<Challenge>) {
        let replaces = match &self.known {
            // The counter of a nonce that came twice goes on.
            Requirement::Challenge(known) => !known.is_usable() && !known.is_same_nonce(&fetched),
            Requirement::Unknown | Requirement::None => true,
        };
        if replaces && !self.is_suspended() {
            self.known = Requirement::Challenge(fetched);
        }
    }

    fn count_refusal(&mut self) {
        self.refusals += 1;
        if self.refusals >= MAX_REFUSALS {
            self.refusals = 0;
            self.suspended_until = Some(Instant::now() + SUSPENSION);
            tracing::warn!(
                refusals = MAX_REFUSALS,
                seconds = SUSPENSION.as_secs(),
                "the server refuses challenges that were answered before; each call fetches its own for a while"
            );
        }
    }
}

impl FetchGuard<'_> {
    pub(super) fn complete(self, outcome: Outcome) {
        self.0.complete(|state| {
            if matches!((&state.known, &outcome), (Requirement::Unknown, Outcome::Understood)) {
                state.known = Requirement::None;
            }
            outcome
        });
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};

    use super::*;

    fn challenge(nonce: &str) -> Arc<Challenge> {
        let header = HeaderValue::from_str(&format!(r#"Digest realm="r", nonce="{nonce}", qop="auth""#)).unwrap();
        Challenge::of(&HeaderMap::from_iter([(WWW_AUTHENTICATE, header)])).unwrap().into()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_used_up_is_replaced_by_another_nonce_alone() {
        let shared = SharedChallenge::default();
        let known = challenge("n");
        shared.keep(known.clone());
        shared.keep(challenge("other"));
        assert!(matches!(shared.acquire().await, Acquire::Answer(now) if Arc::ptr_eq(&now, &known)));
        tokio::time::advance(Duration::from_secs(60)).await;
        let other = challenge("other");
        shared.keep(challenge("n"));
        shared.keep(other.clone());
        assert!(matches!(shared.acquire().await, Acquire::Answer(now) if Arc::ptr_eq(&now, &other)));
    }

    #[tokio::test(start_paused = true)]
    async fn where_no_challenge_is_taken_twice_calls_do_not_wait_for_each_other_for_ten_minutes() {
        let shared = SharedChallenge::default();
        let mut warm = challenge("0");
        shared.keep(warm.clone());
        for nonce in ["1", "2", "3"] {
            let fresh = challenge(nonce);
            shared.refused(&warm);
            shared.accepted(Some(&warm), Some(fresh.clone()));
            warm = fresh;
        }
        tokio::time::advance(Duration::from_secs(599)).await;
        assert!(matches!(shared.acquire().await, Acquire::Alone));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(matches!(shared.acquire().await, Acquire::Fetch(_)));
    }

    #[tokio::test]
    async fn calls_that_start_together_do_not_answer_one_challenge_more_often_than_a_server_counts() {
        let shared = SharedChallenge::default();
        shared.keep(Arc::new(Arc::into_inner(challenge("n")).unwrap().counted_once()));
        // None of them has answered yet.
        let mut reserved = 0;
        while let Acquire::Answer(_) = shared.acquire().await {
            reserved += 1;
            assert!(reserved < 1_024, "the server refuses the rest");
        }
        assert_eq!(reserved, 999);
    }
}
