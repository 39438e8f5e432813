//! What a route knows of the request beside its path.

use percent_encoding::percent_decode_str;

use crate::api::versions::Version;

/// The request as the routes see it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    /// Path without the prefix.
    pub(crate) path: String,
    /// Address of the same path, with the prefix and without a query.
    pub(crate) address: String,
    pub(crate) version: Version,
    query: Vec<(String, String)>,
}

impl Call {
    pub(crate) fn new(root: &str, path: &str, query: &str, version: Version) -> Self {
        Self { version, path: path.to_owned(), address: format!("{root}{path}"), query: members(query) }
    }

    #[cfg(test)]
    pub(crate) fn with_query(query: &str) -> Self {
        Self::new("", "", query, Version::V1)
    }

    /// Address of the list that this resource is in.
    pub(crate) fn list(&self, id: &str) -> &str {
        self.address.strip_suffix(id).unwrap_or(&self.address).trim_end_matches('/')
    }

    /// A member of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.members().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The members of a query or form, decoded.
pub(crate) fn members(text: &str) -> Vec<(String, String)> {
    let members = text.split('&').filter(|member| !member.is_empty());
    members
        .map(|member| {
            let (name, value) = member.split_once('=').unwrap_or((member, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

/// One text of a query or form, decoded.
pub(crate) fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
