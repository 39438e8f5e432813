//! What a route knows of the request beside its path.

use percent_encoding::percent_decode_str;

/// The request as the routes see it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    /// Path without the prefix.
    pub(crate) path: String,
    /// Address of the same path, with the prefix and without a query.
    pub(crate) address: String,
    query: Vec<(String, String)>,
}

impl Call {
    pub(crate) fn new(root: &str, path: &str, query: &str) -> Self {
        Self { path: path.to_owned(), address: format!("{root}{path}"), query: members(query) }
    }

    #[cfg(test)]
    pub(crate) fn with_query(query: &str) -> Self {
        Self::new("", "", query)
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
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let members = text.split('&').filter(|member| !member.is_empty());
    members
        .map(|member| {
            let (name, value) = member.split_once('=').unwrap_or((member, ""));
            (decode(name), decode(value))
        })
        .collect()
}
