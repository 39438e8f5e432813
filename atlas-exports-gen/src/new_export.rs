//! What people say to start things.

use crate::{
    ids::{ExportBucketId, SnapshotId},
    types::{CloudProvider, CustomData, NewExport, NewExportBucket},
};

impl NewExport {
    /// Asks to copy a snapshot to a bucket.
    #[must_use]
    pub fn new(snapshot: SnapshotId, bucket: ExportBucketId) -> Self {
        Self::of_required(bucket, snapshot)
    }

    /// Adds an entry for the `.complete` file that Atlas writes at the end of the export.
    #[must_use]
    #[allow(clippy::needless_update, reason = "the contract may give an entry more properties")]
    pub fn custom_data(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        let entry = CustomData { key: Some(key.into()), value: Some(value.into()), ..CustomData::default() };
        self.custom_data.push(entry);
        self
    }
}

impl NewExportBucket {
    /// An Amazon S3 bucket, which Atlas writes to with an AWS IAM role that the project knows.
    #[must_use]
    pub fn aws(bucket_name: impl Into<String>, iam_role_id: impl Into<String>) -> Self {
        Self {
            bucket_name: Some(bucket_name.into()),
            iam_role_id: Some(iam_role_id.into()),
            ..Self::of_required(CloudProvider::Aws)
        }
    }

    /// An Azure Blob Storage container, which Atlas writes to with a service principal that the project knows. Only in
    /// version 2 of the API.
    #[must_use]
    pub fn azure(service_url: impl Into<String>, role_id: impl Into<String>) -> Self {
        Self {
            service_url: Some(service_url.into()),
            role_id: Some(role_id.into()),
            ..Self::of_required(CloudProvider::Azure)
        }
    }

    /// A Google Cloud Storage bucket, which Atlas writes to with a service account that the project knows. Only in
    /// version 2 of the API.
    #[must_use]
    pub fn gcp(bucket_name: impl Into<String>, role_id: impl Into<String>) -> Self {
        Self {
            bucket_name: Some(bucket_name.into()),
            role_id: Some(role_id.into()),
            ..Self::of_required(CloudProvider::Gcp)
        }
    }

    /// Whether the bucket is reached through private networking alone. AWS only.
    #[must_use]
    pub fn require_private_networking(mut self, required: bool) -> Self {
        self.require_private_networking = Some(required);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_new_export_sends_what_was_said_and_nothing_else() {
        let id = "5f3c5a1e8e4b2a0012345678";
        let plain = NewExport::new(id.parse().unwrap(), id.parse().unwrap());
        assert_eq!(serde_json::to_value(&plain).unwrap(), json!({"snapshotId": id, "exportBucketId": id}));
        let marked = serde_json::to_value(plain.custom_data("who", "me")).unwrap();
        assert_eq!(marked["customData"], json!([{"key": "who", "value": "me"}]));
    }

    #[test]
    fn a_new_bucket_sends_only_what_its_provider_knows() {
        assert_eq!(
            serde_json::to_value(NewExportBucket::aws("bucket", "role").require_private_networking(true)).unwrap(),
            json!({"bucketName": "bucket", "cloudProvider": "AWS", "iamRoleId": "role", "requirePrivateNetworking": true})
        );
        assert_eq!(
            serde_json::to_value(NewExportBucket::gcp("bucket", "role")).unwrap(),
            json!({"bucketName": "bucket", "cloudProvider": "GCP", "roleId": "role"})
        );
    }
}
