//! Puts the version of the API on requests: the media type that names the resource version.

use reqwest::{
    Request, Response, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue},
};

use super::Failure;
use crate::{ApiVersion, Operation, api_version::ResourceVersion};

/// Header of our own that tells errors of the generated client, which keep nothing but headers, what was asked for.
const ASKED: &str = "x-atlas-exports-resource-version";

/// The version that a client speaks.
#[derive(Debug)]
pub(crate) struct Version {
    api: ApiVersion,
    /// Asked for by every operation, in place of what the contract says of each.
    pinned: Option<ResourceVersion>,
}

impl Version {
    pub(crate) fn new(api: ApiVersion, pinned: Option<ResourceVersion>) -> Self {
        Self { api, pinned }
    }

    pub(crate) fn api(&self) -> ApiVersion {
        self.api
    }

    /// The resource version that an operation asks for; `None` in version 1.0, which has none.
    pub(crate) fn asked(&self, operation: &'static Operation) -> Option<&str> {
        match self.api {
            ApiVersion::V1 => None,
            ApiVersion::V2 => self.pinned.as_ref().map(ResourceVersion::as_str).or(operation.version),
        }
    }

    /// Makes a request one of this version, or refuses it.
    pub(crate) fn put_on(&self, operation: &'static Operation, request: &mut Request) -> Result<(), Failure> {
        let media_type = match (self.api, self.asked(operation)) {
            (ApiVersion::V1, _) if operation.only_v2 => {
                return Err(Failure::Refused(format!(
                    "`{}` exists in version 2 of the API alone: set the client's api_version to ApiVersion::V2",
                    operation.name
                )));
            }
            (ApiVersion::V1, _) => HeaderValue::from_static("application/json"),
            (ApiVersion::V2, Some(date)) => HeaderValue::try_from(format!("application/vnd.atlas.{date}+json"))
                .map_err(|_| Failure::Refused(format!("the resource version {date:?} is no date")))?,
            (ApiVersion::V2, None) => {
                return Err(Failure::Refused(format!(
                    "the contract names no resource version for `{}`, which version 2 of the API requires: set the \
                     client's resource_version",
                    operation.name
                )));
            }
        };
        let headers = request.headers_mut();
        if headers.contains_key(CONTENT_TYPE) {
            headers.insert(CONTENT_TYPE, media_type.clone());
        }
        headers.insert(ACCEPT, media_type);
        Ok(())
    }
}

impl Version {
    /// Notes what was asked for on an answer that says that there is no such version.
    pub(crate) fn note_on(&self, operation: &'static Operation, response: &mut Response) {
        if matches!(response.status(), StatusCode::NOT_ACCEPTABLE | StatusCode::GONE)
            && let Some(asked) = self.asked(operation).and_then(|date| HeaderValue::from_str(date).ok())
        {
            response.headers_mut().insert(ASKED, asked);
        }
    }
}

/// What was noted on an answer.
pub(crate) fn noted_on(headers: &HeaderMap) -> Option<String> {
    headers.get(ASKED)?.to_str().ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use reqwest::Method;

    use super::*;

    fn versioned(version: &Version, operation: &str, body: bool) -> Result<(String, Option<String>), Failure> {
        let mut request = Request::new(Method::POST, "https://h/".parse().unwrap());
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        if body {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        version.put_on(Operation::by_name(operation).unwrap(), &mut request)?;
        let text = |name| request.headers().get(name).map(|value: &HeaderValue| value.to_str().unwrap().to_owned());
        Ok((text(ACCEPT).unwrap(), text(CONTENT_TYPE)))
    }

    fn pinned(date: &str) -> Version {
        Version::new(ApiVersion::V2, Some(ResourceVersion::parse(date).unwrap()))
    }

    #[test]
    fn version_1_speaks_plain_json() {
        let json = "application/json".to_owned();
        let version = Version::new(ApiVersion::V1, None);
        assert_eq!(versioned(&version, "create_export_job", true).unwrap(), (json.clone(), Some(json.clone())));
        assert_eq!(versioned(&version, "get_export_job", false).unwrap(), (json, None));
    }

    #[test]
    fn version_2_asks_for_the_resource_version_of_each_operation() {
        let version = Version::new(ApiVersion::V2, None);
        let jobs = "application/vnd.atlas.2023-01-01+json".to_owned();
        let buckets = "application/vnd.atlas.2024-05-30+json".to_owned();
        assert_eq!(versioned(&version, "get_export_job", false).unwrap(), (jobs.clone(), None));
        assert_eq!(versioned(&version, "create_export_job", true).unwrap(), (jobs.clone(), Some(jobs)));
        assert_eq!(versioned(&version, "list_export_buckets", false).unwrap(), (buckets, None));
    }

    #[test]
    fn a_pinned_date_goes_over_the_contract() {
        let (accept, content) = versioned(&pinned("2025-03-12"), "create_export_bucket", true).unwrap();
        assert_eq!(accept, "application/vnd.atlas.2025-03-12+json");
        assert_eq!(content.as_deref(), Some("application/vnd.atlas.2025-03-12+json"));
    }

    #[test]
    fn what_version_1_has_not_is_refused_by_name() {
        let refused = versioned(&Version::new(ApiVersion::V1, None), "update_export_bucket", true).unwrap_err();
        let Failure::Refused(problem) = refused else { panic!("{refused:?}") };
        assert!(problem.contains("update_export_bucket") && problem.contains("ApiVersion::V2"), "{problem}");
        versioned(&Version::new(ApiVersion::V2, None), "update_export_bucket", true).unwrap();
    }

    #[test]
    fn an_operation_without_a_resource_version_needs_a_pinned_one() {
        static OPERATIONS: std::sync::LazyLock<Operation> = std::sync::LazyLock::new(|| {
            let mut unversioned = Operation::by_name("get_export_job").unwrap().clone();
            unversioned.version = None;
            unversioned
        });
        let mut request = Request::new(Method::GET, "https://h/".parse().unwrap());
        let refused = Version::new(ApiVersion::V2, None).put_on(&OPERATIONS, &mut request).unwrap_err();
        assert!(matches!(refused, Failure::Refused(problem) if problem.contains("resource_version")));
        pinned("2023-01-01").put_on(&OPERATIONS, &mut request).unwrap();
    }
}
