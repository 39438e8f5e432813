//! The announced end of operations: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, HeaderName};

use super::date;
use crate::Operation;

static DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
static SUNSET: HeaderName = HeaderName::from_static("sunset");

/// The end of an operation that Atlas announces. See [`Client::deprecations`](crate::Client::deprecations).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Deprecation {
    /// The operation.
    #[serde(serialize_with = "operation_name")]
    pub operation: &'static Operation,
    /// The resource version that was requested; `None` with version 1.0 of the API.
    pub resource_version: Option<String>,
    /// From when on it is deprecated. `None` when the response had no such header, or one without a date that can be read.
    pub deprecated: Option<DateTime<Utc>>,
    /// When it stops to work. `None` when the response had no such header, or one without a date that can be read.
    pub sunset: Option<DateTime<Utc>>,
    /// When the last response that announced it was received.
    pub seen: SystemTime,
}

fn operation_name<S: serde::Serializer>(operation: &&'static Operation, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(operation.name)
}

/// What was last announced of each operation.
#[derive(Debug, Default)]
pub(crate) struct Deprecations(Mutex<BTreeMap<&'static str, Deprecation>>);

impl Deprecations {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Deprecation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn all(&self) -> Vec<Deprecation> {
        self.lock().values().cloned().collect()
    }

    /// Keeps what a response announces, and warns when it is the first of its operation that does.
    pub(crate) fn record(&self, operation: &'static Operation, version: Option<&str>, headers: &HeaderMap) {
        let (deprecation, sunset) = (headers.get(&DEPRECATION), headers.get(&SUNSET));
        if deprecation.is_none() && sunset.is_none() {
            return;
        }
        let announced = Deprecation {
            operation,
            resource_version: version.map(Into::into),
            deprecated: deprecation.and_then(|value| moment(value.to_str().ok()?)),
            sunset: sunset.and_then(|value| moment(value.to_str().ok()?)),
            seen: SystemTime::now(),
        };
        let day = |date: Option<DateTime<Utc>>| date.map(|date| date.date_naive().to_string());
        let (deprecated, sunset) = (day(announced.deprecated), day(announced.sunset));
        if self.lock().insert(operation.name, announced).is_none() {
            tracing::warn!(
                operation = operation.name,
                resource_version = version,
                deprecated,
                sunset,
                "Atlas announces the end of this operation in the requested version; see Client::deprecations"
            );
        }
    }
}

/// A date of either header: seconds after an `@` as RFC 9745 writes them, or a date as RFC 8594 and Atlas do.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    match text.trim().strip_prefix('@') {
        Some(seconds) => DateTime::from_timestamp(seconds.parse().ok()?, 0),
        None => date::parse(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn noted(headers: &[(&'static str, &str)]) -> Vec<Deprecation> {
        let deprecations = Deprecations::default();
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        deprecations.record(Operation::by_name("list_export_buckets").unwrap(), Some("2023-01-01"), &headers);
        deprecations.all()
    }

    #[test]
    fn both_forms_of_both_headers_are_read() {
        for (deprecation, sunset) in [
            ("@1717027200", "Thu, 1 Jul 2027 00:00:00 GMT"),
            ("Thu, 30 May 2024 00:00:00 GMT", "@1814400000"),
            (" @1717027200 ", "Thursday, 01-Jul-27 00:00:00 GMT"),
        ] {
            let noted = noted(&[("deprecation", deprecation), ("sunset", sunset)]);
            let [announced] = noted.as_slice() else { panic!("{noted:?}") };
            assert_eq!(announced.deprecated.unwrap().to_rfc3339(), "2024-05-30T00:00:00+00:00", "{deprecation}");
            assert_eq!(announced.sunset.unwrap().to_rfc3339(), "2027-07-01T00:00:00+00:00", "{sunset}");
            assert_eq!(announced.operation.id, "listExportBuckets");
            assert_eq!(announced.resource_version.as_deref(), Some("2023-01-01"));
        }
    }

    #[test]
    fn a_header_that_cannot_be_read_still_tells_that_the_operation_is_deprecated() {
        for value in ["true", "@", "@99999999999999999999", "@1.5", "soon", ""] {
            let noted = noted(&[("deprecation", value)]);
            assert_eq!((noted.len(), noted[0].deprecated), (1, None), "{value}");
        }
    }

    #[test]
    fn an_answer_without_them_says_nothing() {
        assert_eq!(noted(&[("date", "Thu, 1 Jul 2027 00:00:00 GMT")]), []);
    }

    proptest! {
        #[test]
        fn any_second_is_read(at in -62_000_000_000_i64..250_000_000_000) {
            prop_assert_eq!(moment(&format!("@{at}")).map(|date| date.timestamp()), Some(at));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "@?.{0,40}") {
            let _ = moment(&text);
        }
    }
}
