//! Scenarios: the jobs, faults, rate limit and versions of a fake.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Fault, NewJob, RateLimit, Script, api::Api, faults::FaultQueue, lock::lock};

/// The jobs of a fake, their course of states, its faults, its rate limit and its versions, as JSON or in Rust.
///
/// ```
/// use atlas_exports_testing::{FakeAtlas, Scenario};
///
/// let scenario: Scenario = serde_json::from_str(
///     r#"{
///         "remove_jobs": true,
///         "jobs": [{"id": "5fb1a8c0e2c4d84c1e4f0f01", "script": {"per_poll": ["Queued", "InProgress", "Successful"]}}],
///         "faults": [{"effect": {"response": {"status": 503}}, "nth": 2}],
///         "rate_limit": {"capacity": 100, "per_minute": 60}
///     }"#,
/// )?;
/// let builder = FakeAtlas::builder().scenario(scenario);
/// # let _ = builder;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Scenario {
    /// Whether all jobs are removed first.
    pub remove_jobs: bool,
    /// Jobs to add.
    pub jobs: Vec<NewJob>,
    /// Documents of jobs to add to the default cluster, which are served as they are.
    pub job_documents: Vec<Value>,
    /// Documents of buckets to add to the default project.
    pub bucket_documents: Vec<Value>,
    /// The script of jobs that clients create; unchanged without one.
    pub created_jobs: Option<Script>,
    /// Faults to add.
    pub faults: Vec<Fault>,
    /// The limit on the requests of each project; unchanged without one.
    pub rate_limit: Option<RateLimit>,
    /// Resource versions that end.
    pub versions: Versions,
}

/// Resource versions that end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Versions {
    /// Dates of resource versions that are answered with 410, such as `2023-01-01`.
    pub sunset: Vec<String>,
    /// Paths whose end is announced in headers.
    pub deprecated: Vec<Deprecation>,
}

/// A path whose end is announced in headers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Deprecation {
    /// Pattern of the path, as for [`Fault::on`].
    pub path: String,
    /// Value of the header `Deprecation`.
    pub deprecation: Option<String>,
    /// Value of the header `Sunset`.
    pub sunset: Option<String>,
}

impl Scenario {
    /// Applies the scenario to a fake, and returns the ids of the jobs of [`Scenario::jobs`].
    pub(crate) fn apply(self, api: &Api, faults: &FaultQueue) -> Vec<String> {
        let state = &api.state;
        if self.remove_jobs {
            lock(&state.store).remove_jobs();
        }
        let ids = self.jobs.into_iter().map(|job| state.add_job(job)).collect();
        for document in self.job_documents {
            state.put_job(&state.project_id, &state.cluster_name, document);
        }
        for document in self.bucket_documents {
            state.put_bucket(&state.project_id, document);
        }
        if let Some(script) = self.created_jobs {
            *lock(&state.new_jobs) = script;
        }
        for fault in self.faults {
            faults.add(fault);
        }
        if let Some(limit) = self.rate_limit {
            api.limiter.set(Some(limit));
        }
        for date in &self.versions.sunset {
            api.versions.sunset(date);
        }
        for Deprecation { path, deprecation, sunset } in &self.versions.deprecated {
            api.versions.deprecate(path, deprecation.as_deref(), sunset.as_deref());
        }
        ids
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_scenario_is_written_as_it_is_read() {
        let document = json!({
            "remove_jobs": true,
            "jobs": [{
                "id": "a", "project": "b", "cluster": "c", "snapshot": "d", "bucket": "e",
                "script": {"timed": [{"state": "Queued", "after": 0.0}, {"state": "Gone", "after": 1.5}], "finished": true},
                "custom_data": [{"key": "k", "value": "v"}], "collections": 3, "replica_sets": ["shard-0"],
                "failure": {"code": "f", "message": "g"},
            }],
            "job_documents": [{"id": "h"}],
            "bucket_documents": [{"_id": "i"}],
            "created_jobs": {"per_poll": ["Queued"], "finished": false},
            "faults": [
                {
                    "effect": {"response": {"status": 503, "headers": {"retry-after": "1"}, "text": "later"}},
                    "after_processing": true, "before_auth": true, "method": "GET", "path": "/groups/*/**",
                    "nth": 2, "times": "always", "probability": 0.5,
                },
                {
                    "effect": {"stall_body": 2.5}, "after_processing": false, "before_auth": false, "method": null,
                    "path": null, "nth": 1, "times": 3, "probability": 1.0,
                },
            ],
            "rate_limit": {"capacity": 1, "per_minute": 2, "headers": false},
            "versions": {
                "sunset": ["2023-01-01"],
                "deprecated": [{"path": "/groups/**", "deprecation": "j", "sunset": null}],
            },
        });
        let scenario: Scenario = serde_json::from_value(document.clone()).expect("a scenario");
        assert_eq!(serde_json::to_value(scenario).expect("JSON"), document);
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for (wrong, why) in [
            (json!({"effect": "reset", "nth": 0}), "nonzero"),
            (json!({"effect": "reset", "times": 0}), "Times"),
            (json!({"effect": "reset", "probability": 1.5}), "between 0 and 1"),
            (json!({"effect": {"delay_headers": -1}}), "negative"),
            (json!({"effect": {"response": {"status": 42}}}), "42 is not an HTTP status"),
            (json!({"effect": {"response": {"status": 200, "json": {}, "text": ""}}}), "either json or text"),
            (json!({"effect": "reset", "when": 1}), "unknown field `when`"),
        ] {
            let error = serde_json::from_value::<Fault>(wrong.clone()).expect_err("out of range").to_string();
            assert!(error.contains(why), "{wrong}: {error}");
        }
    }
}
