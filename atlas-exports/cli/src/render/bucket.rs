//! Export buckets as text.

use atlas_exports::ExportBucket;

use super::{block::Block, listing::Column};

pub(crate) const COLUMNS: &[Column] =
    &[Column { name: "BUCKET", width: 24 }, Column { name: "PROVIDER", width: 8 }, Column { name: "NAME", width: 4 }];

/// The bucket's row of a table.
pub(crate) fn cells(bucket: &ExportBucket) -> [String; 3] {
    let name = match bucket {
        ExportBucket::Aws(aws) => aws.bucket_name.as_deref(),
        ExportBucket::Azure(azure) => azure.service_url.as_deref().or(azure.bucket_name.as_deref()),
        ExportBucket::Gcp(gcp) => gcp.bucket_name.as_deref(),
        _ => None,
    };
    [bucket.id().to_string(), bucket.cloud_provider().to_owned(), name.unwrap_or_default().to_owned()]
}

/// The bucket in full.
pub(crate) fn block(bucket: &ExportBucket) -> String {
    let mut block = Block::new(format_args!("Export bucket {}", bucket.id()));
    block.line("Provider", bucket.cloud_provider());
    match bucket {
        ExportBucket::Aws(aws) => {
            block.line_of("Name", aws.bucket_name.as_ref());
            block.line_of("Region", aws.region.as_ref());
            block.line_of("IAM role", aws.iam_role_id.as_ref());
            let private = aws.require_private_networking.unwrap_or(false);
            block.line("Networking", if private { "private only" } else { "public" });
        }
        ExportBucket::Azure(azure) => {
            block.line_of("Name", azure.bucket_name.as_ref());
            block.line_of("Service", azure.service_url.as_ref());
            block.line_of("Role", azure.role_id.as_ref());
            block.line_of("Tenant", azure.tenant_id.as_ref());
        }
        ExportBucket::Gcp(gcp) => {
            block.line_of("Name", gcp.bucket_name.as_ref());
            block.line_of("Role", gcp.role_id.as_ref());
        }
        ExportBucket::Unknown { document, .. } => {
            for (name, value) in document.iter().filter(|(name, _)| *name != "_id" && *name != "cloudProvider") {
                block.line(name, value);
            }
        }
        _ => {}
    }
    block.into_text()
}
