//! What a 401 asks for: Atlas's own challenge, or any other text.

use crate::Algorithm;

/// What stands in `WWW-Authenticate`.
///
/// ```
/// use atlas_exports_testing::Challenge;
///
/// let shouting = Challenge::template("DIGEST REALM=\"{realm}\", NONCE=\"{nonce}\", ALGORITHM=md5, QOP=\"auth\"");
/// let two = Challenge::templates(["Basic realm=\"{realm}\"", "Digest realm=\"{realm}\", nonce=\"{nonce}\""]);
/// # let _ = (shouting, two);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Atlas,
    Templates(Vec<String>),
}

impl Challenge {
    /// Byte for byte the form of the live service, one header for each algorithm that is offered.
    #[must_use]
    pub fn atlas() -> Self {
        Self(Form::Atlas)
    }

    /// No `WWW-Authenticate` at all.
    #[must_use]
    pub fn absent() -> Self {
        Self(Form::Templates(Vec::new()))
    }

    /// Basic authentication and nothing else.
    #[must_use]
    pub fn basic() -> Self {
        Self::template("Basic realm=\"{realm}\"")
    }

    /// Digest with a quote that is never closed and without a nonce.
    #[must_use]
    pub fn malformed() -> Self {
        Self::template("Digest realm=\"{realm}, algorithm=MD5, qop=\"auth")
    }

    /// One header in your own words.
    ///
    /// `{realm}`, `{nonce}`, `{algorithm}` (the first that is offered) and `{stale}` are filled in.
    #[must_use]
    pub fn template(text: impl Into<String>) -> Self {
        Self(Form::Templates(vec![text.into()]))
    }

    /// Several headers in your own words, in this order; see [`Challenge::template`].
    #[must_use]
    pub fn templates<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self(Form::Templates(texts.into_iter().map(Into::into).collect()))
    }

    /// The values of the `WWW-Authenticate` headers.
    pub(crate) fn headers(&self, asked: &Asked<'_>) -> Vec<String> {
        match &self.0 {
            Form::Atlas => asked.algorithms.iter().map(|algorithm| asked.atlas(*algorithm)).collect(),
            Form::Templates(texts) => texts.iter().map(|text| asked.fill(text)).collect(),
        }
    }
}

/// What goes into a challenge.
pub(crate) struct Asked<'a> {
    pub(crate) realm: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) algorithms: &'a [Algorithm],
    pub(crate) qop: bool,
    pub(crate) stale: bool,
}

impl Asked<'_> {
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

    const ASKED: Asked<'static> = Asked {
        realm: "MMS Public API",
        nonce: "abcdefghijklmnopqrstuvwxyzABCDEF",
        algorithms: &[Algorithm::Md5],
        qop: true,
        stale: false,
    };

    #[test]
    fn the_default_has_the_bytes_of_the_live_service() {
        assert_eq!(
            Challenge::atlas().headers(&ASKED),
            ["Digest realm=\"MMS Public API\", domain=\"\", nonce=\"abcdefghijklmnopqrstuvwxyzABCDEF\", \
              algorithm=MD5, qop=\"auth\", stale=false"]
        );
    }

    #[test]
    fn each_algorithm_has_its_header_in_the_order_given() {
        let asked = Asked { algorithms: &[Algorithm::Sha256, Algorithm::Md5], ..ASKED };
        let headers = Challenge::atlas().headers(&asked);
        assert_eq!(headers.len(), 2);
        assert!(headers[0].contains("algorithm=SHA-256,"));
        assert!(headers[1].contains("algorithm=MD5,"));
    }

    #[test]
    fn templates_are_filled_in() {
        let headers = Challenge::template("DIGEST Realm={realm};{nonce};{algorithm};{stale}").headers(&ASKED);
        assert_eq!(headers, ["DIGEST Realm=MMS Public API;abcdefghijklmnopqrstuvwxyzABCDEF;MD5;false"]);
        assert!(Challenge::absent().headers(&ASKED).is_empty());
    }
}
