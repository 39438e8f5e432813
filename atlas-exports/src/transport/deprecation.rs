//! What Atlas says of an operation's end: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, HeaderName};

use crate::{Operation, http_date};

static DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
static SUNSET: HeaderName = HeaderName::from_static("sunset");

/// That Atlas calls an operation deprecated, or tells when it ends. See
/// [`Client::deprecations`](crate::Client::deprecations).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deprecation {
    /// The operation.
    pub operation: &'static Operation,
    /// The resource version that was asked for; `None` with version 1.0 of the API.
    pub resource_version: Option<String>,
    /// From when on it is deprecated. `None` when the answer had no such header, or one without a date that can be read.
    pub deprecated: Option<DateTime<Utc>>,
    /// When it stops to work. `None` when the answer had no such header, or one without a date that can be read.
    pub sunset: Option<DateTime<Utc>>,
    /// When the last answer that said so came.
    pub seen: SystemTime,
}

/// The last word on each operation.
#[derive(Debug, Default)]
pub(crate) struct Deprecations(Mutex<BTreeMap<&'static str, Deprecation>>);

impl Deprecations {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Deprecation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn all(&self) -> Vec<Deprecation> {
        self.lock().values().cloned().collect()
    }

    /// Keeps what an answer says, and warns when it is the first of its operation that says so.
    pub(crate) fn note(&self, operation: &'static Operation, version: Option<&str>, headers: &HeaderMap) {
        let (deprecation, sunset) = (headers.get(&DEPRECATION), headers.get(&SUNSET));
        if deprecation.is_none() && sunset.is_none() {
            return;
        }
        let told = Deprecation {
            operation,
            resource_version: version.map(Into::into),
            deprecated: deprecation.and_then(|value| date(value.to_str().ok()?)),
            sunset: sunset.and_then(|value| date(value.to_str().ok()?)),
            seen: SystemTime::now(),
        };
        let day = |date: Option<DateTime<Utc>>| date.map(|date| date.date_naive().to_string());
        let (deprecated, sunset) = (day(told.deprecated), day(told.sunset));
        if self.lock().insert(operation.name, told).is_none() {
            tracing::warn!(
                operation = operation.name,
                resource_version = version,
                deprecated,
                sunset,
                "Atlas will end this operation in the version that is asked for: see Client::deprecations"
            );
        }
    }
}

/// A date of either header: seconds after an `@` as RFC 9745 writes them, or a date as RFC 8594 and Atlas do.
fn date(text: &str) -> Option<DateTime<Utc>> {
    match text.trim().strip_prefix('@') {
        Some(seconds) => DateTime::from_timestamp(seconds.parse().ok()?, 0),
        None => http_date::parse(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn noted(headers: &[(&'static str, &str)]) -> Vec<Deprecation> {
        let deprecations = Deprecations::default();
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        deprecations.note(Operation::by_name("list_export_buckets").unwrap(), Some("2023-01-01"), &headers);
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
            let [told] = noted.as_slice() else { panic!("{noted:?}") };
            assert_eq!(told.deprecated.unwrap().to_rfc3339(), "2024-05-30T00:00:00+00:00", "{deprecation}");
            assert_eq!(told.sunset.unwrap().to_rfc3339(), "2027-07-01T00:00:00+00:00", "{sunset}");
            assert_eq!(told.operation.id, "listExportBuckets");
            assert_eq!(told.resource_version.as_deref(), Some("2023-01-01"));
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
            prop_assert_eq!(date(&format!("@{at}")).map(|date| date.timestamp()), Some(at));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "@?.{0,40}") {
            let _ = date(&text);
        }
    }
}
