//! Observes the client: prints a line for each exchange with `-v`, and keeps why the last call failed.

use std::sync::{Mutex, PoisonError};

use atlas_exports::{CallEvent, ExchangeEvent, Observer};

use crate::console::stderr;

/// Observes the client of a session.
#[derive(Debug, Default)]
pub(crate) struct Reporter {
    verbose: bool,
    trouble: Mutex<Option<String>>,
}

impl Reporter {
    pub(crate) fn new(verbose: bool) -> Self {
        Self { verbose, trouble: Mutex::default() }
    }

    /// Returns why the last call failed; `None` when it succeeded.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Observer for Reporter {
    fn exchange_ended(&self, exchange: &ExchangeEvent<'_>) {
        if self.verbose {
            let ExchangeEvent { method, server, path, .. } = exchange;
            let outcome = match (exchange.status, exchange.error) {
                (Some(status), _) => status.to_string(),
                (None, Some(error)) => error.to_string(),
                (None, None) => "abandoned".to_owned(),
            };
            let port = exchange.port.filter(|port| *port != 443).map_or_else(String::new, |port| format!(":{port}"));
            stderr(&format!("{method} {server}{port}{path}  {outcome} in {} ms\n", exchange.duration.as_millis()));
        }
    }

    fn call_ended(&self, call: &CallEvent<'_>) {
        let trouble = call.error.map(|error| error.message().to_owned());
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}
