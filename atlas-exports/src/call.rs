//! One call of the generated client, with everything that its own error could not say.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use atlas_exports_gen::{ClientInfo, ResponseValue, SendFuture, Transport, reqwest::Request, types::ApiError};
use serde::de::DeserializeOwned;
use tracing::Instrument;

use crate::{
    Operation,
    error::{CallContext, Error},
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
    ) -> (CallContext, Result<reqwest::Response, Error>) {
        let mut context = CallContext::new(operation, request.url().path());
        context.resource_version = self.0.version.asked(operation).map(Into::into);
        let span = context.span(&request);
        let record = Record::new(Exchanges::new(span.clone()));
        let carried = self.0.carry(operation, request, &record, pace).instrument(span.clone()).await;
        context.exchanges = record.exchanges.count();
        context.elapsed = record.elapsed();
        context.attempts = record.take_attempts();
        // Now, because it may have been replaced meanwhile.
        (context.credential_kind, context.credential) = self.0.credential();
        let carried = carried.map_err(|failure| Error::of_failure(context.clone(), failure));
        context.finish(&span, carried.as_ref());
        (context, carried)
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
    context: CallContext,
    error: Option<Error>,
}

impl Transport for Call {
    fn send<'a>(&'a self, operation: &'static Operation, request: Request) -> SendFuture<'a> {
        Box::pin(async move {
            let (context, carried) = self.carrier.carry(operation, request, self.pace).await;
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            told.context = context;
            carried.map_err(|error| {
                told.error = Some(error);
                "kept in the call".into()
            })
        })
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
) -> Result<T, Error>
where
    T: DeserializeOwned,
    F: Future<Output = Generated<T>>,
{
    let call = Arc::new(Call { carrier: carrier.clone(), pace, told: Mutex::default() });
    let api = atlas_exports_gen::Client::new_with_client(model.baseurl(), model.client().clone(), call.clone());
    let answered = ask(api).await;
    answered.map(ResponseValue::into_inner).map_err(|error| {
        let told = std::mem::take(&mut *call.told.lock().unwrap_or_else(PoisonError::into_inner));
        told.error.unwrap_or_else(|| located::<T>(error, told.context))
    })
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
