//! `--markers` on a server that nobody here wrote: moto's S3, which is skipped, with a notice, where it is missing.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use atlas_exports_testing::FakeAtlas;

use super::{
    markers::complete,
    world::{BUCKET_NAME, Night, SHOP, prefix, shop, verdicts},
};
use crate::program::{Ended, command_at, run};

/// Longest wait for the server to begin.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server, which ends with its test.
struct S3 {
    process: Child,
    port: u16,
}

impl S3 {
    /// Starts one that checks credentials after so many requests. `None`, with a notice, when moto is missing.
    fn start(open_requests: &str) -> Option<Self> {
        if !Command::new("moto_server").arg("--help").output().is_ok_and(|output| output.status.success()) {
            eprintln!("notice: skipped, because moto is not installed (pip install 'moto[server]')");
            return None;
        }
        // Somebody else may take the port between its choice and the start.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut command = Command::new("moto_server");
            command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
            command.env("INITIAL_NO_AUTH_ACTION_COUNT", open_requests);
            let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let mut server = Self { process, port };
            if server.listens() {
                return Some(server);
            }
        }
        panic!("moto found no free port");
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
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("moto does not listen after {PATIENCE:?}");
    }

    /// Creates a bucket, or an object in one.
    fn put(&self, path: &str, body: &str) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        write!(
            stream,
            "PUT /{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential=a/20260810/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    }

    fn audit(&self, fake: &FakeAtlas) -> Ended {
        let mut command = command_at(fake);
        command
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        run(command, ["audit", "--markers", "--format", "json"])
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn notes(ended: &Ended) -> String {
    ended.json()["clusters"][0]["notes"].to_string()
}

#[test]
fn markers_in_s3_prove_an_export_and_tell_a_lost_one_from_a_bucket_that_is_not_there() {
    let Some(s3) = S3::start("10000") else { return };
    let fake = shop(&[("Orders", Night::Exported)]);

    let ended = s3.audit(&fake);
    assert_eq!((ended.code, verdicts(&ended.json())), (Some(0), vec![("Orders", "reported", "export_successful")]));
    assert!(notes(&ended).contains("NoSuchBucket"), "{ended:?}");

    s3.put(BUCKET_NAME, "");
    let ended = s3.audit(&fake);
    assert_eq!((ended.code, verdicts(&ended.json())), (Some(2), vec![("Orders", "missing", "marker_gone")]));

    let object = format!("{BUCKET_NAME}/{}/.complete", prefix(SHOP, "Orders", 10));
    s3.put(&object, &complete("Orders", 10).to_string());
    let ended = s3.audit(&fake);
    assert_eq!((ended.code, verdicts(&ended.json())), (Some(0), vec![("Orders", "proved", "export_successful")]));

    s3.put(&object, &complete("Another", 10).to_string());
    let ended = s3.audit(&fake);
    assert_eq!((ended.code, verdicts(&ended.json())), (Some(2), vec![("Orders", "missing", "marker_foreign")]));
}

#[test]
fn a_bucket_in_s3_that_refuses_the_credentials_proves_nothing() {
    let Some(s3) = S3::start("0") else { return };
    let ended = s3.audit(&shop(&[("Orders", Night::Exported)]));
    assert_eq!((ended.code, verdicts(&ended.json())), (Some(0), vec![("Orders", "reported", "export_successful")]));
    assert!(notes(&ended).contains("the bucket proves nothing"), "{ended:?}");
}
