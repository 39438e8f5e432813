//! What the contract says of an operation beyond its types.

use std::future::Future;

use crate::{Error, types::ApiError};

/// The media type of responses that are decoded.
const JSON: &str = "application/json";

/// One operation of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// Identifier in the contract, such as `getExportJob`.
    pub id: &'static str,
    /// Name of the client's method, such as `get_export_job`.
    pub name: &'static str,
    /// What it does, in a few words, such as `Get one export job`.
    pub summary: &'static str,
    /// HTTP method in capitals.
    pub method: &'static str,
    /// Path below the API's base, with its parameters in braces.
    pub path: &'static str,
    /// Date of the resource version in version 2 of the API, such as `2023-01-01`.
    pub version: Option<&'static str>,
    /// Whether only version 2 of the API has it.
    pub v2_only: bool,
    /// Role that an API key or service account needs for it.
    pub role: Option<&'static str>,
    /// Status of a success in the contract. Any other 2xx is a success too.
    pub success: u16,
    /// Media type of a successful response in version 1.0 of the API: `application/json`, or another one when the response
    /// is a stream of bytes.
    pub media_type: &'static str,
    /// Whether a success without a body is one too, with a result that says that there is none.
    pub may_be_empty: bool,
}

impl Operation {
    /// Stands for a request that the contract does not have, where a [`Transport`](crate::Transport) is given one.
    pub const UNLISTED: &'static Self = &Self {
        id: "request",
        name: "request",
        summary: "Request",
        method: "",
        path: "",
        version: None,
        v2_only: false,
        role: None,
        success: 200,
        media_type: JSON,
        may_be_empty: false,
    };

    /// Returns whether a successful response is a stream of bytes, which is not read before its reader does.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        self.media_type != JSON
    }

    /// Returns the format in which version 2 of the API names a successful response, such as `json`, `gzip` or `csv`.
    #[must_use]
    pub fn format(&self) -> &'static str {
        self.media_type.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the operation with this method, such as `GET`, and this path below the API's base.
    #[must_use]
    pub fn find(method: &str, path: &str) -> Option<&'static Self> {
        crate::OPERATIONS.iter().find(|operation| operation.method == method && operation.matches_path(path))
    }

    /// Returns the operation with this client method.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        let index = crate::OPERATIONS.binary_search_by(|operation| operation.name.cmp(name)).ok()?;
        crate::OPERATIONS.get(index)
    }

    /// Returns whether a path below the API's base has as many segments as [`path`](Self::path), the same ones where
    /// that has no parameter, and something where it has.
    pub(crate) fn matches_path(&self, below_base: &str) -> bool {
        // Each call asks this, and in such short texts bytes are found faster than characters.
        let [mut template, mut given] = [self.path, below_base].map(|path| path.as_bytes().split(|byte| *byte == b'/'));
        loop {
            match (template.next(), given.next()) {
                (Some(template), Some(given)) => {
                    let open = template.iter().position(|byte| *byte == b'{');
                    let close = template.iter().rposition(|byte| *byte == b'}');
                    let matches = match open.zip(close) {
                        // More than what stands around the braces, since a parameter is not empty.
                        Some((open, close)) => given.len() >= open + template.len() - close,
                        None => template == given,
                    };
                    if !matches {
                        return false;
                    }
                }
                (None, None) => return true,
                _ => return false,
            }
        }
    }

    /// Returns the names and values of the path parameters in `path`, which may begin with the API's base.
    ///
    /// Values are percent-encoded, as they stand in the path.
    #[must_use]
    pub fn parameters<'p>(&self, path: &'p str) -> Vec<(&'static str, &'p str)> {
        // From the end, because the base before the template may be of any length.
        let mut found: Vec<_> = self
            .path
            .rsplit('/')
            .zip(path.rsplit('/'))
            .filter_map(|(template, value)| Some((template.strip_prefix('{')?.strip_suffix('}')?, value)))
            .collect();
        found.reverse();
        found
    }
}

/// A builder of an operation whose results come page by page.
///
/// Every operation of the contract with the parameters `pageNum` and `itemsPerPage`, and `results` in its response, has
/// one. `atlas_exports::Client::list` turns it into a stream of its items.
pub trait ListOperation: Sized {
    /// What the list has.
    type Item;

    /// Sends the request for one page and drops the page, as whoever needs it takes it from the
    /// [`Transport`](crate::Transport).
    ///
    /// # Errors
    ///
    /// As those of the builder's `send`.
    fn send_page(self) -> impl Future<Output = Result<(), Error<ApiError>>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_found_by_its_name() {
        for operation in crate::OPERATIONS {
            assert_eq!(Operation::by_name(operation.name), Some(operation));
        }
        assert_eq!(Operation::by_name("get_export_jobs"), None);
    }

    #[test]
    fn parameters_are_read_below_any_base() {
        let operation = Operation::by_name("get_export_job").unwrap();
        let path = "/proxy/api/atlas/v1.0/groups/abc/clusters/Cluster0/backup/exports/def";
        assert_eq!(operation.parameters(path), [("groupId", "abc"), ("clusterName", "Cluster0"), ("exportId", "def")]);
    }

    #[test]
    fn a_path_matches_when_no_parameter_is_empty_or_leads_elsewhere() {
        let operation = Operation {
            path: "/groups/{a}/users/{b}/{c}:pause",
            ..Operation::by_name("get_export_job").unwrap().clone()
        };
        for (path, matches) in [
            ("/groups/x/users/$external/arn:aws:pause", true),
            ("/groups/x/users/$external/a%2Fb:pause", true),
            ("/groups/x/users/$external/:pause", false),
            ("/groups/x/users//y:pause", false),
            ("/groups/x/users/y:pause", false),
            ("/groups/x/users/$external/y/z:pause", false),
            ("/groups//users/$external/y:pause", false),
            ("/groups/x/clusters/$external/y:pause", false),
            ("/", false),
            ("", false),
        ] {
            assert_eq!(operation.matches_path(path), matches, "{path}");
        }
    }

    #[test]
    fn an_operation_is_found_by_method_and_path() {
        let path = "/groups/abc/clusters/Cluster0/backup/exports";
        assert_eq!(Operation::find("GET", path).unwrap().name, "list_export_jobs");
        assert_eq!(Operation::find("POST", path).unwrap().name, "create_export_job");
        assert_eq!(Operation::find("DELETE", path), None);
    }

    #[test]
    fn an_operation_carries_what_the_contract_says_of_it() {
        let operation = Operation::by_name("get_export_job").unwrap();
        assert_eq!((operation.id, operation.method), ("getExportJob", "GET"));
        assert_eq!(operation.version, Some("2023-01-01"));
        assert_eq!(operation.role, Some("Project Backup Manager"));
        assert!(!operation.v2_only);
    }
}
