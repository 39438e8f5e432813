//! Types that the generator is told to use instead of its own.

mod cluster_name;
mod export_bucket;
mod export_state;

pub use self::{cluster_name::ClusterName, export_bucket::ExportBucket, export_state::ExportState};
