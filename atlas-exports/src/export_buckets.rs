//! The buckets that the export jobs of a project copy to.

use atlas_exports_gen::{
    models::ExportBucket,
    types::{CloudProvider, ExportBucketUpdate, NewExportBucket},
};

use crate::{ApiVersion, Client, Error, ExportBucketId, List, ProjectId};

/// Access to the buckets of one project that its export jobs can copy to, created by [`Client::export_buckets`]. Cheap to
/// clone.
///
/// ```no_run
/// # async fn run(atlas: atlas_exports::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use atlas_exports::NewExportBucket;
///
/// let buckets = atlas.export_buckets("5f3c5a1e8e4b2a0012345678".parse()?);
/// let bucket = buckets.create(NewExportBucket::aws("backups-of-ours", "5f3c5a1e8e4b2a00dddddddd")).await?;
/// println!("{} is {:?}", bucket.id(), bucket.name());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ExportBuckets {
    client: Client,
    project: ProjectId,
}

impl Client {
    /// Returns access to the export buckets of one project.
    #[must_use]
    pub fn export_buckets(&self, project: ProjectId) -> ExportBuckets {
        ExportBuckets { client: self.clone(), project }
    }
}

impl ExportBuckets {
    /// Lists the buckets of the project, in no particular order. See [`List`] for how it is read.
    pub fn list(&self) -> List<ExportBucket> {
        self.client.list(|api| api.list_export_buckets().group_id(&self.project))
    }

    /// Gets one bucket.
    ///
    /// # Errors
    ///
    /// What the call fails with, such as an unknown bucket ([`Error::is_not_found`]). See [`error`](crate::error).
    ///
    /// # Cancellation
    ///
    /// Dropping the future abandons the request.
    pub async fn get(&self, id: &ExportBucketId) -> Result<ExportBucket, Error> {
        let Self { client, project } = self;
        client.call(|api| api.get_export_bucket().group_id(project).export_bucket_id(id).send()).await
    }

    /// Registers a bucket with the project. The bucket itself must exist already, and the role must be allowed to write to
    /// it.
    ///
    /// Version 1.0 of the API knows buckets of AWS alone.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), before any request, for a name that is not 3 to 63
    /// characters long, a role that is not 24 hexadecimal digits, a missing one of them, or a provider that the client's
    /// version of the API does not have; else as [`get`](Self::get). The bucket may have been registered all the same when
    /// [`Error::outcome_unknown`] says so.
    ///
    /// # Cancellation
    ///
    /// Dropping the future abandons the request, which Atlas may have carried out all the same.
    pub async fn create(&self, new: NewExportBucket) -> Result<ExportBucket, Error> {
        check(&new, self.client.pipeline().connection.version.api())?;
        let Self { client, project } = self;
        client.call(|api| api.create_export_bucket().group_id(project).body(new).send()).await
    }

    /// Sets whether an AWS bucket is reached through private networking alone. Only version 2 of the API has this.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), before any request, with version 1.0; else as
    /// [`get`](Self::get).
    ///
    /// # Cancellation
    ///
    /// Dropping the future abandons the request, which Atlas may have carried out all the same.
    pub async fn update(&self, id: &ExportBucketId, require_private_networking: bool) -> Result<ExportBucket, Error> {
        let update = ExportBucketUpdate::builder().require_private_networking(require_private_networking);
        let update: ExportBucketUpdate =
            update.try_into().map_err(|problem| Error::invalid_input(format!("the update: {problem}")))?;
        let Self { client, project } = self;
        client.call(|api| api.update_export_bucket().group_id(project).export_bucket_id(id).body(update).send()).await
    }

    /// Removes a bucket from the project. Its contents are kept.
    ///
    /// When the response was lost and the bucket is gone when the request is repeated, the first has done its work, and
    /// that is a success.
    ///
    /// # Errors
    ///
    /// As those of [`get`](Self::get). Atlas refuses to remove a bucket in use; [`Error::hint`] tells what to do about it.
    ///
    /// # Cancellation
    ///
    /// Dropping the future abandons the request, which Atlas may have carried out all the same.
    pub async fn delete(&self, id: &ExportBucketId) -> Result<(), Error> {
        let Self { client, project } = self;
        let deleted = client.call(|api| api.delete_export_bucket().group_id(project).export_bucket_id(id).send()).await;
        match deleted {
            Err(error) if error.is_not_found() && error.outcome_unknown() => Ok(()),
            deleted => deleted,
        }
    }
}

/// Refuses what Atlas would refuse, with the rule.
fn check(new: &NewExportBucket, version: ApiVersion) -> Result<(), Error> {
    if version == ApiVersion::V1 && new.cloud_provider != CloudProvider::Aws {
        let provider = new.cloud_provider;
        return Err(Error::invalid_input(format!(
            "buckets of {provider} exist only in version 2 of the API; set the client's api_version to ApiVersion::V2"
        )));
    }
    let (role_name, role) = match new.cloud_provider {
        CloudProvider::Aws => ("iamRoleId", new.iam_role_id.as_deref()),
        _ => ("roleId", new.role_id.as_deref()),
    };
    let role = role.unwrap_or_default();
    if role.len() != 24 || !role.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let problem =
            format!("{role:?} is not a valid {role_name}: it must be exactly 24 hexadecimal digits (0-9, a-f)");
        return Err(Error::invalid_input(problem));
    }
    match (new.cloud_provider, new.bucket_name.as_deref()) {
        (CloudProvider::Azure, None) => {}
        (_, name) => {
            let name = name.unwrap_or_default();
            if !(3..=63).contains(&name.chars().count()) {
                let name: String = name.chars().take(64).collect();
                let problem = format!("{name:?} is not a valid bucketName: it must be 3 to 63 characters long");
                return Err(Error::invalid_input(problem));
            }
        }
    }
    if new.cloud_provider == CloudProvider::Azure && new.service_url.as_deref().is_none_or(|url| url.trim().is_empty())
    {
        return Err(Error::invalid_input("a bucket of Azure needs a serviceUrl, the address of its storage account"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{Operation, SendFuture, Transport, http, reqwest};

    const ROLE: &str = "5f3c5a1e8e4b2a00dddddddd";

    /// Responds with one status after the other.
    #[derive(Debug)]
    struct Script(Mutex<Vec<u16>>);

    impl Transport for Script {
        fn send<'a>(&'a self, _: &'static Operation, _: reqwest::Request) -> SendFuture<'a> {
            let status = self.0.lock().unwrap().remove(0);
            Box::pin(async move { Ok(http::Response::builder().status(status).body("").unwrap().into()) })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_that_is_not_there_was_deleted_only_if_an_attempt_before_may_have_done_it() {
        for (statuses, deleted) in
            [(&[404][..], false), (&[429, 404], false), (&[502, 404], true), (&[502, 429, 404], true)]
        {
            let script = Arc::new(Script(Mutex::new(statuses.to_vec())));
            let buckets = Client::builder().transport(script).build().unwrap().export_buckets(ROLE.parse().unwrap());
            let answer = buckets.delete(&ROLE.parse().unwrap()).await;
            assert_eq!(answer.is_ok(), deleted, "{statuses:?}: {answer:?}");
            assert!(answer.is_ok() || answer.unwrap_err().call().unwrap().attempts.len() == statuses.len());
        }
    }

    #[test]
    fn what_fits_the_rules_is_let_through() {
        for good in [
            NewExportBucket::aws("abc", ROLE),
            NewExportBucket::aws("x".repeat(63), ROLE.to_uppercase()),
            NewExportBucket::gcp("bucket", ROLE),
            NewExportBucket::azure("https://account.blob.core.windows.net", ROLE),
        ] {
            check(&good, ApiVersion::V2).unwrap();
        }
    }

    #[test]
    fn version_1_knows_buckets_of_aws_alone() {
        check(&NewExportBucket::aws("abc", ROLE), ApiVersion::V1).unwrap();
        let error = check(&NewExportBucket::gcp("abc", ROLE), ApiVersion::V1).unwrap_err();
        assert!(error.to_string().contains("buckets of GCP exist only in version 2"), "{error}");
    }

    #[test]
    fn what_breaks_a_rule_is_refused_with_the_rule() {
        for (bad, rule) in [
            (NewExportBucket::aws("ab", ROLE), "3 to 63 characters"),
            (NewExportBucket::aws("x".repeat(64), ROLE), "3 to 63 characters"),
            (NewExportBucket::gcp("", ROLE), "3 to 63 characters"),
            (NewExportBucket::aws("abc", "arn:aws:iam::1:role/x"), "24 hexadecimal digits"),
            (NewExportBucket::gcp("abc", ""), "24 hexadecimal digits"),
            (NewExportBucket::azure(" ", ROLE), "serviceUrl"),
        ] {
            let error = check(&bad, ApiVersion::V2).unwrap_err();
            assert!(error.kind() == crate::ErrorKind::InvalidInput && error.to_string().contains(rule), "{error}");
        }
    }
}
