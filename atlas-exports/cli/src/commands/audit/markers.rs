//! The buckets themselves, read with the credentials of whoever runs this.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use atlas_exports::{
    BoxError, ExportBucket,
    audit::{Audit, MarkerFuture, MarkerStore},
};
use object_store::{
    ObjectStore, ObjectStoreExt, RetryConfig, aws::AmazonS3Builder, azure::MicrosoftAzureBuilder,
    gcp::GoogleCloudStorageBuilder, path::Path,
};

use crate::exit::Problem;

/// What stands for the name of a bucket.
const BUCKET: &str = "{bucket}";

/// More than any `.complete` object has.
const MAX_BYTES: u64 = 1 << 20;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct MarkerArgs {
    /// Also ask the buckets for the `.complete` object of each export, which proves it
    ///
    /// By default the bucket is found by what Atlas says of it, and the credentials are those of the environment, such as
    /// AWS_ACCESS_KEY_ID, AZURE_STORAGE_ACCOUNT_KEY or GOOGLE_APPLICATION_CREDENTIALS, or of the machine. The URL of a
    /// folder says where buckets are mounted instead, with {bucket} for the name of the bucket: file:///mnt/{bucket}.
    #[arg(long, value_name = "URL", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    markers: Option<String>,
}

impl MarkerArgs {
    pub(crate) fn apply(&self, audit: Audit) -> Result<Audit, Problem> {
        let Some(url) = &self.markers else { return Ok(audit) };
        let url = Some(url.clone()).filter(|url| !url.is_empty());
        if let Some(url) = &url
            && folder(url, "bucket").is_none()
        {
            return Err(Problem::usage(format!(
                "--markers: {url:?} is not the URL of a folder, such as file:///mnt/{BUCKET}"
            )));
        }
        Ok(audit.markers(Stores { url, opened: Mutex::default() }))
    }
}

/// The buckets of the audit, each opened when it is first asked.
#[derive(Debug)]
struct Stores {
    url: Option<String>,
    opened: Mutex<HashMap<String, Arc<dyn ObjectStore>>>,
}

impl Stores {
    fn open(&self, bucket: &ExportBucket) -> Result<Arc<dyn ObjectStore>, BoxError> {
        let id = bucket.id().as_str();
        if let Some(opened) = self.opened.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
            return Ok(opened.clone());
        }
        let opened = match &self.url {
            Some(url) => mounted(url, bucket)?,
            None => by_provider(bucket)?,
        };
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), opened.clone());
        Ok(opened)
    }
}

impl MarkerStore for Stores {
    fn get<'a>(&'a self, bucket: &'a ExportBucket, key: &'a str) -> MarkerFuture<'a> {
        Box::pin(async move {
            let store = self.open(bucket)?;
            let found = match store.get(&Path::parse(key)?).await {
                Ok(found) => found,
                Err(error @ object_store::Error::NotFound { .. }) if is_of_bucket(&error) => return Err(error.into()),
                Err(object_store::Error::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            if found.meta.size > MAX_BYTES {
                return Err(format!("{key} has {} bytes, which is too many", found.meta.size).into());
            }
            Ok(Some(found.bytes().await?))
        })
    }
}

/// Whether it is the bucket that is not there, which says nothing of the object.
fn is_of_bucket(error: &object_store::Error) -> bool {
    let text = format!("{error:?}");
    ["NoSuchBucket", "ContainerNotFound", "The specified bucket does not exist"].iter().any(|code| text.contains(code))
}

/// The folder that a URL names for a bucket.
fn folder(url: &str, bucket: &str) -> Option<std::path::PathBuf> {
    url::Url::parse(&url.replace(BUCKET, bucket)).ok().filter(|url| url.scheme() == "file")?.to_file_path().ok()
}

fn mounted(url: &str, bucket: &ExportBucket) -> Result<Arc<dyn ObjectStore>, BoxError> {
    let folder = folder(url, named(bucket)?).ok_or("the name of the bucket makes no path")?;
    // Fails where there is no such folder, in which a missing object would say nothing.
    Ok(Arc::new(object_store::local::LocalFileSystem::new_with_prefix(folder)?))
}

fn named(bucket: &ExportBucket) -> Result<&str, BoxError> {
    bucket.name().ok_or_else(|| "Atlas does not name the bucket".into())
}

fn by_provider(bucket: &ExportBucket) -> Result<Arc<dyn ObjectStore>, BoxError> {
    let name = named(bucket)?;
    let retries = RetryConfig { max_retries: 3, retry_timeout: Duration::from_secs(30), ..RetryConfig::default() };
    match bucket {
        ExportBucket::Aws(aws) => {
            let mut builder = AmazonS3Builder::from_env().with_bucket_name(name).with_retry(retries);
            // Atlas writes regions as `US_EAST_1`, and those of buckets as AWS does.
            if let Some(region) = &aws.region {
                builder = builder.with_region(region.to_ascii_lowercase().replace('_', "-"));
            }
            Ok(Arc::new(builder.build()?))
        }
        ExportBucket::Azure(azure) => {
            let mut builder = MicrosoftAzureBuilder::from_env().with_retry(retries);
            if let Some(url) = &azure.service_url {
                builder = builder.with_url(url);
            }
            Ok(Arc::new(builder.with_container_name(name).build()?))
        }
        ExportBucket::Gcp(_) => {
            let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(name).with_retry(retries);
            Ok(Arc::new(builder.build()?))
        }
        other => Err(format!("objects in buckets of {} cannot be read", other.cloud_provider()).into()),
    }
}
