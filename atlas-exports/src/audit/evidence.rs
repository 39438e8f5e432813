//! The `.complete` object of an export: how it is asked for, and what it says.

use std::{fmt, future::Future, pin::Pin};

use atlas_exports_gen::{BoxError, models::ExportBucket};
use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::Marker;

/// Name of the object that Atlas writes below the prefix of an export when it is complete.
const NAME: &str = ".complete";

/// More than any such object has.
const MAX_BYTES: usize = 1 << 20;

/// What [`MarkerStore::get`] returns: the object, or `None` when there is no such object.
pub type MarkerFuture<'a> = Pin<Box<dyn Future<Output = Result<Option<Bytes>, BoxError>> + Send + 'a>>;

/// Access to the objects in export buckets, with credentials of the user's own.
///
/// Atlas's role gives access to Atlas alone, so a program that wants proof implements this for the buckets that it can
/// read.
///
/// ```
/// use atlas_exports::{ExportBucket, audit::{MarkerFuture, MarkerStore}};
///
/// /// A bucket that is mounted as a folder.
/// #[derive(Debug)]
/// struct Mounted(std::path::PathBuf);
///
/// impl MarkerStore for Mounted {
///     fn get<'a>(&'a self, _: &'a ExportBucket, key: &'a str) -> MarkerFuture<'a> {
///         Box::pin(async move {
///             match std::fs::read(self.0.join(key)) {
///                 Ok(object) => Ok(Some(object.into())),
///                 Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
///                 Err(error) => Err(error.into()),
///             }
///         })
///     }
/// }
/// ```
pub trait MarkerStore: fmt::Debug + Send + Sync {
    /// Reads one object of a bucket.
    ///
    /// # Errors
    ///
    /// When it cannot be said whether the object is there, or it is there and cannot be read.
    fn get<'a>(&'a self, bucket: &'a ExportBucket, key: &'a str) -> MarkerFuture<'a>;
}

/// Asks a bucket for the `.complete` object of the export that has a prefix.
pub(super) async fn read(store: &dyn MarkerStore, bucket: &ExportBucket, prefix: &str) -> Marker {
    let key = format!("{}/{NAME}", prefix.trim_matches('/'));
    match store.get(bucket, &key).await {
        Ok(None) => Marker::Absent,
        Ok(Some(object)) if object.len() > MAX_BYTES => {
            Marker::Unreadable(format!("{key} has {} bytes, which is too many", object.len()))
        }
        Ok(Some(object)) => parse(&String::from_utf8_lossy(&object)),
        Err(error) => Marker::Unreadable(error.to_string()),
    }
}

impl Marker {
    /// Reads the text of a `.complete` object, which need not be valid JSON: MongoDB's own example is not.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        parse(text)
    }
}

fn parse(text: &str) -> Marker {
    let cluster_id = value(text, "clusterUniqueId").map(str::to_owned);
    Marker::present(cluster_id, value(text, "snapshotInitiationDate").and_then(date))
}

/// The text or number behind a key.
fn value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.split(&format!("\"{key}\"")).skip(1).find_map(|rest| {
        let value = rest.trim_start().strip_prefix(':')?.trim_start();
        let value = match value.strip_prefix('"') {
            Some(text) => text.split('"').next()?,
            None => value.split(|c: char| c.is_whitespace() || matches!(c, ',' | '}' | ']' | '"')).next()?,
        };
        (!value.is_empty()).then_some(value)
    })
}

/// Milliseconds since 1970, or a date in the format of RFC 3339.
fn date(text: &str) -> Option<DateTime<Utc>> {
    match text.parse() {
        Ok(millis) => DateTime::from_timestamp_millis(millis),
        Err(_) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Option<DateTime<Utc>> {
        Some(time.parse().unwrap())
    }

    #[test]
    fn cluster_and_time_are_read_even_when_commas_are_missing() {
        let strict =
            r#"{"orgId":"o","clusterUniqueId":"695a00000000000000000001","snapshotInitiationDate":1786332428000}"#;
        let lenient = "{\n  \"clusterUniqueId\" : \"695a00000000000000000001\"\n  \"clusterName\": \"c\"\n  \
                       \"snapshotInitiationDate\": 1786332428000\n  \"totalFiles\": 3}";
        for text in [strict, lenient] {
            let expected = Marker::present(Some("695a00000000000000000001".to_owned()), at("2026-08-10T03:27:08Z"));
            assert_eq!(Marker::parse(text), expected, "{text}");
        }
        let dated = r#"{"clusterUniqueId":"c","snapshotInitiationDate":"2026-08-10T03:27:08Z"}"#;
        assert_eq!(Marker::parse(dated), Marker::present(Some("c".to_owned()), at("2026-08-10T03:27:08Z")));
    }

    #[test]
    fn data_of_the_user_is_not_taken_for_atlas_own() {
        let text = r#"{"customData":[{"key":"clusterUniqueId","value":"theirs"}],"clusterUniqueId":"ours"}"#;
        assert_eq!(Marker::parse(text), Marker::present(Some("ours".to_owned()), None));
    }

    #[test]
    fn what_says_nothing_is_there_and_says_nothing() {
        for text in ["", "null", "{", "{\"clusterUniqueId\": , \"snapshotInitiationDate\": soon}", "<html>"] {
            assert_eq!(Marker::parse(text), Marker::present(None, None), "{text}");
        }
    }

    #[derive(Debug)]
    struct One(Result<Option<&'static str>, &'static str>);

    impl MarkerStore for One {
        fn get<'a>(&'a self, _: &'a ExportBucket, key: &'a str) -> MarkerFuture<'a> {
            assert_eq!(key, "exported_snapshots/o/p/c/2026-08-10T0327/1/.complete");
            let object = self.0.map(|text| text.map(|text| Bytes::from_static(text.as_bytes())));
            Box::pin(std::future::ready(object.map_err(Into::into)))
        }
    }

    #[tokio::test]
    async fn an_object_is_there_or_not_or_cannot_be_read() {
        let bucket: ExportBucket = serde_json::from_str(r#"{"_id":"5f3c5a1e8e4b2a0012345678"}"#).unwrap();
        for (object, expected) in [
            (Ok(None), Marker::Absent),
            (Ok(Some("{}")), Marker::present(None, None)),
            (Err("access denied"), Marker::Unreadable("access denied".to_owned())),
        ] {
            let marker = read(&One(object), &bucket, "/exported_snapshots/o/p/c/2026-08-10T0327/1/").await;
            assert_eq!(marker, expected);
        }
    }
}
