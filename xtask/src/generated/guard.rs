//! Runs the generator, which panics at what it does not know.

use std::{
    any::Any,
    panic,
    sync::Once,
    thread::{self, Builder},
};

use crate::generator;

/// Name of the threads whose panics are told in a finding and not on stderr.
const THREAD: &str = "generator";

/// Deep schemas need deep recursion.
const STACK: usize = 256 << 20;

/// Generates and parses, or says why that is not possible.
pub(super) fn rust(json: &str) -> Result<syn::File, String> {
    be_quiet();
    let json = json.to_owned();
    let thread = Builder::new()
        .name(THREAD.to_owned())
        .stack_size(STACK)
        .spawn(move || generator::rust(&json).map_err(|error| error.to_string()))
        .map_err(|error| error.to_string())?;
    let text = thread.join().unwrap_or_else(|payload| Err(message(&*payload)))?;
    syn::parse_file(&text).map_err(|error| format!("it makes Rust that does not parse: {error}"))
}

fn be_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if thread::current().name() != Some(THREAD) {
                loud(panic);
            }
        }));
    });
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    format!("it gives up: {}", text.unwrap_or("for no reason that it tells"))
}
