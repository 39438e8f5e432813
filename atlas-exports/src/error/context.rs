//! Which call it was that an error tells of.

use std::{fmt, time::Duration};

use atlas_exports_gen::Operation;

use crate::Attempt;

/// What was asked of Atlas, and how it went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallContext {
    /// The operation. `None` for errors of the generated client that were converted by hand.
    pub operation: Option<&'static Operation>,
    /// The project (group).
    pub project: Option<String>,
    /// The cluster.
    pub cluster: Option<String>,
    /// The resource below project and cluster, such as the export job.
    pub resource: Option<String>,
    /// HTTP exchanges that the call took, those for challenges included.
    pub exchanges: u32,
    /// The attempts that came to nothing, in their order. See [`RetryPolicy`](crate::RetryPolicy).
    pub attempts: Vec<Attempt>,
    /// Whether Atlas may have carried the call out, though no answer says so.
    pub may_have_acted: bool,
    /// Time from the start of the call to its end.
    pub elapsed: Duration,
    /// The last characters, four at the most, of the public key or client id that the call authenticated with.
    pub credential: Option<String>,
    /// What the call authenticated with. `None` when a transport stood in for the network.
    pub credential_kind: Option<CredentialKind>,
    /// The date of the resource version that was asked for. `None` with version 1.0 of the API, which has none.
    pub resource_version: Option<String>,
}

/// What a call authenticates with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    pub(crate) fn new(operation: &'static Operation, path: &str) -> Self {
        let mut context = Self { operation: Some(operation), ..Self::default() };
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
}

/// Where the resource of a call is.
pub(super) struct Place<'a>(pub(super) &'a CallContext);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cluster) = &self.0.cluster {
            write!(f, " of cluster {cluster}")?;
        }
        if let Some(project) = &self.0.project {
            write!(f, " in project {project}")?;
        }
        Ok(())
    }
}

impl fmt::Display for CallContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(operation) = self.operation else { return f.write_str("the call") };
        let mut letters = operation.summary.chars();
        if let Some(first) = letters.next() {
            write!(f, "{}{}", first.to_lowercase(), letters.as_str())?;
        }
        if let Some(resource) = &self.resource {
            write!(f, " {resource}")?;
        }
        write!(f, "{}", Place(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_names_what_it_asked_for_and_where() {
        let operation = Operation::by_name("get_export_job").unwrap();
        let path = "/api/atlas/v1.0/groups/p/clusters/Cluster0/backup/exports/j";
        let context = CallContext::new(operation, path);
        assert_eq!(context.to_string(), "get one export job j of cluster Cluster0 in project p");
    }
}
