//! What a `Digest` challenge asks for (RFC 7616, section 3.3), and which of several is answered.

use digest_auth::{Algorithm, AlgorithmType};

use super::header_syntax::{SchemeChallenge, parse_challenges};

/// The parameters of a `Digest` challenge that can be answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameters {
    pub(crate) realm: Vec<u8>,
    pub(crate) nonce: Vec<u8>,
    pub(crate) opaque: Option<Vec<u8>>,
    pub(crate) algorithm: Algorithm,
    /// The algorithm as the server writes it, where it names one.
    pub(crate) algorithm_name: Option<String>,
    /// `None` as before RFC 2617.
    pub(crate) qop: Option<Qop>,
    pub(crate) stale: bool,
    pub(crate) userhash: bool,
}

/// The quality of protection that is chosen of those which are offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Qop {
    /// As the server writes it.
    pub(crate) name: String,
    /// Whether the answer signs the body.
    pub(crate) signs_body: bool,
}

impl Parameters {
    /// Chooses the strongest challenge of a response that can be answered, of equally strong ones the first. An error
    /// says why none can.
    pub(crate) fn choose<'a>(headers: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, String> {
        let challenges = parse_challenges(headers);
        let (mut chosen, mut problem) = (None::<Self>, None);
        for digest in challenges.iter().filter(|challenge| challenge.is("Digest")) {
            match Self::read(digest) {
                Ok(read) if chosen.as_ref().is_none_or(|chosen| read.strength() > chosen.strength()) => {
                    chosen = Some(read)
                }
                Ok(_) => {}
                Err(unanswerable) => _ = problem.get_or_insert(unanswerable),
            }
        }
        chosen.ok_or_else(|| problem.unwrap_or_else(|| unsupported(&challenges)))
    }

    pub(crate) fn signs_body(&self) -> bool {
        self.qop.as_ref().is_some_and(|qop| qop.signs_body)
    }

    fn read(challenge: &SchemeChallenge) -> Result<Self, String> {
        if let Some(fault) = challenge.fault {
            return Err(format!("it has {fault}"));
        }
        let required = |name| challenge.parameter(name).ok_or_else(|| format!("it has no {name}"));
        let (realm, nonce) = (required("realm")?.to_vec(), required("nonce")?.to_vec());
        if nonce.is_empty() {
            return Err("its nonce is empty".to_owned());
        }
        let is_true = |name| challenge.parameter(name).is_some_and(|value| value.eq_ignore_ascii_case(b"true"));
        let algorithm_name = challenge.parameter("algorithm").map(lossy);
        Ok(Self {
            realm,
            nonce,
            opaque: challenge.parameter("opaque").map(<[u8]>::to_vec),
            algorithm: algorithm_name.as_deref().map_or(Ok(Algorithm::default()), algorithm)?,
            algorithm_name,
            qop: challenge.parameter("qop").map_or(Ok(None), qop)?,
            stale: is_true("stale"),
            userhash: is_true("userhash"),
        })
    }

    fn strength(&self) -> impl Ord + use<> {
        let algorithm = match self.algorithm.algo {
            AlgorithmType::MD5 => 0,
            AlgorithmType::SHA2_256 => 1,
            AlgorithmType::SHA2_512_256 => 2,
        };
        (algorithm, self.qop.is_some())
    }
}

fn unsupported(challenges: &[SchemeChallenge]) -> String {
    let schemes: Vec<_> = challenges.iter().map(|other| format!("`{}`", shown(&other.scheme))).collect();
    match schemes.as_slice() {
        [] => "the response has no challenge".to_owned(),
        schemes => format!("unsupported scheme {}; expected `Digest`", schemes.join(", ")),
    }
}

fn algorithm(name: &str) -> Result<Algorithm, String> {
    let (base, session) = match name.len().checked_sub("-sess".len()).and_then(|end| name.split_at_checked(end)) {
        Some((base, end)) if end.eq_ignore_ascii_case("-sess") => (base, true),
        _ => (name, false),
    };
    let algorithms = [
        ("MD5", AlgorithmType::MD5),
        ("SHA-256", AlgorithmType::SHA2_256),
        ("SHA-512-256", AlgorithmType::SHA2_512_256),
    ];
    let known = algorithms.into_iter().find(|(known, _)| base.eq_ignore_ascii_case(known));
    let (_, known) = known.ok_or_else(|| format!("unsupported algorithm `{}`", shown(name)))?;
    Ok(Algorithm::new(known, session))
}

/// Chooses `auth` where it is offered, which more servers get right than `auth-int`. A list without members is none.
fn qop(list: &[u8]) -> Result<Option<Qop>, String> {
    let list = lossy(list);
    let offered = || list.split([',', ' ', '\t']).filter(|member| !member.is_empty());
    let choose = |name: &str, signs_body| {
        let found = offered().find(|member| member.eq_ignore_ascii_case(name))?;
        Some(Qop { name: found.to_owned(), signs_body })
    };
    match choose("auth", false).or_else(|| choose("auth-int", true)) {
        None if offered().next().is_some() => Err(format!("unsupported qop `{}`", shown(&list))),
        chosen => Ok(chosen),
    }
}

/// Text of a server, for an error.
fn shown(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(80).collect()
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATLAS: &str = r#"Digest realm="MMS Public API", domain="", nonce="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", algorithm=MD5, qop="auth", stale=false"#;

    fn chosen(headers: &[&str]) -> Result<Parameters, String> {
        Parameters::choose(headers.iter().map(|header| header.as_bytes()))
    }

    /// A challenge that is like others but for what is added.
    fn digest(more: &str) -> String {
        format!("Digest realm=\"r\", nonce=\"n\"{more}")
    }

    /// What is chosen of a challenge, as it would be named in the answer.
    fn names(more: &str) -> (Option<String>, Option<String>) {
        let parameters = chosen(&[&digest(more)]).unwrap();
        (parameters.algorithm_name, parameters.qop.map(|qop| qop.name))
    }

    #[test]
    fn the_challenge_of_atlas_is_understood() {
        let parameters = chosen(&[ATLAS]).unwrap();
        assert_eq!(parameters.realm, b"MMS Public API");
        assert_eq!(parameters.algorithm_name.as_deref(), Some("MD5"));
        assert_eq!(parameters.qop, Some(Qop { name: "auth".into(), signs_body: false }));
        assert!(!parameters.stale && !parameters.userhash && parameters.opaque.is_none());
    }

    #[test]
    fn names_are_not_case_sensitive_and_stay_as_the_server_writes_them() {
        for (more, algorithm, qop) in [
            ("", None, None),
            (", QOP=\"AUTH\"", None, Some("AUTH")),
            (", qop=Auth, Algorithm=md5", Some("md5"), Some("Auth")),
            (", qop=auth, algorithm=\"Sha-256-SESS\"", Some("Sha-256-SESS"), Some("auth")),
            (", qop=\"auth-conf, auth\", charset=utf-8", None, Some("auth")),
            (", qop=\"auth-int,auth\", charset=latin1, x-new=\"y\"", None, Some("auth")),
            (", qop=auth-int, stale=FALSE", None, Some("auth-int")),
            (", qop=\"\"", None, None),
            (", qop=\" , \"", None, None),
        ] {
            assert_eq!(names(more), (algorithm.map(Into::into), qop.map(Into::into)), "{more}");
        }
        assert!(chosen(&[&digest(", Stale=\"True\", userhash=TRUE")]).is_ok_and(|read| read.stale && read.userhash));
    }

    #[test]
    fn the_strongest_challenge_that_can_be_answered_is_chosen() {
        let offers = |algorithms: &[&str]| -> Vec<String> {
            algorithms.iter().map(|name| digest(&format!(", qop=auth, algorithm={name}"))).collect()
        };
        for (algorithms, strongest) in [
            (&["MD5", "SHA-256"][..], "SHA-256"),
            (&["SHA-256", "MD5"], "SHA-256"),
            (&["SHA-512", "MD5"], "MD5"),
            (&["MD5", "SHA-512-256", "SHA-256"], "SHA-512-256"),
            (&["MD5-sess", "MD5"], "MD5-sess"),
            (&["MD5", "MD5-sess"], "MD5"),
        ] {
            let headers = offers(algorithms);
            let separate: Vec<_> = headers.iter().map(String::as_str).collect();
            assert_eq!(chosen(&separate).unwrap().algorithm_name.as_deref(), Some(strongest), "{algorithms:?}");
            assert_eq!(chosen(&[&headers.join(", ")]).unwrap().algorithm_name.as_deref(), Some(strongest));
        }
        let protected = digest(", qop=auth");
        assert!(chosen(&[&digest(""), &protected]).unwrap().qop.is_some());
    }

    #[test]
    fn parameters_of_other_challenges_do_not_count() {
        let bearer =
            "Bearer realm=\"b\", nonce=\"other\", algorithm=SHA-256, qop=\"auth-int\", opaque=\"o\", stale=true";
        for headers in [
            vec![digest(""), bearer.into()],
            vec![format!("{}, {bearer}", digest(""))],
            vec![format!("Basic realm=\"b\", Negotiate, {}", digest("")), bearer.into()],
        ] {
            let headers: Vec<_> = headers.iter().map(String::as_str).collect();
            assert_eq!(chosen(&headers), chosen(&[&digest("")]), "{headers:?}");
        }
        let second = r#", Digest realm="s", nonce="m", algorithm=MD5, opaque="o""#;
        let both = chosen(&[&(digest(", algorithm=SHA-256") + second)]).unwrap();
        assert_eq!(both, chosen(&[&digest(", algorithm=SHA-256")]).unwrap());
    }

    #[test]
    fn what_is_wrong_with_a_challenge_is_named() {
        for (headers, wrong) in [
            (&[][..], "no challenge"),
            (&[""], "no challenge"),
            (&["Basic realm=\"x\", Negotiate"], "unsupported scheme `Basic`, `Negotiate`; expected `Digest`"),
            (&["Digest nonce=\"n\""], "no realm"),
            (&["Digest realm=\"r\""], "no nonce"),
            (&["Digest realm=\"r\", nonce=\"\""], "nonce is empty"),
            (&["Digest realm=\"r\", nonce=\"n\", algorithm=FOO"], "unsupported algorithm `FOO`"),
            (&["Digest realm=\"r\", nonce=\"n\", algorithm=-sess"], "unsupported algorithm `-sess`"),
            (&["Digest realm=\"r\", nonce=\"n\", qop=\"auth-conf, x\""], "unsupported qop `auth-conf, x`"),
            (&["Digest realm=\"r\", nonce=\"n"], "a quote that is never closed"),
            (&["Basic", "Digest realm=\"r\""], "no nonce"),
        ] {
            let problem = chosen(headers).unwrap_err();
            assert!(problem.contains(wrong), "{headers:?}: {problem}");
        }
    }
}
