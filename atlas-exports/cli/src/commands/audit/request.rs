//! What is audited, and by which rules: the options that `audit` and `export missing` share.

use std::{sync::Arc, time::Duration};

use atlas_exports::{
    Client, ProjectId,
    audit::{Audit, Rules},
};

use crate::{console::Console, exit::Problem, options::Shared, reporter::Reporter, session::Target, time};

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct AuditArgs {
    /// Greatest age of the newest exported snapshot, such as 26h [default: as the backup schedule has it]
    #[arg(long, value_name = "DURATION", value_parser = time::duration)]
    max_age: Option<Duration>,
    /// Time from when a snapshot is due until it must be completed [default: 2h]
    #[arg(long, value_name = "DURATION", value_parser = time::duration)]
    grace_snapshot: Option<Duration>,
    /// Time from a completed snapshot until its export must have started [default: 1h]
    #[arg(long, value_name = "DURATION", value_parser = time::duration)]
    grace_start: Option<Duration>,
    /// Time that an export may take [default: 12h]
    #[arg(long, value_name = "DURATION", value_parser = time::duration)]
    grace_run: Option<Duration>,
    /// Time from the end of an export until its `.complete` object must be there [default: 1h]
    #[arg(long, value_name = "DURATION", value_parser = time::duration)]
    grace_marker: Option<Duration>,
    /// Count exports to other buckets than that of the backup schedule
    #[arg(long)]
    any_bucket: bool,
    /// Where automatic export is off, let --max-age alone decide, because exports are created in another way
    #[arg(long, requires = "max_age")]
    manual: bool,
    /// Do not expect the export of a snapshot that is kept for another frequency as well
    #[arg(long)]
    no_overlap: bool,
    /// Check the export of each replica set of a sharded cluster as well
    #[arg(long)]
    components: bool,
    /// Requests a minute to each project, of which Atlas refuses too many [default: 60]
    #[arg(long, value_name = "NUMBER")]
    requests_per_minute: Option<u32>,
    /// Requests at once [default: 16]
    #[arg(long, value_name = "NUMBER")]
    concurrency: Option<usize>,
}

/// An audit, and what it asks.
pub(crate) struct Prepared {
    pub(crate) client: Client,
    pub(crate) audit: Audit,
    /// A fake lives no longer than this.
    pub(crate) target: Target,
}

impl AuditArgs {
    fn rules(&self) -> Rules {
        let mut rules = Rules::default();
        rules.max_age = self.max_age;
        for (rule, given) in [
            (&mut rules.snapshot_grace, self.grace_snapshot),
            (&mut rules.start_grace, self.grace_start),
            (&mut rules.run_grace, self.grace_run),
            (&mut rules.marker_grace, self.grace_marker),
        ] {
            *rule = given.unwrap_or(*rule);
        }
        rules.any_bucket = self.any_bucket;
        rules.manual_exports = self.manual;
        rules.overlapping_frequencies = !self.no_overlap;
        rules.components = self.components;
        rules
    }

    /// An audit of what the options name, and the client that it asks.
    pub(crate) async fn prepare(&self, shared: &Shared, console: &Console) -> Result<Prepared, Problem> {
        let target = Target::find(shared).await?;
        target.explain(console);
        let builder = target.client()?.observer(Arc::new(Reporter::new(shared.verbose)));
        let builder = match self.requests_per_minute {
            Some(requests) => builder.poll_rate_limit(requests),
            None => builder,
        };
        let client = builder.build()?;
        let projects = match &target.fake {
            Some(fake) if shared.projects.is_empty() => vec![fake.audited_project()?],
            _ => shared.projects.clone(),
        };
        let audit = self.audit(&client, &projects);
        let audit = match &shared.cluster {
            Some(cluster) => audit.cluster(cluster.as_str()),
            None => audit,
        };
        Ok(Prepared { client, audit, target })
    }

    /// An audit of projects, or of all when none is given.
    pub(crate) fn audit(&self, client: &Client, projects: &[ProjectId]) -> Audit {
        let audit = projects.iter().fold(client.audit_all(), |audit, project| audit.project(project.clone()));
        let audit = audit.rules(self.rules());
        match self.concurrency {
            Some(requests) => audit.concurrency(requests),
            None => audit,
        }
    }
}
