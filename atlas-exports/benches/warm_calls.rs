//! What authentication costs: the same GET of one job, warm and one call after another, on FakeAtlas.
//!
//! `cargo bench -p atlas-exports` measures three clients on the same terms (one current-thread runtime, one connection
//! that is kept alive, the job decoded): plain reqwest on a server that asks for no authentication, diqwest's stock
//! session, and this crate's client. Divan reports the time of each; after it, a table has the exchanges per call and
//! the rates against each other, from short rounds in which the three take turns. The fastest tenth of the rounds
//! counts, because whatever else the machine does can only slow a round down.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use atlas_exports::{Client, ExportId, ExportJob, Exports};
use atlas_exports_testing::{FakeAtlas, FakeAtlasBuilder, Kind};
use diqwest::{DigestAuthSession, WithDigestAuth};
use tokio::runtime::{self, Runtime};

/// Samples of the table, and calls of each client in each of them.
const ROUNDS: usize = 500;
const CALLS: usize = 20;

fn main() {
    divan::main();
    // Without it, this is `cargo test --benches`, which only wants to see that all runs.
    if std::env::args().any(|argument| argument == "--bench") {
        table();
    }
}

#[divan::bench]
fn plain_reqwest_without_authentication(bencher: divan::Bencher<'_, '_>) {
    bench(bencher, &Plain::new());
}

#[divan::bench]
fn diqwest_stock_session(bencher: divan::Bencher<'_, '_>) {
    bench(bencher, &Diqwest::new());
}

#[divan::bench]
fn atlas_exports(bencher: divan::Bencher<'_, '_>) {
    bench(bencher, &Ours::new());
}

fn bench(bencher: divan::Bencher<'_, '_>, subject: &impl Subject) {
    let runtime = runtime();
    runtime.block_on(subject.get());
    bencher.bench_local(|| runtime.block_on(subject.get()));
}

/// Prints exchanges per call, time per call, and the two ratios.
fn table() {
    let (plain, diqwest, ours) = (Plain::new(), Diqwest::new(), Ours::new());
    let runtime = runtime();
    let mut rounds = [Samples::default(), Samples::default(), Samples::default()];
    runtime.block_on(async {
        for get in [plain.get().await, diqwest.get().await, ours.get().await] {
            assert!(get.is_successful());
        }
        let [of_plain, of_diqwest, of_ours] = &mut rounds;
        for _ in 0..ROUNDS {
            of_plain.run(&plain).await;
            of_diqwest.run(&diqwest).await;
            of_ours.run(&ours).await;
        }
    });
    let [of_plain, of_diqwest, of_ours] = rounds;
    println!("\n{} calls each, in rounds of {CALLS} that take turns:\n", ROUNDS * CALLS);
    println!("{:<40} {:>14} {:>14}", "client", "exchanges/call", "time/call");
    for (name, rounds) in [
        ("plain reqwest, without authentication", &of_plain),
        ("diqwest's stock session", &of_diqwest),
        ("atlas-exports", &of_ours),
    ] {
        println!("{name:<40} {:>14.3} {:>11.1} µs", rounds.exchanges(), rounds.micros());
    }
    println!("\nrate of atlas-exports: {:.2} of diqwest's stock session", of_ours.rate_of(&of_diqwest));
    println!("                       {:.2} of plain reqwest without authentication", of_ours.rate_of(&of_plain));
}

fn runtime() -> Runtime {
    runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn http() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy()
}

/// A fake whose nonces outlast the benchmark. One thread serves all of them: on which core a thread wakes makes more of
/// a difference than which client asks.
fn start(fake: FakeAtlasBuilder) -> FakeAtlas {
    static SERVER: LazyLock<Runtime> =
        LazyLock::new(|| runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());
    let fake = fake.nonce_uses(u32::MAX).nonce_lifetime(Duration::from_secs(3_600)).remember_requests(0);
    SERVER.block_on(SERVER.spawn(fake.start())).unwrap()
}

/// One of the clients.
trait Subject {
    fn fake(&self) -> &FakeAtlas;
    fn get(&self) -> impl Future<Output = ExportJob>;
}

fn url(fake: &FakeAtlas) -> String {
    fake.url(&format!("/backup/exports/{}", fake.job_id(Kind::Successful)))
}

struct Plain {
    fake: FakeAtlas,
    http: reqwest::Client,
    url: String,
}

impl Plain {
    fn new() -> Self {
        let fake = start(FakeAtlas::builder().without_authentication());
        Self { url: url(&fake), http: http().build().unwrap(), fake }
    }
}

impl Subject for Plain {
    fn fake(&self) -> &FakeAtlas {
        &self.fake
    }

    async fn get(&self) -> ExportJob {
        let response = self.http.get(&self.url).send().await.unwrap();
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }
}

struct Diqwest {
    fake: FakeAtlas,
    http: reqwest::Client,
    session: DigestAuthSession,
    url: String,
}

impl Diqwest {
    fn new() -> Self {
        let fake = start(FakeAtlas::builder());
        let session = DigestAuthSession::new(fake.public_key().to_owned(), fake.private_key().to_owned());
        Self { url: url(&fake), http: http().build().unwrap(), session, fake }
    }
}

impl Subject for Diqwest {
    fn fake(&self) -> &FakeAtlas {
        &self.fake
    }

    async fn get(&self) -> ExportJob {
        let response = self.http.get(&self.url).send_digest_auth(&self.session).await.unwrap();
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }
}

struct Ours {
    fake: FakeAtlas,
    exports: Exports,
    id: ExportId,
}

impl Ours {
    fn new() -> Self {
        let fake = start(FakeAtlas::builder());
        let client = Client::builder()
            .base_url(fake.base_url())
            .api_key(fake.public_key(), fake.private_key())
            .http_client(http())
            .build()
            .unwrap();
        let exports = client.exports(fake.project_id().parse().unwrap(), fake.cluster_name()).unwrap();
        Self { exports, id: fake.job_id(Kind::Successful).parse().unwrap(), fake }
    }
}

impl Subject for Ours {
    fn fake(&self) -> &FakeAtlas {
        &self.fake
    }

    async fn get(&self) -> ExportJob {
        self.exports.get(&self.id).await.unwrap()
    }
}

/// What a client took.
#[derive(Default)]
struct Samples {
    times: Vec<Duration>,
    exchanges: usize,
}

impl Samples {
    async fn run(&mut self, subject: &impl Subject) {
        let (before, start) = (subject.fake().exchanges(), Instant::now());
        for _ in 0..CALLS {
            divan::black_box(subject.get().await);
        }
        self.times.push(start.elapsed());
        self.exchanges += subject.fake().exchanges() - before;
    }

    #[allow(clippy::cast_precision_loss, reason = "a ratio for people")]
    fn exchanges(&self) -> f64 {
        self.exchanges as f64 / (ROUNDS * CALLS) as f64
    }

    /// The slowest of the fastest tenth.
    fn undisturbed(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() / 10).copied().unwrap_or_default()
    }

    #[allow(clippy::cast_precision_loss, reason = "a time for people")]
    fn micros(&self) -> f64 {
        self.undisturbed().as_secs_f64() * 1e6 / CALLS as f64
    }

    fn rate_of(&self, other: &Self) -> f64 {
        other.undisturbed().as_secs_f64() / self.undisturbed().as_secs_f64()
    }
}
