//! One type of success, one type of error, and bodies that can be read.

use super::{Findings, Operation, Rule, Survey, bodies, members, text};
use crate::{
    contract::survey::Kind,
    yaml::{Node, Place},
};

/// What every error of Atlas is.
const SHARED_ERROR: &str = "#/components/schemas/ApiError";

/// A response of an operation.
pub(super) struct Response<'a> {
    status: &'a str,
    place: Place,
    /// Nothing when a reference leads nowhere.
    pub(super) node: Option<&'a Node>,
}

impl Response<'_> {
    pub(super) fn is_success(&self) -> bool {
        self.status.starts_with('2')
    }

    fn is_error(&self) -> bool {
        self.status.starts_with(['4', '5']) || self.status == "default"
    }
}

/// The responses of an operation.
pub(super) fn of<'a>(survey: &Survey<'a>, operation: &Operation<'a>) -> Vec<Response<'a>> {
    let responses = members(operation.node, "responses").filter(|(status, ..)| !status.starts_with("x-"));
    responses
        .map(|(status, place, node)| Response { status, place, node: survey.resolve(Kind::Response, node) })
        .collect()
}

pub(super) fn check(survey: &Survey<'_>, findings: &mut Findings) {
    for operation in &survey.operations {
        let responses = of(survey, operation);
        for response in &responses {
            status(response, &responses, findings);
            if let Some(node) = response.node {
                bodies::content(node, response.is_success(), findings);
            }
            if response.is_error() {
                error(response, findings);
            }
        }
        success(operation, &responses, findings);
        if !responses.iter().any(Response::is_error) {
            let what = format!("{} declares no error", operation.label());
            let mend = "add the responses `4XX` and `5XX`, each with the shared error";
            findings.add(Rule::ErrorMissing, operation.place, what, mend);
        }
    }
}

fn status(response: &Response<'_>, all: &[Response<'_>], findings: &mut Findings) {
    let Response { status, place, .. } = *response;
    let mut letters = status.chars();
    let class = letters.next();
    let rest = letters.as_str();
    let known = status == "default"
        || (matches!(class, Some('1'..='5'))
            && (rest == "XX" || (rest.len() == 2 && rest.bytes().all(|digit| digit.is_ascii_digit()))));
    if !known {
        let what = format!("`{status}` is no status");
        let upper = status.to_uppercase();
        let mend = if upper != status && upper.ends_with("XX") {
            format!("write `{upper}`")
        } else {
            "write a status such as `\"200\"`, or a range such as `4XX`".to_owned()
        };
        findings.add(Rule::StatusCode, place, what, mend);
    } else if matches!(class, Some('1' | '3')) {
        let what = format!("the client never gives a response of status {status}");
        findings.add(Rule::StatusCode, place, what, "drop it: redirects come out as errors");
    } else if status == "default" && !all.iter().any(|other| other.status == "2XX") {
        let what = "`default` counts as one more success beside single statuses";
        findings.add(Rule::StatusCode, place, what, "write `4XX` and `5XX` instead, each with the shared error");
    }
}

/// The one media type that comes out typed.
fn json(response: &Node) -> Option<&Node> {
    members(response, "content").find(|(name, ..)| bodies::is_json(name)).map(|(_, _, media)| media)
}

fn success(operation: &Operation<'_>, responses: &[Response<'_>], findings: &mut Findings) {
    let mut successes: Vec<_> = responses.iter().filter(|response| response.is_success()).collect();
    successes.sort_by_key(|response| response.place);
    if successes.is_empty() {
        let what = format!("{} declares no success, and would come out as a byte stream", operation.label());
        let mend = "add a response such as `\"200\"` with a schema, or `\"204\"` without `content`";
        findings.add(Rule::SuccessType, operation.place, what, mend);
        return;
    }
    let mut first: Option<(Option<String>, &Response<'_>)> = None;
    for response in successes {
        let Some(node) = response.node else { continue };
        let bytes = members(node, "content").find(|(name, ..)| bodies::BYTES.contains(&name.as_str()));
        if bytes.is_some() && members(node, "content").count() > 1 {
            let what = format!("the response {} has bytes beside another media type", response.status);
            findings.add(Rule::SuccessType, response.place, what, "keep one media type");
            continue;
        }
        // What is neither JSON nor bytes has been found already.
        let has_content = members(node, "content").next().is_some();
        if has_content && json(node).is_none() && bytes.is_none() {
            continue;
        }
        let schema = json(node).and_then(|media| media.get("schema"));
        let schema = schema.and_then(|schema| serde_json::to_string(schema).ok());
        let kind = schema.or_else(|| bytes.map(|_| "bytes".to_owned()));
        let Some((expected, earlier)) = &first else {
            first = Some((kind, response));
            continue;
        };
        if *expected == kind {
            continue;
        }
        let what = format!(
            "{} has a success of another type with {} than with {}, and a method returns one",
            operation.label(),
            response.status,
            earlier.status
        );
        let mend = if expected.is_none() || kind.is_none() {
            "keep the status that Atlas returns: one with content, or one without"
        } else {
            "give both the same `$ref`, or keep the one that Atlas returns"
        };
        findings.add(Rule::SuccessType, response.place, what, mend);
    }
}

fn error(response: &Response<'_>, findings: &mut Findings) {
    let Some(node) = response.node else { return };
    let is_shared =
        json(node).and_then(|media| media.get("schema")).and_then(|schema| text(schema, "$ref")) == Some(SHARED_ERROR);
    if !is_shared {
        let what = format!("the error of status {} is not the shared error", response.status);
        let mend = "write `$ref: \"#/components/responses/clientError\"` (or `serverError`), or give it the schema \
                    `ApiError`";
        findings.add(Rule::ErrorType, response.place, what, mend);
    }
}
