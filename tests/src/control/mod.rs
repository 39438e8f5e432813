//! The control interface below `/_fake`, by which tests in other languages change and inspect the fake.

pub(crate) mod scenario;

use std::{collections::BTreeMap, time::Duration};

use http::Version;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use self::scenario::Scenario;
use crate::{
    FakeResponse, Fault, NewJob, RateLimit, Recorded,
    api::{Api, errors},
    auth::Auth,
    data::{clock::iso, log::Log, seconds, seed},
    faults::FaultQueue,
    lock::lock,
};

/// The path that the control interface is at.
pub(crate) const BASE: &str = "/_fake";

/// What the control interface changes and inspects.
pub(crate) struct Target<'a> {
    pub(crate) auth: &'a Auth,
    pub(crate) api: &'a Api,
    pub(crate) faults: &'a FaultQueue,
    pub(crate) log: &'a Log,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    state: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    #[serde(with = "seconds")]
    advance: Duration,
}

type Outcome = Result<FakeResponse, Box<FakeResponse>>;

impl Target<'_> {
    /// Responds to a request to the control interface. `path` is below [`BASE`].
    pub(crate) fn respond(&self, request: &Recorded, path: &str) -> FakeResponse {
        self.try_respond(request, path).unwrap_or_else(|refusal| *refusal)
    }

    fn try_respond(&self, request: &Recorded, path: &str) -> Outcome {
        let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let state = &self.api.state;
        Ok(match (request.method.as_str(), segments.as_slice()) {
            ("GET", []) => FakeResponse::json(200, description(self.auth, self.api)),
            ("POST", ["scenario"]) => {
                let scenario: Scenario = parse(request)?;
                FakeResponse::json(200, json!({"ids": scenario.apply(self.api, self.faults)}))
            }
            ("GET", ["jobs"]) => FakeResponse::json(200, state.job_documents(|_, _| true).into()),
            ("POST", ["jobs"]) => {
                let job: NewJob = parse(request)?;
                FakeResponse::json(201, json!({"id": state.add_job(job)}))
            }
            ("DELETE", ["jobs"]) => {
                lock(&state.store).remove_jobs();
                FakeResponse::empty(204)
            }
            ("GET", ["jobs", id]) => {
                let document = state.job_documents(|job_id, _| job_id == *id).pop();
                FakeResponse::json(200, document.ok_or_else(|| no_such_job(id))?)
            }
            ("PUT", ["jobs", id, "state"]) => {
                let State { state: new } = parse(request)?;
                if !state.set_job_state(id, &new) {
                    return Err(no_such_job(id));
                }
                FakeResponse::empty(204)
            }
            ("GET", ["faults"]) => FakeResponse::json(200, json!(self.faults.pending())),
            ("POST", ["faults"]) => {
                // Told apart by hand: the errors of an untagged enum do not say what is wrong.
                let is_list = request.body.trim_ascii_start().starts_with(b"[");
                let faults: Vec<Fault> = if is_list { parse(request)? } else { vec![parse(request)?] };
                faults.into_iter().for_each(|fault| self.faults.add(fault));
                FakeResponse::empty(204)
            }
            ("DELETE", ["faults"]) => {
                self.faults.clear();
                FakeResponse::empty(204)
            }
            ("PUT", ["rate_limit"]) => {
                self.api.limiter.set(parse::<Option<RateLimit>>(request)?);
                FakeResponse::empty(204)
            }
            ("GET", ["requests"]) => FakeResponse::json(200, self.log.requests().iter().map(document).collect()),
            ("DELETE", ["requests"]) => {
                self.log.reset();
                FakeResponse::empty(204)
            }
            ("GET", ["time"]) => self.time(),
            ("POST", ["time"]) => {
                let Advance { advance } = parse(request)?;
                state.clock.advance(advance);
                self.time()
            }
            (method, _) => {
                let detail = format!("The control interface has no {method} {BASE}{path}.");
                return Err(Box::new(errors::api_error(404, "RESOURCE_NOT_FOUND", &detail, &[path])));
            }
        })
    }

    fn time(&self) -> FakeResponse {
        let clock = &self.api.state.clock;
        FakeResponse::json(200, json!({"now": iso(clock.now()), "elapsed": clock.elapsed().as_secs_f64()}))
    }
}

/// Where a fake is, and what it accepts.
pub(crate) fn description(auth: &Auth, api: &Api) -> Value {
    let (settings, state) = (&auth.settings, &api.state);
    let jobs: Vec<_> = state
        .job_documents(|_, _| true)
        .iter()
        .map(|job| json!({"id": job.get("id"), "state": job.get("state")}))
        .collect();
    json!({
        "base_url": state.root,
        "public_key": settings.public_key,
        "private_key": settings.private_key,
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "project_id": state.project_id,
        "cluster_name": state.cluster_name,
        "bucket_id": seed::BUCKET,
        "jobs": jobs,
    })
}

fn document(request: &Recorded) -> Value {
    let mut headers = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in &request.headers {
        headers.entry(name.as_str()).or_default().push(String::from_utf8_lossy(value.as_bytes()));
    }
    json!({
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": headers,
        "body": String::from_utf8_lossy(&request.body),
        "http2": request.version == Version::HTTP_2,
        "connection": request.connection,
        "node": request.node,
        "status": request.status,
        "refusal": request.refusal,
        "at": request.at.as_secs_f64(),
    })
}

fn parse<T: DeserializeOwned>(request: &Recorded) -> Result<T, Box<FakeResponse>> {
    serde_json::from_slice(&request.body)
        .map_err(|error| Box::new(errors::api_error(400, "INVALID_JSON", &error.to_string(), &[])))
}

fn no_such_job(id: &str) -> Box<FakeResponse> {
    Box::new(errors::api_error(404, "RESOURCE_NOT_FOUND", &format!("There is no job {id}."), &[id]))
}
