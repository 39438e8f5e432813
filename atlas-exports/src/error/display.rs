//! The texts of errors.

use std::{borrow::Cow, error::Error as StdError, fmt};

use atlas_exports_gen::types::{ApiError, ExportJob};
use reqwest::StatusCode;

use super::{Error, ErrorKind, classify::causes, excerpt};

/// What a response with an error status says.
pub(super) fn response(status: StatusCode, api: &ApiError) -> String {
    let mut text = status.to_string();
    if let Some(code) = &api.error_code {
        text.push(' ');
        text.push_str(&excerpt(code.as_bytes()));
    }
    if let Some(detail) = &api.detail {
        // Servers in between may write anything, and logs are read on terminals.
        text.push_str(": ");
        text.push_str(excerpt(detail.as_bytes()).trim_end_matches('.'));
    }
    text
}

/// What became of a job that ended otherwise than well.
pub(super) fn ended(kind: ErrorKind, job: &ExportJob) -> Cow<'static, str> {
    match kind {
        ErrorKind::ExportFailed => match job.failure() {
            Some(failure) => format!("the export job failed: {}", excerpt(failure.to_string().as_bytes())).into(),
            None => "the export job failed".into(),
        },
        ErrorKind::ExportCancelled => "the export job was cancelled".into(),
        _ => {
            let state = job.state.as_ref().map_or("none", |state| state.as_str());
            format!("the export job ended in the unknown state {}", excerpt(state.as_bytes())).into()
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(setting) = self.0.setting {
            write!(f, "{setting}: ")?;
        }
        if let Some(call) = self.0.call.as_ref().filter(|call| call.operation.is_some() || !call.path.is_empty()) {
            write!(f, "{call}: ")?;
        }
        f.write_str(&self.0.message)
    }
}

/// The text with its causes, attempts and hint; with `#`, the fields.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            let inner = &self.0;
            return f
                .debug_struct("Error")
                .field("kind", &inner.kind)
                .field("message", &inner.message)
                .field("setting", &inner.setting)
                .field("call", &inner.call)
                .field("status", &inner.status)
                .field("api", &inner.api)
                .field("retry_after", &inner.retry_after)
                .field("job", &inner.job)
                .field("outcome_unknown", &inner.outcome_unknown)
                .field("source", &inner.source)
                .finish_non_exhaustive();
        }
        write!(f, "{self}")?;
        for cause in causes(self).skip(1) {
            // An error of this crate shows its own causes, which come next.
            write!(f, "\n  caused by: {cause}")?;
        }
        if let Some(call) = self.0.call.as_ref().filter(|call| call.attempts.len() > 1) {
            write!(f, "\n  {} attempts in {:.1} s: ", call.attempts.len(), call.elapsed.as_secs_f64())?;
            for (index, attempt) in call.attempts.iter().enumerate() {
                write!(f, "{}{attempt}", if index == 0 { "" } else { ", " })?;
            }
        }
        match self.hint() {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use std::{io, time::Duration};

    use super::*;
    use crate::{Attempt, CallContext, Operation};

    #[test]
    fn what_a_response_says_comes_on_one_line_of_bounded_length() {
        let mut api = ApiError::default();
        api.error_code = Some("CODE\u{1b}[2J".into());
        api.detail = Some(format!("one\ntwo\u{1b}[31m {}", "x".repeat(60_000)));
        let error = Error::response(StatusCode::BAD_REQUEST, api);
        let text = error.to_string();
        assert!(text.contains("400 Bad Request CODE [2J: one two [31m xxx"), "{text}");
        assert!(text.len() < 500 && !text.contains(char::is_control), "{text}");
        assert!(error.api().unwrap().detail.as_ref().unwrap().len() > 60_000, "the document is whole");
    }

    #[test]
    fn display_has_neither_cause_nor_attempts_nor_hint_and_debug_has_all_of_them() {
        let mut call = CallContext::new(Operation::by_name("list_export_jobs").unwrap(), "/groups/p/clusters/c/x/y");
        let attempt = |after| Attempt { after: Duration::from_secs(after), kind: ErrorKind::Network, status: None };
        call.attempts = vec![attempt(1), attempt(3)];
        let error = Error::new(ErrorKind::Network, "the connection broke")
            .with_source(io::Error::other("reset by peer"))
            .with_call(call);
        assert_eq!(error.to_string(), "list export jobs of cluster c in project p: the connection broke");
        let debug = format!("{error:?}");
        for part in [&*error.to_string(), "caused by: reset by peer", "2 attempts", "network after 3.0 s", "hint: "] {
            assert!(debug.contains(part), "{debug}");
        }
        assert!(format!("{error:#?}").contains("exchanges"), "the fields");
    }

    #[test]
    fn the_source_is_the_cause_itself() {
        let error = Error::new(ErrorKind::Transport, "x").with_source(io::Error::other("cause"));
        assert!(error.source().unwrap().is::<io::Error>());
        let outer = Error::new(ErrorKind::CreateUnknown, "y").with_source(error);
        assert!(outer.source().unwrap().is::<Error>());
    }
}
