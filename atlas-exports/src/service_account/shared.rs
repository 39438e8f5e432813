//! Who gets a token, who waits for it, and who goes on with the one that is there.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use super::{Token, TokenFailure};

/// After a refusal that will not pass, calls that come so shortly after it share it.
const REFUSAL_SHARED: Duration = Duration::from_secs(1);

/// Pauses after failures that may pass: the first, doubled from one to the next, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// A renewal that brought nothing is not tried again for so long, or a quarter of what is left of the token.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);

pub(super) type Outcome = Result<Arc<Token>, TokenFailure>;

/// The token that all calls of a client share.
#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    token: Option<Arc<Token>>,
    /// The last token that a 401 refused.
    refused: Option<Arc<Token>>,
    fetching: Option<watch::Receiver<Option<Outcome>>>,
    hold: Option<Hold>,
    failures: u32,
    no_renewal_before: Option<Instant>,
}

/// A failure after which the service is left alone for a while.
#[derive(Debug, Clone)]
struct Hold {
    until: Instant,
    failure: TokenFailure,
}

/// What a call does next.
pub(super) enum Turn<'a> {
    /// It uses this token.
    Use(Arc<Token>),
    /// It gets a token, and the others wait for it.
    Fetch(Ticket<'a>),
    /// There is none to be had in its time.
    Failed(TokenFailure),
}

enum Next {
    Use(Arc<Token>),
    Wait(watch::Receiver<Option<Outcome>>),
    Fetch { spare: Option<Arc<Token>>, spent: Vec<Arc<Token>>, not_before: Option<Instant> },
    Failed(TokenFailure),
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a call does that has so much time left.
    pub(super) async fn turn(&self, remaining: Duration) -> Turn<'_> {
        // A time that no clock can tell is no limit.
        let deadline = Instant::now().checked_add(remaining);
        loop {
            let mut fetch = {
                let mut state = self.lock();
                match state.next(deadline) {
                    Next::Use(token) => return Turn::Use(token),
                    Next::Failed(failure) => return Turn::Failed(failure),
                    Next::Fetch { spare, spent, not_before } => {
                        let (outcome, receiver) = watch::channel(None);
                        state.fetching = Some(receiver);
                        return Turn::Fetch(Ticket { shared: self, outcome, spare, spent, not_before });
                    }
                    Next::Wait(fetch) => fetch,
                }
            };
            // An error means that the fetching call was dropped: whoever comes first fetches next.
            if let Ok(outcome) = fetch.wait_for(Option::is_some).await {
                match outcome.clone() {
                    Some(Ok(token)) => return Turn::Use(token),
                    Some(Err(failure)) => return Turn::Failed(failure),
                    None => {}
                }
            }
        }
    }

    pub(super) fn current(&self) -> Option<Arc<Token>> {
        self.lock().token.clone()
    }

    /// Gives a token up that was refused. False when it is not the one in use any more.
    pub(super) fn give_up(&self, token: &Arc<Token>) -> bool {
        let mut state = self.lock();
        let is_current = state.token.as_ref().is_some_and(|current| Arc::ptr_eq(current, token));
        if is_current {
            state.refused = state.token.take();
        }
        is_current
    }
}

impl State {
    fn next(&mut self, deadline: Option<Instant>) -> Next {
        let now = Instant::now();
        let fetching = self.fetching.clone().filter(|fetch| fetch.has_changed().is_ok());
        let hold = self.hold.clone().filter(|hold| now < hold.until);
        match self.token.clone().filter(|token| token.is_valid()) {
            Some(token) => {
                let left_alone = self.no_renewal_before.is_some_and(|until| now < until);
                if token.is_fresh() || fetching.is_some() || hold.is_some() || left_alone {
                    return Next::Use(token);
                }
                Next::Fetch { spent: self.spent(), spare: Some(token), not_before: None }
            }
            None => {
                if let Some(hold) = &hold
                    && (!hold.failure.is_transient || deadline.is_some_and(|deadline| hold.until >= deadline))
                {
                    let mut failure = hold.failure.clone();
                    failure.retry_after = failure.retry_after.map(|_| hold.until - now);
                    return Next::Failed(failure);
                }
                match fetching {
                    Some(fetch) => Next::Wait(fetch),
                    None => Next::Fetch { spare: None, spent: self.spent(), not_before: hold.map(|hold| hold.until) },
                }
            }
        }
    }

    /// Tokens that are no use even if another process holds them for good.
    fn spent(&self) -> Vec<Arc<Token>> {
        self.token.iter().chain(&self.refused).cloned().collect()
    }

    fn keep(&mut self, token: Arc<Token>) {
        let pause = RENEWAL_PAUSE.min(token.remaining() / 4);
        self.no_renewal_before = (!token.is_fresh()).then(|| Instant::now() + pause);
        self.token = Some(token);
    }

    fn hold(&mut self, failure: TokenFailure) {
        let pause = match (failure.retry_after, failure.is_transient) {
            (Some(wait), _) => wait,
            (None, true) => FIRST_PAUSE.saturating_mul(1 << self.failures.min(8)).min(LONGEST_PAUSE),
            (None, false) => REFUSAL_SHARED,
        };
        self.failures += 1;
        self.hold = Instant::now().checked_add(pause).map(|until| Hold { until, failure });
    }
}

/// The right, and the duty, to get a token for all who wait.
#[derive(Debug)]
pub(super) struct Ticket<'a> {
    shared: &'a Shared,
    outcome: watch::Sender<Option<Outcome>>,
    /// The token to go on with if there is no other.
    pub(super) spare: Option<Arc<Token>>,
    /// Tokens that are not wanted.
    pub(super) spent: Vec<Arc<Token>>,
    /// The service asked to be left alone until then.
    pub(super) not_before: Option<Instant>,
}

impl Ticket<'_> {
    /// Looks at a token from elsewhere: gives it back when there is no need for another, and keeps it in mind when it is
    /// good for a while at least.
    pub(super) fn consider(&mut self, token: Option<Token>) -> Option<Arc<Token>> {
        let token = Arc::new(token.filter(|token| !self.spent.iter().any(|spent| spent.is_same(token)))?);
        if token.is_fresh() {
            return Some(token);
        }
        self.spare = Some(token);
        None
    }

    /// Tells how it went, to all who wait and to those who come later.
    pub(super) fn settle(self, outcome: Outcome) -> Outcome {
        let outcome = {
            let mut state = self.shared.lock();
            state.fetching = None;
            match (outcome, self.spare) {
                (Ok(token), _) => {
                    (state.failures, state.hold) = (0, None);
                    state.keep(token.clone());
                    Ok(token)
                }
                (Err(failure), Some(spare)) => {
                    tracing::warn!(problem = failure.problem, "the token was not renewed yet; it stays in use");
                    if failure.retry_after.is_some() {
                        state.hold(failure);
                    }
                    if !state.refused.as_ref().is_some_and(|refused| refused.is_same(&spare)) {
                        state.keep(spare.clone());
                    }
                    Ok(spare)
                }
                (Err(failure), None) => {
                    state.hold(failure.clone());
                    Err(failure)
                }
            }
        };
        self.outcome.send_replace(Some(outcome.clone()));
        outcome
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn token(text: &str, life: u64) -> Arc<Token> {
        Arc::new(Token::new(text.into(), Duration::from_secs(life)).unwrap())
    }

    fn failure(is_transient: bool, retry_after: Option<u64>) -> TokenFailure {
        TokenFailure {
            problem: "p".into(),
            status: Some(StatusCode::BAD_GATEWAY),
            code: None,
            retry_after: retry_after.map(Duration::from_secs),
            is_transient,
            source: None,
        }
    }

    async fn ticket(shared: &Shared) -> Ticket<'_> {
        match shared.turn(MINUTE).await {
            Turn::Fetch(ticket) => ticket,
            Turn::Use(token) => panic!("{token:?}"),
            Turn::Failed(failure) => panic!("{failure:?}"),
        }
    }

    async fn used(shared: &Shared) -> String {
        match shared.turn(MINUTE).await {
            Turn::Use(token) => token.text().to_owned(),
            Turn::Fetch(ticket) => panic!("{ticket:?}"),
            Turn::Failed(failure) => panic!("{failure:?}"),
        }
    }

    async fn failed(shared: &Shared, remaining: Duration) -> TokenFailure {
        match shared.turn(remaining).await {
            Turn::Failed(failure) => failure,
            Turn::Use(token) => panic!("{token:?}"),
            Turn::Fetch(ticket) => panic!("{ticket:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_gets_the_token_and_the_others_wait_for_it() {
        let shared = Arc::new(Shared::default());
        let first = ticket(&shared).await;
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let shared = shared.clone();
            waiting.spawn(async move { used(&shared).await });
        }
        tokio::task::yield_now().await;
        first.settle(Ok(token("t", 3600))).unwrap();
        assert_eq!(waiting.join_all().await, vec!["t"; 100]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_shared_by_those_who_waited() {
        let shared = Arc::new(Shared::default());
        let first = ticket(&shared).await;
        let waiting = tokio::spawn({
            let shared = shared.clone();
            async move { failed(&shared, MINUTE).await.problem }
        });
        tokio::task::yield_now().await;
        first.settle(Err(failure(true, None))).unwrap_err();
        assert_eq!(waiting.await.unwrap(), "p");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_dropped_leaves_its_turn_to_one_who_waits() {
        let shared = Arc::new(Shared::default());
        let first = ticket(&shared).await;
        let next = tokio::spawn({
            let shared = shared.clone();
            async move { ticket(&shared).await.settle(Ok(token("t", 3600))).unwrap() }
        });
        tokio::task::yield_now().await;
        drop(first);
        assert_eq!(next.await.unwrap().text(), "t");
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_by_one_while_the_others_go_on_with_it() {
        let shared = Shared::default();
        ticket(&shared).await.settle(Ok(token("old", 3600))).unwrap();
        tokio::time::advance(Duration::from_secs(3299)).await;
        assert_eq!(used(&shared).await, "old");
        tokio::time::advance(Duration::from_secs(1)).await;
        let renewal = ticket(&shared).await;
        assert_eq!(used(&shared).await, "old");
        renewal.settle(Ok(token("new", 3600))).unwrap();
        assert_eq!(used(&shared).await, "new");
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_that_fails_is_tried_again_later_and_harms_no_call() {
        let shared = Shared::default();
        ticket(&shared).await.settle(Ok(token("old", 3600))).unwrap();
        tokio::time::advance(Duration::from_secs(3300)).await;
        let kept = ticket(&shared).await.settle(Err(failure(false, None))).unwrap();
        assert_eq!(kept.text(), "old");
        assert_eq!(used(&shared).await, "old");
        tokio::time::advance(RENEWAL_PAUSE).await;
        ticket(&shared).await.settle(Ok(token("new", 3600))).unwrap();
        assert_eq!(used(&shared).await, "new");
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_that_the_service_asks_for_holds_for_all_who_come_later() {
        let shared = Shared::default();
        ticket(&shared).await.settle(Err(failure(true, Some(20)))).unwrap_err();
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(failed(&shared, Duration::from_secs(10)).await.retry_after, Some(Duration::from_secs(15)));
        let patient = ticket(&shared).await;
        assert_eq!(patient.not_before, Some(Instant::now() + Duration::from_secs(15)));
        drop(patient);
        tokio::time::advance(Duration::from_secs(15)).await;
        assert_eq!(ticket(&shared).await.not_before, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_without_a_limit_waits_for_as_long_as_it_takes() {
        let shared = Shared::default();
        ticket(&shared).await.settle(Err(failure(true, Some(100_000)))).unwrap_err();
        assert!(matches!(shared.turn(Duration::MAX).await, Turn::Fetch(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn failures_that_may_pass_leave_longer_and_longer_pauses() {
        let shared = Shared::default();
        for pause in [500, 1000, 2000, 4000, 8000, 8000] {
            ticket(&shared).await.settle(Err(failure(true, None))).unwrap_err();
            assert_eq!(ticket(&shared).await.not_before, Some(Instant::now() + Duration::from_millis(pause)));
            tokio::time::advance(Duration::from_millis(pause)).await;
        }
        ticket(&shared).await.settle(Ok(token("t", 0))).unwrap();
        ticket(&shared).await.settle(Err(failure(true, None))).unwrap_err();
        assert_eq!(ticket(&shared).await.not_before, Some(Instant::now() + FIRST_PAUSE));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_that_will_not_pass_is_shared_for_a_moment() {
        let shared = Shared::default();
        ticket(&shared).await.settle(Err(failure(false, None))).unwrap_err();
        assert_eq!(failed(&shared, MINUTE).await.problem, "p");
        tokio::time::advance(REFUSAL_SHARED).await;
        drop(ticket(&shared).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_given_up_once_and_not_taken_from_elsewhere_again() {
        let shared = Shared::default();
        let refused = ticket(&shared).await.settle(Ok(token("old", 3600))).unwrap();
        assert!(shared.give_up(&refused));
        assert!(!shared.give_up(&refused));
        let mut next = ticket(&shared).await;
        let elsewhere = |text: &str| Token::new(text.into(), Duration::from_secs(3600));
        assert!(next.consider(elsewhere("old")).is_none());
        assert_eq!(next.consider(elsewhere("new")).unwrap().text(), "new");
    }
}
