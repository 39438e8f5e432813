//! One fault: which requests it affects, and what it does to them.

use std::{num::NonZeroU64, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::effect::Effect;
use crate::{
    FakeResponse,
    api::{errors, pattern::PathPattern},
};

/// A fault, and the requests that it affects: the next one by default.
///
/// Only authenticated requests count, so that a fault does not affect the challenge before them;
/// [`Fault::before_auth`] changes that. Requests for a token count when [`Fault::on`] names their path.
///
/// ```no_run
/// # async fn test() {
/// use atlas_exports_testing::{FakeAtlas, Fault};
///
/// let atlas = FakeAtlas::start().await;
/// atlas.fault(Fault::html_502());                          // the next authenticated request
/// atlas.fault(Fault::reset_midway().nth(3));               // the third from now
/// atlas.fault(Fault::rate_limited(2).on("GET", "/groups/{groupId}/backup/exportBuckets").times(2));
/// atlas.fault(Fault::empty_503().always().with_probability(0.05));
/// # }
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub(crate) effect: Effect,
    #[serde(default)]
    after_processing: bool,
    #[serde(default)]
    pub(crate) before_auth: bool,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    pub(crate) path: Option<PathPattern>,
    /// How many matching requests are not affected first.
    #[serde(default, rename = "nth", with = "nth")]
    pub(crate) skip: u64,
    #[serde(default = "Times::once")]
    pub(crate) times: Times,
    #[serde(default = "certain", deserialize_with = "probability")]
    pub(crate) probability: f64,
}

/// How many requests a fault still affects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Times {
    Always,
    #[serde(untagged)]
    Count(NonZeroU64),
}

impl Times {
    fn once() -> Self {
        Self::Count(NonZeroU64::MIN)
    }

    /// What is left after one more request was affected; `None` for nothing.
    pub(crate) fn after_one(self) -> Option<Self> {
        match self {
            Self::Always => Some(Self::Always),
            Self::Count(count) => NonZeroU64::new(count.get() - 1).map(Self::Count),
        }
    }
}

/// `nth` in JSON, counted from 1.
mod nth {
    use std::num::NonZeroU64;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(skip: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        skip.saturating_add(1).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        NonZeroU64::deserialize(deserializer).map(|nth| nth.get() - 1)
    }
}

fn certain() -> f64 {
    1.0
}

fn probability<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let probability = f64::deserialize(deserializer)?;
    if (0.0..=1.0).contains(&probability) {
        Ok(probability)
    } else {
        Err(D::Error::custom(format_args!("a probability is between 0 and 1, got {probability}")))
    }
}

impl Fault {
    fn new(effect: Effect) -> Self {
        Self {
            effect,
            after_processing: false,
            before_auth: false,
            method: None,
            path: None,
            skip: 0,
            times: Times::once(),
            probability: certain(),
        }
    }

    /// Sends this response instead.
    #[must_use]
    pub fn respond(response: FakeResponse) -> Self {
        Self::new(Effect::Response(Box::new(response)))
    }

    /// Responds with an error document of this status and `errorCode`.
    #[must_use]
    pub fn api_error(status: u16, code: &str, detail: &str) -> Self {
        Self::respond(errors::api_error(status, code, detail, &[]))
    }

    /// Responds with the `502 Bad Gateway` of a load balancer, in HTML.
    #[must_use]
    pub fn html_502() -> Self {
        let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                    <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
        Self::respond(FakeResponse::text(502, "text/html", page))
    }

    /// Responds with `503 Service Unavailable` without a body.
    #[must_use]
    pub fn empty_503() -> Self {
        Self::respond(FakeResponse::empty(503))
    }

    /// Responds with 429, `Retry-After` in seconds, and the error document of v1.0.
    #[must_use]
    pub fn rate_limited(seconds: u64) -> Self {
        Self::retry_after(&seconds.to_string())
    }

    /// Responds with 429 and any `Retry-After`, such as an HTTP date.
    #[must_use]
    pub fn retry_after(value: &str) -> Self {
        let response = errors::api_error(429, "RATE_LIMITED", "Too many requests.", &[]);
        Self::respond(response.header("retry-after", value))
    }

    /// Responds with 500 and 10 MB of HTML.
    #[must_use]
    pub fn huge_error() -> Self {
        Self::respond(FakeResponse::text(500, "text/html", "<p>no</p>\n".repeat(1 << 20)))
    }

    /// Responds with `302 Found` and this `Location`.
    #[must_use]
    pub fn redirect(target: &str) -> Self {
        Self::respond(FakeResponse::text(302, "text/html", "<a>moved</a>").header("location", target))
    }

    /// Responds with this status without a body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::respond(FakeResponse::empty(status))
    }

    /// Resets the connection before the request is processed.
    #[must_use]
    pub fn reset() -> Self {
        Self::new(Effect::Reset)
    }

    /// Processes the request, then resets the connection instead of responding.
    #[must_use]
    pub fn lost_response() -> Self {
        Self::new(Effect::Reset).after_processing()
    }

    /// Resets the connection after half of the body.
    #[must_use]
    pub fn reset_midway() -> Self {
        Self::new(Effect::ResetMidway)
    }

    /// Closes the connection after half of the announced body.
    #[must_use]
    pub fn truncated() -> Self {
        Self::new(Effect::Truncate)
    }

    /// Sends `GOAWAY` with the response on HTTP/2; on HTTP/1.1 the connection closes after it. Other requests that are in
    /// flight on the connection are still answered.
    #[must_use]
    pub fn goaway() -> Self {
        Self::new(Effect::Goaway)
    }

    /// Delays the whole response (on tokio's clock).
    #[must_use]
    pub fn slow_headers(delay: Duration) -> Self {
        Self::new(Effect::DelayHeaders(delay))
    }

    /// Delays the second half of the body (on tokio's clock).
    #[must_use]
    pub fn stalled_body(delay: Duration) -> Self {
        Self::new(Effect::StallBody(delay))
    }

    /// Sends the response with another media type.
    #[must_use]
    pub fn content_type(media_type: &str) -> Self {
        Self::new(Effect::ContentType(media_type.to_owned()))
    }

    /// Sends half of the document, with the matching length.
    #[must_use]
    pub fn bad_json() -> Self {
        Self::new(Effect::BadJson)
    }

    /// Replaces the value of this member by one of another type; nested members are written
    /// `exportStatus.exportedCollections` and `results.0.state`.
    #[must_use]
    pub fn wrong_type(member: &str) -> Self {
        Self::new(Effect::WrongType(member.to_owned()))
    }

    /// Returns one permanent fault of each kind that networks and load balancers cause. Together they affect this share
    /// of the requests. The last one loses the response after the request was processed.
    #[must_use]
    pub fn random_faults(share: f64) -> Vec<Self> {
        let kinds = [
            Self::html_502(),
            Self::empty_503(),
            Self::status(504),
            Self::rate_limited(1),
            Self::reset(),
            Self::reset_midway(),
            Self::truncated(),
            Self::lost_response(),
        ];
        let each = share / kinds.len() as f64;
        kinds.into_iter().map(|fault| fault.always().with_probability(each)).collect()
    }

    /// Affects the n-th matching request from now, counted from 1.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.skip = n.saturating_sub(1);
        self
    }

    /// Affects this many matching requests in a row, at least one.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Times::Count(NonZeroU64::new(times).unwrap_or(NonZeroU64::MIN));
        self
    }

    /// Affects every matching request from now on.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = Times::Always;
        self
    }

    /// Affects a matching request only with this probability, drawn from the seed of the fake. Requests that are not
    /// affected do not count towards [`Fault::times`].
    #[must_use]
    pub fn with_probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// Affects only requests with this method and path: `{name}` and `*` match one segment, `**` any rest, and the base
    /// of the API may be left out.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(PathPattern::new(path));
        self
    }

    /// Affects only requests with this method.
    #[must_use]
    pub fn on_method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Affects requests before they are authenticated, and those for a token.
    #[must_use]
    pub fn before_auth(mut self) -> Self {
        self.before_auth = true;
        self
    }

    /// Processes the request before the fault replaces its response.
    #[must_use]
    pub fn after_processing(mut self) -> Self {
        self.after_processing = true;
        self
    }

    /// Whether the request is processed.
    pub(crate) fn processes(&self) -> bool {
        self.after_processing || self.effect.needs_response()
    }

    pub(crate) fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_ref().is_none_or(|wanted| wanted.matches(path))
    }
}
