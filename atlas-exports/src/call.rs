//! One call of the generated client, with everything that its own error could not say.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use atlas_exports_gen::{ClientInfo, ResponseValue, SendFuture, Transport, reqwest::Request, types::ApiError};
use serde::de::DeserializeOwned;
use tracing::Instrument;

use crate::{
    Operation,
    error::{CallContext, Error},
    span,
    transport::{Chain, Exchanges, Pace, Record},
};

type Generated<T> = Result<ResponseValue<T>, atlas_exports_gen::Error<ApiError>>;

/// The chain as the generated client's transport.
#[derive(Debug, Clone)]
pub(crate) struct Carrier(pub(crate) Arc<Chain>);

impl Carrier {
    async fn carry(
        &self,
        operation: &'static Operation,
        request: Request,
        pace: Pace,
    ) -> (Known, Result<reqwest::Response, Error>) {
        let path = request.url().path().to_owned();
        let span = span::begin(operation, &request);
        let record = Record::new(Exchanges::new(span.clone()));
        let carried = self.0.carry(operation, request, &record, pace).instrument(span.clone()).await;
        let known = Known { operation, path, record };
        let carried = carried.map_err(|failure| Error::of_failure(known.context(&self.0), failure));
        span::end(&span, &known.record, carried.as_ref());
        (known, carried)
    }
}

/// What is known of a call that was made. Its context is for errors alone, and not made before there is one.
#[derive(Debug)]
struct Known {
    operation: &'static Operation,
    path: String,
    record: Record,
}

impl Known {
    fn context(&self, chain: &Chain) -> CallContext {
        let mut context = CallContext::new(self.operation, &self.path);
        context.resource_version = chain.version.asked(self.operation).map(Into::into);
        context.exchanges = self.record.exchanges.count();
        context.elapsed = self.record.elapsed();
        context.attempts = self.record.attempts();
        context.may_have_acted = self.record.may_have_acted();
        // Now, because it may have been replaced meanwhile.
        (context.credential_kind, context.credential) = chain.credential();
        context
    }
}

impl Transport for Carrier {
    fn send<'a>(&'a self, operation: &'static Operation, request: Request) -> SendFuture<'a> {
        Box::pin(async move { Ok(self.carry(operation, request, Pace::Single).await.1?) })
    }
}

/// A transport for one call, which keeps what [`atlas_exports_gen::Error`] has no place for.
#[derive(Debug)]
struct Call {
    carrier: Carrier,
    pace: Pace,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    /// Nothing when nothing was sent.
    known: Option<Known>,
    error: Option<Error>,
}

impl Transport for Call {
    fn send<'a>(&'a self, operation: &'static Operation, request: Request) -> SendFuture<'a> {
        Box::pin(async move {
            let (known, carried) = self.carrier.carry(operation, request, self.pace).await;
            let mut told = self.told();
            told.known = Some(known);
            carried.map_err(|error| {
                told.error = Some(error);
                "kept in the call".into()
            })
        })
    }
}

/// An answer, and what is known of the call that it answers.
pub(crate) struct Answered<T> {
    pub(crate) answer: ResponseValue<T>,
    call: Arc<Call>,
}

impl<T> Answered<T> {
    pub(crate) fn context(&self) -> CallContext {
        self.call.context()
    }
}

impl Call {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn context(&self) -> CallContext {
        self.told().known.as_ref().map(|known| known.context(&self.carrier.0)).unwrap_or_default()
    }
}

/// Makes one call with a generated client of its own, which differs from `model` in its transport.
///
/// Dropping the future abandons the call.
pub(crate) async fn make<T, F>(
    carrier: &Carrier,
    model: &atlas_exports_gen::Client,
    pace: Pace,
    ask: impl FnOnce(atlas_exports_gen::Client) -> F,
) -> Result<Answered<T>, Error>
where
    T: DeserializeOwned,
    F: Future<Output = Generated<T>>,
{
    let call = Arc::new(Call { carrier: carrier.clone(), pace, told: Mutex::default() });
    let api = atlas_exports_gen::Client::new_with_client(model.baseurl(), model.client().clone(), call.clone());
    match ask(api).await {
        Ok(answer) => Ok(Answered { answer, call }),
        Err(error) => {
            let kept = call.told().error.take();
            Err(kept.unwrap_or_else(|| located::<T>(error, call.context())))
        }
    }
}

/// Decodes once more what did not fit, to tell which member it was.
fn located<T: DeserializeOwned>(error: atlas_exports_gen::Error<ApiError>, context: CallContext) -> Error {
    let found = match &error {
        atlas_exports_gen::Error::InvalidResponsePayload(body, _) => {
            let deserializer = &mut serde_json::Deserializer::from_slice(body);
            serde_path_to_error::deserialize::<_, T>(deserializer).err().map(|located| located.path().to_string())
        }
        _ => None,
    };
    let mut error = Error::of_generated(error, context);
    if let (Error::Decode { path, .. }, Some(found)) = (&mut error, found) {
        *path = found;
    }
    error
}
