//! States of export jobs, known and unknown.

use std::{
    borrow::Cow,
    convert::Infallible,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The state of an export job.
///
/// States that this crate does not know are kept and written back unchanged. Comparison ignores
/// ASCII case.
#[derive(Clone)]
#[non_exhaustive]
pub enum ExportState {
    /// The job has not started yet.
    Queued,
    /// The snapshot is being copied.
    InProgress,
    /// The snapshot is in the bucket.
    Successful,
    /// The job ended without a usable copy.
    Failed,
    /// The job was cancelled.
    Cancelled,
    /// A state that this crate does not know, as Atlas wrote it.
    Unknown(String),
}

impl ExportState {
    const KNOWN: [Self; 5] = [Self::Queued, Self::InProgress, Self::Successful, Self::Failed, Self::Cancelled];

    /// Returns the state as Atlas writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Queued => "Queued",
            Self::InProgress => "InProgress",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Unknown(text) => text,
        }
    }

    /// Returns whether a job never leaves this state. An unknown state is not terminal.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        [Self::Successful, Self::Failed, Self::Cancelled].contains(self)
    }

    /// Returns whether this crate knows the state.
    #[must_use]
    pub fn is_known(&self) -> bool {
        Self::KNOWN.contains(self)
    }

    fn known(text: &str) -> Option<Self> {
        Self::KNOWN.into_iter().find(|state| state.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for ExportState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for ExportState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(text) => f.debug_tuple("Unknown").field(text).finish(),
            known => f.write_str(known.as_str()),
        }
    }
}

impl PartialEq for ExportState {
    fn eq(&self, other: &Self) -> bool {
        self.as_str().eq_ignore_ascii_case(other.as_str())
    }
}

impl Eq for ExportState {}

impl Hash for ExportState {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.as_str().to_ascii_lowercase().hash(hasher);
    }
}

impl From<&str> for ExportState {
    fn from(text: &str) -> Self {
        Self::known(text).unwrap_or_else(|| Self::Unknown(text.to_owned()))
    }
}

impl From<String> for ExportState {
    fn from(text: String) -> Self {
        Self::known(&text).unwrap_or(Self::Unknown(text))
    }
}

impl FromStr for ExportState {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.into())
    }
}

impl Serialize for ExportState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ExportState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl JsonSchema for ExportState {
    fn schema_name() -> Cow<'static, str> {
        "ExportState".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Where an export job stands; other states than the examples are possible.",
            "examples": Self::KNOWN.map(|state| state.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_state_is_kept_shown_and_written_back_unchanged() {
        let state: ExportState = serde_json::from_str("\"Paused-by Atlas\"").unwrap();
        assert_eq!(state.to_string(), "Paused-by Atlas");
        assert_eq!(serde_json::to_string(&state).unwrap(), "\"Paused-by Atlas\"");
        assert!(!state.is_known() && !state.is_terminal());
    }

    #[test]
    fn known_states_compare_without_regard_to_case() {
        let state: ExportState = serde_json::from_str("\"SUCCESSFUL\"").unwrap();
        assert_eq!(state, ExportState::Successful);
        assert!(state.is_terminal());
        assert_eq!(ExportState::Unknown("queued".into()), ExportState::Queued);
    }

    #[test]
    fn terminal_states_are_the_three_that_a_job_never_leaves() {
        let terminal: Vec<_> = ExportState::KNOWN.into_iter().filter(ExportState::is_terminal).collect();
        assert_eq!(terminal, [ExportState::Successful, ExportState::Failed, ExportState::Cancelled]);
    }
}
