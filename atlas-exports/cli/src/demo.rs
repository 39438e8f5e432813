//! The program at work without credentials, on a fake Atlas inside it.

use atlas_exports::{Client, Error, ExportId};
use atlas_exports_testing::{FakeAtlas, Kind};

use crate::{
    console::Console,
    exit::{Outcome, Problem},
    render::job,
};

pub(crate) async fn run(console: &Console) -> Result<Outcome, Problem> {
    let fake = FakeAtlas::builder().try_start().await?;
    console.note(&format!("asking a fake Atlas at {}, because no credentials were given\n", fake.base_url()));

    let atlas = Client::builder()
        .base_url(fake.base_url())
        .api_key(fake.public_key(), fake.private_key())
        .envelope(true)
        .build()?;
    let exports = atlas.exports(fake.project_id().parse().map_err(Error::from)?, fake.cluster_name())?;
    for kind in [Kind::ReplicaSet, Kind::Sharded, Kind::Failed] {
        let id: ExportId = fake.job_id(kind).parse().map_err(Error::from)?;
        console.print(&format!("{}\n", job::block(&exports.get(&id).await?)));
    }

    console.note(&format!(
        "{} HTTP exchanges: one Digest challenge, and an enveloped response for each job\n",
        fake.exchanges()
    ));
    console.note(
        "To ask the real service, set MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY and run\n\n  \
         atlas-exports list --project ID --cluster NAME\n\nor --help for the rest.",
    );
    Ok(Outcome::Done)
}
