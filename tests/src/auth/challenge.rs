//! The `WWW-Authenticate` headers of a 401.

use crate::Algorithm;

/// The `WWW-Authenticate` headers of a 401.
///
/// ```
/// use atlas_exports_testing::Challenge;
///
/// let upper_case = Challenge::template("DIGEST REALM=\"{realm}\", NONCE=\"{nonce}\", ALGORITHM=md5, QOP=\"auth\"");
/// let two = Challenge::templates(["Basic realm=\"{realm}\"", "Digest realm=\"{realm}\", nonce=\"{nonce}\""]);
/// # let _ = (upper_case, two);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Atlas,
    Templates(Vec<String>),
}

impl Challenge {
    /// The challenge of the live service, byte for byte, with one header for each algorithm that is offered.
    #[must_use]
    pub fn atlas() -> Self {
        Self(Kind::Atlas)
    }

    /// No `WWW-Authenticate` header.
    #[must_use]
    pub fn absent() -> Self {
        Self(Kind::Templates(Vec::new()))
    }

    /// Basic authentication alone.
    #[must_use]
    pub fn basic() -> Self {
        Self::template("Basic realm=\"{realm}\"")
    }

    /// Digest with an unclosed quote and without a nonce.
    #[must_use]
    pub fn malformed() -> Self {
        Self::template("Digest realm=\"{realm}, algorithm=MD5, qop=\"auth")
    }

    /// One header with this value.
    ///
    /// `{realm}`, `{nonce}`, `{algorithm}` (the first that is offered) and `{stale}` are replaced.
    #[must_use]
    pub fn template(text: impl Into<String>) -> Self {
        Self(Kind::Templates(vec![text.into()]))
    }

    /// Several headers in this order; see [`Challenge::template`].
    #[must_use]
    pub fn templates<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self(Kind::Templates(texts.into_iter().map(Into::into).collect()))
    }

    /// The values of the `WWW-Authenticate` headers.
    pub(crate) fn headers(&self, parameters: &Parameters<'_>) -> Vec<String> {
        match &self.0 {
            Kind::Atlas => parameters.algorithms.iter().map(|algorithm| parameters.atlas(*algorithm)).collect(),
            Kind::Templates(texts) => texts.iter().map(|text| parameters.fill(text)).collect(),
        }
    }
}

/// The values that a challenge is made of.
pub(crate) struct Parameters<'a> {
    pub(crate) realm: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) algorithms: &'a [Algorithm],
    pub(crate) qop: bool,
    pub(crate) stale: bool,
}

impl Parameters<'_> {
    fn atlas(&self, algorithm: Algorithm) -> String {
        let Self { realm, nonce, stale, .. } = self;
        let qop = if self.qop { " qop=\"auth\"," } else { "" };
        let algorithm = algorithm.token();
        format!("Digest realm=\"{realm}\", domain=\"\", nonce=\"{nonce}\", algorithm={algorithm},{qop} stale={stale}")
    }

    fn fill(&self, text: &str) -> String {
        let algorithm = self.algorithms.first().map_or("MD5", |algorithm| algorithm.token());
        text.replace("{realm}", self.realm)
            .replace("{nonce}", self.nonce)
            .replace("{algorithm}", algorithm)
            .replace("{stale}", if self.stale { "true" } else { "false" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMETERS: Parameters<'static> = Parameters {
        realm: "MMS Public API",
        nonce: "abcdefghijklmnopqrstuvwxyzABCDEF",
        algorithms: &[Algorithm::Md5],
        qop: true,
        stale: false,
    };

    #[test]
    fn the_default_equals_the_challenge_of_the_live_service() {
        assert_eq!(
            Challenge::atlas().headers(&PARAMETERS),
            ["Digest realm=\"MMS Public API\", domain=\"\", nonce=\"abcdefghijklmnopqrstuvwxyzABCDEF\", \
              algorithm=MD5, qop=\"auth\", stale=false"]
        );
    }

    #[test]
    fn each_algorithm_has_a_header_in_the_given_order() {
        let parameters = Parameters { algorithms: &[Algorithm::Sha256, Algorithm::Md5], ..PARAMETERS };
        let headers = Challenge::atlas().headers(&parameters);
        assert_eq!(headers.len(), 2);
        assert!(headers[0].contains("algorithm=SHA-256,"));
        assert!(headers[1].contains("algorithm=MD5,"));
    }

    #[test]
    fn placeholders_of_templates_are_replaced() {
        let headers = Challenge::template("DIGEST Realm={realm};{nonce};{algorithm};{stale}").headers(&PARAMETERS);
        assert_eq!(headers, ["DIGEST Realm=MMS Public API;abcdefghijklmnopqrstuvwxyzABCDEF;MD5;false"]);
        assert!(Challenge::absent().headers(&PARAMETERS).is_empty());
    }
}
