//! Who fetches a token, who waits for it, and who goes on with the one that is there.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::Token;
use crate::{
    Error,
    auth::single_flight::{self, Decision, SingleFlight},
    http::Backoff,
};

/// After an error that is not transient, calls that come so shortly after it share it.
const ERROR_SHARED: Duration = Duration::from_secs(1);

/// A renewal that failed is not tried again for so long, or a quarter of what is left of the token.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);

pub(super) type Outcome = Result<Arc<Token>, Error>;

/// The token that all calls of a client share.
#[derive(Debug, Default)]
pub(super) struct SharedToken(SingleFlight<State, Outcome>);

#[derive(Debug, Default)]
struct State {
    token: Option<Arc<Token>>,
    /// The last token that was refused with a 401.
    refused: Option<Arc<Token>>,
    cooldown: Option<Cooldown>,
    failures: u32,
    no_renewal_before: Option<Instant>,
}

/// An error after which the service is left alone for a while.
#[derive(Debug, Clone)]
struct Cooldown {
    until: Instant,
    error: Error,
}

/// What a call does next.
pub(super) enum Acquire<'a> {
    /// It uses this token.
    Use(Arc<Token>),
    /// It fetches a token, and the others wait for it.
    Fetch(FetchGuard<'a>),
    /// There is none to be had in its time.
    Failed(Error),
}

/// What a fetch starts from.
#[derive(Debug)]
struct Fetch {
    fallback: Option<Arc<Token>>,
    rejected: Vec<Arc<Token>>,
    not_before: Option<Instant>,
}

/// The right, and the duty, to fetch a token for all who wait.
#[derive(Debug)]
pub(super) struct FetchGuard<'a> {
    guard: single_flight::FetchGuard<'a, State, Outcome>,
    /// The token to go on with if there is no other.
    pub(super) fallback: Option<Arc<Token>>,
    /// Tokens that are of no use, even if another process holds them for good.
    rejected: Vec<Arc<Token>>,
    /// The service asked to be left alone until then.
    pub(super) not_before: Option<Instant>,
}

impl SharedToken {
    /// Decides what a call does that has so much time left.
    pub(super) async fn acquire(&self, remaining: Duration) -> Acquire<'_> {
        // A time that no clock can tell is no limit.
        let deadline = Instant::now().checked_add(remaining);
        match self.0.acquire(|state, is_fetching| state.decide(deadline, is_fetching)).await {
            single_flight::Acquire::Ready(Ok(token)) | single_flight::Acquire::Finished(Ok(token)) => {
                Acquire::Use(token)
            }
            single_flight::Acquire::Ready(Err(error)) | single_flight::Acquire::Finished(Err(error)) => {
                Acquire::Failed(error)
            }
            single_flight::Acquire::Work(guard, Fetch { fallback, rejected, not_before }) => {
                Acquire::Fetch(FetchGuard { guard, fallback, rejected, not_before })
            }
        }
    }

    pub(super) fn current(&self) -> Option<Arc<Token>> {
        self.0.with(|state| state.token.clone())
    }

    /// Gives up a token that was refused. Returns false when it is not the one in use any more.
    pub(super) fn give_up(&self, token: &Arc<Token>) -> bool {
        self.0.with(|state| {
            let is_current = state.token.as_ref().is_some_and(|current| Arc::ptr_eq(current, token));
            if is_current {
                state.refused = state.token.take();
            }
            is_current
        })
    }
}

impl State {
    fn decide(&mut self, deadline: Option<Instant>, is_fetching: bool) -> Decision<Outcome, Fetch> {
        let now = Instant::now();
        let cooldown = self.cooldown.clone().filter(|cooldown| now < cooldown.until);
        let rejected = self.token.iter().chain(&self.refused).cloned().collect();
        if let Some(token) = self.token.clone().filter(|token| token.is_valid()) {
            let renewed_later = self.no_renewal_before.is_some_and(|until| now < until);
            return if token.is_fresh() || is_fetching || cooldown.is_some() || renewed_later {
                Decision::Ready(Ok(token))
            } else {
                Decision::Join(Fetch { fallback: Some(token), rejected, not_before: None })
            };
        }
        match cooldown {
            Some(Cooldown { until, error })
                if !error.is_retryable() || deadline.is_some_and(|deadline| until >= deadline) =>
            {
                Decision::Ready(Err(match error.retry_after() {
                    Some(_) => error.with_retry_after(until - now),
                    None => error,
                }))
            }
            cooldown => {
                let not_before = cooldown.map(|cooldown| cooldown.until);
                Decision::Join(Fetch { fallback: None, rejected, not_before })
            }
        }
    }

    fn keep(&mut self, token: Arc<Token>) {
        let pause = RENEWAL_PAUSE.min(token.remaining() / 4);
        self.no_renewal_before = (!token.is_fresh()).then(|| Instant::now() + pause);
        self.token = Some(token);
    }

    fn cool_down(&mut self, error: Error) {
        self.failures += 1;
        let pause = match error.retry_after() {
            Some(wait) => wait,
            None if error.is_retryable() => Backoff::TOKEN.pause(self.failures, 1.0),
            None => ERROR_SHARED,
        };
        self.cooldown = Instant::now().checked_add(pause).map(|until| Cooldown { until, error });
    }

    fn complete(&mut self, outcome: Outcome, fallback: Option<Arc<Token>>) -> Outcome {
        match (outcome, fallback) {
            (Ok(token), _) => {
                (self.failures, self.cooldown) = (0, None);
                self.keep(token.clone());
                Ok(token)
            }
            (Err(error), Some(fallback)) => {
                tracing::warn!(%error, "the token was not renewed; it stays in use");
                if error.retry_after().is_some() {
                    self.cool_down(error);
                }
                if !self.refused.as_ref().is_some_and(|refused| refused.is_same(&fallback)) {
                    self.keep(fallback.clone());
                }
                Ok(fallback)
            }
            (Err(error), None) => {
                self.cool_down(error.clone());
                Err(error)
            }
        }
    }
}

impl FetchGuard<'_> {
    /// Looks at a token from elsewhere: returns it when there is no need for another, and keeps it in mind when it is good
    /// for a while at least.
    pub(super) fn consider(&mut self, token: Option<Token>) -> Option<Arc<Token>> {
        let token = Arc::new(token.filter(|token| !self.rejected.iter().any(|rejected| rejected.is_same(token)))?);
        if token.is_fresh() {
            return Some(token);
        }
        self.fallback = Some(token);
        None
    }

    /// Finishes the fetch, for all who wait and for those who come later.
    pub(super) fn complete(self, outcome: Outcome) -> Outcome {
        self.guard.complete(|state| state.complete(outcome, self.fallback))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    const MINUTE: Duration = Duration::from_secs(60);

    fn token(text: &str, life: u64) -> Arc<Token> {
        Arc::new(Token::new(text.into(), Duration::from_secs(life)).unwrap())
    }

    fn error(transient: bool, retry_after: Option<u64>) -> Error {
        let error = Error::new(ErrorKind::Token, "p").with_retryable(transient);
        match retry_after {
            Some(seconds) => error.with_retry_after(Duration::from_secs(seconds)),
            None => error,
        }
    }

    async fn guard(shared: &SharedToken) -> FetchGuard<'_> {
        match shared.acquire(MINUTE).await {
            Acquire::Fetch(guard) => guard,
            Acquire::Use(token) => panic!("{token:?}"),
            Acquire::Failed(error) => panic!("{error:?}"),
        }
    }

    async fn used(shared: &SharedToken) -> String {
        match shared.acquire(MINUTE).await {
            Acquire::Use(token) => token.text().to_owned(),
            Acquire::Fetch(guard) => panic!("{guard:?}"),
            Acquire::Failed(error) => panic!("{error:?}"),
        }
    }

    async fn failed(shared: &SharedToken, remaining: Duration) -> Error {
        match shared.acquire(remaining).await {
            Acquire::Failed(error) => error,
            Acquire::Use(token) => panic!("{token:?}"),
            Acquire::Fetch(guard) => panic!("{guard:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_call_fetches_the_token_and_the_others_wait_for_it() {
        let shared = Arc::new(SharedToken::default());
        let first = guard(&shared).await;
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let shared = shared.clone();
            waiting.spawn(async move { used(&shared).await });
        }
        tokio::task::yield_now().await;
        first.complete(Ok(token("t", 3600))).unwrap();
        assert_eq!(waiting.join_all().await, vec!["t"; 100]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_shared_by_those_who_waited() {
        let shared = Arc::new(SharedToken::default());
        let first = guard(&shared).await;
        let waiting = tokio::spawn({
            let shared = shared.clone();
            async move { failed(&shared, MINUTE).await.to_string() }
        });
        tokio::task::yield_now().await;
        first.complete(Err(error(true, None))).unwrap_err();
        assert_eq!(waiting.await.unwrap(), "p");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_dropped_passes_the_fetch_on() {
        let shared = Arc::new(SharedToken::default());
        let first = guard(&shared).await;
        let next = tokio::spawn({
            let shared = shared.clone();
            async move { guard(&shared).await.complete(Ok(token("t", 3600))).unwrap() }
        });
        tokio::task::yield_now().await;
        drop(first);
        assert_eq!(next.await.unwrap().text(), "t");
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_by_one_while_the_others_go_on_with_it() {
        let shared = SharedToken::default();
        guard(&shared).await.complete(Ok(token("old", 3600))).unwrap();
        tokio::time::advance(Duration::from_secs(3299)).await;
        assert_eq!(used(&shared).await, "old");
        tokio::time::advance(Duration::from_secs(1)).await;
        let renewal = guard(&shared).await;
        assert_eq!(used(&shared).await, "old");
        renewal.complete(Ok(token("new", 3600))).unwrap();
        assert_eq!(used(&shared).await, "new");
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_that_fails_is_tried_again_later_and_harms_no_call() {
        let shared = SharedToken::default();
        guard(&shared).await.complete(Ok(token("old", 3600))).unwrap();
        tokio::time::advance(Duration::from_secs(3300)).await;
        let kept = guard(&shared).await.complete(Err(error(false, None))).unwrap();
        assert_eq!(kept.text(), "old");
        assert_eq!(used(&shared).await, "old");
        tokio::time::advance(RENEWAL_PAUSE).await;
        guard(&shared).await.complete(Ok(token("new", 3600))).unwrap();
        assert_eq!(used(&shared).await, "new");
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_that_the_service_asks_for_holds_for_all_who_come_later() {
        let shared = SharedToken::default();
        guard(&shared).await.complete(Err(error(true, Some(20)))).unwrap_err();
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(failed(&shared, Duration::from_secs(10)).await.retry_after(), Some(Duration::from_secs(15)));
        let patient = guard(&shared).await;
        assert_eq!(patient.not_before, Some(Instant::now() + Duration::from_secs(15)));
        drop(patient);
        tokio::time::advance(Duration::from_secs(15)).await;
        assert_eq!(guard(&shared).await.not_before, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_without_a_limit_waits_for_as_long_as_it_takes() {
        let shared = SharedToken::default();
        guard(&shared).await.complete(Err(error(true, Some(100_000)))).unwrap_err();
        assert!(matches!(shared.acquire(Duration::MAX).await, Acquire::Fetch(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn transient_failures_lead_to_longer_and_longer_pauses() {
        let shared = SharedToken::default();
        for pause in [500, 1000, 2000, 4000, 8000, 8000] {
            guard(&shared).await.complete(Err(error(true, None))).unwrap_err();
            assert_eq!(guard(&shared).await.not_before, Some(Instant::now() + Duration::from_millis(pause)));
            tokio::time::advance(Duration::from_millis(pause)).await;
        }
        guard(&shared).await.complete(Ok(token("t", 0))).unwrap();
        guard(&shared).await.complete(Err(error(true, None))).unwrap_err();
        assert_eq!(guard(&shared).await.not_before, Some(Instant::now() + Duration::from_millis(500)));
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_that_is_not_transient_is_shared_for_a_moment() {
        let shared = SharedToken::default();
        guard(&shared).await.complete(Err(error(false, None))).unwrap_err();
        assert_eq!(failed(&shared, MINUTE).await.to_string(), "p");
        tokio::time::advance(ERROR_SHARED).await;
        drop(guard(&shared).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_given_up_once_and_not_taken_from_elsewhere_again() {
        let shared = SharedToken::default();
        let refused = guard(&shared).await.complete(Ok(token("old", 3600))).unwrap();
        assert!(shared.give_up(&refused));
        assert!(!shared.give_up(&refused));
        let mut next = guard(&shared).await;
        let elsewhere = |text: &str| Token::new(text.into(), Duration::from_secs(3600));
        assert!(next.consider(elsewhere("old")).is_none());
        assert_eq!(next.consider(elsewhere("new")).unwrap().text(), "new");
    }
}
