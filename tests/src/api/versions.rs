//! The two versions of the API, and the resource versions of the newer one.

use std::{collections::HashSet, sync::Mutex};

use http::{HeaderMap, header};

use crate::{
    Answer,
    api::{answer::Content, errors, pattern::PathPattern},
    data::clock::Clock,
    lock::lock,
};

/// Which API a request came by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Version {
    #[default]
    V1,
    /// With the date of the resource version that serves it.
    V2(String),
}

impl Version {
    /// Whether buckets of other clouds than AWS are known.
    pub(crate) fn has_all_clouds(&self) -> bool {
        matches!(self, Self::V2(date) if date.as_str() >= CLOUDS)
    }

    pub(crate) fn is_v2(&self) -> bool {
        matches!(self, Self::V2(_))
    }
}

/// One version of a resource.
#[derive(Clone, Copy, Debug)]
struct Resource {
    date: &'static str,
    /// Day of its end, and what `Deprecation` and `Sunset` say until then.
    sunset: Option<(&'static str, [&'static str; 2])>,
}

const FIRST: &str = "2023-01-01";
const CLOUDS: &str = "2024-05-30";

const BUCKETS_END: (&str, [&str; 2]) =
    ("2027-07-01", ["Thu, 30 May 2024 00:00:00 GMT", "Thu, 1 Jul 2027 00:00:00 GMT"]);
const ONLY_FIRST: &[Resource] = &[Resource { date: FIRST, sunset: None }];
const ONLY_CLOUDS: &[Resource] = &[Resource { date: CLOUDS, sunset: None }];
const BUCKETS: &[Resource] =
    &[Resource { date: FIRST, sunset: Some(BUCKETS_END) }, Resource { date: CLOUDS, sunset: None }];

/// The versions of what a request is about; `None` where the fake has no such resource.
fn resource(method: &str, path: &str) -> Option<&'static [Resource]> {
    let below = path.strip_prefix("/api/atlas/v2/")?;
    let segments: Vec<_> = below.split('/').collect();
    match (method, segments.as_slice()) {
        (
            _,
            ["groups", _, "clusters", _, "backup", "exports"] | ["groups", _, "clusters", _, "backup", "exports", _],
        ) => Some(ONLY_FIRST),
        ("DELETE", ["groups", _, "backup", "exportBuckets", _]) => Some(ONLY_FIRST),
        ("PATCH", ["groups", _, "backup", "exportBuckets", _]) => Some(ONLY_CLOUDS),
        (_, ["groups", _, "backup", "exportBuckets"] | ["groups", _, "backup", "exportBuckets", _]) => Some(BUCKETS),
        _ => None,
    }
}

/// What a test said about the end of versions.
#[derive(Debug, Default)]
pub(crate) struct Endings {
    gone: Mutex<HashSet<String>>,
    deprecations: Mutex<Vec<Deprecation>>,
}

#[derive(Debug)]
struct Deprecation {
    path: PathPattern,
    headers: Vec<(&'static str, String)>,
}

/// The version that serves a request, and what the answer says of its end.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) version: Version,
    headers: Vec<(&'static str, String)>,
}

impl Endings {
    /// Answers 410 for a resource version from now on.
    pub(crate) fn sunset(&self, date: &str) {
        lock(&self.gone).insert(date.to_owned());
    }

    /// Says in headers that what is at a path will end.
    pub(crate) fn deprecate(&self, path: &str, deprecation: Option<&str>, sunset: Option<&str>) {
        let headers = [("deprecation", deprecation), ("sunset", sunset)];
        let headers = headers.into_iter().filter_map(|(name, date)| Some((name, date?.to_owned()))).collect();
        lock(&self.deprecations).push(Deprecation { path: PathPattern::new(path), headers });
    }

    /// Finds the version that serves a request, or refuses it.
    pub(crate) fn serve(
        &self,
        method: &str,
        path: &str,
        sent: &HeaderMap,
        clock: &Clock,
    ) -> Result<Served, Box<Answer>> {
        let mut headers = Vec::new();
        for deprecation in lock(&self.deprecations).iter().rev() {
            if headers.is_empty() && deprecation.path.matches(path) {
                headers.clone_from(&deprecation.headers);
            }
        }
        if !path.starts_with("/api/atlas/v2/") {
            return Ok(Served { version: Version::V1, headers });
        }
        let asked = asked(sent).ok_or_else(|| Box::new(not_acceptable("none")))?;
        let Some(resource) = resource(method, path) else {
            return Ok(Served { version: Version::V2(asked), headers });
        };
        if ![FIRST, CLOUDS].contains(&asked.as_str()) {
            return Err(Box::new(not_acceptable(&asked)));
        }
        // A date stands for the newest version that was there on that day.
        let served = resource.iter().rev().find(|version| version.date <= asked.as_str());
        let served = served.ok_or_else(|| Box::new(not_acceptable(&asked)))?;
        if let Some((end, dates)) = served.sunset {
            if clock.now().format("%Y-%m-%d").to_string().as_str() >= end {
                return Err(Box::new(gone(served.date)));
            }
            if headers.is_empty() {
                headers = ["deprecation", "sunset"].into_iter().zip(dates.map(str::to_owned)).collect();
            }
        }
        if lock(&self.gone).contains(served.date) {
            return Err(Box::new(gone(served.date)));
        }
        Ok(Served { version: Version::V2(served.date.to_owned()), headers })
    }
}

impl Served {
    /// Gives a good answer the media type of its version; errors are plain JSON. Both say when the end comes.
    pub(crate) fn sign(&self, answer: Answer) -> Answer {
        let answer = self.headers.iter().fold(answer, |answer, (name, value)| answer.header(name, value));
        match &self.version {
            Version::V2(date)
                if answer.status() < 400
                    && matches!(answer.body, Content::Json(_))
                    && !answer.headers.contains_key(header::CONTENT_TYPE) =>
            {
                answer.header("content-type", &format!("application/vnd.atlas.{date}+json;charset=utf-8"))
            }
            _ => answer,
        }
    }
}

/// The date in `Accept: application/vnd.atlas.<date>+json`.
fn asked(headers: &HeaderMap) -> Option<String> {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).find_map(|accepted| {
        let media_type = accepted.split(';').next()?.trim();
        let date = media_type.strip_prefix("application/vnd.atlas.")?.strip_suffix("+json")?;
        is_date(date).then(|| date.to_owned())
    })
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
}

/// The live service's code for it is not known.
fn not_acceptable(asked: &str) -> Answer {
    let detail = format!("No resource version fits the Accept header: {asked}.");
    errors::api_error(406, "INVALID_VERSION_DATE", &detail, &[asked])
}

fn gone(date: &str) -> Answer {
    errors::api_error(410, "VERSION_GONE", &format!("Resource version {date} has been removed."), &[date])
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    const GROUP: &str = "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8";

    fn serve(endings: &Endings, method: &str, path: &str, accept: &str, year: u64) -> Result<Served, u16> {
        let clock = Clock::new(SystemTime::UNIX_EPOCH + Duration::from_secs((year - 1970) * 31_557_600 + 86_400), 1.0);
        let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().expect("a value"))]);
        endings.serve(method, path, &headers, &clock).map_err(|answer| answer.status())
    }

    fn date(method: &str, path: &str, accept: &str) -> Result<Version, u16> {
        serve(&Endings::default(), method, &format!("{GROUP}{path}"), accept, 2026).map(|served| served.version)
    }

    #[test]
    fn a_date_chooses_the_newest_version_that_was_there() {
        let v2 = |date: &str| Ok(Version::V2(date.to_owned()));
        let (first, clouds) = ("application/vnd.atlas.2023-01-01+json", "application/vnd.atlas.2024-05-30+json");
        assert_eq!(date("GET", "/backup/exportBuckets", first), v2(FIRST));
        assert_eq!(date("GET", "/backup/exportBuckets", clouds), v2(CLOUDS));
        assert_eq!(date("GET", "/clusters/c/backup/exports/e", clouds), v2(FIRST));
        assert_eq!(date("DELETE", "/backup/exportBuckets/b", clouds), v2(FIRST));
        assert_eq!(date("PATCH", "/backup/exportBuckets/b", clouds), v2(CLOUDS));
        assert_eq!(date("PATCH", "/backup/exportBuckets/b", first), Err(406));
        assert_eq!(date("GET", "/anything/else", "application/vnd.atlas.2025-03-12+json"), v2("2025-03-12"));
    }

    #[test]
    fn a_missing_or_unknown_date_is_not_acceptable() {
        for accept in
            ["*/*", "application/json", "application/vnd.atlas.2023-01-02+json", "application/vnd.atlas.x+json"]
        {
            assert_eq!(date("GET", "/backup/exportBuckets", accept), Err(406), "{accept}");
        }
        assert_eq!(
            date("GET", "/backup/exportBuckets", "text/html, application/vnd.atlas.2024-05-30+json;charset=utf-8"),
            Ok(Version::V2(CLOUDS.into()))
        );
    }

    #[test]
    fn a_version_ends_on_its_day_or_when_told() {
        let endings = Endings::default();
        let (path, accept) = (format!("{GROUP}/backup/exportBuckets"), "application/vnd.atlas.2023-01-01+json");
        let served = serve(&endings, "GET", &path, accept, 2026).expect("before its end");
        let answer = served.sign(Answer::json(200, serde_json::json!({})));
        assert_eq!(answer.headers["sunset"], "Thu, 1 Jul 2027 00:00:00 GMT");
        assert_eq!(answer.headers["content-type"], "application/vnd.atlas.2023-01-01+json;charset=utf-8");
        assert_eq!(serve(&endings, "GET", &path, accept, 2028).err(), Some(410));
        endings.sunset(CLOUDS);
        assert_eq!(serve(&endings, "GET", &path, "application/vnd.atlas.2024-05-30+json", 2026).err(), Some(410));
    }
}
