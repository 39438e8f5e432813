//! What each format of the report looks like.

use std::collections::HashSet;

use atlas_exports_testing::NewCluster;
use serde_json::{Value, json};

use super::world::{BUCKET, Night, SHOP, audit, deny, job_id, prefix, shop, snapshot};
use crate::program::{command, run};

#[test]
fn the_table_has_the_worst_first_and_says_what_to_do() {
    let fake = shop(&[("Archive", Night::Paused), ("Billing", Night::Exported), ("Catalog", Night::Failed)]);
    let ended = audit(&fake, &["--project", SHOP]);
    let expected = format!(
        "\
VERDICT   CLUSTER  EXPORTED SNAPSHOT (UTC)  AGE
failed    Catalog  2026-08-09 03:07         38 h 23 min
  the export of the snapshot of 2026-08-10 03:07 UTC failed: no s3:PutObject (EXPORT_BUCKET_ACCESS_DENIED) \
(export_failed, rule 16)
  next: Atlas does not try again: create a new export job for snapshot {} into bucket {BUCKET}
stale     Archive  2026-08-03 03:07         7 days
  the newest exported snapshot is of 2026-08-03 03:07 UTC (cluster_paused, rule 11)
  next: no snapshots are taken while a cluster is paused; resume it, or accept the age of its data
reported  Billing  2026-08-10 03:07         14 h 23 min
1 failed, 1 stale, 1 reported in project {SHOP} at 2026-08-10 17:30 UTC; complete
",
        snapshot("Catalog", 10)
    );
    assert_eq!((ended.out.as_str(), ended.err.as_str()), (expected.as_str(), ""));
}

#[test]
fn clusters_of_several_projects_are_named_with_the_names_of_their_projects() {
    let fake = shop(&[("Orders", Night::Exported), ("Denied", Night::Exported)]);
    super::world::add(&fake, super::world::BANK, "Orders", Night::Failed);
    fake.name_project(super::world::BANK, "Bank");
    deny(&fake, "Denied", "/backup/schedule");
    let ended = audit(&fake, &[]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let lines: Vec<_> = ended.out.lines().filter(|line| !line.starts_with(' ')).collect();
    let [_, failed, unreadable, reported, counts] = lines.as_slice() else { panic!("{ended:?}") };
    assert!(failed.starts_with("failed      Bank/Orders"), "{ended:?}");
    assert!(unreadable.starts_with("unreadable  Shop/Denied"), "{ended:?}");
    assert!(reported.starts_with("reported    Shop/Orders"), "{ended:?}");
    assert!(counts.ends_with("UTC; incomplete: not everything could be read"), "{ended:?}");
}

#[test]
fn the_document_has_the_members_that_programs_rely_on() {
    let fake = shop(&[("Catalog", Night::Failed)]);
    let report = audit(&fake, &["--format", "json"]).json();
    let at = |day: u32, time: &str| format!("2026-08-{day:02}T{time}:00Z");
    let exported = |day: u32, state: &str| {
        json!({
            "id": job_id("Catalog", day),
            "state": state,
            "snapshotId": snapshot("Catalog", day),
            "snapshotAt": at(day, "03:07"),
            "bucketId": BUCKET,
            "prefix": prefix(SHOP, "Catalog", day),
            "createdAt": at(day, "03:16"),
            "finishedAt": at(day, "03:31"),
        })
    };
    let mut failed = exported(10, "Failed");
    failed["detail"] = json!("no s3:PutObject (EXPORT_BUCKET_ACCESS_DENIED)");
    let expected = json!({
        "complete": true,
        "checkedAt": report["checkedAt"],
        "clusters": [{
            "project": SHOP,
            "projectName": "Shop",
            "cluster": "Catalog",
            "verdict": "failed",
            "reason": "export_failed",
            "rule": 16,
            "ruleName": "export_failed",
            "message": "the export of the snapshot of 2026-08-10 03:07 UTC failed: no s3:PutObject \
                        (EXPORT_BUCKET_ACCESS_DENIED)",
            "next": format!("Atlas does not try again: create a new export job for snapshot {} into bucket {BUCKET}",
                snapshot("Catalog", 10)),
            "snapshotAt": at(9, "03:07"),
            "jobId": job_id("Catalog", 10),
            "evidence": {
                "dueAt": at(10, "03:00"),
                "nextDueAt": at(11, "03:00"),
                "frequency": "daily",
                "bucketId": BUCKET,
                "snapshot": {"id": snapshot("Catalog", 10), "at": at(10, "03:07"), "status": "completed"},
                "job": failed,
                "exported": exported(9, "Successful"),
            },
            "notes": [],
            "complete": true,
            "allowed": null,
        }],
    });
    assert_eq!(report, expected, "{report:#}");
    let checked = report["checkedAt"].as_str().unwrap();
    assert!(checked.starts_with("2026-08-10T17:30:") && checked.len() == 20, "{checked}");
}

#[test]
fn members_are_there_even_when_nothing_is_known() {
    let fake = shop(&[("Denied", Night::Exported)]);
    deny(&fake, "Denied", "");
    fake.respond("GET", "/groups/{groupId}/clusters", 403, json!({"error": 403, "reason": "Forbidden"}));
    let report = audit(&fake, &["--project", SHOP, "--format", "json"]).json();
    let finding = report["clusters"][0].as_object().unwrap();
    for member in ["project", "cluster", "verdict", "reason", "rule", "snapshotAt", "jobId", "evidence"] {
        assert!(finding.contains_key(member), "{member}: {report:#}");
    }
    assert_eq!((&finding["cluster"], &finding["jobId"]), (&Value::Null, &Value::Null));
}

/// A sample of the text format of Prometheus: name, labels and value.
type Sample = (String, Vec<(String, String)>, f64);

/// Reads a text as Prometheus does: comments come before all samples of their family, in one group, and none twice.
fn samples(text: &str) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    let (mut family, mut families, mut unique) = (String::new(), HashSet::new(), HashSet::new());
    assert!(text.ends_with('\n'), "{text}");
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            family = help.split_once(' ').unwrap().0.to_owned();
            assert!(families.insert(family.clone()), "{family} comes twice");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            assert_eq!(kind, format!("{family} gauge"));
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(unique.insert(series.to_owned()), "{series} comes twice");
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            assert_eq!(name, family, "{line}");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            samples.push((name.to_owned(), self::labels(labels), value.parse().unwrap()));
        }
    }
    samples
}

fn labels(mut text: &str) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    while let Some((name, rest)) = text.split_once("=\"") {
        let (mut value, mut chars) = (String::new(), rest.char_indices());
        let end = loop {
            match chars.next().unwrap() {
                (end, '"') => break end,
                (_, '\\') => match chars.next().unwrap().1 {
                    'n' => value.push('\n'),
                    plain @ ('"' | '\\') => value.push(plain),
                    other => panic!("\\{other} is no escape"),
                },
                (_, other) => value.push(other),
            }
        };
        labels.push((name.trim_start_matches(',').to_owned(), value));
        text = &rest[end + 1..];
    }
    assert_eq!(text, "}");
    labels
}

#[test]
fn metrics_are_timestamps_and_verdicts_that_prometheus_can_read() {
    let fake = shop(&[("Billing", Night::Exported), ("Catalog", Night::Failed), ("Search", Night::Running)]);
    fake.put_cluster(SHOP, NewCluster::free("Playground"));
    let ended = audit(&fake, &["--format", "prometheus", "--allow", "Catalog=failed"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    let samples = samples(&ended.out);
    let of = |name: &str, cluster: &str| -> Option<f64> {
        let is_of = |labels: &[(String, String)]| labels.contains(&("cluster".to_owned(), cluster.to_owned()));
        samples.iter().find(|(found, labels, _)| found == name && is_of(labels)).map(|(.., value)| *value)
    };
    let timestamp = |time: &str| time.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp() as f64;
    let newest = timestamp("2026-08-10T03:07:00Z");
    assert_eq!(of("atlas_export_snapshot_timestamp_seconds", "Billing"), Some(newest), "{}", ended.out);
    assert_eq!(of("atlas_export_snapshot_timestamp_seconds", "Catalog"), Some(newest - 86_400.0));
    assert_eq!(of("atlas_export_snapshot_timestamp_seconds", "Playground"), None);
    assert_eq!(of("atlas_export_due_timestamp_seconds", "Catalog"), Some(timestamp("2026-08-10T03:00:00Z")));
    assert_eq!(of("atlas_export_running_since_seconds", "Search"), Some(timestamp("2026-08-10T16:16:00Z")));
    assert_eq!(of("atlas_export_running_since_seconds", "Billing"), None);
    let verdict = samples.iter().find(|(name, labels, _)| {
        name == "atlas_export_verdict" && labels.contains(&("cluster".to_owned(), "Catalog".to_owned()))
    });
    let expected = [
        ("project", SHOP),
        ("cluster", "Catalog"),
        ("verdict", "failed"),
        ("reason", "export_failed"),
        ("allowed", "true"),
    ];
    let expected: Vec<_> = expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(verdict, Some(&("atlas_export_verdict".to_owned(), expected, 1.0)));
    let alone = |name: &str| samples.iter().find(|(found, ..)| found == name).map(|(.., value)| *value);
    let now = timestamp("2026-08-10T17:30:00Z");
    assert!(alone("atlas_export_audit_timestamp_seconds").is_some_and(|at| (now..now + 60.0).contains(&at)));
    assert_eq!(alone("atlas_export_audit_complete"), Some(1.0));
}

#[test]
fn metrics_of_an_audit_that_read_nothing_say_so() {
    let fake = shop(&[("Billing", Night::Exported)]);
    fake.respond("GET", "/groups", 403, json!({"error": 403, "reason": "Forbidden"}));
    let ended = audit(&fake, &["--format", "prometheus"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let samples = samples(&ended.out);
    assert!(samples.contains(&("atlas_export_audit_complete".to_owned(), Vec::new(), 0.0)), "{ended:?}");
}

#[test]
fn a_monitoring_plugin_prints_one_line_with_performance_data() {
    let fake = shop(&[("Archive", Night::Paused), ("Billing", Night::Exported), ("Catalog", Night::Failed)]);
    let ended = audit(&fake, &["--format", "nagios"]);
    let expected = "ATLAS EXPORTS CRITICAL - Shop/Catalog failed (export_failed), Shop/Archive stale (cluster_paused) | \
                    proved=0 reported=1 running=0 not_due=0 stale=1 failed=1 missing=0 unreadable=0 unsupported=0 \
                    allowed=0\n";
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (Some(2), expected, ""));
    let fine = audit(&fake, &["--format", "nagios", "--cluster", "Billing"]);
    assert!(fine.out.starts_with("ATLAS EXPORTS OK - 1 clusters | proved=0 reported=1 "), "{fine:?}");
    let stale = audit(&fake, &["--format", "nagios", "--allow", "Catalog=failed"]);
    assert!(stale.out.starts_with("ATLAS EXPORTS WARNING - Shop/Archive stale"), "{stale:?}");
    assert!(stale.out.ends_with("allowed=1\n"), "{stale:?}");
}

#[test]
fn a_monitoring_plugin_that_cannot_start_prints_one_line_too() {
    let ended = run(command(), ["audit", "--format", "nagios"]);
    assert_eq!((ended.code, ended.out.lines().count()), (Some(3), 1), "{ended:?}");
    assert!(ended.out.starts_with("ATLAS EXPORTS UNKNOWN - no credentials"), "{ended:?}");
}

#[test]
fn the_example_shows_every_kind_of_finding() {
    let ended = run(command(), ["audit", "--fake"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(2), ""), "{ended:?}");
    for (cluster, verdict) in [
        ("Archive", "stale"),
        ("Billing", "reported"),
        ("Catalog", "failed"),
        ("Orders", "reported"),
        ("Playground", "unsupported"),
        ("Sandbox", "missing"),
        ("Search", "running"),
        ("Sessions", "missing"),
    ] {
        let is_row = |line: &str| line.split_whitespace().take(2).eq([verdict, cluster]);
        assert!(ended.out.lines().any(is_row), "{cluster} is {verdict}: {ended:?}");
    }
}
