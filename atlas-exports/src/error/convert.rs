//! What becomes an [`Error`].

use atlas_exports_gen::{ParseIdError, transport_error, types::ApiError};
use serde::Deserialize;
use serde_json::{Deserializer, Value};

use super::{Error, ErrorKind, classify::is_whole_document, excerpt};

impl From<ParseIdError> for Error {
    fn from(error: ParseIdError) -> Self {
        Self::invalid_input(error.to_string()).with_source(error)
    }
}

/// Errors of the generated client, as [`Client::api`](crate::Client::api) returns them.
///
/// What the client's own chain failed with comes out as it is. An [`ErrorKind::Decode`] knows the path and an excerpt,
/// but not its call; [`Client::call`](crate::Client::call) adds that.
impl From<atlas_exports_gen::Error<ApiError>> for Error {
    fn from(error: atlas_exports_gen::Error<ApiError>) -> Self {
        use atlas_exports_gen::Error as Generated;
        if let Some(error) = transport_error(&error) {
            return match error.downcast_ref::<Self>() {
                Some(error) => error.clone(),
                None => Self::new(ErrorKind::Transport, "the transport failed").with_shared_source(error.clone()),
            };
        }
        match error {
            Generated::ErrorResponse(response) => Self::response(response.status(), response.into_inner()),
            Generated::InvalidResponsePayload(body, source) => decode_error(&body, source),
            Generated::InvalidRequest(problem) => Self::invalid_input(problem),
            Generated::UnexpectedResponse(response) => {
                let status = response.status();
                Self::new(ErrorKind::UnexpectedStatus, format!("unexpected status {status}")).with_status(status)
            }
            Generated::CommunicationError(error)
            | Generated::ResponseBodyError(error)
            | Generated::InvalidUpgrade(error) => Self::network(error),
            Generated::Custom(text) => Self::new(ErrorKind::Transport, text),
        }
    }
}

/// Creates the error of a body that does not match the contract, and says at which member.
pub(crate) fn decode_error(body: &[u8], source: serde_json::Error) -> Error {
    decode_error_at("", body, source)
}

/// As [`decode_error`], of the part of a body that stands at a path.
pub(crate) fn decode_error_at(place: &str, body: &[u8], source: serde_json::Error) -> Error {
    let path = match (place, path_of(body, &source)) {
        ("", None) => String::new(),
        ("", Some(path)) => format!(" at `{path}`"),
        (place, None) => format!(" at `{place}`"),
        (place, Some(path)) if path.starts_with('[') => format!(" at `{place}{path}`"),
        (place, Some(path)) => format!(" at `{place}.{path}`"),
    };
    let message = format!("the response does not match the contract{path}; it begins: {}", excerpt(body));
    Error::new(ErrorKind::Decode, message)
        .with_retryable(place.is_empty() && !is_whole_document(body))
        .with_source(source)
}

/// Returns the path of the member that an error is about, from the line and column that it names: where a reader that
/// accepts anything stops when the body ends there.
fn path_of(body: &[u8], error: &serde_json::Error) -> Option<String> {
    let line = error.line().checked_sub(1)?;
    let start = match line {
        0 => 0,
        line => body.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(line - 1)?.0 + 1,
    };
    let path_before = |end: usize| {
        let deserializer = &mut Deserializer::from_slice(body.get(..end)?);
        let mut track = serde_path_to_error::Track::new();
        let cut = Value::deserialize(serde_path_to_error::Deserializer::new(deserializer, &mut track));
        let path = cut.is_err().then(|| track.path().to_string())?;
        // A key or value that was not read yet.
        let path = path.trim_end_matches(['.', '?']).to_owned();
        (!path.is_empty()).then_some(path)
    };
    // The column is that of the last byte of a scalar, and of the byte before a list or an object.
    let end = start.checked_add(error.column())?;
    [path_before(end.checked_sub(1)?), path_before(end)].into_iter().flatten().max_by_key(String::len)
}

#[cfg(test)]
mod tests {
    use atlas_exports_gen::types::{ExportJob, ExportJobPage};
    use serde::de::DeserializeOwned;

    use super::*;

    fn message<T: DeserializeOwned>(body: &str) -> String {
        let Err(error) = serde_json::from_str::<T>(body) else { panic!("{body}") };
        decode_error(body.as_bytes(), error).to_string()
    }

    #[test]
    fn a_decode_error_names_the_member() {
        for (body, path) in [
            (r#"{"results":[{"id":"a"},{"id":"b","createdAt":"soon"}]}"#, "`results[1].createdAt`"),
            ("{\"results\":\n [{\"id\":\"a\"},\n  {\"id\":7}]}", "`results[1].id`"),
            (
                r#"{"results":[{"id":"a","components":[{"exportId":"x"},{"exportId":[1]}]}]}"#,
                "`results[0].components[1].exportId`",
            ),
            (r#"{"totalCount":"many"}"#, "`totalCount`"),
            (r#"{"results":7}"#, "`results`"),
        ] {
            let message = message::<ExportJobPage>(body);
            assert!(message.contains(path), "{body}: {message}");
        }
    }

    #[test]
    fn a_decode_error_of_the_whole_body_names_no_member() {
        for body in ["[]", "7", "{}", "<html>", ""] {
            let message = message::<ExportJob>(body);
            assert!(message.starts_with("the response does not match the contract; it begins"), "{message}");
        }
    }

    #[test]
    fn a_missing_member_is_told_with_the_object_that_lacks_it() {
        let Err(error) = serde_json::from_str::<ExportJobPage>(r#"{"results":[{"id":"a"},{"state":"x"}]}"#) else {
            panic!()
        };
        let error = decode_error(br#"{"results":[{"id":"a"},{"state":"x"}]}"#, error);
        assert!(error.to_string().contains("results[1]"), "{error}");
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("missing field `id`"));
    }
}
