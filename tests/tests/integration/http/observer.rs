//! What an observer is told of exchanges and calls.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use atlas_exports::{CallEvent, Client, ClientBuilder, ExchangeEvent, ExchangeKind, Observer, RetryPolicy};
use atlas_exports_testing::{Envelope, FakeAtlas, Fault, Kind, Reuse};

use crate::common::{account, builder, exports_of, job};

/// Keeps what it is told, in short.
#[derive(Debug, Default)]
struct Notes {
    exchanges: Mutex<Vec<String>>,
    calls: Mutex<Vec<String>>,
    challenges: Mutex<Vec<String>>,
}

impl Observer for Notes {
    fn exchange_ended(&self, exchange: &ExchangeEvent<'_>) {
        assert!(exchange.server == "127.0.0.1" && exchange.port.is_some() && exchange.path.starts_with("/api/"));
        let outcome = match (exchange.status, exchange.error) {
            (Some(status), None) => status.as_str().to_owned(),
            (None, Some(error)) => error.to_string(),
            (None, None) => "dropped".to_owned(),
            (Some(_), Some(_)) => panic!("{exchange:?}"),
        };
        let kind = if exchange.kind == ExchangeKind::Token { "token" } else { "api" };
        let ExchangeEvent { method, attempt, resend_count, .. } = exchange;
        self.exchanges.lock().unwrap().push(format!("{kind} {method} {attempt}.{resend_count} {outcome}"));
        let challenge = exchange.headers.and_then(|headers| headers.get("WWW-Authenticate"));
        self.challenges.lock().unwrap().extend(challenge.map(|header| header.to_str().unwrap().to_owned()));
    }

    fn call_ended(&self, call: &CallEvent<'_>) {
        let CallEvent { operation, attempts, exchanges, envelope, .. } = call;
        let outcome = call.error.map_or_else(|| "ok".to_owned(), |error| error.kind().to_string());
        let status = call.status.map_or(0, |status| status.as_u16());
        let envelope = envelope.map(|member| format!(" in {member}")).unwrap_or_default();
        let operation = operation.unwrap_or("unlisted");
        self.calls.lock().unwrap().push(format!("{operation} {status} {outcome} {attempts}/{exchanges}{envelope}"));
    }
}

impl Notes {
    fn observing(builder: ClientBuilder) -> (Arc<Self>, Client) {
        let notes = Arc::new(Self::default());
        let client = builder.observer(notes.clone()).build().unwrap();
        (notes, client)
    }

    fn exchanges(&self) -> Vec<String> {
        std::mem::take(&mut self.exchanges.lock().unwrap())
    }

    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

#[tokio::test]
async fn challenges_and_responses_are_exchanges_of_one_call() {
    let atlas = FakeAtlas::start().await;
    let (notes, client) = Notes::observing(builder(&atlas));
    let exports = exports_of(&client, &atlas);
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    assert_eq!(notes.exchanges(), ["api GET 1.0 401", "api GET 1.1 200"]);
    assert_eq!(notes.calls(), ["get_export_job 200 ok 1/2"]);
    let challenges = notes.challenges.lock().unwrap().clone();
    assert!(matches!(challenges.as_slice(), [only] if only.starts_with("Digest realm=")), "{challenges:?}");

    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    assert_eq!(notes.exchanges(), ["api GET 1.0 200"]);
    // A kept challenge that is refused is an exchange of the same attempt.
    atlas.set_reuse(Reuse::Refused { stale: false });
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    assert_eq!(notes.exchanges(), ["api GET 1.0 401", "api GET 1.1 200"]);
}

#[tokio::test]
async fn a_token_is_an_exchange_of_the_call_that_fetches_it() {
    let atlas = FakeAtlas::start().await;
    let (notes, client) = Notes::observing(account(&atlas));
    exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
    assert_eq!(notes.exchanges(), ["token POST 1.0 200", "api GET 1.1 200"]);
    client.revoke_token().await.unwrap();
    assert_eq!(notes.exchanges(), ["token POST 1.0 200"]);
    assert_eq!(notes.calls(), ["get_export_job 200 ok 1/2"]);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_counted_and_failures_have_their_kind() {
    let atlas = FakeAtlas::builder().without_authentication().start().await;
    let (notes, client) = Notes::observing(builder(&atlas).retry(RetryPolicy::default()));
    atlas.faults([Fault::reset(), Fault::html_502()]);
    exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
    assert_eq!(notes.exchanges(), ["api GET 1.0 network", "api GET 2.1 502", "api GET 3.2 200"]);
    assert_eq!(notes.calls(), ["get_export_job 200 ok 3/3"]);

    atlas.fault(Fault::api_error(404, "RESOURCE_NOT_FOUND", "no"));
    exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert_eq!(notes.calls(), ["get_export_job 404 api 1/1"]);
}

#[tokio::test]
async fn an_exchange_that_is_dropped_or_runs_out_of_time_has_ended() {
    let atlas = FakeAtlas::builder().without_authentication().start().await;
    let (notes, client) = Notes::observing(builder(&atlas).attempt_timeout(Duration::from_millis(200)));
    atlas.fault(Fault::slow_headers(Duration::from_secs(600)).always());
    let exports = exports_of(&client, &atlas);
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert_eq!(notes.exchanges(), ["api GET 1.0 timeout"]);

    let id = job(&atlas, Kind::Successful);
    let mut call = Box::pin(exports.get(&id));
    let sent = async {
        while atlas.requests().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        ended = &mut call => panic!("{ended:?}"),
        () = sent => {}
    }
    drop(call);
    assert_eq!(notes.exchanges(), ["api GET 1.0 dropped"]);
    assert_eq!(notes.calls(), ["get_export_job 0 timeout 1/1"]);
}

#[tokio::test]
async fn the_member_of_an_envelope_is_told() {
    for (envelope, told) in [(Envelope::Content, " in content"), (Envelope::Envelope, " in envelope")] {
        let atlas = FakeAtlas::builder().without_authentication().envelope(envelope).start().await;
        let (notes, client) = Notes::observing(builder(&atlas).envelope(true));
        exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
        assert_eq!(notes.calls(), [format!("get_export_job 200 ok 1/1{told}")]);
    }
}
