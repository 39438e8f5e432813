//! The request as endpoints see it.

use percent_encoding::percent_decode_str;

use super::{pages::Paging, versions::Version};

/// A request: path, query and version.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    /// The path without the prefix.
    pub(crate) path: String,
    /// The URL without the query.
    pub(crate) url: String,
    pub(crate) version: Version,
    pub(crate) paging: Paging,
    query: Vec<(String, String)>,
}

impl Call {
    pub(crate) fn new(root: &str, path: &str, query: &str, version: Version, paging: Paging) -> Self {
        Self { version, paging, path: path.to_owned(), url: format!("{root}{path}"), query: parameters(query) }
    }

    #[cfg(test)]
    pub(crate) fn with_query(query: &str) -> Self {
        Self::new("", "", query, Version::V1, Paging::default())
    }

    /// The URL of the list that a resource is in.
    pub(crate) fn list(&self, id: &str) -> &str {
        self.url.strip_suffix(id).unwrap_or(&self.url).trim_end_matches('/')
    }

    /// The value of a query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.parameters().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The decoded parameters of a query or form.
pub(crate) fn parameters(text: &str) -> Vec<(String, String)> {
    let parameters = text.split('&').filter(|parameter| !parameter.is_empty());
    parameters
        .map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// Decodes a name or value of a query or form.
pub(crate) fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
