//! `doctor`: whether this machine, these credentials and this project will work, in at most ten requests.

mod facts;
mod headers;
mod judge;
mod report;

use std::{future::Future, sync::Arc, time::Duration};

use atlas_exports::{
    Client, Error, ErrorKind, List, ProjectId, RetryPolicy, generated::ClientInfo, http::Method, reqwest, reqwest::Url,
};
use futures_util::TryStreamExt;
use serde::de::{DeserializeOwned, IgnoredAny};

use self::{
    facts::{Facts, Watcher},
    report::{Report, Status},
};
use crate::{
    console::Console,
    exit::{Outcome, Problem},
    options::{Format, Shared, VERSION},
    render,
    session::Target,
};

const TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    atlas-exports doctor --project 5f3c5a1e8e4b2a0012345678 --cluster Cluster0\n\n\
    Sends at most ten requests, which read only. The report holds no secrets, and ids are shortened.\n\
    Exits with 0 when nothing failed, 1 when something did, and 2 when a setting is wrong.")]
pub(crate) struct Args {}

pub(crate) async fn run(shared: &Shared, console: &Console) -> Result<Outcome, Problem> {
    let program = format!("atlas-exports {VERSION}, {} {}", std::env::consts::OS, std::env::consts::ARCH);
    let mut report = Report::new(program);
    let outcome = match examine(shared, &mut report).await {
        Ok(()) if report.status() == Status::Failure => Outcome::Unhealthy,
        Ok(()) => Outcome::Done,
        Err(problem) => {
            let (text, advice) = problem.to_string().split_once('\n').map_or_else(
                || (problem.to_string(), "see atlas-exports --help".to_owned()),
                |(text, advice)| (text.to_owned(), advice.trim().replace("\n  ", "; ")),
            );
            report.failure("settings", text, advice);
            Outcome::Misconfigured
        }
    };
    match console.format {
        Format::Text => console.print(&report.text()),
        Format::Json => console.print(&format!("{}\n", report.json().map_err(std::io::Error::from)?)),
    }
    Ok(outcome)
}

/// Makes all calls and the report of them.
///
/// # Errors
///
/// When no client can be built from the settings.
async fn examine(shared: &Shared, report: &mut Report) -> Result<(), Problem> {
    let target = Target::find(shared).await?;
    match &target.settings {
        Some(settings) => {
            settings.explain().into_iter().for_each(|line| report.ok("settings", line));
            if let Some(warning) = &settings.warning {
                report.warning("settings", warning, "leave out --profile, or give the profile credentials");
            }
        }
        None => report.ok("settings", "the fake Atlas inside this program"),
    }
    let facts = Examination::new(&target)?.run().await;
    judge::judge(&facts, report);
    report.set_requests(facts.exchanges().count());
    Ok(())
}

/// The calls, and what is known by them.
struct Examination<'a> {
    target: &'a Target,
    client: Client,
    watcher: Arc<Watcher>,
    facts: Facts,
}

impl<'a> Examination<'a> {
    fn new(target: &'a Target) -> Result<Self, Problem> {
        let watcher = Arc::new(Watcher::default());
        let client = observed(target, watcher.clone(), None)?;
        let facts = Facts {
            base_url: render::address(target.base_url()),
            is_v2: client.api().baseurl().ends_with("/v2"),
            proxies: proxies(|name| std::env::var(name).ok()),
            project: target.project.as_ref().map(ToString::to_string),
            ..Facts::default()
        };
        Ok(Self { target, client, watcher, facts })
    }

    async fn run(mut self) -> Facts {
        let client = self.client.clone();
        // Without a connection or a token, no other call would succeed.
        let projects = client.list(|api| api.list_projects());
        // The block owns the stream, so that the call ends with it.
        let page = async { projects.page_size(500).pages().try_next().await };
        let Some(first) = self.call(page).await else { return self.finish() };
        let is_fatal = first.as_ref().is_err_and(|error| error.kind() != ErrorKind::Api);
        self.facts.projects = Some(first.map(|page| {
            let ids: Vec<_> = page.iter().flat_map(|page| &page.items).map(|project| project.id.to_string()).collect();
            let total = page.and_then(|page| page.total_count).unwrap_or_default();
            let total = total.max(u64::try_from(ids.len()).unwrap_or(u64::MAX));
            (ids, total)
        }));
        if is_fatal {
            return self.finish();
        }
        match self.target.project.clone() {
            Some(project) => self.project(&client, &project).await,
            // Whether a nonce is accepted again shows with any second call.
            None => drop(self.call(first_of(client.list(|api| api.list_projects()))).await),
        }
        self.other_connections().await;
        self.finish()
    }

    /// Reads what belongs to a project: buckets, jobs, and a single document of either.
    async fn project(&mut self, client: &Client, project: &ProjectId) {
        let mut single = None;
        let buckets = first_of(client.list(|api| api.list_export_buckets().group_id(project.clone())));
        self.facts.buckets = self.call(buckets).await.map(|outcome| {
            outcome.map(|bucket| {
                single = bucket.map(|bucket| format!("/groups/{project}/backup/exportBuckets/{}", bucket.id()));
            })
        });
        if let Some(cluster) = &self.target.cluster {
            let jobs = client.list(|api| api.list_export_jobs().group_id(project.clone()).cluster_name(cluster));
            self.facts.jobs = self.call(first_of(jobs)).await.map(|outcome| {
                outcome.map(|job| {
                    let path = |job| format!("/groups/{project}/clusters/{cluster}/backup/exports/{job}");
                    single = job.map(|job| path(job.id)).or(single.take());
                })
            });
        }
        if let Some(path) = single {
            let got = client.request(Method::GET, path).query("envelope", true).send::<IgnoredAny>();
            self.facts.envelope = self.call(got).await.and_then(Result::ok).map(|_| self.watcher.envelope());
        }
    }

    /// Makes calls on a client without idle connections, which show whether a nonce is accepted on another connection.
    async fn other_connections(&mut self) {
        if judge::reuse(&self.facts.kept) != Some(true) {
            return;
        }
        // Without room for an idle connection, every request opens its own.
        let http = reqwest::Client::builder().pool_max_idle_per_host(0);
        let http = if is_loopback(self.target.base_url()) { http.no_proxy() } else { http };
        let Ok(client) = observed(self.target, self.watcher.clone(), Some(http)) else { return };
        for _ in 0..2 {
            let (_, seen) = self.watcher.call(first_of(client.list(|api| api.list_projects()))).await;
            self.facts.fresh.push(seen);
        }
    }

    /// Makes a call on the client that keeps its connections; `None` when it would take too many requests.
    async fn call<T>(&mut self, call: impl Future<Output = Result<T, Error>>) -> Option<Result<T, Error>> {
        let (outcome, seen) = self.watcher.call(call).await;
        self.facts.is_limited |= outcome.is_none();
        self.facts.kept.push(seen);
        outcome
    }

    fn finish(mut self) -> Facts {
        self.facts.deprecations = self.client.deprecations();
        self.facts.rate_limit = self.target.project.as_ref().and_then(|project| self.client.rate_limit(project));
        self.facts
    }
}

/// Returns the first item of a list, by one request.
async fn first_of<T: DeserializeOwned + Send + 'static>(list: List<T>) -> Result<Option<T>, Error> {
    list.page_size(1).items().try_next().await
}

/// Builds a client that never retries and has an observer.
fn observed(target: &Target, watcher: Arc<Watcher>, http: Option<reqwest::ClientBuilder>) -> Result<Client, Problem> {
    let builder = target.client()?.retry(RetryPolicy::never()).timeout(TIMEOUT).observer(watcher);
    Ok(match http {
        Some(http) => builder.http_client(http),
        None => builder,
    }
    .build()?)
}

/// Returns the proxy variables that are set, with redacted values.
fn proxies(variable: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let names =
        ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"];
    let set = names.into_iter().filter_map(|name| Some((name, variable(name).filter(|value| !value.is_empty())?)));
    set.map(|(name, value)| {
        (name.to_owned(), if name.eq_ignore_ascii_case("no_proxy") { value } else { render::address(&value) })
    })
    .collect()
}

fn is_loopback(address: &str) -> bool {
    let host = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}
