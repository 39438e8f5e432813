//! Tests that FakeAtlas and the buckets show a world as it is.

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use atlas_exports_testing::FakeAtlas;
use serde_json::Value;

use super::{
    model::{Project, State, World},
    sim::Sim,
    storage,
    time::{DAY, HOUR, MINUTE, Time, iso},
    truth::{ExportStatus, Moment},
    view::View,
};

/// A fake that shows this world at this moment, and nothing else.
pub(crate) async fn serve(world: &World, at: Time, views: &[View]) -> FakeAtlas {
    let clock = SystemTime::UNIX_EPOCH + Duration::from_secs(at.try_into().expect("a time after 1970"));
    let start = FakeAtlas::builder().clock(clock).time_scale(0.0).project(&world.projects[0].id, "none");
    let atlas = start.without_authentication().start().await;
    atlas.remove_cluster(&world.projects[0].id, "none");
    for view in views {
        view.serve(&atlas);
    }
    atlas
}

fn simulated(seed: u64) -> World {
    let mut sim = Sim::drawn(seed);
    sim.run_until(sim.world.start + 150 * DAY);
    sim.world
}

struct Reader {
    client: reqwest::Client,
    atlas: FakeAtlas,
    v2: bool,
}

impl Reader {
    async fn list(&self, path: &str) -> Vec<Value> {
        let version = if self.v2 { "v2" } else { "v1.0" };
        let url = format!("{}/api/atlas/{version}{path}?itemsPerPage=500", self.atlas.base_url());
        let request = self.client.get(url).header("accept", "application/vnd.atlas.2024-11-13+json");
        let page: Value = request.send().await.unwrap().json().await.unwrap();
        page["results"].as_array().unwrap_or_else(|| panic!("{path}: {page}")).clone()
    }
}

fn texts<'a>(list: &'a [Value], key: &str) -> BTreeSet<&'a str> {
    list.iter().map(|item| item[key].as_str().unwrap()).collect()
}

#[tokio::test]
async fn both_versions_show_what_the_world_holds() {
    for seed in 0..6 {
        let world = simulated(seed);
        let at = world.end - 20 * DAY + 7 * HOUR + 1;
        let views: Vec<_> = world.projects.iter().map(|project| View::of(&world, project, at)).collect();
        for v2 in [false, true] {
            let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
            let reader = Reader { client, atlas: serve(&world, at, &views).await, v2 };
            let projects = reader.list("/groups").await;
            assert_eq!(texts(&projects, "id"), world.projects.iter().map(|project| project.id.as_str()).collect());
            for project in &world.projects {
                check_project(&reader, project, at).await;
            }
        }
    }
}

async fn check_project(reader: &Reader, project: &Project, at: Time) {
    let group = format!("/groups/{}", project.id);
    let mut clusters = reader.list(&format!("{group}/clusters")).await;
    if reader.v2 {
        clusters.extend(reader.list(&format!("{group}/flexClusters")).await);
    }
    let live: Vec<_> =
        project.clusters_at(at).filter(|cluster| reader.v2 || cluster.tier != super::model::Tier::Flex).collect();
    assert_eq!(texts(&clusters, "id"), live.iter().map(|cluster| cluster.id.as_str()).collect());
    let events = reader.list(&format!("{group}/events")).await;
    assert_eq!(events.len().min(500), project.events.iter().filter(|event| event.created <= at).count().min(500));
    for cluster in live.iter().filter(|cluster| cluster.tier != super::model::Tier::Flex) {
        let jobs = reader.list(&format!("{group}/clusters/{}/backup/exports", cluster.name)).await;
        for held in cluster.jobs.iter().filter(|job| job.created <= at) {
            let shown = jobs.iter().find(|shown| shown["id"] == *held.id).unwrap();
            assert_eq!(shown["state"], held.state(at).name());
            assert_eq!(shown["finishedAt"].as_str().map(str::to_owned), held.ended_at(at).map(iso));
            assert_eq!(shown["components"].is_array(), cluster.shape.is_sharded());
        }
        let snapshots = reader.list(&format!("{group}/clusters/{}/backup/snapshots", cluster.name)).await;
        let listed: BTreeSet<_> =
            cluster.snapshots.iter().filter(|held| held.is_listed(at)).map(|held| held.id.as_str()).collect();
        assert_eq!(texts(&snapshots, "id"), listed);
    }
}

#[test]
fn a_marker_lies_where_a_safe_copy_does_and_bears_its_cluster_and_time() {
    let (mut safe, mut denied, mut missing) = (0, 0, 0);
    for seed in 0..20 {
        let world = simulated(seed);
        for at in (0..20).map(|n| world.start + (n + 1) * 7 * DAY + 12 * HOUR) {
            for project in &world.projects {
                for cluster in project.clusters_at(at) {
                    let moment = Moment { project, cluster, at };
                    let Some((job, snapshot)) =
                        moment.successful_jobs().max_by_key(|(job, held)| (held.created, job.created))
                    else {
                        continue;
                    };
                    let Some(bucket) = project.bucket(&job.bucket) else { continue };
                    let text = match storage::marker(&world, project, &bucket.name, &job.prefix, at) {
                        Err(storage::Denied) => {
                            denied += 1;
                            continue;
                        }
                        Ok(text) => text,
                    };
                    let marker: Option<Value> = text.map(|text| serde_json::from_str(&text).unwrap());
                    let own = marker.filter(|marker| marker["clusterUniqueId"] == *cluster.id);
                    // A failed job may have left a newer one.
                    let safe_since = moment.truth().safe.filter(|safe| *safe >= snapshot.created);
                    assert!(own.is_some() || safe_since != Some(snapshot.created), "seed {seed} {}", cluster.name);
                    assert!(own.is_none() || safe_since.is_some(), "seed {seed} {}", cluster.name);
                    match own {
                        Some(marker) => {
                            safe += 1;
                            assert_eq!(marker["snapshotInitiationDate"], snapshot.created * 1000);
                            assert!(marker["totalFiles"].as_u64().is_some_and(|files| files > 0));
                            assert_eq!(
                                (&marker["clusterName"], &marker["groupId"]),
                                (&cluster.name.as_str().into(), &project.id.as_str().into())
                            );
                        }
                        None => missing += 1,
                    }
                }
            }
        }
    }
    assert!(safe > 200 && denied > 0 && missing > 5, "{safe} {denied} {missing}");
}

#[test]
fn what_is_shown_of_a_snapshot_and_its_job_follows_their_states() {
    let mut seen = BTreeSet::new();
    for seed in 0..6 {
        let world = simulated(seed);
        for project in &world.projects {
            for due_export in project.clusters.iter().flat_map(|cluster| &cluster.due_exports) {
                let at = due_export.at + 25 * MINUTE;
                for cluster in View::of(&world, project, at).clusters {
                    for snapshot in &cluster.snapshots {
                        let completed = snapshot["status"] == "completed";
                        assert_eq!(completed, snapshot.get("createdAt").is_some(), "{snapshot}");
                        seen.insert(snapshot["status"].as_str().unwrap().to_owned());
                        seen.insert(snapshot["snapshotType"].as_str().unwrap().to_owned());
                    }
                    for job in &cluster.jobs {
                        assert_eq!(job["state"] == State::Queued.name(), job.get("prefix").is_none(), "{job}");
                        seen.insert(job["state"].as_str().unwrap().to_owned());
                    }
                }
            }
        }
    }
    let wanted =
        ["Cancelled", "Failed", "InProgress", "Queued", "Successful", "completed", "fallback", "onDemand", "queued"];
    for wanted in wanted {
        assert!(seen.contains(wanted), "{wanted} is never shown: {seen:?}");
    }
}

#[test]
fn an_exported_snapshot_has_a_successful_job() {
    let world = simulated(3);
    let mut whole = 0;
    for project in &world.projects {
        for cluster in &project.clusters {
            for due_export in &cluster.due_exports {
                let moment = Moment { project, cluster, at: due_export.at + 2 * HOUR };
                if cluster.exists(moment.at) && moment.status(due_export) == ExportStatus::Exported {
                    whole += 1;
                    assert!(moment.jobs(false).any(|(job, _)| job.state(moment.at) == State::Successful));
                }
            }
        }
    }
    assert!(whole > 50, "{whole}");
}
