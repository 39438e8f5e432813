//! The two versions of the API, and the resource versions of v2.

use std::{collections::HashSet, sync::Mutex};

use http::{HeaderMap, header};

use super::{errors, is_v2, pattern::PathPattern, response::Content};
use crate::{FakeResponse, data::clock::Clock, lock::lock};

/// The version of the API that serves a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Version {
    #[default]
    V1,
    /// With the date of the resource version.
    V2(String),
}

impl Version {
    /// Whether buckets may be of any provider, not of AWS alone.
    pub(crate) fn has_all_providers(&self) -> bool {
        matches!(self, Self::V2(date) if date.as_str() >= ALL_PROVIDERS)
    }

    pub(crate) fn is_v2(&self) -> bool {
        matches!(self, Self::V2(_))
    }
}

/// One version of a resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResourceVersion {
    date: &'static str,
    end: Option<End>,
}

/// The announced end of a resource version.
#[derive(Clone, Copy, Debug)]
struct End {
    /// The day from which the version is gone.
    day: &'static str,
    deprecation: &'static str,
    sunset: &'static str,
}

const FIRST: &str = "2023-01-01";
const ALL_PROVIDERS: &str = "2024-05-30";
/// The dates of all resource versions; any other date is refused.
const DATES: [&str; 5] = [FIRST, ZONES, ALL_PROVIDERS, SHARDS, FLEX];
/// Clusters have one entry of `replicationSpecs` for each zone from this version on.
pub(crate) const ZONES: &str = "2023-02-01";
/// Clusters have one entry of `replicationSpecs` for each shard from this version on.
pub(crate) const SHARDS: &str = "2024-08-05";
const FLEX: &str = "2024-11-13";
const REPLACED_BY_SHARDS: Option<End> = Some(End {
    day: "2027-07-01",
    deprecation: "Mon, 5 Aug 2024 00:00:00 GMT",
    sunset: "Thu, 1 Jul 2027 00:00:00 GMT",
});

/// The first version alone.
pub(crate) const ONLY_FIRST: &[ResourceVersion] = &[ResourceVersion { date: FIRST, end: None }];
/// The version that knows buckets of all providers alone.
pub(crate) const ONLY_ALL_PROVIDERS: &[ResourceVersion] = &[ResourceVersion { date: ALL_PROVIDERS, end: None }];
/// The three versions of clusters.
pub(crate) const CLUSTERS: &[ResourceVersion] = &[
    ResourceVersion { date: FIRST, end: REPLACED_BY_SHARDS },
    ResourceVersion { date: ZONES, end: REPLACED_BY_SHARDS },
    ResourceVersion { date: SHARDS, end: None },
];
/// The only version of flex clusters.
pub(crate) const FLEX_CLUSTERS: &[ResourceVersion] = &[ResourceVersion { date: FLEX, end: None }];
/// Both versions of backup schedules.
pub(crate) const SCHEDULES: &[ResourceVersion] =
    &[ResourceVersion { date: FIRST, end: REPLACED_BY_SHARDS }, ResourceVersion { date: SHARDS, end: None }];
/// Both versions of export buckets.
pub(crate) const EXPORT_BUCKETS: &[ResourceVersion] = &[
    ResourceVersion {
        date: FIRST,
        end: Some(End {
            day: "2027-07-01",
            deprecation: "Thu, 30 May 2024 00:00:00 GMT",
            sunset: "Thu, 1 Jul 2027 00:00:00 GMT",
        }),
    },
    ResourceVersion { date: ALL_PROVIDERS, end: None },
];

/// The versions that a test ends or deprecates.
#[derive(Debug, Default)]
pub(crate) struct VersionLifecycle {
    ended: Mutex<HashSet<String>>,
    deprecations: Mutex<Vec<Deprecation>>,
}

#[derive(Debug)]
struct Deprecation {
    path: PathPattern,
    headers: Vec<(&'static str, String)>,
}

/// The version that serves a request, and the headers that announce its end.
#[derive(Debug)]
pub(crate) struct SelectedVersion {
    pub(crate) version: Version,
    headers: Vec<(&'static str, String)>,
}

impl VersionLifecycle {
    /// Responds with 410 for a resource version from now on.
    pub(crate) fn sunset(&self, date: &str) {
        lock(&self.ended).insert(date.to_owned());
    }

    /// Announces the end of what is at a path in headers.
    pub(crate) fn deprecate(&self, path: &str, deprecation: Option<&str>, sunset: Option<&str>) {
        let headers = [("deprecation", deprecation), ("sunset", sunset)];
        let headers = headers.into_iter().filter_map(|(name, date)| Some((name, date?.to_owned()))).collect();
        lock(&self.deprecations).push(Deprecation { path: PathPattern::new(path), headers });
    }

    /// Selects the version that serves a request, or refuses it. `versions` are those of the endpoint, oldest first,
    /// `None` standing for an endpoint that the fake does not know.
    pub(crate) fn select(
        &self,
        versions: Option<&'static [ResourceVersion]>,
        path: &str,
        sent: &HeaderMap,
        clock: &Clock,
    ) -> Result<SelectedVersion, Box<FakeResponse>> {
        let mut headers = Vec::new();
        for deprecation in lock(&self.deprecations).iter().rev() {
            if headers.is_empty() && deprecation.path.matches(path) {
                headers.clone_from(&deprecation.headers);
            }
        }
        if !is_v2(path) {
            return Ok(SelectedVersion { version: Version::V1, headers });
        }
        let requested = requested_date(sent).ok_or_else(|| Box::new(not_acceptable("none")))?;
        let Some(versions) = versions else {
            return Ok(SelectedVersion { version: Version::V2(requested), headers });
        };
        if !DATES.contains(&requested.as_str()) {
            return Err(Box::new(not_acceptable(&requested)));
        }
        // A date selects the newest version that existed on that day.
        let selected = versions.iter().rev().find(|version| version.date <= requested.as_str());
        let selected = selected.ok_or_else(|| Box::new(not_acceptable(&requested)))?;
        if let Some(end) = selected.end {
            if clock.now().format("%Y-%m-%d").to_string().as_str() >= end.day {
                return Err(Box::new(gone(selected.date)));
            }
            if headers.is_empty() {
                headers = vec![("deprecation", end.deprecation.to_owned()), ("sunset", end.sunset.to_owned())];
            }
        }
        if lock(&self.ended).contains(selected.date) {
            return Err(Box::new(gone(selected.date)));
        }
        Ok(SelectedVersion { version: Version::V2(selected.date.to_owned()), headers })
    }
}

impl SelectedVersion {
    /// Adds the headers that announce the end, and to a success the media type of the version: errors are plain JSON.
    pub(crate) fn add_headers(&self, response: FakeResponse) -> FakeResponse {
        let response = self.headers.iter().fold(response, |response, (name, value)| response.header(name, value));
        match &self.version {
            Version::V2(date)
                if response.status() < 400
                    && matches!(response.body, Content::Json(_))
                    && !response.headers.contains_key(header::CONTENT_TYPE) =>
            {
                response.header("content-type", &format!("application/vnd.atlas.{date}+json;charset=utf-8"))
            }
            _ => response,
        }
    }
}

/// The date in `Accept: application/vnd.atlas.<date>+json`, or `preview`; other formats are those of bytes.
fn requested_date(headers: &HeaderMap) -> Option<String> {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).find_map(|accepted| {
        let media_type = accepted.split(';').next()?.trim();
        let (date, format) = media_type.strip_prefix("application/vnd.atlas.")?.rsplit_once('+')?;
        let is_version = is_date(date) || date == "preview";
        (is_version && matches!(format, "json" | "gzip" | "csv")).then(|| date.to_owned())
    })
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
}

/// The error code of the live service is not known.
fn not_acceptable(requested: &str) -> FakeResponse {
    let detail = format!("No resource version fits the Accept header: {requested}.");
    errors::api_error(406, "INVALID_VERSION_DATE", &detail, &[requested])
}

fn gone(date: &str) -> FakeResponse {
    errors::api_error(410, "VERSION_GONE", &format!("Resource version {date} has been removed."), &[date])
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    const PATH: &str = "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/backup/exportBuckets";

    fn select(
        lifecycle: &VersionLifecycle,
        versions: Option<&'static [ResourceVersion]>,
        accept: &str,
        year: u64,
    ) -> Result<SelectedVersion, u16> {
        let clock = Clock::new(SystemTime::UNIX_EPOCH + Duration::from_secs((year - 1970) * 31_557_600 + 86_400), 1.0);
        let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().expect("a value"))]);
        lifecycle.select(versions, PATH, &headers, &clock).map_err(|response| response.status())
    }

    fn selected(versions: Option<&'static [ResourceVersion]>, accept: &str) -> Result<Version, u16> {
        select(&VersionLifecycle::default(), versions, accept, 2026).map(|selected| selected.version)
    }

    #[test]
    fn a_date_selects_the_newest_version_of_that_day() {
        let v2 = |date: &str| Ok(Version::V2(date.to_owned()));
        let (first, latest) = ("application/vnd.atlas.2023-01-01+json", "application/vnd.atlas.2024-05-30+json");
        assert_eq!(selected(Some(EXPORT_BUCKETS), first), v2(FIRST));
        assert_eq!(selected(Some(EXPORT_BUCKETS), latest), v2(ALL_PROVIDERS));
        assert_eq!(selected(Some(ONLY_FIRST), latest), v2(FIRST));
        assert_eq!(selected(Some(ONLY_ALL_PROVIDERS), latest), v2(ALL_PROVIDERS));
        assert_eq!(selected(Some(ONLY_ALL_PROVIDERS), first), Err(406));
        assert_eq!(selected(None, "application/vnd.atlas.2025-03-12+json"), v2("2025-03-12"));
    }

    #[test]
    fn a_missing_or_unknown_date_is_not_acceptable() {
        for accept in
            ["*/*", "application/json", "application/vnd.atlas.2023-01-02+json", "application/vnd.atlas.x+json"]
        {
            assert_eq!(selected(Some(EXPORT_BUCKETS), accept), Err(406), "{accept}");
        }
        assert_eq!(
            selected(Some(EXPORT_BUCKETS), "text/html, application/vnd.atlas.2024-05-30+json;charset=utf-8"),
            Ok(Version::V2(ALL_PROVIDERS.into()))
        );
    }

    #[test]
    fn a_version_ends_on_its_day_or_on_request() {
        let lifecycle = VersionLifecycle::default();
        let accept = "application/vnd.atlas.2023-01-01+json";
        let selected = select(&lifecycle, Some(EXPORT_BUCKETS), accept, 2026).expect("before its end");
        let response = selected.add_headers(FakeResponse::json(200, serde_json::json!({})));
        assert_eq!(response.headers["sunset"], "Thu, 1 Jul 2027 00:00:00 GMT");
        assert_eq!(response.headers["content-type"], "application/vnd.atlas.2023-01-01+json;charset=utf-8");
        assert_eq!(select(&lifecycle, Some(EXPORT_BUCKETS), accept, 2028).err(), Some(410));
        lifecycle.sunset(ALL_PROVIDERS);
        let latest = "application/vnd.atlas.2024-05-30+json";
        assert_eq!(select(&lifecycle, Some(EXPORT_BUCKETS), latest, 2026).err(), Some(410));
    }
}
