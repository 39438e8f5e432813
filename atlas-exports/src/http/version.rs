//! Versions of the API, and how requests ask for one: by path, and in version 2 by a media type with a date.

use std::{fmt, str::FromStr};

use chrono::NaiveDate;
use reqwest::{
    Request,
    header::{ACCEPT, CONTENT_TYPE, HeaderValue},
};

use crate::{Error, Operation};

/// Version of the Atlas Administration API.
///
/// Both have the same operations and types here. What only version 2 has is refused with version 1.0, before any
/// request. The default of a client is version 2 with a service account, else version 1.0.
///
/// ```
/// use atlas_exports::ApiVersion;
///
/// let version: ApiVersion = "v2".parse()?;
/// assert_eq!(version, ApiVersion::V2);
/// assert_eq!(version.to_string(), "v2");
/// # Ok::<(), atlas_exports::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiVersion {
    /// Version 1.0, which MongoDB calls deprecated. Written `v1`.
    V1,
    /// Version 2, in which each request names the date of a resource version. Written `v2`.
    V2,
}

impl ApiVersion {
    /// Path of the API below the root of the service.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::V1 => "/api/atlas/v1.0",
            Self::V2 => "/api/atlas/v2",
        }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        })
    }
}

impl FromStr for ApiVersion {
    type Err = Error;

    /// Reads `v1`, `v1.0` and `v2`, with or without the `v`.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.to_ascii_lowercase().trim_start_matches('v') {
            "1" | "1.0" => Ok(Self::V1),
            "2" | "2.0" => Ok(Self::V2),
            _ => {
                Err(Error::configuration("api_version", format!("{text:?} is not a version of the API; use v1 or v2")))
            }
        }
    }
}

/// The date that names a resource version in version 2 of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourceVersion(String);

impl ResourceVersion {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        // The parser of dates takes one-digit months and years of any length too.
        let well_formed = text.len() == 10 && text.parse::<NaiveDate>().is_ok_and(|date| date.to_string() == text);
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::configuration("resource_version", format!("{text:?} is not a date like 2023-01-01")))
        }
    }

    /// Parses the date, which version 1.0 of the API has no use for.
    pub(crate) fn parse_for(api: ApiVersion, text: &str) -> Result<Self, Error> {
        let date = Self::parse(text)?;
        match api {
            ApiVersion::V2 => Ok(date),
            ApiVersion::V1 => Err(Error::configuration(
                "resource_version",
                "version 1.0 of the API has no resource versions; set api_version to ApiVersion::V2, or leave it out",
            )),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The version that a client's requests ask for.
#[derive(Debug)]
pub(crate) struct RequestVersion {
    api: ApiVersion,
    /// Requested by every operation, in place of what the contract says of each.
    pinned: Option<ResourceVersion>,
}

impl RequestVersion {
    pub(crate) fn new(api: ApiVersion, pinned: Option<ResourceVersion>) -> Self {
        Self { api, pinned }
    }

    pub(crate) fn api(&self) -> ApiVersion {
        self.api
    }

    /// Sets the headers of a request that ask for a version, and returns the resource version, which version 1.0 does not
    /// have. `own` is that of the request itself.
    ///
    /// # Errors
    ///
    /// When the API does not have the operation in this version, or wants a resource version and there is none.
    pub(crate) fn apply(
        &self,
        operation: Option<&'static Operation>,
        own: Option<&ResourceVersion>,
        request: &mut Request,
    ) -> Result<Option<String>, Error> {
        let name = || operation.map_or("this request", |operation| operation.name);
        let contract = operation.and_then(|operation| operation.version);
        let date = own.or(self.pinned.as_ref()).map(ResourceVersion::as_str).or(contract);
        let date = date.filter(|_| self.api == ApiVersion::V2);
        let headers = request.headers_mut();
        let body = match (self.api, date) {
            (ApiVersion::V1, _) if operation.is_some_and(|operation| operation.v2_only) => {
                return Err(Error::invalid_input(format!(
                    "`{}` exists only in version 2 of the API; set the client's api_version to ApiVersion::V2",
                    name()
                )));
            }
            (ApiVersion::V1, _) => HeaderValue::from_static("application/json"),
            (ApiVersion::V2, Some(date)) => media_type(date, "json")?,
            (ApiVersion::V2, None) => {
                return Err(Error::invalid_input(format!(
                    "version 2 of the API requires a resource version, and the contract names none for {}; set \
                     resource_version",
                    name()
                )));
            }
        };
        if headers.contains_key(CONTENT_TYPE) {
            headers.insert(CONTENT_TYPE, body.clone());
        }
        let accepted = match (operation.filter(|operation| operation.is_stream()), date) {
            (Some(operation), Some(date)) => media_type(date, operation.format())?,
            (Some(operation), None) => HeaderValue::from_static(operation.media_type),
            (None, _) => body,
        };
        headers.insert(ACCEPT, accepted);
        Ok(date.map(str::to_owned))
    }
}

fn media_type(date: &str, format: &str) -> Result<HeaderValue, Error> {
    HeaderValue::try_from(format!("application/vnd.atlas.{date}+{format}"))
        .map_err(|_| Error::invalid_input(format!("the resource version {date:?} is not a date")))
}

#[cfg(test)]
mod tests {
    use reqwest::Method;

    use super::*;

    fn versioned(version: &RequestVersion, operation: &str, body: bool) -> Result<(String, Option<String>), Error> {
        let mut request = Request::new(Method::POST, "https://h/".parse().unwrap());
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        if body {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        version.apply(Operation::by_name(operation), None, &mut request)?;
        let text = |name| request.headers().get(name).map(|value: &HeaderValue| value.to_str().unwrap().to_owned());
        Ok((text(ACCEPT).unwrap(), text(CONTENT_TYPE)))
    }

    fn pinned(date: &str) -> RequestVersion {
        RequestVersion::new(ApiVersion::V2, Some(ResourceVersion::parse(date).unwrap()))
    }

    #[test]
    fn version_1_requests_plain_json() {
        let json = "application/json".to_owned();
        let version = RequestVersion::new(ApiVersion::V1, None);
        assert_eq!(versioned(&version, "create_export_job", true).unwrap(), (json.clone(), Some(json.clone())));
        assert_eq!(versioned(&version, "get_export_job", false).unwrap(), (json, None));
    }

    #[test]
    fn version_2_requests_the_resource_version_of_each_operation() {
        let version = RequestVersion::new(ApiVersion::V2, None);
        let jobs = "application/vnd.atlas.2023-01-01+json".to_owned();
        let buckets = "application/vnd.atlas.2024-05-30+json".to_owned();
        assert_eq!(versioned(&version, "get_export_job", false).unwrap(), (jobs.clone(), None));
        assert_eq!(versioned(&version, "create_export_job", true).unwrap(), (jobs.clone(), Some(jobs)));
        assert_eq!(versioned(&version, "list_export_buckets", false).unwrap(), (buckets, None));
    }

    #[test]
    fn a_stream_of_bytes_is_requested_in_its_format_and_sent_json() {
        static LOG: std::sync::LazyLock<Operation> = std::sync::LazyLock::new(|| {
            let mut log = Operation::by_name("get_export_job").unwrap().clone();
            log.media_type = "application/gzip";
            log
        });
        for (api, accepted, sent) in [
            (ApiVersion::V1, "application/gzip", "application/json"),
            (ApiVersion::V2, "application/vnd.atlas.2023-01-01+gzip", "application/vnd.atlas.2023-01-01+json"),
        ] {
            let mut request = Request::new(Method::POST, "https://h/".parse().unwrap());
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            RequestVersion::new(api, None).apply(Some(&LOG), None, &mut request).unwrap();
            assert_eq!(request.headers()[ACCEPT], accepted);
            assert_eq!(request.headers()[CONTENT_TYPE], sent);
        }
    }

    #[test]
    fn a_pinned_date_overrides_the_contract() {
        let (accept, content) = versioned(&pinned("2025-03-12"), "create_export_bucket", true).unwrap();
        assert_eq!(accept, "application/vnd.atlas.2025-03-12+json");
        assert_eq!(content.as_deref(), Some("application/vnd.atlas.2025-03-12+json"));
    }

    #[test]
    fn an_operation_of_version_2_alone_is_refused_in_version_1_by_name() {
        let refused = versioned(&RequestVersion::new(ApiVersion::V1, None), "update_export_bucket", true).unwrap_err();
        let problem = refused.to_string();
        assert!(problem.contains("update_export_bucket") && problem.contains("ApiVersion::V2"), "{problem}");
        versioned(&RequestVersion::new(ApiVersion::V2, None), "update_export_bucket", true).unwrap();
    }

    #[test]
    fn an_operation_without_a_resource_version_needs_a_pinned_one() {
        static OPERATIONS: std::sync::LazyLock<Operation> = std::sync::LazyLock::new(|| {
            let mut unversioned = Operation::by_name("get_export_job").unwrap().clone();
            unversioned.version = None;
            unversioned
        });
        let mut request = Request::new(Method::GET, "https://h/".parse().unwrap());
        let refused =
            RequestVersion::new(ApiVersion::V2, None).apply(Some(&OPERATIONS), None, &mut request).unwrap_err();
        assert!(refused.to_string().contains("resource_version"), "{refused}");
        pinned("2023-01-01").apply(Some(&OPERATIONS), None, &mut request).unwrap();
    }

    #[test]
    fn the_text_of_a_version_can_be_parsed() {
        for version in [ApiVersion::V1, ApiVersion::V2] {
            assert_eq!(version.to_string().parse::<ApiVersion>().unwrap(), version);
        }
        assert_eq!("V1.0".parse::<ApiVersion>().unwrap(), ApiVersion::V1);
        let error = "v3".parse::<ApiVersion>().unwrap_err().to_string();
        assert!(error.contains("\"v3\"") && error.contains("v1 or v2"), "{error}");
    }

    #[test]
    fn a_resource_version_is_a_date() {
        assert_eq!(ResourceVersion::parse("2024-05-30").unwrap().as_str(), "2024-05-30");
        for wrong in [
            "",
            "2024-5-30",
            "2024-13-01",
            "2023-02-29",
            "20240530",
            "2024-05-30 ",
            "latest",
            "2024-05-3\n",
            "+2024-5-3",
        ] {
            let error = ResourceVersion::parse(wrong).unwrap_err().to_string();
            assert!(error.contains("2023-01-01"), "{wrong}: {error}");
        }
    }
}
