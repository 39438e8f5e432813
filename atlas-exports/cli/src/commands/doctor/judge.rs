//! Makes the report of the facts.

use std::error::Error as _;

use atlas_exports::{Error, ErrorKind};

use super::{
    facts::{Facts, Seen},
    headers,
    report::Report,
};
use crate::render::span;

/// Tolerated difference of the clocks.
const CLOCK_SECONDS: i64 = 60;

/// Adds a line to the report for each fact.
pub(super) fn judge(facts: &Facts, report: &mut Report) {
    address(facts, report);
    connection(facts, report);
    // Without a response, nothing more is known.
    if facts.exchanges().any(|exchange| exchange.status.is_some()) {
        clock(facts, report);
        challenge(facts, report);
        nonce(facts, report);
        version(facts, report);
        envelope(facts, report);
        access(facts, report);
        rate_limit(facts, report);
    }
}

fn address(facts: &Facts, report: &mut Report) {
    report.ok("address", &facts.base_url);
    for (name, value) in &facts.proxies {
        report.ok("proxy", format!("{name} is {value}"));
    }
}

fn connection(facts: &Facts, report: &mut Report) {
    let answered = facts.exchanges().find(|exchange| exchange.status.is_some());
    let Some(first) = answered else {
        match &facts.projects {
            Some(Err(error)) => report.failure("connection", chain(error), advice(error)),
            _ => report.failure("connection", "no request was sent", "run it again with -v"),
        }
        return;
    };
    // A 401 may be told without its version.
    let version = facts.exchanges().find_map(|exchange| exchange.version.as_deref()).unwrap_or("HTTP");
    let milliseconds = first.duration.as_millis();
    let tls = if facts.base_url.starts_with("https:") { ", certificate trusted" } else { ", without TLS" };
    report.ok("connection", format!("{version}{tls}, first response after {milliseconds} ms"));
    if let Some(token) = facts.exchanges().find(|exchange| exchange.is_token && exchange.status.is_some()) {
        report.ok("token", format!("the token endpoint responded after {} ms", token.duration.as_millis()));
    }
    for error in facts.exchanges().filter_map(|exchange| exchange.error) {
        report.warning("connection", format!("a later request failed: {error}"), "run it again");
    }
}

fn clock(facts: &Facts, report: &mut Report) {
    let ahead = |exchange: &Seen| headers::ahead(exchange.date.as_deref()?, exchange.at);
    let Some(ahead) = facts.exchanges().filter_map(ahead).min_by_key(|ahead| ahead.abs()) else { return };
    let (seconds, direction) = (ahead.num_seconds(), if ahead.num_seconds() > 0 { "ahead of" } else { "behind" });
    if seconds.abs() <= CLOCK_SECONDS {
        report.ok("clock", format!("within {} s of the service's", seconds.abs() + 1));
    } else {
        let text = format!("this machine is {} {direction} the service", span::words(ahead.abs()));
        report.warning("clock", text, "set the clock of this machine, for example by NTP");
    }
}

fn challenge(facts: &Facts, report: &mut Report) {
    let Some(header) = facts.exchanges().find_map(|exchange| exchange.challenge.as_deref()) else { return };
    let shown = headers::challenge(header);
    match facts.projects.as_ref().and_then(|projects| projects.as_ref().err()) {
        Some(error) if error.kind() == ErrorKind::Challenge => report.failure("challenge", shown, advice(error)),
        _ => report.ok("challenge", shown),
    }
}

/// Returns whether a nonce was accepted more than once; `None` when no call shows it.
///
/// A call that succeeds in one exchange used the nonce of a call before it.
pub(super) fn reuse(calls: &[Vec<Seen>]) -> Option<bool> {
    let challenged = calls.iter().position(|call| call.iter().any(|exchange| exchange.challenge.is_some()))?;
    let later: Vec<_> = calls.get(challenged + 1..)?.iter().filter(|call| !call.is_empty()).collect();
    if later.is_empty() {
        return None;
    }
    Some(later.iter().any(|call| call.len() == 1 && call.iter().all(|exchange| exchange.challenge.is_none())))
}

fn nonce(facts: &Facts, report: &mut Report) {
    const COST: &str = "nothing to do; every call costs two requests instead of one";
    if facts.is_limited {
        let text = "not accepted reliably: calls were challenged again and again, so some checks were left out";
        let advice = "check what stands between this machine and Atlas, or use a service account";
        return report.warning("nonce", text, advice);
    }
    match (reuse(&facts.kept), reuse(&facts.fresh)) {
        (Some(true), Some(true)) => report.ok("nonce", "accepted again on one connection, and on another"),
        (Some(true), Some(false)) => {
            report.warning("nonce", "accepted again on one connection, but not on another", COST);
        }
        (Some(true), None) => report.ok("nonce", "accepted again on one connection"),
        (Some(false), _) => report.warning("nonce", "not accepted again", COST),
        (None, _) => {}
    }
}

fn version(facts: &Facts, report: &mut Report) {
    let dates = facts.exchanges().filter_map(|exchange| exchange.content_type.as_deref()).filter_map(resource_version);
    let mut dates: Vec<_> = dates.collect();
    dates.sort_unstable();
    dates.dedup();
    let resources = match dates.as_slice() {
        [] => String::new(),
        dates => format!(", resource versions {}", dates.join(", ")),
    };
    report.ok("API version", format!("{}{resources}", if facts.is_v2 { "v2" } else { "v1.0" }));
    for announced in &facts.deprecations {
        let version = announced.resource_version.as_deref().map_or_else(String::new, |date| format!(" {date}"));
        let text = format!("{}{version}", announced.operation.name);
        match (announced.sunset, announced.deprecated) {
            (Some(sunset), _) => report.warning(
                "sunset",
                format!("{text} ends on {}", sunset.format("%Y-%m-%d")),
                "update this program before then",
            ),
            (None, Some(date)) => {
                report.ok("sunset", format!("{text} is deprecated since {}", date.format("%Y-%m-%d")))
            }
            (None, None) => report.ok("sunset", format!("{text} is deprecated")),
        }
    }
}

/// Returns the date in `application/vnd.atlas.2023-01-01+json`.
fn resource_version(content_type: &str) -> Option<&str> {
    let (date, _) = content_type.strip_prefix("application/vnd.atlas.")?.split_once('+')?;
    Some(date)
}

fn envelope(facts: &Facts, report: &mut Report) {
    match facts.envelope {
        Some(Some(member)) => report.ok("envelope", format!("a single result is in the member {member:?}")),
        Some(None) => report.ok("envelope", "not sent, although it was requested"),
        None => {}
    }
}

/// Whether the credentials are accepted, and what they can read.
fn access(facts: &Facts, report: &mut Report) {
    let outcomes = [
        facts.projects.as_ref().map(|outcome| outcome.as_ref().err()),
        facts.buckets.as_ref().map(|outcome| outcome.as_ref().err()),
        facts.jobs.as_ref().map(|outcome| outcome.as_ref().err()),
    ];
    let made: Vec<Option<&Error>> = outcomes.into_iter().flatten().collect();
    match made.first().copied().flatten() {
        Some(error) if error.kind() == ErrorKind::Challenge => return,
        Some(error) if error.kind() == ErrorKind::Token => {
            return report.failure("credentials", chain(error), advice(error));
        }
        Some(error) if error.kind() != ErrorKind::Api => {
            return report.failure("response", chain(error), advice(error));
        }
        Some(error) if made.iter().all(|outcome| outcome.is_some_and(Error::is_unauthorized)) => {
            let text = format!("refused by every request: {}", error.message());
            return report.failure("credentials", text, advice(error));
        }
        _ => {}
    }
    // A server that fails, or asks to slow down, says nothing about them.
    let is_accepted =
        |outcome: &Option<&Error>| outcome.is_none_or(|error| error.is_forbidden() || error.is_not_found());
    if made.iter().any(is_accepted) {
        report.ok("credentials", "accepted");
    }
    match (&facts.projects, &facts.project) {
        (Some(Ok((ids, total))), Some(project)) if ids.contains(project) => {
            report.ok("projects", format!("{project} is one of {total} that the credentials see"));
        }
        (Some(Ok((ids, total))), Some(project)) if u64::try_from(ids.len()).is_ok_and(|seen| seen < *total) => {
            report.ok("projects", format!("{project} is not among the first {} of {total}", ids.len()));
        }
        (Some(Ok((_, total))), Some(project)) => {
            report.failure(
                "projects",
                format!("{project} is not one of the {total} that the credentials see"),
                PROJECT,
            );
        }
        (Some(Ok((_, total))), None) => report.warning(
            "projects",
            format!("the credentials see {total}, and none was chosen to look into"),
            "add --project ID",
        ),
        (Some(Err(error)), _) => report.warning("projects", format!("not listed: {}", chain(error)), advice(error)),
        (None, _) => {}
    }
    allowed(report, "buckets", "role Project Read Only or more", facts.buckets.as_ref());
    allowed(report, "jobs", "role Project Backup Manager or more", facts.jobs.as_ref());
    if facts.project.is_some() && facts.buckets.is_some() && facts.jobs.is_none() {
        report.warning("jobs", "not looked into, because no cluster was chosen", "add --cluster NAME");
    }
}

const PROJECT: &str = "check the project id, and that the credentials belong to that project or to its organization";

fn allowed(report: &mut Report, name: &'static str, role: &str, outcome: Option<&Result<(), Error>>) {
    match outcome {
        Some(Ok(())) => report.ok(name, format!("can be listed: {role}")),
        Some(Err(error)) => report.failure(name, chain(error), advice(error)),
        None => {}
    }
}

fn rate_limit(facts: &Facts, report: &mut Report) {
    let number = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    match &facts.rate_limit {
        Some(limit) if limit.remaining == Some(0) => report.warning(
            "rate limit",
            format!("none of {} requests is left", number(limit.limit)),
            "wait a minute, and find out what else sends requests in this project",
        ),
        Some(limit) => {
            report
                .ok("rate limit", format!("{} of {} requests are left", number(limit.remaining), number(limit.limit)));
        }
        None => report.ok("rate limit", "the service sends no headers about it"),
    }
}

/// Returns the error and its causes on one line.
fn chain(error: &Error) -> String {
    let mut text = error.message().to_owned();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(": ");
        text.push_str(&source.to_string());
        cause = source.source();
    }
    text
}

fn advice(error: &Error) -> String {
    error.hint().unwrap_or_else(|| "run the command that fails with -v".to_owned())
}
