//! Requests that the server says over HTTP/2 it did not process (RFC 9113, section 8.7).

use h2::Reason;
use reqwest::Method;

use crate::{Error, ErrorKind, error::causes};

/// So often the requests of a call are sent again for that alone. The retry policy does not count it, since nothing was
/// attempted.
pub(crate) const MAX_RESENDS: u32 = 3;

/// How the server said it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unprocessed {
    /// It refused the stream.
    Refused,
    /// It sent `GOAWAY` before it came to the request. hyper reports the same of a request that was processed, when the
    /// frame arrives while the request is sent.
    GoAway,
}

impl Unprocessed {
    pub(crate) fn of(error: &Error) -> Option<Self> {
        if error.kind() != ErrorKind::Network {
            return None;
        }
        let error = causes(error).find_map(|error| error.downcast_ref::<h2::Error>())?;
        match error.reason() {
            Some(Reason::REFUSED_STREAM) if error.is_remote() && error.is_reset() => Some(Self::Refused),
            Some(Reason::NO_ERROR) if error.is_remote() && error.is_go_away() => Some(Self::GoAway),
            _ => None,
        }
    }

    /// Returns whether the request may have been processed all the same.
    pub(crate) fn is_ambiguous(self) -> bool {
        matches!(self, Self::GoAway)
    }

    /// Returns whether a request of `method` can be sent again at once, since it does no harm if it is carried out twice.
    pub(crate) fn can_resend(self, method: &Method) -> bool {
        !self.is_ambiguous() || method.is_idempotent()
    }
}
