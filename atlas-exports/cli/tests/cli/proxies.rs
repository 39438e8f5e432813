//! Proxies of the environment, which are not asked for what is on this machine.

use std::{
    net::TcpListener,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::program::{command, fake, run};
use atlas_exports_testing::FakeAtlas;

/// A proxy that answers nobody, and counts those who ask.
struct Proxy {
    url: String,
    connections: Arc<AtomicUsize>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let count = connections.clone();
        std::thread::spawn(move || {
            while listener.accept().is_ok() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { url, connections }
    }

    /// The program, with this proxy for everything.
    fn command(&self) -> Command {
        let mut command = command();
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env(name, &self.url);
        }
        command
    }
}

fn get(command: Command, fake: &FakeAtlas, base_url: &str) -> Option<i32> {
    let job = fake.job_id(atlas_exports_testing::Kind::Successful);
    let place = ["--project", fake.project_id(), "--cluster", fake.cluster_name(), "--base-url", base_url];
    run(command, [&["get", &job][..], &place].concat()).code
}

#[test]
fn what_is_on_this_machine_is_reached_without_a_proxy() {
    let fake = fake();
    let port = fake.address().port();
    for host in ["127.0.0.1", "127.1", "localhost"] {
        for account in [false, true] {
            let proxy = Proxy::start();
            let mut command = proxy.command();
            if account {
                command
                    .env("MONGODB_ATLAS_CLIENT_ID", fake.client_id())
                    .env("MONGODB_ATLAS_CLIENT_SECRET", fake.client_secret());
            } else {
                command
                    .env("MONGODB_ATLAS_PUBLIC_API_KEY", fake.public_key())
                    .env("MONGODB_ATLAS_PRIVATE_API_KEY", fake.private_key());
            }
            let code = get(command, &fake, &format!("http://{host}:{port}"));
            assert_eq!(proxy.connections.load(Ordering::SeqCst), 0, "{host}");
            assert_eq!(code, Some(0), "{host}");
        }
    }
}

#[test]
fn the_fake_of_the_program_is_reached_without_a_proxy() {
    let proxy = Proxy::start();
    let ended = run(proxy.command(), ["list", "--fake"]);
    assert_eq!((ended.code, proxy.connections.load(Ordering::SeqCst)), (Some(0), 0), "{ended:?}");
}

#[test]
fn what_is_elsewhere_is_reached_through_the_proxy() {
    let fake = fake();
    let proxy = Proxy::start();
    let mut command = proxy.command();
    command.env("MONGODB_ATLAS_PUBLIC_API_KEY", "p").env("MONGODB_ATLAS_PRIVATE_API_KEY", "s");
    assert_ne!(get(command, &fake, "https://localhost.example"), Some(0));
    assert_ne!(proxy.connections.load(Ordering::SeqCst), 0);
}
