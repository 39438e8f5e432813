//! What a fault does to a request or its response.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{FakeResponse, data::seconds};

/// What a fault does to a request or its response.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Effect {
    /// Sends this response instead.
    Response(Box<FakeResponse>),
    /// Resets the connection instead of responding.
    Reset,
    /// Sends half of the body, then resets the connection.
    ResetMidway,
    /// Sends half of the announced body, then closes the connection.
    Truncate,
    /// Lets the connection accept no more requests.
    Goaway,
    /// Waits before the response.
    #[serde(with = "seconds")]
    DelayHeaders(Duration),
    /// Waits between the halves of the body.
    #[serde(with = "seconds")]
    StallBody(Duration),
    /// Sends another media type.
    ContentType(String),
    /// Cuts the document in half, with the matching length.
    BadJson,
    /// Replaces the value of a member by one of another type.
    WrongType(String),
}

impl Effect {
    /// Whether the response to the request is needed.
    pub(crate) fn needs_response(&self) -> bool {
        match self {
            Self::Response(_) | Self::Reset => false,
            Self::ResetMidway
            | Self::Truncate
            | Self::Goaway
            | Self::DelayHeaders(_)
            | Self::StallBody(_)
            | Self::ContentType(_)
            | Self::BadJson
            | Self::WrongType(_) => true,
        }
    }
}
