//! Starts lighttpd for one test.

use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use atlas_exports_testing::Algorithm;
use md5::{Digest as _, Md5};
use sha2::Sha256;
use tempfile::TempDir;

pub(crate) const PROJECT: &str = "5f3c5a1e8e4b2a0012345678";
pub(crate) const CLUSTER: &str = "Cluster0";
pub(crate) const JOB: &str = "5f3c5a1e8e4b2a00aaaaaaaa";
pub(crate) const PUBLIC_KEY: &str = "abcdefgh";
pub(crate) const PRIVATE_KEY: &str = "7c2b5d1e-0f3a-4b8d-9a61-5e4f2d3c1b0a";

const REALM: &str = "MMS Public API";
const DOCUMENT: &str = r#"{"id":"5f3c5a1e8e4b2a00aaaaaaaa","state":"Successful"}"#;

/// Longest wait for the server to begin or to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running lighttpd that serves one export job as a file at the API's path.
#[derive(Debug)]
pub(crate) struct Lighttpd {
    process: Child,
    directory: TempDir,
    port: u16,
}

/// One exchange, as the access log tells it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exchange {
    pub(crate) status: u16,
    /// Algorithm of the `Authorization` header, where there was one.
    pub(crate) algorithm: Option<String>,
}

impl Lighttpd {
    /// Starts one that offers these algorithms. `None`, with a notice, when lighttpd is missing.
    pub(crate) fn start(algorithms: &[Algorithm]) -> Option<Self> {
        let Some(program) = program() else {
            eprintln!("notice: skipped, because lighttpd is not installed (apt-get install lighttpd)");
            return None;
        };
        // Somebody else may take the port between its choice and the start.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let directory = site(algorithms, port);
            let process = Command::new(program)
                .arg("-D")
                .arg("-f")
                .arg(directory.path().join("lighttpd.conf"))
                .stdout(Stdio::null())
                .stderr(File::create(directory.path().join("complaints")).unwrap())
                .spawn()
                .unwrap();
            let mut server = Self { process, directory, port };
            if server.listens() {
                return Some(server);
            }
            let complaints = server.read("complaints");
            assert!(complaints.contains("in use"), "lighttpd does not start: {complaints}");
        }
        panic!("lighttpd found no free port");
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Stops the server, which writes its access log then, and tells what came.
    pub(crate) fn exchanges(mut self) -> Vec<Exchange> {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(self.ends(), "lighttpd does not stop");
        self.read("access.log").lines().map(exchange).collect()
    }

    /// Whether it begins to listen; it ends where the port is taken.
    fn listens(&mut self) -> bool {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("lighttpd neither listens nor ends: {}", self.read("complaints"));
    }

    fn ends(&mut self) -> bool {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if self.process.try_wait().unwrap().is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.directory.path().join(name)).unwrap_or_default()
    }
}

impl Drop for Lighttpd {
    fn drop(&mut self) {
        // It has ended already, or the test fails anyway.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> Option<&'static str> {
    // It is not on the search path of people who are not root.
    ["lighttpd", "/usr/sbin/lighttpd"]
        .into_iter()
        .find(|program| Command::new(program).arg("-v").output().is_ok_and(|output| output.status.success()))
}

/// A directory with the job, the key and the settings.
fn site(algorithms: &[Algorithm], port: u16) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let exports = format!("site/api/atlas/v1.0/groups/{PROJECT}/clusters/{CLUSTER}/backup/exports");
    let exports = directory.path().join(exports);
    fs::create_dir_all(&exports).unwrap();
    fs::write(exports.join(JOB), DOCUMENT).unwrap();
    let users: String =
        algorithms.iter().map(|algorithm| format!("{PUBLIC_KEY}:{REALM}:{}\n", secret(*algorithm))).collect();
    fs::write(directory.path().join("users"), users).unwrap();
    fs::write(directory.path().join("lighttpd.conf"), settings(directory.path(), algorithms, port)).unwrap();
    directory
}

fn settings(directory: &Path, algorithms: &[Algorithm], port: u16) -> String {
    let directory = directory.display();
    let tokens: Vec<_> = algorithms.iter().map(|algorithm| algorithm.token()).collect();
    format!(
        r#"
server.modules = ("mod_auth", "mod_authn_file", "mod_accesslog")
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{directory}/site"
server.errorlog = "{directory}/complaints"
accesslog.filename = "{directory}/access.log"
accesslog.format = "%s %{{Authorization}}i"
mimetype.assign = ("" => "application/json")
auth.backend = "htdigest"
auth.backend.htdigest.userfile = "{directory}/users"
auth.require = ("/api/" => (
    "method" => "digest", "realm" => "{REALM}", "require" => "valid-user", "algorithm" => "{}"
))
"#,
        tokens.join("|")
    )
}

/// What htdigest files hold in place of the password.
fn secret(algorithm: Algorithm) -> String {
    let text = format!("{PUBLIC_KEY}:{REALM}:{PRIVATE_KEY}");
    let bytes = match algorithm {
        Algorithm::Sha256 => Sha256::digest(text).to_vec(),
        _ => Md5::digest(text).to_vec(),
    };
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Connections that only looked whether it listens leave no line.
fn exchange(line: &str) -> Exchange {
    let (status, authorization) = line.split_once(' ').unwrap();
    let algorithm = authorization
        .split(", ")
        .find_map(|parameter| parameter.strip_prefix("algorithm="))
        .map(|algorithm| algorithm.trim().to_owned());
    assert_eq!(algorithm.is_some(), authorization != "-", "{line}");
    Exchange { status: status.parse().unwrap(), algorithm }
}
