//! `export missing`: creates the exports that an audit finds missing or failed, since Atlas does not try again.

use std::io::{self, BufRead, IsTerminal};

use atlas_exports::{
    Client, Error, ExportJob, NewExport,
    audit::{Finding, MissingWhy, Rule, Severity, Verdict},
};
use futures_util::StreamExt;
use serde::Serialize;

use crate::{
    commands::audit::request::{AuditArgs, Prepared},
    console::{self, Console},
    exit::{Outcome, Problem},
    options::{Format, Shared},
    render::{
        listing::{Column, Table},
        plain,
    },
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    atlas-exports export missing --dry-run\n  \
    atlas-exports export missing --project 5f3c5a1e8e4b2a0012345678 --yes --limit 5\n  \
    atlas-exports export missing --fake --yes\n\n\
    Exports cost money, and Atlas does not start a failed one again. Only snapshots\n\
    are exported that are listed and whose jobs were all read; the jobs are read\n\
    again right before each creation. The created exports are not waited for. Needs\n\
    the role Project Backup Export Operator beside those of audit.\n\n\
    Without --yes it asks first, so it needs a terminal. Exits with 1 when an export\n\
    could not be created, when not everything could be read, or when the answer was\n\
    no.")]
pub(crate) struct Args {
    #[command(flatten)]
    audit: AuditArgs,
    /// Show what would be created, and create nothing
    #[arg(long)]
    dry_run: bool,
    /// Create without asking
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// Create at most this many exports
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

const COLUMNS: &[Column] = &[
    Column { name: "CLUSTER", width: 7 },
    Column { name: "SNAPSHOT", width: 24 },
    Column { name: "TAKEN (UTC)", width: 16 },
    Column { name: "BUCKET", width: 24 },
    Column { name: "REASON", width: 6 },
];

const CHANGED: &str = "not created, since something changed";

/// An export that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Planned {
    project: String,
    #[serde(skip)]
    project_name: Option<String>,
    cluster: String,
    snapshot_id: String,
    #[serde(skip)]
    taken: String,
    bucket_id: String,
    verdict: &'static str,
    reason: &'static str,
}

/// What became of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Done<'a> {
    #[serde(flatten)]
    planned: &'a Planned,
    job_id: Option<String>,
    /// Why it did not have to be created any more.
    skipped: Option<String>,
    /// Why it was not created.
    error: Option<String>,
}

impl Done<'_> {
    fn is_failure(&self) -> bool {
        self.error.is_some()
    }
}

/// How an export was not created.
enum Skipped {
    /// It is not missing any more.
    Arrived(String),
    /// It cannot be created any more, or nobody can say whether it is missing.
    Changed(String),
    Failed(Error),
}

pub(crate) async fn run(shared: &Shared, args: Args, console: &Console) -> Result<Outcome, Problem> {
    // Before anything else, so that a job that runs unattended does not wait for the first export that is missing.
    let is_attended = console.format == Format::Text && io::stdin().is_terminal();
    if !args.dry_run && !args.yes && !is_attended {
        return Err(Problem::usage("nobody is there to confirm: use --yes to create, or --dry-run to look"));
    }
    let Prepared { client, audit, target: _target } = args.audit.prepare(shared, console).await?;
    let report = audit.run().await;
    for finding in report.findings.iter().filter(|finding| !finding.complete) {
        let name = finding.cluster.as_deref().or(finding.project.as_deref()).unwrap_or("the projects");
        console.warn(&format!("{name} could not be read whole: {}", plain(&finding.message)));
    }
    for finding in report.findings.iter().filter(|finding| finding.rule == Rule::ExportStuck) {
        let name = finding.cluster.as_deref().unwrap_or_default();
        console.warn(&format!("{name} is left out, since its export has not ended: {}", plain(&finding.message)));
    }
    let mut planned: Vec<_> = report.findings.iter().filter_map(plan).collect();
    let found = planned.len();
    planned.truncate(args.limit.unwrap_or(usize::MAX));
    let left = found - planned.len();
    let incomplete = if report.complete { Outcome::Done } else { Outcome::Unhealthy };
    if found == 0 {
        console.note("no exports are missing that could be created");
    }
    show(console, &planned);
    if left > 0 {
        console.note(&format!("{left} more are left out by --limit"));
    }
    if args.dry_run || planned.is_empty() {
        print_json(console, &planned.iter().map(|planned| done(planned, None)).collect::<Vec<_>>())?;
        return Ok(incomplete);
    }
    if !args.yes && !is_confirmed(planned.len())? {
        console.note("nothing was created");
        return Ok(Outcome::Unhealthy);
    }
    let mut results = Vec::new();
    for planned in &planned {
        let created = create(&client, &args.audit, planned).await;
        if console.format == Format::Text {
            report_one(console, planned, &created);
        }
        results.push(done(planned, Some(created)));
    }
    print_json(console, &results)?;
    Ok(if results.iter().any(Done::is_failure) { Outcome::Unhealthy } else { incomplete })
}

/// The export to create for a finding that rests on lists that were read whole.
fn plan(finding: &Finding) -> Option<Planned> {
    let is_missing = match finding.verdict {
        Verdict::Missing { why, .. } => why == MissingWhy::NoExport,
        // One that does not end cannot be started again.
        Verdict::Failed => finding.rule != Rule::ExportStuck,
        _ => false,
    };
    let snapshot = finding.evidence.snapshot.as_ref()?;
    let taken = snapshot.at.map(|at| at.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
    (is_missing && finding.complete).then_some(())?;
    Some(Planned {
        project: finding.project.clone()?,
        project_name: finding.project_name.clone(),
        cluster: finding.cluster.clone()?,
        snapshot_id: snapshot.id.clone(),
        taken,
        bucket_id: finding.evidence.bucket_id.clone()?,
        verdict: finding.verdict.as_str(),
        reason: finding.reason(),
    })
}

/// Creates one export, if it is still missing.
async fn create(client: &Client, args: &AuditArgs, planned: &Planned) -> Result<ExportJob, Skipped> {
    let invalid = |invalid: atlas_exports::ParseIdError| Skipped::Failed(invalid.into());
    let project: atlas_exports::ProjectId = planned.project.parse().map_err(invalid)?;
    let again = args.audit(client, std::slice::from_ref(&project)).cluster(&planned.cluster).run().await;
    let finding = again.findings.iter().find(|finding| finding.cluster.as_deref() == Some(planned.cluster.as_str()));
    let is_same = |now: Planned| now.snapshot_id == planned.snapshot_id && now.bucket_id == planned.bucket_id;
    if !finding.and_then(plan).is_some_and(is_same) {
        return Err(match finding {
            Some(finding) if finding.verdict.severity() == Severity::Fine => Skipped::Arrived(finding.message.clone()),
            Some(finding) => Skipped::Changed(finding.message.clone()),
            None => Skipped::Changed("the cluster is not listed any more".to_owned()),
        });
    }
    let exports = client.exports(project, &planned.cluster).map_err(Skipped::Failed)?;
    let snapshot = planned.snapshot_id.parse().map_err(invalid)?;
    let new = NewExport::new(snapshot, planned.bucket_id.parse().map_err(invalid)?);
    // Its first update is the created job, which is searched for when the response was lost.
    match exports.create_and_wait(new).updates().next().await {
        Some(created) => created.map_err(Skipped::Failed),
        None => Err(Skipped::Changed("no response".to_owned())),
    }
}

fn done<'a>(planned: &'a Planned, created: Option<Result<ExportJob, Skipped>>) -> Done<'a> {
    let none = Done { planned, job_id: None, skipped: None, error: None };
    match created {
        None => none,
        Some(Ok(job)) => Done { job_id: Some(job.id.to_string()), ..none },
        Some(Err(Skipped::Arrived(now))) => Done { skipped: Some(now), ..none },
        Some(Err(Skipped::Changed(now))) => Done { error: Some(format!("{CHANGED}: {now}")), ..none },
        Some(Err(Skipped::Failed(error))) => Done { error: Some(error.to_string()), ..none },
    }
}

fn place(planned: &Planned) -> String {
    format!("{}/{}", planned.project_name.as_ref().unwrap_or(&planned.project), planned.cluster)
}

fn show(console: &Console, planned: &[Planned]) {
    if console.format != Format::Text || planned.is_empty() {
        return;
    }
    let rows: Vec<_> = planned
        .iter()
        .map(|planned| {
            let Planned { snapshot_id, taken, bucket_id, reason, .. } = planned.clone();
            vec![place(planned), snapshot_id, taken, bucket_id, reason.to_owned()]
        })
        .collect();
    let table = Table::of_rows(COLUMNS, &rows, Console::width());
    console.print(&table.head());
    rows.iter().for_each(|row| console.print(&table.row(row)));
}

fn report_one(console: &Console, planned: &Planned, created: &Result<ExportJob, Skipped>) {
    match created {
        Ok(job) => console.print(&format!("created export job {} for {}\n", job.id, place(planned))),
        Err(Skipped::Arrived(now)) => {
            console.note(&format!("{}: nothing to create any more: {}", place(planned), plain(now)));
        }
        Err(Skipped::Changed(now)) => console.error(&format!("{}: {CHANGED}: {}", place(planned), plain(now))),
        Err(Skipped::Failed(error)) => console.error(&format!("{}: {error:?}", place(planned))),
    }
}

fn print_json(console: &Console, done: &[Done<'_>]) -> Result<(), Problem> {
    if console.format == Format::Json {
        console.print(&format!("{}\n", serde_json::to_string_pretty(done).map_err(io::Error::from)?));
    }
    Ok(())
}

/// Asks whoever sits at the terminal.
fn is_confirmed(exports: usize) -> io::Result<bool> {
    console::stderr(&format!("create {exports} export job{}? [y/N] ", if exports == 1 { "" } else { "s" }));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use atlas_exports::audit::{Buckets, Facts, JobLog, ProjectFacts, Reading, Rules, judge};
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::*;

    const BUCKET: &str = "605cbe3000000000000000b1";
    const ITEM: &str = "605cbe3000000000000000c1";
    const SNAPSHOT: &str = "6a7940540000000000000001";

    fn read<T: DeserializeOwned>(document: Value) -> T {
        serde_json::from_value(document).unwrap()
    }

    /// A cluster whose last export failed.
    fn failed() -> Finding {
        let mut facts = Facts::new(ProjectFacts::new("605cbe3000000000000000a1"));
        facts.cluster = Reading::Whole(read(json!({"name": "Orders", "backupEnabled": true})));
        facts.schedule = Reading::Whole(read(json!({
            "autoExportEnabled": true,
            "export": {"exportBucketId": BUCKET, "frequencyType": "daily"},
            "policies": [{"policyItems": [{"id": ITEM, "frequencyType": "daily", "frequencyInterval": 1}]}],
            "referenceHourOfDay": 3,
            "referenceMinuteOfHour": 0,
        })));
        facts.buckets = Reading::Whole(Buckets::new([BUCKET.to_owned()]));
        let mut jobs = JobLog::new();
        jobs.add(read(json!({
            "id": "6a7940540000000000000002", "snapshotId": SNAPSHOT, "exportBucketId": BUCKET, "state": "Failed",
            "createdAt": "2026-08-10T03:16:00Z",
        })));
        facts.jobs = Reading::Whole(jobs);
        facts.snapshots = Reading::Whole(vec![read(json!({
            "id": SNAPSHOT, "frequencyType": "daily", "policyItems": [ITEM], "status": "completed",
            "createdAt": "2026-08-10T03:07:00Z",
        }))]);
        judge(&facts, &Rules::default(), "2026-08-10T20:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_snapshot_of_a_failed_export_is_planned_for_the_bucket_of_the_schedule() {
        let planned = plan(&failed()).unwrap();
        assert_eq!((planned.snapshot_id.as_str(), planned.bucket_id.as_str()), (SNAPSHOT, BUCKET));
        assert_eq!((planned.cluster.as_str(), planned.taken.as_str()), ("Orders", "2026-08-10 03:07"));
    }

    #[test]
    fn nothing_is_planned_from_lists_that_were_not_read_whole_or_for_another_verdict() {
        let alter: [fn(&mut Finding); 3] = [
            |finding| finding.complete = false,
            |finding| finding.rule = Rule::ExportStuck,
            |finding| finding.verdict = Verdict::Stale,
        ];
        for alter in alter {
            let mut finding = failed();
            alter(&mut finding);
            assert_eq!(plan(&finding), None, "{finding:?}");
        }
    }
}
