//! What can fail.

use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// What failed. Its `Display` is a stable name, such as `wait_timed_out`, for metrics and logs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $kind,)*
        }

        impl ErrorKind {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$kind),*];

            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// No client can be created from these settings; see [`Error::setting`](super::Error::setting).
    Configuration = "configuration",
    /// An argument breaks a rule, so nothing was sent.
    InvalidInput = "invalid_input",
    /// Atlas responded with an error status; see [`Error::api`](super::Error::api).
    Api = "api",
    /// The 401 of the server has no Digest challenge that can be answered. No key was sent.
    Challenge = "challenge",
    /// The server returned a redirect, which is never followed, because the answer to a challenge signs the path.
    Redirect = "redirect",
    /// No connection could be established.
    Connect = "connect",
    /// No TLS session could be established, most often because a certificate is not trusted.
    Tls = "tls",
    /// No response came in time.
    Timeout = "timeout",
    /// The connection broke before the whole response was received.
    Network = "network",
    /// The response did not match the contract.
    Decode = "decode",
    /// The status is neither an error nor one of the contract.
    UnexpectedStatus = "unexpected_status",
    /// The [`Transport`](crate::Transport) that replaces the network failed.
    Transport = "transport",
    /// The pages of a list do not end: one repeats, or too many are empty or were read.
    Paging = "paging",
    /// The export job failed. The call did not: [`Error::job`](super::Error::job) has the job and its reason.
    ExportFailed = "export_failed",
    /// The export job was cancelled.
    ExportCancelled = "export_cancelled",
    /// The export job has ended in a state that this crate does not know, so whether it succeeded is open.
    ExportEndedUnknown = "export_ended_unknown",
    /// The time of a wait ran out. The job continues without it.
    WaitTimedOut = "wait_timed_out",
    /// The response to the creation of a job was lost, and whether there is a job now cannot be told.
    CreateUnknown = "create_unknown",
    /// The service account has no access token, so the call itself was not sent; or the token could not be revoked.
    Token = "token",
    /// The [`Authenticator`](crate::Authenticator) failed, so nothing was sent.
    Authenticator = "authenticator",
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_kind_is_the_same_in_text_and_json() {
        for kind in ErrorKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.to_string());
        }
    }
}
