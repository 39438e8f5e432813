//! What to do about an error, from its kind, the contract and the call.

use reqwest::StatusCode;

use super::{CallContext, CredentialKind, Error, ErrorKind, Inner, classify::is_transient};

pub(super) fn hint(error: &Inner) -> Option<String> {
    let no_call = CallContext::default();
    let call = error.call.as_ref().unwrap_or(&no_call);
    if let Some(hint) = response_hint(error, call) {
        return Some(hint);
    }
    if error.outcome_unknown && error.kind != ErrorKind::CreateUnknown {
        return Some(LOOK_FIRST.to_owned());
    }
    let hint = match error.kind {
        ErrorKind::Api if error.status == Some(StatusCode::TOO_MANY_REQUESTS) => return Some(slow_down(error)),
        ErrorKind::Api => return is_transient(error).then(|| TEMPORARY.to_owned()),
        ErrorKind::Challenge => "check that the base URL leads to Atlas and not to a proxy or a login page",
        ErrorKind::Redirect => "set the base URL to where the service is",
        ErrorKind::Connect if error.status.is_some() => {
            "add user name and password to the URL of the proxy, as in http://user:password@proxy:8080"
        }
        ErrorKind::Connect => "check the base URL, the name resolution and the proxy settings",
        ErrorKind::Tls => "check the clock, the trusted certificates and the base URL",
        ErrorKind::Timeout => "retry, or allow more time",
        ErrorKind::Network => TEMPORARY,
        ErrorKind::Paging => "the list was not read to its end; retry, or read it with another page size",
        ErrorKind::ExportFailed => "fix the cause and create a new job; Atlas does not retry a failed one",
        ErrorKind::ExportCancelled => "create a new job if the copy is still wanted",
        ErrorKind::ExportEndedUnknown => {
            "look into the bucket: the file `.complete` is written at the end of a complete copy"
        }
        ErrorKind::WaitTimedOut => "the job continues without the wait; wait again, or allow more time",
        ErrorKind::CreateUnknown => "there may be a job all the same; look through the list before creating it again",
        ErrorKind::Token => return Some(token_hint(error)),
        ErrorKind::Decode if error.transient => {
            "something between this machine and Atlas responded; usually temporary, retry later"
        }
        ErrorKind::Configuration
        | ErrorKind::InvalidInput
        | ErrorKind::Decode
        | ErrorKind::UnexpectedStatus
        | ErrorKind::Transport
        | ErrorKind::Authenticator => return None,
    };
    Some(hint.to_owned())
}

const TEMPORARY: &str = "usually temporary; retry later";
const CHECK_ACCOUNT: &str = "check the client id and its secret, and the base URL";
const LOOK_FIRST: &str = "the request may have succeeded; check before retrying";

/// What to do about the status and code of a response.
fn response_hint(error: &Inner, call: &CallContext) -> Option<String> {
    if error.kind != ErrorKind::Api {
        return None;
    }
    let code = error.api.as_ref().and_then(|api| api.error_code.as_deref()).unwrap_or_default();
    Some(match (error.status?.as_u16(), code) {
        (_, "IP_ADDRESS_NOT_ON_ACCESS_LIST") => format!(
            "add the address of this machine to the IP access list of {}; the call also needs {}",
            credential(call),
            role(call)
        ),
        (401, _) => format!(
            "check {}; Atlas also responds with 401 when {} is missing or the address of this machine is not on its IP \
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
        (406, _) => format!("{}: Atlas does not have it for this operation; set another one", version(call)),
        (410, _) | (_, "VERSION_GONE") => {
            format!("{}: Atlas has ended it for this operation; set a later one", version(call))
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
        (409, _) if call.is_change() => {
            "the resource may exist already, or something on it is under way; look at it before retrying".to_owned()
        }
        (404, _) => not_found(call),
        _ => return None,
    })
}

/// Which parameters of the path to check, the innermost first, since Atlas does not always say what it misses.
fn not_found(call: &CallContext) -> String {
    let parameters = call.operation.map(|operation| operation.parameters(&call.path)).unwrap_or_default();
    let named: Vec<_> = parameters.iter().rev().map(|(name, value)| format!("{name} {value}")).collect();
    match named.split_last() {
        Some((only, [])) => format!("check {only}"),
        Some((last, others)) => format!("check {} and {last}", others.join(", ")),
        None => "check the path and the ids in it".to_owned(),
    }
}

fn slow_down(error: &Inner) -> String {
    match error.retry_after {
        Some(wait) => format!("wait {} s and send fewer requests", wait.as_secs()),
        None => "wait a minute and send fewer requests".to_owned(),
    }
}

fn token_hint(error: &Inner) -> String {
    let code = error.api.as_ref().and_then(|api| api.error_code.as_deref());
    match (error.status.map(|status| status.as_u16()), code) {
        (Some(429), _) => {
            let wait = error.retry_after.map_or_else(|| "a minute".to_owned(), |wait| format!("{} s", wait.as_secs()));
            format!(
                "wait {wait}; Atlas limits requests for tokens, so let clones of one client share theirs, and short \
                 programs through a token cache file"
            )
        }
        (Some(408 | 500..), _) => TEMPORARY.to_owned(),
        (Some(401), _) | (_, Some("invalid_client" | "unauthorized_client" | "invalid_grant")) => {
            "check the client id and its secret, which may have expired or been deleted".to_owned()
        }
        (Some(403), _) => {
            "check that the address of this machine is on the IP access list of the service account".to_owned()
        }
        (Some(200..=399 | 404), _) => {
            "check that the base URL leads to Atlas and not to a proxy or a login page".to_owned()
        }
        // Without a response, the cause knows what to do.
        (None, _) => cause_hint(error).unwrap_or_else(|| CHECK_ACCOUNT.to_owned()),
        _ => CHECK_ACCOUNT.to_owned(),
    }
}

fn cause_hint(error: &Inner) -> Option<String> {
    error.source.as_ref()?.downcast_ref::<Error>()?.hint()
}

fn credential(call: &CallContext) -> String {
    let (what, named) = match call.credential_kind {
        Some(CredentialKind::ApiKey) => ("the API key", "that ends in"),
        Some(CredentialKind::ServiceAccount) => ("the service account", "whose client id ends in"),
        Some(CredentialKind::Custom) | None => ("the credentials", "whose name ends in"),
    };
    match call.credential.as_deref() {
        // Of a name of one character nothing is shown.
        None | Some("") => what.to_owned(),
        Some(end) => format!("{what} {named} {end}"),
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
    match &call.resource_version {
        Some(date) => format!("the client requested resource version {date} (see its resource_version)"),
        None => "the client uses version 1.0 of the API (see its api_version)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use atlas_exports_gen::types::ApiError;

    use super::*;
    use crate::{Error, Operation, error::classify::UPGRADE_IN_PROGRESS};

    fn error(status: u16, code: &str, call: &CallContext) -> Error {
        let mut api = ApiError::default();
        api.error_code = Some(code.into());
        Error::response(StatusCode::from_u16(status).unwrap(), api).with_call(call.clone())
    }

    fn hint(status: u16, code: &str, call: &CallContext) -> String {
        error(status, code, call).hint().unwrap()
    }

    fn call(kind: CredentialKind, end: &str) -> CallContext {
        let operation = Operation::by_name("get_export_job").unwrap();
        let mut call = CallContext::new(operation, "/groups/p/clusters/c/backup/exports/j");
        (call.credential_kind, call.credential) = (Some(kind), Some(end.into()));
        call
    }

    #[test]
    fn a_refusal_names_role_credential_and_access_list() {
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
    fn a_404_names_the_parameters_of_the_operation() {
        let get = call(CredentialKind::ApiKey, "wxyz");
        assert_eq!(hint(404, "RESOURCE_NOT_FOUND", &get), "check exportId j, clusterName c and groupId p");
        let buckets =
            CallContext::new(Operation::by_name("list_export_buckets").unwrap(), "/groups/p/backup/exportBuckets");
        assert_eq!(hint(404, "RESOURCE_NOT_FOUND", &buckets), "check groupId p");
        assert_eq!(hint(404, "X", &CallContext::default()), "check the path and the ids in it");
    }

    #[test]
    fn what_is_called_temporary_is_retryable() {
        for (status, code) in
            [(405, UPGRADE_IN_PROGRESS), (405, "METHOD_NOT_ALLOWED"), (503, ""), (501, ""), (409, ""), (520, "")]
        {
            let error = error(status, code, &CallContext::default());
            let temporary = error.hint().is_some_and(|hint| hint.contains("usually temporary"));
            assert_eq!(error.is_retryable(), temporary, "{error}");
        }
    }

    #[test]
    fn a_change_with_an_unknown_outcome_is_to_be_checked_before_it_is_repeated() {
        let mut call = CallContext::new(Operation::by_name("create_export_job").unwrap(), "/");
        call.outcome_unknown = true;
        for error in [
            Error::timed_out(Duration::from_secs(1)).with_call(call.clone()),
            Error::new(ErrorKind::Network, "x").with_call(call.clone()),
            error(502, "", &call),
        ] {
            assert!(error.outcome_unknown());
            assert_eq!(error.hint().unwrap(), LOOK_FIRST, "{error}");
        }
        call.outcome_unknown = false;
        assert_eq!(hint(503, "", &call), "usually temporary; retry later");
    }

    #[test]
    fn an_unknown_resource_version_is_named() {
        let mut call = call(CredentialKind::ApiKey, "wxyz");
        assert!(hint(410, "VERSION_GONE", &call).contains("version 1.0"));
        call.resource_version = Some("2023-01-01".into());
        for (status, code) in [(406, "INVALID_VERSION_DATE"), (410, "VERSION_GONE"), (400, "VERSION_GONE")] {
            let hint = hint(status, code, &call);
            assert!(hint.contains("2023-01-01") && hint.contains("resource_version"), "{hint}");
        }
    }

    #[test]
    fn a_token_error_says_what_to_check() {
        for (status, code, told) in [
            (401, "invalid_client", "client id and its secret"),
            (429, "RATE_LIMITED", "wait 17 s"),
            (503, "", "usually temporary"),
            (404, "", "base URL"),
            (403, "", "IP access list"),
        ] {
            let mut api = ApiError::default();
            api.error_code = Some(code.into());
            let error = Error::new(ErrorKind::Token, "x")
                .with_status(StatusCode::from_u16(status).unwrap())
                .with_retry_after(Duration::from_secs(17))
                .with_api_error(api);
            assert!(error.hint().unwrap().contains(told), "{status}");
        }
    }

    #[test]
    fn a_token_endpoint_that_does_not_respond_has_the_hint_of_its_cause() {
        for cause in [
            Error::proxy_authentication_required(),
            Error::new(ErrorKind::Connect, "x"),
            Error::new(ErrorKind::Tls, "x"),
            Error::new(ErrorKind::Timeout, "x"),
        ] {
            let hint = cause.hint();
            assert!(hint.is_some());
            assert_eq!(Error::new(ErrorKind::Token, "x").with_source(cause).hint(), hint);
        }
    }
}
