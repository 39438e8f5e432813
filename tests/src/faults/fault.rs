//! One fault: which requests it hits, and what it does to them.

use std::time::Duration;

use crate::{
    Answer,
    api::{errors, pattern::PathPattern},
};

/// One kind of misbehaviour and the requests that it hits: the next one, unless told otherwise.
///
/// Only authenticated requests count, so that a fault lands on the answer and not on the challenge before it;
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
#[derive(Clone, Debug)]
pub struct Fault {
    pub(crate) effect: Effect,
    acts: bool,
    pub(crate) before_auth: bool,
    method: Option<String>,
    pub(crate) path: Option<PathPattern>,
    pub(crate) skip: u64,
    pub(crate) times: u64,
    pub(crate) probability: f64,
}

/// What a fault does.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// Answers this instead.
    Answer(Box<Answer>),
    /// Closes the connection with a TCP reset instead of answering.
    Reset,
    /// Sends half of the answer, then resets.
    ResetMidway,
    /// Sends half of the body that `Content-Length` announces, then closes.
    Truncate,
    /// Lets the connection take no more requests.
    Goaway,
    /// Waits before the answer.
    DelayHeaders(Duration),
    /// Sends half of the body, and the rest this much later.
    StallBody(Duration),
    /// Names another media type.
    ContentType(String),
    /// Cuts the document's text, with a length that fits.
    BadJson,
    /// Gives a member of the document a value of another type.
    WrongType(String),
}

impl Fault {
    fn new(effect: Effect) -> Self {
        Self { effect, acts: false, before_auth: false, method: None, path: None, skip: 0, times: 1, probability: 1.0 }
    }

    /// Answers `answer`.
    #[must_use]
    pub fn answer(answer: Answer) -> Self {
        Self::new(Effect::Answer(Box::new(answer)))
    }

    /// An error document of Atlas with this status and `errorCode`.
    #[must_use]
    pub fn api_error(status: u16, code: &str, detail: &str) -> Self {
        Self::answer(errors::api_error(status, code, detail, &[]))
    }

    /// A load balancer's `502 Bad Gateway`, in HTML.
    #[must_use]
    pub fn html_502() -> Self {
        let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                    <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
        Self::answer(Answer::text(502, "text/html", page))
    }

    /// `503 Service Unavailable` without a body.
    #[must_use]
    pub fn empty_503() -> Self {
        Self::answer(Answer::empty(503))
    }

    /// 429 with `Retry-After` in seconds, and the error document of v1.0.
    #[must_use]
    pub fn rate_limited(seconds: u64) -> Self {
        Self::retry_after(&seconds.to_string())
    }

    /// 429 with any text in `Retry-After`, such as an HTTP date.
    #[must_use]
    pub fn retry_after(value: &str) -> Self {
        let answer = errors::api_error(429, "RATE_LIMITED", "Too many requests.", &[]);
        Self::answer(answer.header("retry-after", value))
    }

    /// `500` with 10 MB of HTML.
    #[must_use]
    pub fn huge_error() -> Self {
        Self::answer(Answer::text(500, "text/html", "<p>no</p>\n".repeat(1 << 20)))
    }

    /// `302 Found` to another address.
    #[must_use]
    pub fn redirect(target: &str) -> Self {
        Self::answer(Answer::text(302, "text/html", "<a>moved</a>").header("location", target))
    }

    /// Any status, headers and body: the shape that [`Fault::answer`] takes, for short.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::answer(Answer::empty(status))
    }

    /// A TCP reset before anything is answered or done.
    #[must_use]
    pub fn reset() -> Self {
        Self::new(Effect::Reset)
    }

    /// The request is carried out, and then the connection reset instead of an answer.
    #[must_use]
    pub fn lost_answer() -> Self {
        Self::new(Effect::Reset).acting()
    }

    /// A TCP reset after half of the answer.
    #[must_use]
    pub fn reset_midway() -> Self {
        Self::new(Effect::ResetMidway)
    }

    /// The connection closes after half of the body that was announced.
    #[must_use]
    pub fn truncated() -> Self {
        Self::new(Effect::Truncate)
    }

    /// Answers well, and meanwhile tells the client to leave: `GOAWAY` on HTTP/2, and on HTTP/1.1 the connection closes
    /// after the answer. What else is under way on the connection is still answered.
    #[must_use]
    pub fn goaway() -> Self {
        Self::new(Effect::Goaway)
    }

    /// The whole answer comes this much later (tokio's time).
    #[must_use]
    pub fn slow_headers(delay: Duration) -> Self {
        Self::new(Effect::DelayHeaders(delay))
    }

    /// Half of the body comes, and the other half this much later (tokio's time).
    #[must_use]
    pub fn stalled_body(delay: Duration) -> Self {
        Self::new(Effect::StallBody(delay))
    }

    /// The right answer under another media type.
    #[must_use]
    pub fn content_type(media_type: &str) -> Self {
        Self::new(Effect::ContentType(media_type.to_owned()))
    }

    /// The right status and half of the document's text, complete as far as HTTP can tell.
    #[must_use]
    pub fn bad_json() -> Self {
        Self::new(Effect::BadJson)
    }

    /// The right document, but this member has a value of another type; `exportStatus.exportedCollections` and
    /// `results.0.state` reach into it.
    #[must_use]
    pub fn wrong_type(member: &str) -> Self {
        Self::new(Effect::WrongType(member.to_owned()))
    }

    /// Bad weather: one permanent fault of each kind that a network or a load balancer causes, which together hit about
    /// this share of the requests. The last of them loses answers after the request was carried out.
    #[must_use]
    pub fn weather(share: f64) -> Vec<Self> {
        let kinds = [
            Self::html_502(),
            Self::empty_503(),
            Self::status(504),
            Self::rate_limited(1),
            Self::reset(),
            Self::reset_midway(),
            Self::truncated(),
            Self::lost_answer(),
        ];
        let each = share / kinds.len() as f64;
        kinds.into_iter().map(|fault| fault.always().with_probability(each)).collect()
    }

    /// Hits the n-th matching request from now, counted from 1.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.skip = n.saturating_sub(1);
        self
    }

    /// Hits this many matching requests in a row.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }

    /// Hits every matching request from now on.
    #[must_use]
    pub fn always(self) -> Self {
        self.times(u64::MAX)
    }

    /// Hits a matching request only with this probability, drawn from the fake's seed. A request that is spared
    /// does not count towards [`Fault::times`].
    #[must_use]
    pub fn with_probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// Only requests with this method, and a path that fits: `{name}` and `*` stand for one segment, `**` for any
    /// rest, and the API's base may be left out.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(PathPattern::new(path));
        self
    }

    /// Only requests with this method.
    #[must_use]
    pub fn on_method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Hits requests whether they are authenticated or not: the challenge too, and the token endpoint.
    #[must_use]
    pub fn before_auth(mut self) -> Self {
        self.before_auth = true;
        self
    }

    /// Carries the request out before the fault replaces its answer.
    #[must_use]
    pub fn acting(mut self) -> Self {
        self.acts = true;
        self
    }

    /// Whether the request has to be carried out for this fault.
    pub(crate) fn needs_answer(&self) -> bool {
        self.acts || !matches!(self.effect, Effect::Answer(_) | Effect::Reset)
    }

    pub(crate) fn fits(&self, method: &str, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_ref().is_none_or(|wanted| wanted.matches(path))
    }
}
