//! What to do about an error that Atlas answered.

use std::time::Duration;

use atlas_exports_gen::types::ApiError;
use reqwest::StatusCode;

use super::CallContext;

pub(super) fn for_answer(
    status: StatusCode,
    api: &ApiError,
    call: &CallContext,
    retry_after: Option<Duration>,
) -> Option<String> {
    let hint = match (status.as_u16(), api.error_code.as_deref().unwrap_or_default()) {
        (_, "IP_ADDRESS_NOT_ON_ACCESS_LIST") => {
            "add the address of this machine to the access list of the API key".to_owned()
        }
        (401, _) => format!(
            "check the API key{}; Atlas also answers 401 when the key lacks {} or the address of this machine is not \
             on the key's IP access list",
            ending(call),
            role(call)
        ),
        (403, _) => format!(
            "check that the API key{} has {} and that the address of this machine is on its IP access list",
            ending(call),
            role(call)
        ),
        (_, "GROUP_NOT_FOUND") => "check the project id, and that the key belongs to that project".to_owned(),
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
        (408 | 500.., _) | (_, "WRITES_NOT_ALLOWED_DURING_APP_UPGRADES") => {
            "this is likely to pass: try again later".to_owned()
        }
        _ => return None,
    };
    Some(hint)
}

fn ending(call: &CallContext) -> String {
    call.credential.as_ref().map_or_else(String::new, |end| format!(" that ends in {end}"))
}

fn role(call: &CallContext) -> String {
    match call.operation.and_then(|operation| operation.role) {
        Some(role) => format!("the role {role}"),
        None => "the role that this call needs".to_owned(),
    }
}
