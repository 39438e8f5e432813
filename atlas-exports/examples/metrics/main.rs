//! Feeds the `metrics` facade with the calls of a client: `cargo run --example metrics`.
#![allow(clippy::print_stdout, reason = "a program for the command line")]

mod printer;

use std::sync::Arc;

use atlas_exports::{CallEvent, Client, ExchangeEvent, Observer};
use atlas_exports_testing::{FakeAtlas, Fault, Kind};

/// Counts and times what a client does.
#[derive(Debug)]
struct Metrics;

impl Observer for Metrics {
    fn call_ended(&self, call: &CallEvent<'_>) {
        let operation = call.operation.unwrap_or("unlisted");
        let outcome = call.error.map_or_else(|| "ok".to_owned(), |error| error.kind().to_string());
        metrics::counter!("atlas_calls_total", "operation" => operation, "outcome" => outcome).increment(1);
        metrics::histogram!("atlas_call_seconds", "operation" => operation).record(call.duration);
    }

    fn exchange_ended(&self, exchange: &ExchangeEvent<'_>) {
        let status = exchange.status.map_or_else(|| "none".to_owned(), |status| status.as_u16().to_string());
        metrics::counter!("atlas_exchanges_total", "status" => status).increment(1);
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // An exporter goes here, such as the one of `metrics-exporter-prometheus`.
    metrics::set_global_recorder(printer::Printer)?;

    let fake = FakeAtlas::builder().try_start().await?;
    fake.fault(Fault::html_502());
    let keys = Client::builder().base_url(fake.base_url()).api_key(fake.public_key(), fake.private_key());
    let atlas = keys.observer(Arc::new(Metrics)).build()?;
    atlas.exports(fake.project_id().parse()?, fake.cluster_name())?.get(&fake.job_id(Kind::Tiny).parse()?).await?;
    Ok(())
}
