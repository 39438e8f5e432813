//! Requests that the server says over HTTP/2 it did not process (RFC 9113, section 8.7).

use h2::Reason;
use reqwest::Method;

use super::{Failure, failure::causes};

/// So often a call's requests are sent again for that alone. The retry policy does not count it, since nothing was
/// tried.
pub(super) const MOST_RESENDS: u32 = 3;

/// How the server said it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unprocessed {
    /// It refused the request.
    Refused,
    /// It said farewell before it came to it. hyper tells the same of a request that was processed, when the farewell
    /// arrives while it is sent.
    Farewell,
}

impl Unprocessed {
    pub(super) fn of(failure: &Failure) -> Option<Self> {
        let Failure::Network(source) = failure else { return None };
        let error = causes(source.as_ref()).find_map(|error| error.downcast_ref::<h2::Error>())?;
        match error.reason() {
            Some(Reason::REFUSED_STREAM) if error.is_remote() && error.is_reset() => Some(Self::Refused),
            Some(Reason::NO_ERROR) if error.is_remote() && error.is_go_away() => Some(Self::Farewell),
            _ => None,
        }
    }

    /// Whether it may be otherwise.
    pub(super) fn is_doubtful(self) -> bool {
        matches!(self, Self::Farewell)
    }

    /// Whether a request of `method` can be sent again at once, since it does no harm should it be carried out twice.
    pub(super) fn can_resend(self, method: &Method) -> bool {
        !self.is_doubtful() || method.is_idempotent()
    }
}
