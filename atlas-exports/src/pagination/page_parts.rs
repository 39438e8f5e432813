//! The parts of a page, with its items not yet decoded, so that one which cannot be read does not hide the others.

use atlas_exports_gen::types::Link;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use crate::http::split;

/// The document of a page.
#[derive(Deserialize)]
struct PageDocument<'a> {
    #[serde(borrow, default)]
    results: Option<&'a RawValue>,
    #[serde(default)]
    links: Option<Vec<Link>>,
    #[serde(default, rename = "totalCount")]
    total_count: Option<i64>,
}

/// What a page consists of.
#[derive(Default)]
pub(super) struct PageParts<'a> {
    /// The text of all items.
    pub(super) results: &'a [u8],
    pub(super) items: Vec<&'a [u8]>,
    pub(super) links: Vec<Link>,
    pub(super) total_count: Option<i64>,
}

impl<'a> PageParts<'a> {
    /// Reads a page. An error is about a part of it, at a path.
    pub(super) fn read(body: &'a [u8]) -> Result<Self, (&'static str, &'a [u8], serde_json::Error)> {
        let document: PageDocument<'a> = match serde_json::from_slice(body) {
            Ok(document) => document,
            Err(error) => return Self::split(body).ok_or(("", body, error)),
        };
        let results = document.results.map(RawValue::get).unwrap_or_default();
        let items: Option<Vec<&'a RawValue>> = match results {
            "" => None,
            results => serde_json::from_str(results).map_err(|error| ("results", results.as_bytes(), error))?,
        };
        Ok(Self {
            results: results.as_bytes(),
            items: items.unwrap_or_default().into_iter().map(|item| item.get().as_bytes()).collect(),
            links: document.links.unwrap_or_default(),
            total_count: document.total_count,
        })
    }

    /// Reads a page of which an item cannot be read; what is not of an item has to be.
    fn split(body: &'a [u8]) -> Option<Self> {
        let mut parts = Self::default();
        for member in split(body)? {
            let value = |name: &[u8]| member.strip_prefix(name)?.trim_ascii_start().strip_prefix(b":");
            if let Some(content) = value(b"\"content\"") {
                // The envelope could not be unwrapped, because of what is in it.
                return Self::split(content).filter(|parts| !parts.results.is_empty());
            } else if let Some(results) = value(b"\"results\"") {
                (parts.results, parts.items) = (results, split(results)?);
            } else if let Some(links) = value(b"\"links\"") {
                parts.links = serde_json::from_slice::<Option<_>>(links).ok()?.unwrap_or_default();
            } else if let Some(total_count) = value(b"\"totalCount\"") {
                parts.total_count = serde_json::from_slice(total_count).ok()?;
            } else {
                serde_json::from_slice::<IgnoredAny>(&[b"{", member, b"}"].concat()).ok()?;
            }
        }
        Some(parts)
    }
}
