//! What to do about an error that Atlas answered.

use std::time::Duration;

use atlas_exports_gen::types::ApiError;
use reqwest::StatusCode;

use super::{CallContext, CredentialKind};
use crate::transport::{UPGRADING, may_pass};

pub(super) fn for_answer(
    status: StatusCode,
    api: &ApiError,
    call: &CallContext,
    retry_after: Option<Duration>,
) -> Option<String> {
    let hint = match (status.as_u16(), api.error_code.as_deref().unwrap_or_default()) {
        (_, "IP_ADDRESS_NOT_ON_ACCESS_LIST") => format!(
            "add the address of this machine to the IP access list of {}; the call also needs {}",
            credential(call),
            role(call)
        ),
        (401, _) => format!(
            "check {}; Atlas also answers 401 when {} is missing there or the address of this machine is not on its IP \
             access list{}",
            credential(call),
            role(call),
            version_for_tokens(call)
        ),
        (403, _) => format!(
            "check that {} has {} and that the address of this machine is on its IP access list",
            credential(call),
            role(call)
        ),
        (406, _) => format!("{}: {}", version(call), "Atlas does not have it for this operation; set another one"),
        (410, _) | (_, "VERSION_GONE") => {
            format!("{}: {}", version(call), "Atlas has ended it for this operation; set a later one")
        }
        (_, "GROUP_NOT_FOUND") => {
            format!("check the project id, and that {} belongs to that project", credential(call))
        }
        (_, "CLUSTER_NOT_FOUND") => "check the cluster name and the project id".to_owned(),
        (_, "EXPORT_BUCKET_DELETE_FAILED_BUCKET_IN_USE") => {
            "a bucket is in use while an export job that copies to it has not ended, and while a cluster's backup \
             policy exports to it: wait for the jobs, point the policy at another bucket, and delete it then"
                .to_owned()
        }
        (409, _) if call.operation.is_some_and(|operation| operation.name == "create_export_job") => {
            "a job for this snapshot may be under way: look through the list of jobs".to_owned()
        }
        (404, _) => "check the ids: the id of an export job is not that of its bucket or its snapshot".to_owned(),
        (429, _) => match retry_after {
            Some(wait) => format!("wait {} s and ask less often", wait.as_secs()),
            None => "wait a minute and ask less often".to_owned(),
        },
        (_, code) if may_pass(status) || code == UPGRADING => {
            for_lost_creation(call).unwrap_or("this is likely to pass: try again later").to_owned()
        }
        _ => return None,
    };
    Some(hint)
}

/// What to do when the answer to a request that creates something was lost.
pub(super) fn for_lost_creation(call: &CallContext) -> Option<&'static str> {
    let creates = call.operation.is_some_and(|operation| operation.method == "POST");
    (creates && call.may_have_acted)
        .then_some("it may have been carried out all the same: look through the list before trying again")
}

fn credential(call: &CallContext) -> String {
    let (what, named) = match call.credential_kind {
        Some(CredentialKind::ApiKey) => ("the API key", "that ends in"),
        Some(CredentialKind::ServiceAccount) => ("the service account", "whose client id ends in"),
        Some(CredentialKind::Custom) | None => ("the credentials", "whose name ends in"),
    };
    match &call.credential {
        Some(end) => format!("{what} {named} {end}"),
        None => what.to_owned(),
    }
}

/// MongoDB describes service accounts for version 2 alone.
fn version_for_tokens(call: &CallContext) -> &'static str {
    match (call.credential_kind, &call.resource_version) {
        (Some(CredentialKind::ServiceAccount), None) => {
            ", or when version 1.0 of the API takes no token (see api_version)"
        }
        _ => "",
    }
}

fn role(call: &CallContext) -> String {
    match call.operation.and_then(|operation| operation.role) {
        Some(role) => format!("the role {role}"),
        None => "the role that this call needs".to_owned(),
    }
}

fn version(call: &CallContext) -> String {
    match (&call.resource_version, call.operation) {
        (Some(date), _) => format!("the client asked for resource version {date} (see its resource_version)"),
        (None, Some(_)) => "the client asked for version 1.0 of the API (see its api_version)".to_owned(),
        // An error of the generated client does not tell.
        (None, None) => "see the client's api_version and resource_version".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, Operation};

    fn hint(status: u16, code: &str, call: &CallContext) -> String {
        let mut api = ApiError::default();
        api.error_code = Some(code.into());
        for_answer(StatusCode::from_u16(status).unwrap(), &api, call, None).unwrap()
    }

    fn call(kind: CredentialKind, end: &str) -> CallContext {
        let operation = Operation::by_name("get_export_job").unwrap();
        let mut call = CallContext::new(operation, "/groups/p/clusters/c/backup/exports/j");
        (call.credential_kind, call.credential) = (Some(kind), Some(end.into()));
        call
    }

    #[test]
    fn whoever_is_refused_learns_role_credential_and_access_list() {
        for (kind, credential) in [
            (CredentialKind::ApiKey, "API key that ends in wxyz"),
            (CredentialKind::ServiceAccount, "service account whose client id ends in wxyz"),
            (CredentialKind::Custom, "credentials whose name ends in wxyz"),
        ] {
            for (status, code) in
                [(401, "UNEXPECTED_ERROR"), (403, "USER_UNAUTHORIZED"), (403, "IP_ADDRESS_NOT_ON_ACCESS_LIST")]
            {
                let hint = hint(status, code, &call(kind, "wxyz"));
                for told in [credential, "Project Backup Manager", "IP access list"] {
                    assert!(hint.contains(told), "{hint}");
                }
            }
        }
    }

    #[test]
    fn what_is_said_to_pass_is_retryable() {
        for (status, code) in [(405, UPGRADING), (405, "METHOD_NOT_ALLOWED"), (503, ""), (501, ""), (409, "")] {
            let call = CallContext::default();
            let mut api = ApiError::default();
            api.error_code = Some(code.into());
            let status = StatusCode::from_u16(status).unwrap();
            let passes = for_answer(status, &api, &call, None).is_some_and(|hint| hint.contains("likely to pass"));
            let error = Error::Api { call: Box::new(call), status, api: Box::new(api), retry_after: None };
            assert_eq!(error.is_retryable(), passes, "{error}");
        }
    }

    #[test]
    fn a_creation_whose_answer_was_lost_is_not_to_be_repeated_blindly() {
        let mut call = CallContext::new(Operation::by_name("create_export_job").unwrap(), "/");
        call.may_have_acted = true;
        let source: crate::SharedSource = std::sync::Arc::new(std::io::Error::other("x"));
        let boxed = || Box::new(call.clone());
        for error in [
            Error::Timeout { call: boxed(), after: None, source: None },
            Error::Network { call: boxed(), source },
            Error::Api { call: boxed(), status: StatusCode::BAD_GATEWAY, api: Box::default(), retry_after: None },
        ] {
            assert!(error.to_string().contains("look through the list before trying again"), "{error}");
        }
        call.may_have_acted = false;
        assert_eq!(hint(503, "", &call), "this is likely to pass: try again later");
    }

    #[test]
    fn whoever_asked_for_a_version_that_is_not_there_learns_which() {
        let mut call = call(CredentialKind::ApiKey, "wxyz");
        assert!(hint(410, "VERSION_GONE", &call).contains("version 1.0"));
        call.resource_version = Some("2023-01-01".into());
        for (status, code) in [(406, "INVALID_VERSION_DATE"), (410, "VERSION_GONE"), (400, "VERSION_GONE")] {
            let hint = hint(status, code, &call);
            assert!(hint.contains("2023-01-01") && hint.contains("resource_version"), "{hint}");
        }
    }
}
