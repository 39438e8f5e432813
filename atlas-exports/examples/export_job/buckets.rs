//! `buckets`: what jobs can export to.

use atlas_exports::{ExportBucketId, NewExportBucket};
use futures_util::TryStreamExt;

use super::{
    args::{Bucket, Buckets, CreateBucket, Provider},
    listing::Listing,
    outcome::{Outcome, Problem},
    session::Session,
    show,
};

/// What a bucket is made of for `buckets create --fake` alone.
const FAKE_NAME: &str = "my-exports";
const FAKE_ROLE: &str = "668c5f0ed436263134491592";

pub(crate) async fn run(session: &Session, command: Buckets) -> Result<Outcome, Problem> {
    let buckets = session.buckets()?;
    match command {
        Buckets::List => {
            let mut all = buckets.list().items();
            let mut listing = Listing::start(session, show::buckets_head())?;
            while let Some(bucket) = all.try_next().await? {
                listing.push(session, bucket.id().as_str(), &show::bucket_row(&bucket), &bucket)?;
            }
            listing.end("There are no export buckets.")?;
        }
        Buckets::Get(bucket) => session.print_bucket(&buckets.get(&wanted(session, bucket)?).await?)?,
        Buckets::Create(create) => session.print_bucket(&buckets.create(new(session, create)?).await?)?,
        Buckets::Delete(bucket) => {
            let id = wanted(session, bucket)?;
            buckets.delete(&id).await?;
            eprintln!("Atlas no longer knows export bucket {id}; what is in it stays.");
        }
    }
    Ok(Outcome::Done)
}

fn wanted(session: &Session, bucket: Bucket) -> Result<ExportBucketId, Problem> {
    match (bucket.bucket, &session.fake) {
        (Some(id), _) => Ok(id),
        (None, Some(fake)) => fake.idle_bucket(),
        (None, None) => Err(Problem::usage("say which bucket")),
    }
}

fn new(session: &Session, create: CreateBucket) -> Result<NewExportBucket, Problem> {
    let given = |value: Option<String>, option: &str, of_fake: &str| match (value, &session.fake) {
        (Some(value), _) => Ok(value),
        (None, Some(_)) => Ok(of_fake.to_owned()),
        (None, None) => Err(Problem::usage(format!("say {option}"))),
    };
    let role = given(create.role, "--role", FAKE_ROLE)?;
    let bucket = match create.provider {
        Provider::Aws => NewExportBucket::aws(given(create.name, "--name", FAKE_NAME)?, role),
        Provider::Gcp => NewExportBucket::gcp(given(create.name, "--name", FAKE_NAME)?, role),
        Provider::Azure => {
            let url = create.service_url.ok_or_else(|| Problem::usage("say --service-url"))?;
            NewExportBucket::azure(url, role)
        }
    };
    Ok(if create.private_networking { bucket.require_private_networking(true) } else { bucket })
}
