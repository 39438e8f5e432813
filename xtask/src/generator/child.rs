//! Runs the generator in child processes, because it panics, overflows its stack or never returns on some documents.

use std::{
    any::Any,
    env, fmt,
    io::{self, BufRead, BufReader, Read, Seek, Write},
    panic,
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread::{self, Builder},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::settings;

/// How long one document may take: far longer than any that ends.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Address space of a child, so that a document without end fails before the machine does.
#[cfg(unix)]
const MEMORY_LIMIT: u64 = 4 << 30;

/// Stack of the thread that generates: nested schemas recurse deeply.
const STACK: usize = 256 << 20;

/// Documents given to one child at most.
const BATCH: usize = 16;

/// Set for a child: it reads documents from stdin and writes results to stdout.
const CHILD: &str = "XTASK_GENERATE";

/// Why the generator made no code of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Failure {
    /// It returned an error.
    Refused(String),
    Panicked(String),
    /// The process ended, usually by a stack overflow.
    Crashed(String),
    TimedOut,
    /// Its output is not Rust.
    Unparsable(String),
    /// The child could not be run.
    NotRun(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reason) => f.write_str(reason),
            Self::Panicked(message) => write!(f, "it gives up: {message}"),
            Self::Crashed(status) => write!(f, "it crashes: {status}"),
            Self::TimedOut => write!(f, "it does not end within {} s", TIME_LIMIT.as_secs()),
            Self::Unparsable(error) => write!(f, "it makes Rust that does not parse: {error}"),
            Self::NotRun(error) => write!(f, "it cannot be run: {error}"),
        }
    }
}

/// Generates Rust for one document, unformatted.
pub(crate) fn rust(document: &Value) -> Result<String, Failure> {
    run(&[document]).pop().unwrap_or_else(|| Err(Failure::NotRun("no result".to_owned())))
}

/// Generates Rust for each document. Several share a child; a child that fails costs the document that it fails on.
pub(crate) fn run(documents: &[&Value]) -> Vec<Result<String, Failure>> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let size = documents.len().div_ceil(workers).clamp(1, BATCH);
    let queue = std::sync::Mutex::new(documents.chunks(size).enumerate());
    let mut results: Vec<_> = thread::scope(|scope| {
        let work = || {
            let mut done = Vec::new();
            loop {
                let next = queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).next();
                let Some((number, documents)) = next else { return done };
                done.push((number, batch(documents)));
            }
        };
        let workers: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        done.extend(workers.into_iter().filter_map(|worker| worker.join().ok()).flatten());
        done
    });
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().flat_map(|(_, results)| results).collect()
}

/// Generates in as many children as it takes.
fn batch(documents: &[&Value]) -> Vec<Result<String, Failure>> {
    let mut results = Vec::new();
    while let Some(rest) = documents.get(results.len()..).filter(|rest| !rest.is_empty()) {
        match Runner::start(rest) {
            Ok(runner) => results.extend(runner.results(rest.len())),
            Err(error) => results.push(Err(Failure::NotRun(error.to_string()))),
        }
    }
    results
}

/// A child that generates.
struct Runner {
    child: Child,
    results: Receiver<Result<String, Failure>>,
}

impl Runner {
    fn start(documents: &[&Value]) -> io::Result<Self> {
        let mut input = tempfile::tempfile()?;
        for document in documents {
            serde_json::to_writer(&mut input, document)?;
            input.write_all(b"\n")?;
        }
        input.rewind()?;
        let mut command = Command::new(env::current_exe()?);
        #[cfg(test)]
        command.args(["--exact", tests::CHILD_TEST, "--nocapture"]);
        let mut child = command.env(CHILD, "1").stdin(input).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (sender, results) = mpsc::channel();
        if let Some(output) = child.stdout.take() {
            thread::spawn(move || read(output, &sender));
        }
        Ok(Self { child, results })
    }

    /// The results of as many documents as it gets through, at least one.
    fn results(mut self, count: usize) -> Vec<Result<String, Failure>> {
        let mut results = Vec::new();
        while results.len() < count {
            match self.results.recv_timeout(TIME_LIMIT) {
                Ok(result) => results.push(result),
                Err(RecvTimeoutError::Timeout) => {
                    results.push(Err(Failure::TimedOut));
                    break;
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
                    results.push(Err(Failure::Crashed(status)));
                    break;
                }
            }
        }
        results
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // It has ended, or is not waited for any longer.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a child's results: one line of JSON each, between what else it may print.
fn read(output: ChildStdout, results: &mpsc::Sender<Result<String, Failure>>) {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if let Ok(result) = serde_json::from_str(&line)
            && results.send(result).is_err()
        {
            return;
        }
    }
}

/// Whether this process was started to generate.
pub(crate) fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

/// Generates what stdin asks for. The main function of a child.
pub(crate) fn serve() {
    #[cfg(unix)]
    {
        let limit = rustix::process::Rlimit { current: Some(MEMORY_LIMIT), maximum: Some(MEMORY_LIMIT) };
        // Without the limit it works as well.
        let _ = rustix::process::setrlimit(rustix::process::Resource::As, limit);
    }
    panic::set_hook(Box::new(|_| {}));
    // Without a reader, nobody waits for more.
    let _ = generate_all(io::stdin().lock(), io::stdout());
}

/// Writes a result for each document, which is a line.
fn generate_all(documents: impl Read, mut results: impl Write) -> io::Result<()> {
    for document in BufReader::new(documents).lines() {
        let result = generate(document?);
        // What was printed before may have no line end.
        results.write_all(b"\n")?;
        serde_json::to_writer(&mut results, &result)?;
        results.write_all(b"\n")?;
        results.flush()?;
    }
    Ok(())
}

fn generate(document: String) -> Result<String, Failure> {
    let generate = move || settings::rust(&document).map_err(|error| Failure::Refused(error.to_string()));
    let thread = Builder::new().stack_size(STACK).spawn(generate);
    let joined = thread.map_err(|error| Failure::NotRun(error.to_string()))?.join();
    joined.unwrap_or_else(|payload| Err(Failure::Panicked(message(&*payload))))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The test that child processes of tests run.
    pub(super) const CHILD_TEST: &str = "generator::child::tests::each_document_has_a_result_on_a_line";

    fn document(schema: Value) -> Value {
        let text = json!({"type": "string"});
        let schemas = json!({"A": schema, "ClusterName": text, "ExportBucket": text, "ExportState": text});
        let info = json!({"title": "", "version": ""});
        json!({"openapi": "3.0.3", "info": info, "paths": {}, "components": {"schemas": schemas}})
    }

    #[test]
    fn each_document_has_a_result_on_a_line() {
        if is_child() {
            return serve();
        }
        let good = document(json!({"type": "object", "properties": {"a": {"type": "string"}}}));
        let mut output = Vec::new();
        generate_all(format!("{good}\n{{}}").as_bytes(), &mut output).unwrap();
        let results: Vec<Result<String, Failure>> =
            output.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
        assert!(results[0].as_ref().unwrap().contains("struct A"), "{results:?}");
        assert!(matches!(results[1], Err(Failure::Refused(_))), "{results:?}");
        assert_eq!(results.len(), 2);
    }

    #[test]
    fn a_document_that_crashes_the_generator_costs_no_other_its_result() {
        let circle = json!({"allOf": [{"$ref": "#/components/schemas/A"}, {"type": "object"}]});
        let panicking = json!({"type": "string", "enum": ["a-b", "a_b"]});
        let documents = [json!({}), circle, panicking, json!({})].map(document);
        let results = run(&documents.iter().collect::<Vec<_>>());
        assert!(results[0].is_ok() && results[3].is_ok(), "{results:?}");
        assert!(matches!(results[1], Err(Failure::Crashed(_))), "{results:?}");
        assert!(matches!(results[2], Err(Failure::Panicked(_))), "{results:?}");
    }
}
