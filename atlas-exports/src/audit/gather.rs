//! Reads what is needed of each cluster, and judges it.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use atlas_exports_gen::types::{Cluster, ClusterProviderSettings};
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

use super::{
    Facts, Finding, Marker, MarkerStore, Need, ProjectFacts, Reading, Report, Rule, Rules, Trouble, UnreadableWhat,
    clock::ServiceClock,
    evidence, judge, need,
    reader::{ProjectBuckets, Reader},
};
use crate::{Client, Error, ProjectId};

/// Projects that are read at once. Each has a request budget of its own.
const PROJECTS: usize = 64;

/// Clusters of one project that are read at once.
const CLUSTERS: usize = 8;

/// Things to read about one cluster, far more than there are.
const MAX_NEEDS: usize = 100;

/// Checks whether the last snapshot of each cluster is in its bucket, created by [`Client::audit`] and
/// [`Client::audit_all`].
///
/// ```no_run
/// # async fn run(atlas: atlas_exports::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let report = atlas.audit("5f3c5a1e8e4b2a0012345678".parse()?).run().await;
/// for finding in &report.findings {
///     println!("{:?} {}: {}", finding.cluster, finding.verdict, finding.message);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Requests
///
/// A project takes one request for its clusters and, where a cluster exports, one for its buckets; a healthy cluster two,
/// for its schedule and its jobs; any other up to four. Each list has up to 500 items a page. Requests count against the
/// rate that waits on the same project have ([`poll_rate_limit`](crate::ClientBuilder::poll_rate_limit)).
///
/// # Cancellation
///
/// Dropping the future or the stream ends all work at once.
#[derive(Debug, Clone)]
#[must_use = "an audit does nothing until it is run or its findings are polled"]
pub struct Audit {
    client: Client,
    /// Projects to audit; all that the credentials have access to when there are none.
    projects: Vec<ProjectId>,
    clusters: BTreeSet<String>,
    rules: Rules,
    markers: Option<Arc<dyn MarkerStore>>,
    concurrency: usize,
    flex_clusters: bool,
    timeout: Option<Duration>,
}

impl Client {
    /// Checks whether the last snapshot of each cluster of a project is in its bucket.
    pub fn audit(&self, project: ProjectId) -> Audit {
        Audit { projects: vec![project], ..self.audit_all() }
    }

    /// Checks whether the last snapshot of each cluster is in its bucket, in all projects that the credentials have access
    /// to.
    pub fn audit_all(&self) -> Audit {
        Audit {
            client: self.clone(),
            projects: Vec::new(),
            clusters: BTreeSet::new(),
            rules: Rules::default(),
            markers: None,
            concurrency: 16,
            flex_clusters: false,
            timeout: None,
        }
    }
}

impl Audit {
    /// Adds a project.
    pub fn project(mut self, project: ProjectId) -> Self {
        if !self.projects.contains(&project) {
            self.projects.push(project);
        }
        self
    }

    /// Adds a cluster, by its name. All clusters of the projects are checked when none was added.
    pub fn cluster(mut self, name: impl Into<String>) -> Self {
        self.clusters.insert(name.into());
        self
    }

    /// Sets what is expected of a cluster.
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Asks the buckets as well whether exports are complete. Without it nothing is [`Proved`](super::Verdict::Proved).
    pub fn markers(mut self, store: impl MarkerStore + 'static) -> Self {
        self.markers = Some(Arc::new(store));
        self
    }

    /// Sets how many requests are made at once, at least one; 16 by default.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests;
        self
    }

    /// Sets whether flex clusters are listed as well, with version 2 of the API, which takes one more request a project.
    /// Off by default, since their snapshots cannot be exported.
    pub fn flex_clusters(mut self, listed: bool) -> Self {
        self.flex_clusters = listed;
        self
    }

    /// Sets how long [`run`](Self::run) may take. When the time is over it ends with what was found so far, and the
    /// report is incomplete. No limit by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Checks all clusters.
    ///
    /// It does not fail: what could not be read is a finding, and makes the report incomplete.
    pub async fn run(self) -> Report {
        let timeout = self.timeout;
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let gatherer = self.gatherer();
        let mut ended = Box::pin(gatherer.clone().findings());
        let mut findings = Vec::new();
        loop {
            let next = match deadline {
                Some(deadline) => timeout_at(deadline, ended.next()).await,
                None => Ok(ended.next().await),
            };
            match next {
                Ok(Some(finding)) => findings.push(finding),
                Ok(None) => break,
                Err(_) => {
                    let message = format!("the audit did not end within {:?}", timeout.unwrap_or_default());
                    let trouble = Trouble::new(message).with_hint("allow more time, or audit fewer projects at once");
                    findings.push(unlisted(None, UnreadableWhat::Clusters, &trouble));
                    break;
                }
            }
        }
        Report::new(findings, gatherer.reader.clock.now())
    }

    /// Returns the finding of each cluster as soon as there is one, in no particular order.
    ///
    /// What could not be read of a project is a finding without a cluster.
    pub fn findings(self) -> impl Stream<Item = Finding> + Send + Unpin + 'static {
        Box::pin(self.gatherer().findings())
    }

    fn gatherer(self) -> Arc<Gatherer> {
        let Self { client, projects, clusters, mut rules, markers, concurrency, flex_clusters, timeout: _ } = self;
        rules.markers = markers.is_some();
        let permits = Semaphore::new(concurrency.clamp(1, Semaphore::MAX_PERMITS));
        let reader = Reader { client, clock: ServiceClock::default(), permits };
        let met = Mutex::default();
        Arc::new(Gatherer { reader, projects, clusters, rules, markers, flex_clusters, met })
    }
}

/// An audit under way.
struct Gatherer {
    reader: Reader,
    projects: Vec<ProjectId>,
    clusters: BTreeSet<String>,
    rules: Rules,
    markers: Option<Arc<dyn MarkerStore>>,
    flex_clusters: bool,
    /// Of the clusters that were asked for by name those that were met.
    met: Mutex<HashSet<String>>,
}

/// A project, and what all of its clusters have in common.
struct Project {
    id: ProjectId,
    facts: ProjectFacts,
    buckets: tokio::sync::OnceCell<ProjectBuckets>,
}

/// What is known of a cluster before anything else of it is read.
enum Begun {
    Cluster(Box<Cluster>),
    Ended(Box<Finding>),
}

impl Gatherer {
    fn findings(self: Arc<Self>) -> impl Stream<Item = Finding> + Send + 'static {
        let gatherer = self.clone();
        let clusters = self.clone().begun_projects().flat_map_unordered(PROJECTS, move |project| {
            let gatherer = gatherer.clone();
            match project {
                Ok(project) => gatherer.project(project).boxed(),
                Err(finding) => stream::iter([*finding]).boxed(),
            }
        });
        clusters.chain(stream::once(async move { self.unmet() }).flat_map(stream::iter))
    }

    /// The projects, or why there is none or no other.
    fn begun_projects(self: Arc<Self>) -> impl Stream<Item = Result<Project, Box<Finding>>> + Send + 'static {
        let begin = |id: ProjectId, name: Option<String>| {
            let facts = ProjectFacts { id: id.as_str().to_owned(), name };
            Project { id, facts, buckets: tokio::sync::OnceCell::new() }
        };
        if !self.projects.is_empty() {
            let projects: Vec<_> = self.projects.iter().map(|id| Ok(begin(id.clone(), None))).collect();
            return stream::iter(projects).boxed();
        }
        stream::once(async move {
            let mut seen = HashSet::new();
            let mut projects = Vec::new();
            let list = self.reader.client.list(|api| api.list_projects());
            let (_, trouble) = self
                .reader
                .fold(None, list, |project| {
                    if seen.insert(project.id.clone()) {
                        projects.push(Ok(begin(project.id, project.name)));
                    }
                })
                .await;
            // Nothing is found where nothing is seen, which is seldom what was meant.
            let unseen = || {
                let hint = "give the API key or service account access to a project";
                Trouble::new("the credentials have access to no project").with_hint(hint)
            };
            let trouble = trouble.or_else(|| projects.is_empty().then(unseen));
            projects.extend(trouble.map(|trouble| Err(Box::new(unlisted(None, UnreadableWhat::Projects, &trouble)))));
            stream::iter(projects)
        })
        .flatten()
        .boxed()
    }

    /// The findings of one project.
    fn project(self: Arc<Self>, project: Project) -> impl Stream<Item = Finding> + Send + 'static {
        let project = Arc::new(project);
        let begun = {
            let (gatherer, project) = (self.clone(), project.clone());
            stream::once(async move { stream::iter(gatherer.clusters(&project).await) }).flatten()
        };
        begun
            .map(move |begun| {
                let (gatherer, project) = (self.clone(), project.clone());
                async move {
                    match begun {
                        Begun::Cluster(cluster) => gatherer.cluster(&project, *cluster).await,
                        Begun::Ended(finding) => *finding,
                    }
                }
            })
            .buffer_unordered(CLUSTERS)
    }

    async fn clusters(&self, project: &Project) -> Vec<Begun> {
        let mut begun = Vec::new();
        let mut seen = HashSet::new();
        let list = self.reader.client.list(|api| api.list_clusters().group_id(&project.id));
        let (_, mut trouble) = self
            .reader
            .fold(Some(&project.id), list, |cluster| {
                // What Atlas runs for itself is nobody's to export.
                let is_internal = cluster.internal_cluster_role.as_ref().is_some_and(|role| role != "NONE");
                if !is_internal && self.is_wanted(cluster.name.as_str()) && seen.insert(cluster.name.clone()) {
                    begun.push(Begun::Cluster(Box::new(cluster)));
                }
            })
            .await;
        if self.flex_clusters && self.reader.is_v2() {
            let list = self.reader.client.list(|api| api.list_flex_clusters().group_id(&project.id));
            let (_, of_flex) = self
                .reader
                .fold(Some(&project.id), list, |flex| {
                    if self.is_wanted(flex.name.as_str()) && seen.insert(flex.name.clone()) {
                        let settings = ClusterProviderSettings::builder().provider_name("FLEX".to_owned());
                        let cluster = Cluster::builder()
                            .id(flex.id)
                            .name(flex.name)
                            .provider_settings(ClusterProviderSettings::try_from(settings).ok());
                        begun.extend(Cluster::try_from(cluster).ok().map(|cluster| Begun::Cluster(Box::new(cluster))));
                    }
                })
                .await;
            trouble = trouble.or(of_flex);
        }
        let unlisted = |trouble: Trouble| unlisted(Some(&project.facts), UnreadableWhat::Clusters, &trouble);
        begun.extend(trouble.map(|trouble| Begun::Ended(Box::new(unlisted(trouble)))));
        begun
    }

    /// Notes a cluster that was asked for by name.
    fn is_wanted(&self, name: &str) -> bool {
        if self.clusters.contains(name) {
            self.met.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        }
        self.clusters.is_empty() || self.clusters.contains(name)
    }

    /// The clusters that were asked for and are not there.
    fn unmet(&self) -> Vec<Finding> {
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        let project = match self.projects.as_slice() {
            [only] => Some(ProjectFacts::new(only.as_str())),
            _ => None,
        };
        let unmet = self.clusters.iter().filter(|name| !met.contains(*name));
        unmet
            .map(|name| {
                let trouble = Trouble::new(format!("no cluster named {name} was listed"))
                    .with_hint("check the name of the cluster and the project");
                let finding = unlisted(project.as_ref(), UnreadableWhat::Clusters, &trouble);
                Finding { cluster: Some(name.clone()), ..finding }
            })
            .collect()
    }

    /// Reads what is needed of a cluster, one thing after the other, and judges it.
    async fn cluster(&self, project: &Project, cluster: Cluster) -> Finding {
        let mut facts = Facts::new(project.facts.clone());
        let name = cluster.name.clone();
        let is_sharded =
            cluster.cluster_type.as_deref().is_some_and(|kind| kind.to_ascii_uppercase().ends_with("SHARDED"));
        facts.cluster = Reading::Whole(cluster);
        let target = (&project.id, &name);
        for _ in 0..MAX_NEEDS {
            // The list of clusters was read, so a response told the time, if the service does.
            let Some(now) = self.reader.clock.now() else {
                let trouble = Trouble::new("no response of the service told the time");
                let finding = unlisted(Some(&project.facts), UnreadableWhat::Time, &trouble);
                return Finding { cluster: Some(name.as_str().to_owned()), ..finding };
            };
            match need(&facts, &self.rules, now) {
                None | Some(Need::Cluster) => return judge(&facts, &self.rules, now),
                Some(Need::Buckets) => facts.buckets = self.buckets(project).await.ids.clone(),
                Some(Need::Schedule) => facts.schedule = self.reader.schedule(target).await,
                Some(Need::Jobs) => facts.jobs = self.reader.jobs(target).await,
                Some(Need::Snapshots) => facts.snapshots = self.reader.snapshots(target, is_sharded).await,
                Some(Need::ScheduleChanges { since }) => {
                    facts.schedule_changes = self.reader.schedule_changes(target, since).await;
                }
                Some(Need::Marker { job }) => {
                    let bucket = job.export_bucket_id.as_ref().map(|id| id.as_str()).unwrap_or_default();
                    let marker = self.marker(project, bucket, job.prefix.as_deref().unwrap_or_default()).await;
                    facts.markers.insert(job.id.as_str().to_owned(), marker);
                }
                Some(Need::Components { job }) => {
                    let states = self.reader.components(target, &job).await;
                    facts.components.insert(job.id.as_str().to_owned(), states);
                }
            }
        }
        judge(&facts, &self.rules, self.reader.clock.now().unwrap_or_default())
    }

    async fn buckets<'p>(&self, project: &'p Project) -> &'p ProjectBuckets {
        let keep = self.markers.is_some();
        project.buckets.get_or_init(|| self.reader.buckets(&project.id, keep)).await
    }

    async fn marker(&self, project: &Project, bucket: &str, prefix: &str) -> Marker {
        let Some(store) = &self.markers else {
            return Marker::Unreadable("no access to buckets was given".to_owned());
        };
        match self.buckets(project).await.by_id.get(bucket) {
            Some(bucket) => evidence::read(store.as_ref(), bucket, prefix).await,
            None => Marker::Unreadable(format!("bucket {bucket} is not among those of the project")),
        }
    }
}

/// The finding when a list of projects or clusters, or the time, could not be read.
fn unlisted(project: Option<&ProjectFacts>, what: UnreadableWhat, trouble: &Trouble) -> Finding {
    let facts = Facts { cluster: Reading::Failed(trouble.clone()), ..Facts::new(ProjectFacts::new("")) };
    let finding = judge(&facts, &Rules::default(), chrono::DateTime::UNIX_EPOCH);
    Finding {
        project: project.map(|project| project.id.clone()),
        project_name: project.and_then(|project| project.name.clone()),
        verdict: super::Verdict::unreadable(what),
        rule: Rule::ClustersUnreadable,
        ..finding
    }
}

impl From<&Error> for Trouble {
    fn from(error: &Error) -> Self {
        Self {
            message: error.to_string(),
            status: error.status().map(|status| status.as_u16()),
            code: error.api().and_then(|api| api.error_code.clone()),
            hint: error.hint(),
        }
    }
}
