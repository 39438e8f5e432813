//! The call that an error is about.

use std::{fmt, time::Duration};

use atlas_exports_gen::Operation;
use reqwest::{Method, StatusCode};

use super::ErrorKind;

/// One call: what was requested, and what its attempts failed with.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct CallContext {
    /// The operation; `None` for a request that no contract has, made with [`Client::request`](crate::Client::request),
    /// and for errors of the generated client that do not say.
    #[serde(serialize_with = "operation_name")]
    pub operation: Option<&'static Operation>,
    /// The method of the request.
    #[serde(serialize_with = "method_name")]
    pub method: Method,
    /// The path of the request, below the root of the service, percent-encoded.
    pub path: String,
    /// The project (group).
    pub project: Option<String>,
    /// The cluster.
    pub cluster: Option<String>,
    /// The resource below project and cluster, such as the export job.
    pub resource: Option<String>,
    /// Number of HTTP exchanges, those for challenges and tokens included.
    pub exchanges: u32,
    /// The failed attempts, in their order. See [`RetryPolicy`](crate::RetryPolicy).
    pub attempts: Vec<Attempt>,
    /// Whether a change may have been carried out, though no response says so.
    pub outcome_unknown: bool,
    /// Time from the start of the call to its end.
    pub elapsed: Duration,
    /// The last characters, four at the most, of the public key or client id that the call authenticated with.
    pub credential: Option<String>,
    /// What the call authenticated with; `None` when a transport replaces the network.
    pub credential_kind: Option<CredentialKind>,
    /// The date of the resource version that was requested; `None` with version 1.0 of the API, which has none.
    pub resource_version: Option<String>,
}

/// One failed attempt of a call.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Attempt {
    /// When it ended, from the start of the call.
    pub after: Duration,
    /// What it failed with.
    pub kind: ErrorKind,
    /// The HTTP status, where there was a response.
    #[serde(serialize_with = "status_number")]
    pub status: Option<StatusCode>,
}

fn operation_name<S: serde::Serializer>(
    operation: &Option<&'static Operation>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&operation.map(|operation| operation.name), serializer)
}

fn method_name<S: serde::Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(method.as_str())
}

fn status_number<S: serde::Serializer>(status: &Option<StatusCode>, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&status.map(|status| status.as_u16()), serializer)
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "{status}")?,
            None => write!(f, "{}", self.kind)?,
        }
        write!(f, " after {:.1} s", self.after.as_secs_f64())
    }
}

/// What a call authenticates with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CredentialKind {
    /// A programmatic API key, by HTTP Digest.
    ApiKey,
    /// A service account, by its access token.
    ServiceAccount,
    /// What an [`Authenticator`](crate::Authenticator) puts on requests.
    Custom,
}

impl CallContext {
    /// Creates the context of a call of `operation` to `path`, which may begin with the API's base.
    #[must_use]
    pub fn new(operation: &'static Operation, path: &str) -> Self {
        let mut context = Self {
            operation: Some(operation),
            method: operation.method.parse().unwrap_or_default(),
            path: path.to_owned(),
            ..Self::default()
        };
        for (name, value) in operation.parameters(path) {
            let place = match name {
                "groupId" => &mut context.project,
                "clusterName" => &mut context.cluster,
                _ => &mut context.resource,
            };
            *place = Some(value.to_owned());
        }
        context
    }

    /// Creates the context of a request that no contract has.
    pub(crate) fn unlisted(method: &Method, path: &str) -> Self {
        let after = |name| segment_after(path, name).map(str::to_owned);
        let (project, cluster) = (after("groups"), after("clusters"));
        Self { method: method.clone(), path: path.to_owned(), project, cluster, ..Self::default() }
    }

    /// Returns whether the call was to change something.
    #[must_use]
    pub fn is_change(&self) -> bool {
        !self.method.is_safe()
    }
}

/// Returns the segment of a path that follows one, such as the project after `groups`.
pub(crate) fn segment_after<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    path.split('/').skip_while(|segment| *segment != name).nth(1)
}

/// What was requested and where, in a few words.
impl fmt::Display for CallContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(operation) = self.operation else {
            return if self.path.is_empty() { f.write_str("call") } else { write!(f, "{} {}", self.method, self.path) };
        };
        let mut letters = operation.summary.chars();
        if let Some(first) = letters.next() {
            write!(f, "{}{}", first.to_lowercase(), letters.as_str())?;
        }
        if let Some(resource) = &self.resource {
            write!(f, " {resource}")?;
        }
        if let Some(cluster) = &self.cluster {
            write!(f, " of cluster {cluster}")?;
        }
        if let Some(project) = &self.project {
            write!(f, " in project {project}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_names_the_operation_the_resource_and_its_place() {
        let operation = Operation::by_name("get_export_job").unwrap();
        let path = "/api/atlas/v1.0/groups/p/clusters/Cluster0/backup/exports/j";
        let context = CallContext::new(operation, path);
        assert_eq!(context.to_string(), "get one export job j of cluster Cluster0 in project p");
    }

    #[test]
    fn a_request_that_no_contract_has_names_its_path_and_knows_its_project() {
        let context = CallContext::unlisted(&Method::POST, "/api/atlas/v2/groups/p/clusters/c/x:pause");
        assert_eq!(context.to_string(), "POST /api/atlas/v2/groups/p/clusters/c/x:pause");
        assert_eq!((context.project.as_deref(), context.cluster.as_deref()), (Some("p"), Some("c")));
        assert!(context.is_change());
    }
}
