//! Buckets of every cloud provider, known and unknown.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::{Map, Value};

use crate::{
    ids::ExportBucketId,
    types::{AwsExportBucket, AzureExportBucket, GcpExportBucket},
};

/// A bucket that export jobs copy to, told apart by its cloud provider.
///
/// Version 1.0 of the API knows AWS alone. A bucket of a provider that this crate does not know is kept as it came.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ExportBucket {
    /// An Amazon S3 bucket.
    Aws(AwsExportBucket),
    /// An Azure Blob Storage container.
    Azure(AzureExportBucket),
    /// A Google Cloud Storage bucket.
    Gcp(GcpExportBucket),
    /// A bucket of a provider that this crate does not know.
    #[non_exhaustive]
    Unknown {
        /// Identifies the bucket.
        id: ExportBucketId,
        /// The bucket as Atlas wrote it, with its id.
        document: Map<String, Value>,
    },
}

impl ExportBucket {
    /// Identifies the bucket.
    #[must_use]
    pub fn id(&self) -> &ExportBucketId {
        match self {
            Self::Aws(bucket) => &bucket.id,
            Self::Azure(bucket) => &bucket.id,
            Self::Gcp(bucket) => &bucket.id,
            Self::Unknown { id, .. } => id,
        }
    }

    /// Name of the bucket or container.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Aws(bucket) => bucket.bucket_name.as_deref(),
            Self::Azure(bucket) => bucket.bucket_name.as_deref(),
            Self::Gcp(bucket) => bucket.bucket_name.as_deref(),
            Self::Unknown { document, .. } => document.get("bucketName").and_then(Value::as_str),
        }
    }

    /// Cloud provider as Atlas writes it: `AWS`, `AZURE`, `GCP`, or one that this crate does not know.
    #[must_use]
    pub fn cloud_provider(&self) -> &str {
        match self {
            Self::Aws(_) => "AWS",
            Self::Azure(_) => "AZURE",
            Self::Gcp(_) => "GCP",
            Self::Unknown { document, .. } => provider(document).unwrap_or_default(),
        }
    }
}

fn provider(document: &Map<String, Value>) -> Option<&str> {
    document.get("cloudProvider").and_then(Value::as_str)
}

impl Serialize for ExportBucket {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Aws(bucket) => bucket.serialize(serializer),
            Self::Azure(bucket) => bucket.serialize(serializer),
            Self::Gcp(bucket) => bucket.serialize(serializer),
            Self::Unknown { document, .. } => document.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ExportBucket {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = Map::deserialize(deserializer)?;
        let provider = provider(&document).map(str::to_ascii_uppercase);
        let id = document.get("_id").cloned().unwrap_or_default();
        let whole = Value::Object(document);
        match provider.as_deref() {
            // Without a provider it is of the time when there was one.
            Some("AWS") | None => AwsExportBucket::deserialize(whole).map(Self::Aws),
            Some("AZURE") => AzureExportBucket::deserialize(whole).map(Self::Azure),
            Some("GCP") => GcpExportBucket::deserialize(whole).map(Self::Gcp),
            Some(_) => ExportBucketId::deserialize(id).map(|id| Self::Unknown {
                id,
                document: match whole {
                    Value::Object(document) => document,
                    _ => Map::new(),
                },
            }),
        }
        .map_err(D::Error::custom)
    }
}

impl JsonSchema for ExportBucket {
    fn schema_name() -> Cow<'static, str> {
        "ExportBucket".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A bucket told apart by `cloudProvider`; other providers are possible.",
            "anyOf": [
                generator.subschema_for::<AwsExportBucket>(),
                generator.subschema_for::<AzureExportBucket>(),
                generator.subschema_for::<GcpExportBucket>(),
                { "type": "object", "required": ["_id", "cloudProvider"] },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "5f3c5a1e8e4b2a0012345678";

    fn bucket(document: Value) -> ExportBucket {
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn buckets_are_told_apart_by_their_provider() {
        let aws = bucket(json!({"_id": ID, "bucketName": "b", "cloudProvider": "AWS", "region": "us-east-1"}));
        assert!(matches!(&aws, ExportBucket::Aws(aws) if aws.region.as_deref() == Some("us-east-1")));
        let azure = bucket(json!({"_id": ID, "cloudProvider": "AZURE", "tenantId": "t"}));
        assert!(matches!(&azure, ExportBucket::Azure(azure) if azure.tenant_id.as_deref() == Some("t")));
        let gcp = bucket(json!({"_id": ID, "cloudProvider": "GCP", "roleId": "r"}));
        assert!(matches!(&gcp, ExportBucket::Gcp(gcp) if gcp.role_id.as_deref() == Some("r")));
        assert!([&aws, &azure, &gcp].iter().all(|bucket| bucket.id().as_str() == ID));
    }

    #[test]
    fn a_bucket_without_provider_is_one_of_aws() {
        assert_eq!(bucket(json!({"_id": ID})).cloud_provider(), "AWS");
    }

    #[test]
    fn a_bucket_of_an_unknown_provider_is_kept_and_written_back_as_it_came() {
        let document = json!({"_id": ID, "cloudProvider": "MOON", "crater": 7});
        let moon = bucket(document.clone());
        assert_eq!((moon.id().as_str(), moon.cloud_provider()), (ID, "MOON"));
        assert_eq!(serde_json::to_value(&moon).unwrap(), document);
    }
}
