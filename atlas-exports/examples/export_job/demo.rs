//! Shows the program at work, on a fake of Atlas that it starts for itself.

use std::io::{self, Write};

use atlas_exports::Client;
use atlas_exports_testing::{FakeAtlas, Kind};

use super::{
    outcome::{Outcome, Problem},
    show,
};

pub(crate) async fn run() -> Result<Outcome, Problem> {
    let fake = FakeAtlas::builder().try_start().await?;
    eprintln!("There are no credentials in the environment, so this asks a fake of Atlas at {}.\n", fake.base_url());

    let atlas = Client::builder()
        .base_url(fake.base_url())
        .api_key(fake.public_key(), fake.private_key())
        .envelope(true)
        .build()?;
    let exports = atlas.exports(fake.project_id().parse().map_err(atlas_exports::Error::from)?, fake.cluster_name())?;
    for kind in [Kind::ReplicaSet, Kind::Sharded, Kind::Failed] {
        let job = exports.get(&fake.job_id(kind).parse().map_err(atlas_exports::Error::from)?).await?;
        writeln!(io::stdout(), "{}", show::job(&job))?;
    }

    eprintln!(
        "Got in {} HTTP exchanges: one Digest challenge, and an enveloped answer for each job.\n",
        fake.exchanges()
    );
    eprintln!(
        "To ask the real service, set MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY and say\n\n  \
         cargo run --example export_job -- get --project ID --cluster NAME JOB\n\nor --help for the rest."
    );
    Ok(Outcome::Done)
}
