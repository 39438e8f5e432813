//! The texts of errors.

use std::fmt;

use super::{Error, context::Place, hint};
use crate::transport::excerpt;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tell(f)?;
        if let Some(call) = self.call().filter(|call| call.attempts.len() > 1) {
            write!(f, " ({} attempts over {:.1} s: ", call.attempts.len(), call.elapsed.as_secs_f64())?;
            for (index, attempt) in call.attempts.iter().enumerate() {
                write!(f, "{}{attempt}", if index == 0 { "" } else { ", " })?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl Error {
    fn tell(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration { setting, problem, .. } => write!(f, "{setting}: {problem}"),
            Self::InvalidInput { problem, .. } => write!(f, "{problem}; nothing was sent"),
            Self::Api { call, status, api, retry_after } => {
                write!(f, "{call}: Atlas answered {status}")?;
                if let Some(code) = &api.error_code {
                    write!(f, " {}", excerpt(code.as_bytes()))?;
                }
                if let Some(detail) = &api.detail {
                    // Whoever stands between may write anything, and logs are read on terminals.
                    write!(f, ": {}", excerpt(detail.as_bytes()).trim_end_matches('.'))?;
                }
                if let Some(hint) = hint::for_answer(*status, api, call, *retry_after) {
                    write!(f, "; {hint}")?;
                }
                Ok(())
            }
            Self::Challenge { call, problem } => {
                write!(
                    f,
                    "{call}: the server answered 401 with a challenge that cannot be answered: {problem}; the key "
                )?;
                f.write_str("was not sent: check that the base URL leads to Atlas and not to a proxy or a login page")
            }
            Self::Redirect { call, status, location } => {
                let target = location.as_deref().unwrap_or("nowhere");
                write!(f, "{call}: the server answered {status} and points to {target}, which is not followed; ")?;
                f.write_str("set the base URL to where the service is")
            }
            Self::Connect { call, .. } => write!(
                f,
                "{call}: no connection to the server; check the base URL, the name resolution and the proxy settings"
            ),
            Self::Tls { call, .. } => write!(
                f,
                "{call}: no TLS session with the server; check the clock, the trusted certificates and the base URL"
            ),
            Self::Timeout { call, after, .. } => {
                write!(f, "{call}: no answer ")?;
                match after {
                    Some(after) => write!(f, "within {after:?}")?,
                    None => write!(f, "in time, after {:?}", call.elapsed)?,
                }
                match hint::for_lost_creation(call) {
                    Some(hint) => write!(f, "; {hint}"),
                    None => f.write_str("; try again, or allow more time"),
                }
            }
            Self::Network { call, .. } => {
                let hint = hint::for_lost_creation(call).unwrap_or("try again");
                write!(f, "{call}: the connection broke before the whole answer was there; {hint}")
            }
            Self::Decode { call, path, excerpt, source } => {
                write!(f, "{call}: the answer does not fit the contract")?;
                if !path.is_empty() && path != "." {
                    write!(f, " at `{path}`")?;
                }
                write!(f, ": {source}; the answer begins: {excerpt}")
            }
            Self::UnexpectedStatus { call, status } => {
                write!(f, "{call}: Atlas answered {status}, which the contract does not tell of")
            }
            Self::Transport { call, source } => write!(f, "{call}: the transport failed: {source}"),
            Self::Paging { call, page, problem } => {
                write!(f, "{call}: page {page} {problem}; the list was not read to its end: try again")
            }
            Self::ExportFailed { call, job } => {
                write!(f, "export job {}{}: it failed: ", job.id, Place(call))?;
                match job.failure() {
                    Some(failure) => write!(f, "{failure}")?,
                    None => f.write_str("no reason given")?,
                }
                f.write_str("; mend the cause and create a new job, since this one is not taken up again")
            }
            Self::ExportCancelled { call, job } => write!(
                f,
                "export job {}{}: it was cancelled; create a new job if the copy is still wanted",
                job.id,
                Place(call)
            ),
            Self::ExportEnded { call, job } => {
                let state = job.state.as_ref().map_or("none", |state| state.as_str());
                write!(f, "export job {}{}: it ended in the unknown state {state}; ", job.id, Place(call))?;
                f.write_str("look into the bucket, the file `.complete` is written at the end of a whole copy")
            }
            Self::WaitTimedOut { call, job, waited, source } => {
                let id = job.as_ref().map(|job| job.id.as_str()).or(call.resource.as_deref());
                write!(f, "export job {}{}: ", id.unwrap_or("not seen yet"), Place(call))?;
                match job.as_ref().map(|job| &job.state) {
                    Some(Some(state)) => write!(f, "still {state} after {waited:?}")?,
                    Some(None) => write!(f, "not ended after {waited:?}")?,
                    None => write!(f, "nothing was heard of it in {waited:?}")?,
                }
                if let Some(source) = source {
                    write!(f, ", and asking failed last: {source}")?;
                }
                f.write_str("; the job goes on: wait again, or allow more time")
            }
            Self::CreateUnknown { call, source, looking } => {
                write!(f, "{call}: the answer was lost ({source}), ")?;
                match looking {
                    Some(error) => write!(f, "and looking for the job failed ({error})")?,
                    None => f.write_str("and no such job is to be seen")?,
                }
                f.write_str("; there may be one all the same: look through the list before creating it again")
            }
            Self::Token { call, problem, .. } => {
                if call.operation.is_some() {
                    write!(f, "{call}: ")?;
                }
                f.write_str(problem)?;
                match &call.credential {
                    Some(end) => write!(f, " (service account whose client id ends in {end})"),
                    None => Ok(()),
                }
            }
            Self::Authenticator { call, source } => {
                write!(f, "{call}: the authenticator failed: {source}; nothing was sent")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Configuration { source, .. }
            | Self::InvalidInput { source, .. }
            | Self::Timeout { source, .. }
            | Self::Token { source, .. } => source.as_deref().map(|source| source as _),
            Self::Connect { source, .. } | Self::Tls { source, .. } | Self::Network { source, .. } => {
                Some(source.as_ref())
            }
            // Its text already holds the source's own; what is behind that comes next.
            Self::Transport { source, .. } | Self::Authenticator { source, .. } => source.source(),
            Self::Decode { source, .. } => Some(source.as_ref()),
            // Their text already holds the source's own.
            Self::WaitTimedOut { source: Some(source), .. } | Self::CreateUnknown { source, .. } => source.source(),
            Self::Paging { .. }
            | Self::ExportFailed { .. }
            | Self::ExportCancelled { .. }
            | Self::ExportEnded { .. }
            | Self::WaitTimedOut { source: None, .. } => None,
            Self::Api { .. } | Self::Challenge { .. } | Self::Redirect { .. } | Self::UnexpectedStatus { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use atlas_exports_gen::types::ApiError;
    use reqwest::StatusCode;

    use super::*;

    #[test]
    fn what_an_answer_says_comes_on_one_line_of_bounded_length() {
        let mut api = ApiError::default();
        api.error_code = Some("CODE\u{1b}[2J".into());
        api.detail = Some(format!("one\ntwo\u{1b}[31m {}", "x".repeat(60_000)));
        let error =
            Error::Api { call: Box::default(), status: StatusCode::BAD_REQUEST, api: Box::new(api), retry_after: None };
        let text = error.to_string();
        assert!(text.contains("400 Bad Request CODE [2J: one two [31m xxx"), "{text}");
        assert!(text.len() < 500 && !text.contains(char::is_control), "{text}");
        assert!(error.api().unwrap().detail.as_ref().unwrap().len() > 60_000, "the document is whole");
    }

    #[test]
    fn the_source_is_the_cause_itself() {
        use std::{error::Error as _, io, sync::Arc};

        let io = || Arc::new(io::Error::other("x"));
        let decode = || Arc::new(serde_json::from_str::<u8>("").unwrap_err());
        let network = Error::Network { call: Box::default(), source: io() };
        let timeout = Error::Timeout { call: Box::default(), after: None, source: Some(io()) };
        for error in [network, timeout] {
            assert!(error.source().unwrap().is::<io::Error>(), "{error:?}");
        }
        let (path, excerpt) = (String::new(), String::new());
        let decode = Error::Decode { call: Box::default(), path, excerpt, source: decode() };
        assert!(decode.source().unwrap().is::<serde_json::Error>());
    }
}
