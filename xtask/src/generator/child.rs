//! Runs the generator in child processes, because it panics, overflows its stack or never returns on some documents.
//!
//! A child reads what it generated as well: parsed code takes more memory than anything else.

use std::{
    any::Any,
    borrow::Borrow,
    env, fmt,
    io::{self, BufRead, BufReader, Read, Write},
    panic,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread::{self, Builder},
    time::Duration,
};

use quote::ToTokens;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{checks, settings, surface};

/// How long a document may take: far longer than any that ends.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// How much longer for each kilobyte.
const TIME_PER_KILOBYTE: Duration = Duration::from_millis(50);

/// Address space of a child, so that a document without end fails before the machine does.
#[cfg(unix)]
const MEMORY_LIMIT: u64 = 4 << 30;

/// Stack of the thread that generates, as large as that of the build script, which runs out of it on the same documents.
const STACK: usize = 8 << 20;

/// Set for a child: it reads documents from stdin and writes results to stdout.
const CHILD: &str = "XTASK_GENERATE";

/// Before a document of which all code is wanted.
const CODE: &str = "code ";

/// Why the generator made no code of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Failure {
    /// It returned an error.
    Refused(String),
    Panicked(String),
    /// The process ended, usually by a stack overflow.
    Crashed(String),
    /// It did not return in so many seconds.
    TimedOut(u64),
    /// The child could not be run.
    NotRun(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reason) => f.write_str(reason),
            Self::Panicked(message) => write!(f, "it gives up: {message}"),
            Self::Crashed(status) => write!(f, "it crashes: {status}"),
            Self::TimedOut(seconds) => write!(f, "it does not end within {seconds} s"),
            Self::NotRun(error) => write!(f, "it cannot be run: {error}"),
        }
    }
}

/// What is wanted of a document's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Surface,
    /// All of it as well.
    Code,
}

/// What became of a document.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Output {
    pub(super) surface: String,
    pub(super) defects: Vec<checks::Defect>,
    /// Unformatted; empty unless it was wanted.
    pub(super) code: String,
}

/// Generates Rust for each document, on all cores. A document that ends its child costs no other document its result.
///
/// Documents are made when a child is free for them, so that few are in memory.
pub(super) fn run<D: Borrow<Value>>(
    documents: impl Iterator<Item = D> + Send,
    want: Want,
) -> Vec<Result<Output, Failure>> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let queue = Mutex::new(documents.enumerate());
    let work = || {
        let mut done = Vec::new();
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some((number, document)) = next() {
            done.push((number, generate_in_child(document.borrow(), want)));
        }
        done
    };
    let mut results = thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
        let mut results = work();
        results.extend(others.into_iter().filter_map(|worker| worker.join().ok()).flatten());
        results
    });
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Children that wait for a document. They end when this process does, and with it their input.
static IDLE: Mutex<Vec<Runner>> = Mutex::new(Vec::new());

fn generate_in_child(document: &Value, want: Want) -> Result<Output, Failure> {
    let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let mut runner = idle.map_or_else(Runner::start, Ok).map_err(|error| Failure::NotRun(error.to_string()))?;
    let result = runner.generate(document, want);
    if !runner.has_ended {
        IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(runner);
    }
    result
}

/// A child that generates.
struct Runner {
    child: Child,
    documents: ChildStdin,
    results: Receiver<Result<Output, Failure>>,
    has_ended: bool,
}

impl Runner {
    fn start() -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        #[cfg(test)]
        command.args(["--exact", tests::CHILD_TEST, "--nocapture"]);
        command.env(CHILD, "1").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (Some(documents), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("it has no pipes"));
        };
        let (sender, results) = mpsc::channel();
        thread::spawn(move || read(output, &sender));
        Ok(Self { child, documents, results, has_ended: false })
    }

    fn generate(&mut self, document: &Value, want: Want) -> Result<Output, Failure> {
        // A child that cannot take it has ended, which its result tells.
        let mark = if want == Want::Code { CODE } else { "" };
        let line = format!("{mark}{document}\n");
        let _ = self.documents.write_all(line.as_bytes());
        let limit = TIME_LIMIT + TIME_PER_KILOBYTE * u32::try_from(line.len() >> 10).unwrap_or(u32::MAX);
        match self.results.recv_timeout(limit) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => {
                self.has_ended = true;
                let _ = self.child.kill();
                let _ = self.child.wait();
                Err(Failure::TimedOut(limit.as_secs()))
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.has_ended = true;
                let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
                Err(Failure::Crashed(status))
            }
        }
    }
}

/// Reads a child's results: one line of JSON each, between what else it may print.
fn read(output: ChildStdout, results: &mpsc::Sender<Result<Output, Failure>>) {
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

/// Writes a result for each document, which is a line, with a mark before it when all of its code is wanted.
fn generate_all(documents: impl Read, mut results: impl Write) -> io::Result<()> {
    for document in BufReader::new(documents).lines() {
        let line = document?;
        let (want, document) = line.strip_prefix(CODE).map_or((Want::Surface, &*line), |rest| (Want::Code, rest));
        let result = generate(document.to_owned(), want);
        // What was printed before may have no line end.
        results.write_all(b"\n")?;
        serde_json::to_writer(&mut results, &result)?;
        results.write_all(b"\n")?;
        results.flush()?;
    }
    Ok(())
}

fn generate(document: String, want: Want) -> Result<Output, Failure> {
    let generate = move || {
        let file = settings::rust(&document).map_err(|error| Failure::Refused(error.to_string()))?;
        let code = if want == Want::Code { file.to_token_stream().to_string() } else { String::new() };
        let defects = checks::find(&file);
        Ok(Output { surface: surface::text(file), defects, code })
    };
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
        let results: Vec<Result<Output, Failure>> =
            output.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
        assert!(results[0].as_ref().unwrap().surface.contains("struct A"), "{results:?}");
        assert!(matches!(results[1], Err(Failure::Refused(_))), "{results:?}");
        assert_eq!(results.len(), 2);
    }

    #[test]
    fn a_document_that_crashes_the_generator_costs_no_other_its_result() {
        let circle = json!({"allOf": [{"$ref": "#/components/schemas/A"}, {"type": "object"}]});
        let panicking = json!({"type": "string", "enum": ["a-b", "a_b"]});
        let documents = [json!({}), circle, panicking, json!({})].map(document);
        let results = run(documents.iter(), Want::Surface);
        assert!(results[0].is_ok() && results[3].is_ok(), "{results:?}");
        assert!(matches!(results[1], Err(Failure::Crashed(_))), "{results:?}");
        assert!(matches!(results[2], Err(Failure::Panicked(_))), "{results:?}");
    }
}
