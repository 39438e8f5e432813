//! Computes the answer to a `Digest` challenge (RFC 7616, section 3.4), with nothing in it that the server did not offer.

use std::fmt;

use digest_auth::Algorithm;
use secrecy::zeroize::Zeroizing;

use super::parameters::Parameters;

/// What an answer signs of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedRequest<'a> {
    pub(crate) method: &'a str,
    /// Path and query as they are sent.
    pub(crate) uri: &'a str,
    /// Empty where there is none.
    pub(crate) body: &'a [u8],
}

/// What stays the same in all answers to one nonce.
pub(crate) struct Session {
    /// As it is sent: hashed where the server asks for that.
    username: String,
    cnonce: String,
    /// H(A1), which is as good as the password for this realm.
    secret: Zeroizing<String>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    /// Begins to answer a nonce. `cnonce` is to be a text that nobody can guess, of hexadecimal digits.
    pub(crate) fn new(challenge: &Parameters, username: &str, password: &str, cnonce: String) -> Self {
        let Parameters { realm, nonce, algorithm, .. } = challenge;
        let key = Zeroizing::new([username.as_bytes(), realm, password.as_bytes()].join(&b':'));
        let mut secret = Zeroizing::new(algorithm.hash(&key));
        if algorithm.sess {
            secret = Zeroizing::new(algorithm.hash(&[secret.as_bytes(), nonce, cnonce.as_bytes()].join(&b':')));
        }
        let username = if challenge.userhash {
            algorithm.hash(&[username.as_bytes(), realm].join(&b':'))
        } else {
            username.to_owned()
        };
        Self { username, cnonce, secret }
    }

    /// Returns the value of the `Authorization` header. `count` is that of this answer among those to the nonce, from 1.
    pub(crate) fn answer(&self, challenge: &Parameters, count: u32, request: SignedRequest<'_>) -> Vec<u8> {
        let Parameters { realm, nonce, opaque, algorithm, algorithm_name, qop, userhash, .. } = challenge;
        let count = format!("{count:08x}");
        let (secret, cnonce) = (self.secret.as_bytes(), self.cnonce.as_bytes());
        let signed = request.hash(*algorithm, challenge.signs_body());
        let response = match qop {
            Some(qop) => {
                let parts = [secret, nonce, count.as_bytes(), cnonce, qop.name.as_bytes(), signed.as_bytes()];
                algorithm.hash(&parts.join(&b':'))
            }
            None => algorithm.hash(&[secret, nonce, signed.as_bytes()].join(&b':')),
        };

        let mut header = Vec::with_capacity(384 + realm.len() + nonce.len() + request.uri.len());
        header.extend_from_slice(b"Digest ");
        write_quoted(&mut header, "username", self.username.as_bytes());
        write_quoted(&mut header, ", realm", realm);
        write_quoted(&mut header, ", nonce", nonce);
        write_quoted(&mut header, ", uri", request.uri.as_bytes());
        if let Some(qop) = qop {
            write(&mut header, ", qop", &qop.name);
            write(&mut header, ", nc", &count);
        }
        // A session key cannot be computed without it.
        if qop.is_some() || algorithm.sess {
            write_quoted(&mut header, ", cnonce", cnonce);
        }
        write_quoted(&mut header, ", response", response.as_bytes());
        if let Some(opaque) = opaque {
            write_quoted(&mut header, ", opaque", opaque);
        }
        if let Some(name) = algorithm_name {
            write(&mut header, ", algorithm", name);
        }
        if *userhash {
            write(&mut header, ", userhash", "true");
        }
        header
    }
}

impl SignedRequest<'_> {
    /// H(A2).
    fn hash(&self, algorithm: Algorithm, signs_body: bool) -> String {
        let (method, uri) = (self.method.as_bytes(), self.uri.as_bytes());
        if signs_body {
            algorithm.hash(&[method, uri, algorithm.hash(self.body).as_bytes()].join(&b':'))
        } else {
            algorithm.hash(&[method, uri].join(&b':'))
        }
    }
}

fn write(header: &mut Vec<u8>, name: &str, value: &str) {
    header.extend_from_slice(name.as_bytes());
    header.push(b'=');
    header.extend_from_slice(value.as_bytes());
}

fn write_quoted(header: &mut Vec<u8>, name: &str, value: &[u8]) {
    header.extend_from_slice(name.as_bytes());
    header.extend_from_slice(b"=\"");
    if value.iter().any(|byte| matches!(byte, b'"' | b'\\')) {
        for byte in value {
            if matches!(byte, b'"' | b'\\') {
                header.push(b'\\');
            }
            header.push(*byte);
        }
    } else {
        header.extend_from_slice(value);
    }
    header.push(b'"');
}

#[cfg(test)]
mod tests {
    use digest_auth::{AuthContext, AuthorizationHeader, HttpMethod, Qop};

    use super::{
        super::{header_syntax::parse_challenges, parameters::Qop as OfferedQop},
        *,
    };

    const CNONCE: &str = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

    fn answer(challenge: &[u8], username: &str, password: &str, count: u32, request: SignedRequest<'_>) -> Vec<u8> {
        let challenge = Parameters::choose([challenge]).unwrap();
        Session::new(&challenge, username, password, CNONCE.into()).answer(&challenge, count, request)
    }

    fn text(challenge: &str, request: SignedRequest<'_>) -> String {
        String::from_utf8(answer(challenge.as_bytes(), "u", "p", 1, request)).unwrap()
    }

    const GET: SignedRequest<'static> = SignedRequest { method: "GET", uri: "/dir/index.html", body: b"" };

    #[test]
    fn the_example_of_rfc_7616_is_answered_as_it_says() {
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let challenge = format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
                 nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            );
            let answered = answer(challenge.as_bytes(), "Mufasa", "Circle of Life", 1, GET);
            assert_eq!(
                String::from_utf8(answered).unwrap(),
                format!(
                    "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", \
                     nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", uri=\"/dir/index.html\", qop=auth, nc=00000001, \
                     cnonce=\"{CNONCE}\", response=\"{response}\", \
                     opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", algorithm={algorithm}"
                )
            );
        }
    }

    /// digest_auth computes the same by other code.
    #[test]
    fn every_algorithm_and_protection_is_answered_as_digest_auth_answers_it() {
        const REALM: &str = "a \"quoted\" \\ \u{e9}";
        let (username, password, request) =
            ("a\\b\"\u{fc}", "p:\u{e4}", SignedRequest { method: "POST", uri: "/path?a=b", body: b"{\"a\": 1}" });
        for algorithm in ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"] {
            for qop in [Some(Qop::AUTH), Some(Qop::AUTH_INT), None] {
                for (userhash, opaque) in [(false, Some("o")), (true, None)] {
                    let mut oracle = AuthorizationHeader {
                        realm: REALM.into(),
                        nonce: "n\"m".into(),
                        opaque: opaque.map(Into::into),
                        userhash,
                        algorithm: algorithm.parse().unwrap(),
                        response: String::new(),
                        username: String::new(),
                        uri: request.uri.into(),
                        qop,
                        cnonce: Some(CNONCE.into()),
                        nc: 0x1f,
                    };
                    let method = HttpMethod::from(request.method);
                    let body = Some(request.body);
                    oracle.digest(&AuthContext::new_with_method(username, password, request.uri, body, method));
                    // It leaves out what a session cannot be computed without.
                    oracle.cnonce = Some(CNONCE.into());
                    let parameters = Parameters {
                        realm: REALM.into(),
                        nonce: "n\"m".into(),
                        opaque: opaque.map(Into::into),
                        algorithm: oracle.algorithm,
                        algorithm_name: Some(algorithm.into()),
                        qop: qop.map(|qop| OfferedQop { name: qop.to_string(), signs_body: qop == Qop::AUTH_INT }),
                        stale: false,
                        userhash,
                    };
                    let session = Session::new(&parameters, username, password, CNONCE.into());
                    let answered = session.answer(&parameters, 0x1f, request);
                    let answered = parse_challenges([&answered[..]]).remove(0);
                    for (name, wanted) in [
                        ("username", oracle.username),
                        ("realm", REALM.into()),
                        ("nonce", "n\"m".into()),
                        ("uri", request.uri.into()),
                        ("response", oracle.response),
                        ("algorithm", algorithm.into()),
                    ] {
                        assert_eq!(answered.parameter(name), Some(wanted.as_bytes()), "{name} of {parameters:?}");
                    }
                    assert_eq!(answered.parameter("opaque"), opaque.map(str::as_bytes));
                    assert_eq!(answered.parameter("userhash").is_some(), userhash);
                    assert_eq!(answered.parameter("nc").is_some(), qop.is_some());
                }
            }
        }
    }

    #[test]
    fn nothing_is_sent_that_was_not_offered() {
        let plain = text("Digest realm=\"r\", nonce=\"n\"", GET);
        for name in ["algorithm", "qop", "nc=", "cnonce", "opaque", "userhash"] {
            assert!(!plain.contains(name), "{plain}");
        }
        assert!(!text("Digest realm=\"r\", nonce=\"n\", qop=\"auth\"", GET).contains("algorithm"));
        let spelt = text("Digest realm=\"r\", nonce=\"n\", qop=\"AUTH\", algorithm=\"md5\"", GET);
        assert!(spelt.contains(", qop=AUTH, ") && spelt.ends_with(", algorithm=md5"), "{spelt}");
    }

    #[test]
    fn a_missing_body_is_signed_as_an_empty_one() {
        let challenge = "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"";
        let signed = |body| text(challenge, SignedRequest { method: "POST", uri: "/", body });
        assert!(signed(b"").contains(", qop=auth-int, "));
        assert_ne!(signed(b""), signed(b"x"));
    }

    #[test]
    fn a_realm_outside_ascii_goes_back_byte_for_byte() {
        let answered = answer(b"Digest realm=\"caf\xE9\", nonce=\"n\"", "u", "p", 1, GET);
        assert!(answered.windows(12).any(|part| part == b"realm=\"caf\xE9\""));
        // md5(md5("u:caf\xE9:p"):n:md5("GET:/dir/index.html")), by another program.
        assert!(answered.ends_with(b"response=\"8b6978c8657972f653d77fc500f4e581\""), "{}", answered.escape_ascii());
    }
}
