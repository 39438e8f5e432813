//! `audit`: whether the last snapshot of every cluster is in its bucket.

mod allow;
mod json;
pub(crate) mod markers;
mod nagios;
mod prometheus;
pub(crate) mod request;
mod text;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use atlas_exports::audit::{Finding, Report, Severity};

use self::{
    allow::Allowed,
    markers::MarkerArgs,
    request::{AuditArgs, Prepared},
};
use crate::{
    console::Console,
    exit::{self, Outcome, Problem},
    options::{OutputFormat, Shared},
    time,
};

const AFTER_HELP: &str = "\
Examples:
  atlas-exports audit
  atlas-exports audit --project 5f3c5a1e8e4b2a0012345678 --max-age 26h --markers
  atlas-exports audit --allow Sandbox=not_configured --allow Shop/Old=missing
  atlas-exports audit --format prometheus --out /var/lib/atlas_exports.prom
  atlas-exports audit --format nagios --timeout 50s
  atlas-exports audit --fake

Without --project, all projects are audited that the credentials have access to,
whatever project the environment or a profile names. The time is that of the
service. Needs the roles Project Read Only and Project Backup Manager.

Verdicts:
  proved       the last snapshot is in its bucket, which says so itself (--markers)
  reported     the last snapshot is in its bucket, as Atlas says
  running      its export runs or is about to start
  not_due      no snapshot has to be in the bucket yet
  unsupported  snapshots of such a cluster cannot be exported
  stale        the newest exported snapshot is too old
  failed       its export failed; Atlas does not try again (see export missing)
  missing      it is not in its bucket
  unreadable   something could not be read, so that nothing can be said

Exit codes, as monitoring plugins have them:
  0  all are proved, reported, running, not due or unsupported
  1  one is stale
  2  one is missing or failed
  3  one is unreadable, or the audit could not start
The worst decides: 2 is worse than 3, and 3 than 1. A --out file is left as it is
when the audit cannot start: let its own timestamp tell how old it is.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    audit: AuditArgs,
    #[command(flatten)]
    markers: MarkerArgs,
    /// Do not count a verdict that is known, such as Sandbox=not_configured; repeatable
    ///
    /// The reason is one of those that findings have. Of any other text, every verdict of the cluster is allowed. The
    /// cluster may be written as project/cluster, with the name or id of the project.
    #[arg(long, value_name = "CLUSTER=REASON", value_parser = allow::parse)]
    allow: Vec<allow::Allow>,
    /// Also list flex clusters, whose snapshots cannot be exported
    #[arg(long)]
    flex: bool,
    /// Write to this file, at once and in whole, instead of to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Time that the whole audit may take
    #[arg(long, value_name = "DURATION", value_parser = time::duration)]
    timeout: Option<Duration>,
}

/// A finding, and whether it counts.
pub(crate) struct Judged<'a> {
    pub(crate) finding: &'a Finding,
    pub(crate) allowed: Option<&'a str>,
}

impl Judged<'_> {
    fn severity(&self) -> Severity {
        if self.allowed.is_some() { Severity::Fine } else { self.finding.verdict.severity() }
    }
}

pub(crate) async fn run(shared: &Shared, args: Args, console: &Console) -> Result<Outcome, Problem> {
    let done = audit(shared, args, console).await;
    if let (Err(problem), OutputFormat::Nagios) = (&done, shared.format) {
        console.print(&nagios::problem(&problem.to_string()));
    }
    done
}

async fn audit(shared: &Shared, args: Args, console: &Console) -> Result<Outcome, Problem> {
    for allow in args.allow.iter().filter(|allow| !allow.names_reason()) {
        console.warn(&format!(
            "{:?} is no reason that findings have: every verdict of {} is allowed",
            allow.reason, allow.cluster
        ));
    }
    let Prepared { audit, target: _target, .. } = args.audit.prepare(shared, console).await?;
    let mut audit = args.markers.apply(audit)?.flex_clusters(args.flex);
    if let Some(timeout) = args.timeout {
        audit = audit.timeout(timeout);
    }
    let report = audit.run().await;
    for allow in args.allow.iter().filter(|allow| !report.findings.iter().any(|finding| allow.names_cluster(finding))) {
        console.warn(&format!("--allow: no cluster {:?} was audited", allow.cluster));
    }
    let allowed = Allowed::new(&args.allow);
    let findings: Vec<_> =
        report.findings.iter().map(|finding| Judged { finding, allowed: allowed.reason(finding) }).collect();
    let text = match shared.format {
        OutputFormat::Text => text::render(&report, &findings, args.out.is_none().then(Console::width).flatten()),
        OutputFormat::Json => json::render(&report, &findings).map_err(io::Error::from)?,
        OutputFormat::Prometheus => prometheus::render(&report, &findings),
        OutputFormat::Nagios => nagios::render(&report, &findings),
    };
    match &args.out {
        Some(path) => replace(path, &text)?,
        None => console.print(&text),
    }
    Ok(Outcome::Audited(code(&findings)))
}

/// The worst that counts: 2 is worse than 3, and 3 than 1.
fn code(findings: &[Judged<'_>]) -> u8 {
    match findings.iter().map(Judged::severity).max() {
        Some(Severity::Missing) => 2,
        Some(Severity::Unreadable) => exit::UNKNOWN,
        Some(Severity::Stale) => 1,
        _ => 0,
    }
}

/// Writes a file beside another and puts it in its place, so that a reader sees either the old or the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The collector runs as somebody else.
        builder.permissions(fs::Permissions::from_mode(0o644));
    }
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut file = builder.prefix(".atlas-exports-").tempfile_in(folder).map_err(named)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(named)?;
    file.persist(path).map_err(|error| named(error.error))?;
    Ok(())
}

/// The name of a cluster for people: project and cluster.
fn place(finding: &Finding) -> String {
    let project = finding.project_name.as_deref().or(finding.project.as_deref());
    match (project, finding.cluster.as_deref()) {
        (Some(project), Some(cluster)) => format!("{project}/{cluster}"),
        (Some(project), None) => format!("{project} (project)"),
        (None, Some(cluster)) => cluster.to_owned(),
        (None, None) => "all projects".to_owned(),
    }
}

/// How many findings have each verdict, in the order of the first ones.
fn counts(findings: &[Judged<'_>]) -> Vec<(&'static str, usize)> {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for judged in findings {
        let verdict = judged.finding.verdict.as_str();
        match counts.iter_mut().find(|(name, _)| *name == verdict) {
            Some((_, count)) => *count += 1,
            None => counts.push((verdict, 1)),
        }
    }
    counts
}

/// Whether everything was read, in a word.
fn completeness(report: &Report) -> &'static str {
    if report.complete { "complete" } else { "incomplete: not everything could be read" }
}
