//! Dated media types: which resource versions an operation has, and which one is meant.

use serde_json::Value;

use super::document::{Document, Operation};

/// A resource version, as a media type names it. The order is that of age; what has no version comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    /// `application/json` and the like.
    None,
    /// Whoever asks for it is told that it may change at any time.
    Preview,
    /// Announced, and still to come: `2026-01-01.upcoming`.
    Upcoming(String),
    /// A day, as in `2023-01-01`.
    Date(String),
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Format {
    Json,
    Gzip,
    Csv,
    /// None that the client knows of.
    Other,
}

/// One media type of a body.
#[derive(Debug, Clone)]
pub(crate) struct Media<'d> {
    pub(crate) version: Version,
    pub(crate) format: Format,
    pub(crate) node: &'d Value,
}

impl<'d> Media<'d> {
    /// What a media type of a body says.
    pub(crate) fn new(name: &str, node: &'d Value) -> Self {
        let essence = name.split(';').next().unwrap_or_default().trim();
        let (version, suffix) =
            match essence.strip_prefix("application/vnd.atlas.").and_then(|rest| rest.rsplit_once('+')) {
                Some((version, suffix)) => (Version::new(version), suffix),
                None => (Version::None, essence.rsplit('/').next().unwrap_or_default()),
            };
        let format = match suffix {
            "json" => Format::Json,
            "gzip" => Format::Gzip,
            "csv" => Format::Csv,
            _ => Format::Other,
        };
        Self { version, format, node }
    }

    pub(crate) fn schema(&self) -> Option<&'d Value> {
        self.node.get("schema")
    }

    /// The day from which on the version is no longer served.
    pub(crate) fn sunset(&self) -> Option<&'d str> {
        self.node.get("x-sunset").and_then(Value::as_str)
    }
}

impl Version {
    fn new(text: &str) -> Self {
        match text {
            "preview" => Self::Preview,
            _ if is_day(text) => Self::Date(text.to_owned()),
            _ => Self::Upcoming(text.to_owned()),
        }
    }

    /// The version as the contract writes it.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Preview => Some("preview"),
            Self::Upcoming(text) | Self::Date(text) => Some(text),
        }
    }
}

/// Whether a text looks like `2023-01-01`.
pub(crate) fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// The media types of a body.
pub(crate) fn media(body: &Value) -> Vec<Media<'_>> {
    let content = body.get("content").and_then(Value::as_object).into_iter().flatten();
    content.map(|(name, node)| Media::new(name, node)).collect()
}

/// Every version that an operation has, oldest first, with the day of its sunset.
pub(crate) fn versions<'d>(
    document: &'d Document,
    operation: &Operation<'d>,
) -> Result<Vec<(Version, Option<&'d str>)>, String> {
    let responses = operation.responses(document)?;
    let successes = responses.into_iter().filter(|(status, _)| status.starts_with('2'));
    let mut all: Vec<_> = successes
        .flat_map(|(_, response)| media(response))
        .map(|media| (media.version.clone(), media.sunset()))
        .collect();
    if let Some(body) = operation.node.get("requestBody") {
        all.extend(media(document.follow(body)?).into_iter().map(|media| (media.version.clone(), media.sunset())));
    }
    all.sort();
    // Of one version, the sunset that is named somewhere.
    all.reverse();
    all.dedup_by(|a, b| a.0 == b.0);
    all.reverse();
    Ok(all)
}

/// The version that is meant: the newest day that is not after `as_of`, else a preview, else none at all.
pub(crate) fn choose(versions: &[(Version, Option<&str>)], as_of: Option<&str>) -> Result<Version, String> {
    let days =
        || versions.iter().filter_map(|(version, _)| if let Version::Date(day) = version { Some(day) } else { None });
    if let Some(day) = days().rfind(|day| as_of.is_none_or(|as_of| day.as_str() <= as_of)) {
        return Ok(Version::Date(day.clone()));
    }
    let has = |wanted: Version| versions.iter().any(|(version, _)| *version == wanted);
    if has(Version::Preview) {
        return Ok(Version::Preview);
    }
    if let (Some(oldest), Some(as_of)) = (days().next(), as_of) {
        return Err(format!("its oldest resource version is {oldest}, after {as_of}"));
    }
    if has(Version::None) || versions.is_empty() {
        return Ok(Version::None);
    }
    let names: Vec<_> = versions.iter().filter_map(|(version, _)| version.as_str()).collect();
    Err(format!("it is only announced, as {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn chosen(names: &[&str], as_of: Option<&str>) -> Result<Version, String> {
        let node = json!({});
        let mut all: Vec<_> = names.iter().map(|name| (Media::new(name, &node).version, None)).collect();
        all.sort();
        choose(&all, as_of)
    }

    fn day(text: &str) -> Result<Version, String> {
        Ok(Version::Date(text.to_owned()))
    }

    #[test]
    fn the_newest_day_wins_unless_an_earlier_one_is_asked_for() {
        let names = ["application/vnd.atlas.2023-01-01+json", "application/vnd.atlas.2024-08-05+json"];
        assert_eq!(chosen(&names, None), day("2024-08-05"));
        assert_eq!(chosen(&names, Some("2024-08-04")), day("2023-01-01"));
        assert!(chosen(&names, Some("2022-12-31")).unwrap_err().contains("oldest resource version is 2023-01-01"));
    }

    #[test]
    fn a_preview_is_taken_where_there_is_nothing_else() {
        let preview = "application/vnd.atlas.preview+json";
        assert_eq!(chosen(&[preview], None), Ok(Version::Preview));
        assert_eq!(chosen(&[preview, "application/vnd.atlas.2023-01-01+json"], None), day("2023-01-01"));
        assert_eq!(chosen(&["application/json"], None), Ok(Version::None));
        assert!(chosen(&["application/vnd.atlas.2030-01-01.upcoming+json"], None).unwrap_err().contains("announced"));
    }

    #[test]
    fn media_types_say_how_a_body_is_written() {
        let node = json!({});
        let format = |name| Media::new(name, &node).format;
        assert_eq!(format("application/vnd.atlas.2023-02-01+gzip"), Format::Gzip);
        assert_eq!(format("application/vnd.atlas.2023-01-01+csv"), Format::Csv);
        assert_eq!(format("application/json; charset=utf-8"), Format::Json);
        assert_eq!(format("text/csv"), Format::Csv);
        assert_eq!(format("application/octet-stream"), Format::Other);
    }
}
