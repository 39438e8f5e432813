//! The body that creates an export bucket, by cloud provider.

use serde_json::{Map, Value};

use super::bodies::{Body, invalid};
use crate::FakeResponse;

type Checked = Result<Map<String, Value>, Box<FakeResponse>>;

const NAME: std::ops::RangeInclusive<usize> = 3..=63;

/// Parses the body. Without `all_providers`, only AWS is accepted.
pub(crate) fn parse(body: &[u8], all_providers: bool) -> Checked {
    let provider = Body::parse_any(body)?;
    let bucket = match (provider.required("cloudProvider")?, all_providers) {
        ("AWS", _) => aws(body),
        ("AZURE", true) => azure(body),
        ("GCP", true) => gcp(body),
        (_, true) => invalid("cloudProvider", "must be AWS, AZURE or GCP"),
        (_, false) => invalid("cloudProvider", "must be AWS"),
    };
    bucket.map(|mut bucket| {
        bucket.insert("cloudProvider".into(), provider.required("cloudProvider").unwrap_or_default().into());
        bucket
    })
}

fn aws(body: &[u8]) -> Checked {
    let body = Body::parse(body, &["bucketName", "cloudProvider", "iamRoleId", "requirePrivateNetworking"])?;
    Ok(Map::from_iter([
        ("bucketName".into(), body.length("bucketName", NAME)?.into()),
        ("iamRoleId".into(), body.id("iamRoleId")?.into()),
        ("region".into(), "us-east-1".into()),
        ("requirePrivateNetworking".into(), body.flag("requirePrivateNetworking")?.unwrap_or(false).into()),
    ]))
}

/// The name of the container may be given by the URL alone.
fn azure(body: &[u8]) -> Checked {
    let body = Body::parse(body, &["bucketName", "cloudProvider", "roleId", "serviceUrl", "tenantId"])?;
    let url = body.length("serviceUrl", 33..=2048)?;
    let name = match body.has("bucketName") {
        true => body.length("bucketName", NAME)?,
        false => url.rsplit('/').next().unwrap_or(url),
    };
    Ok(Map::from_iter([
        ("bucketName".into(), name.into()),
        ("roleId".into(), body.id("roleId")?.into()),
        ("serviceUrl".into(), url.into()),
        ("tenantId".into(), "4297fc77-1592-4de8-a6d5-a8c32401df87".into()),
    ]))
}

fn gcp(body: &[u8]) -> Checked {
    let body = Body::parse(body, &["bucketName", "cloudProvider", "roleId"])?;
    Ok(Map::from_iter([
        ("bucketName".into(), body.length("bucketName", NAME)?.into()),
        ("roleId".into(), body.id("roleId")?.into()),
    ]))
}
