//! What a change means: one verdict for what old clients send, and one for what they read.

use super::Verdict::{self, Breaking, Compatible, Cosmetic, Person};

/// Where a schema is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Directions {
    pub(super) request: bool,
    pub(super) response: bool,
}

impl Directions {
    pub(super) const REQUEST: Self = Self { request: true, response: false };
    pub(super) const RESPONSE: Self = Self { request: false, response: true };
    pub(super) const EITHER: Self = Self { request: true, response: true };

    pub(super) fn with(self, other: Self) -> Self {
        Self { request: self.request || other.request, response: self.response || other.response }
    }
}

/// The verdicts on a change, and why.
#[derive(Debug, Clone, Copy)]
pub(super) struct Impact {
    request: Verdict,
    response: Verdict,
    /// Where nothing travels.
    unused: Verdict,
    /// The least that Rust makes of it.
    pub(super) rust: Verdict,
    why: &'static str,
    /// Why it harms nobody, where it harms nobody.
    harmless: &'static str,
}

impl Impact {
    pub(super) const fn of(request: Verdict, response: Verdict, why: &'static str) -> Self {
        Self { request, response, unused: Cosmetic, rust: Verdict::None, why, harmless: why }
    }

    /// Less is allowed than before, so that the service may refuse what old clients send.
    pub(super) const fn tighter(why: &'static str) -> Self {
        Self::of(Breaking, Compatible, why)
    }

    /// More is allowed than before, and old clients read all of it.
    pub(super) const fn wider(why: &'static str) -> Self {
        Self::of(Compatible, Compatible, why)
    }

    /// More is allowed than before, some of which old clients refuse to read.
    pub(super) const fn unread(why: &'static str) -> Self {
        Self::of(Compatible, Breaking, why)
    }

    /// Neither side takes what the other means.
    pub(super) const fn apart(why: &'static str) -> Self {
        Self::of(Breaking, Breaking, why)
    }

    /// It is the same to both sides, whether it travels or not.
    pub(super) const fn same(verdict: Verdict, why: &'static str) -> Self {
        Self { unused: verdict, ..Self::of(verdict, verdict, why) }
    }

    /// Only a person can judge it.
    pub(super) const fn person(why: &'static str) -> Self {
        Self::same(Person, why).rust(Person)
    }

    pub(super) const fn docs() -> Self {
        Self::same(Cosmetic, "it is for readers").rust(Cosmetic)
    }

    /// With what code feels of it even if no type tells.
    pub(super) const fn rust(self, rust: Verdict) -> Self {
        Self { rust, ..self }
    }

    /// With another reason where it harms nobody.
    pub(super) const fn or(self, harmless: &'static str) -> Self {
        Self { harmless, ..self }
    }

    /// The worse of the verdicts that count, and why. What nobody sends is of no weight.
    pub(super) fn at(self, directions: Directions) -> (Verdict, &'static str) {
        let verdict = match (directions.request, directions.response) {
            (true, true) => self.request.max(self.response),
            (true, false) => self.request,
            (false, true) => self.response,
            (false, false) => self.unused,
        };
        (verdict, if verdict > Compatible { self.why } else { self.harmless })
    }
}
