//! The server side of HTTP Digest (RFC 7616, and RFC 2069 without `qop`).

use std::borrow::Cow;

use md5::Md5;
use sha2::{Sha256, Sha512_256};

/// The hash algorithm of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// `MD5`, which the live service uses.
    Md5,
    /// `SHA-256`.
    Sha256,
    /// `SHA-512-256`.
    Sha512_256,
}

impl Algorithm {
    /// Returns the name of the algorithm in a challenge.
    #[must_use]
    pub fn token(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Sha512_256 => "SHA-512-256",
        }
    }

    /// The hash of all parts together, in hexadecimal.
    fn hex<T: AsRef<[u8]>>(self, parts: &[T]) -> String {
        match self {
            Self::Md5 => digits(&hash::<Md5>(parts)),
            Self::Sha256 => digits(&hash::<Sha256>(parts)),
            Self::Sha512_256 => digits(&hash::<Sha512_256>(parts)),
        }
    }
}

fn hash<H: md5::Digest>(parts: &[impl AsRef<[u8]>]) -> impl AsRef<[u8]> {
    parts.iter().fold(H::new(), |hash, part| hash.chain_update(part)).finalize()
}

fn digits(hash: &impl AsRef<[u8]>) -> String {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
    hash.as_ref().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The credentials of `Authorization: Digest ..`.
#[derive(Debug)]
pub(crate) struct Credentials<'h> {
    /// Names, which are compared without regard to case, and values.
    members: Vec<(&'h str, Cow<'h, str>)>,
}

impl<'h> Credentials<'h> {
    /// Parses the header.
    pub(crate) fn parse(header: &'h str) -> Result<Self, &'static str> {
        let (scheme, mut rest) = header.split_once(' ').ok_or("Authorization has no parameters")?;
        if !scheme.eq_ignore_ascii_case("digest") {
            return Err("Authorization is not of the Digest scheme");
        }
        let mut read = Self { members: Vec::with_capacity(10) };
        while !rest.trim_start_matches([' ', ',']).is_empty() {
            rest = rest.trim_start_matches([' ', ',']);
            let (name, after) = rest.split_once('=').ok_or("a Digest parameter has no value")?;
            let (value, after) = value(after).ok_or("a Digest parameter is not closed")?;
            if read.get(name.trim()).is_some() {
                return Err("a Digest parameter is given twice");
            }
            read.members.push((name.trim(), value));
            rest = after;
        }
        Ok(read)
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut members = self.members.iter();
        members.find_map(|(of, value)| of.eq_ignore_ascii_case(name).then_some(value.as_ref()))
    }

    pub(crate) fn user(&self) -> &str {
        self.get("username").unwrap_or_default()
    }

    pub(crate) fn nonce(&self) -> &str {
        self.get("nonce").unwrap_or_default()
    }

    /// The nonce count; `None` without `qop`.
    pub(crate) fn count(&self) -> Result<Option<u32>, &'static str> {
        match (self.get("qop"), self.get("nc")) {
            (None, _) => Ok(None),
            (Some(_), Some(count)) if count.len() == 8 => {
                u32::from_str_radix(count, 16).map(Some).map_err(|_| "nc is not hexadecimal")
            }
            _ => Err("nc is not of eight digits"),
        }
    }

    /// Checks everything but the age and count of the nonce.
    pub(crate) fn check(&self, expected: &Expected<'_>) -> Result<(), &'static str> {
        if self.get("realm") != Some(expected.realm) {
            return Err("realm differs from the challenge");
        }
        if self.get("uri") != Some(expected.uri) {
            return Err("uri differs from the path and query that were sent");
        }
        let (algorithm, session) = expected.algorithm(self.get("algorithm"))?;
        let qop = expected.qop(self.get("qop"))?;
        let cnonce = self.get("cnonce").filter(|cnonce| !cnonce.is_empty()).ok_or("cnonce is missing");
        let nonce = self.nonce();
        let mut secret = algorithm.hex(&[self.user(), ":", expected.realm, ":", expected.password]);
        if session {
            secret = algorithm.hex(&[&secret, ":", nonce, ":", cnonce?]);
        }
        let body = algorithm.hex(&[expected.body]);
        let mut signed = vec![expected.method, ":", expected.uri];
        if qop.is_some_and(|qop| qop.eq_ignore_ascii_case("auth-int")) {
            signed.extend([":", &body]);
        }
        let signed = algorithm.hex(&signed);
        let response = match qop {
            None => algorithm.hex(&[&secret, ":", nonce, ":", &signed]),
            Some(qop) => {
                let count = self.get("nc").unwrap_or_default();
                algorithm.hex(&[&secret, ":", nonce, ":", count, ":", cnonce?, ":", qop, ":", &signed])
            }
        };
        if self.get("response").is_some_and(|given| given == response) {
            Ok(())
        } else {
            Err("response does not match the private key")
        }
    }
}

/// What credentials are checked against.
pub(crate) struct Expected<'a> {
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) realm: &'a str,
    pub(crate) password: &'a str,
    pub(crate) algorithms: &'a [Algorithm],
    /// The headers of the challenge. Names that they do not offer are refused.
    pub(crate) challenge: &'a [String],
}

impl Expected<'_> {
    /// Returns the algorithm, and whether the key is that of a session.
    fn algorithm(&self, name: Option<&str>) -> Result<(Algorithm, bool), &'static str> {
        let Some(name) = name else {
            let is_offered = self.algorithms.contains(&Algorithm::Md5);
            return if is_offered { Ok((Algorithm::Md5, false)) } else { Err("algorithm is missing") };
        };
        if !self.offers("algorithm", |word| word == name) {
            return Err("algorithm was not offered");
        }
        let (base, session) = match name.split_at_checked(name.len().saturating_sub("-sess".len())) {
            Some((base, end)) if end.eq_ignore_ascii_case("-sess") => (base, true),
            _ => (name, false),
        };
        let known = self.algorithms.iter().find(|algorithm| algorithm.token().eq_ignore_ascii_case(base));
        known.map(|algorithm| (*algorithm, session)).ok_or("algorithm was not offered")
    }

    fn qop<'q>(&self, name: Option<&'q str>) -> Result<Option<&'q str>, &'static str> {
        let is_known = |name: &str| ["auth", "auth-int"].iter().any(|known| name.eq_ignore_ascii_case(known));
        match name {
            None if self.offers("qop", is_known) => Err("qop is missing"),
            None => Ok(None),
            Some(name) if !is_known(name) => Err("qop is not auth"),
            Some(name) if !self.offers("qop", |word| word == name) => Err("qop was not offered"),
            Some(name) => Ok(Some(name)),
        }
    }

    /// Returns whether a header has this parameter and such a word after it.
    fn offers(&self, parameter: &str, matches: impl Fn(&str) -> bool) -> bool {
        self.challenge.iter().any(|header| {
            let at = header.to_ascii_lowercase().find(parameter);
            let value = at.and_then(|at| header.get(at + parameter.len()..)).unwrap_or_default();
            value.split(|char: char| !char.is_ascii_alphanumeric() && char != '-').any(&matches)
        })
    }
}

/// A token or quoted string, and the text after it.
fn value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at(text.find(',').unwrap_or(text.len()));
        return Some((value.trim().into(), rest));
    };
    let end = quoted.find(['"', '\\'])?;
    let (plain, rest) = quoted.split_at(end);
    if let Some(rest) = rest.strip_prefix('"') {
        return Some((plain.into(), rest));
    }
    let mut read = plain.to_owned();
    let mut chars = rest.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((read.into(), rest.get(at + 1..)?)),
            '\\' => read.push(chars.next()?.1),
            other => read.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 7616, section 3.9.1.
    fn mufasa(algorithm: Algorithm, response: &str) -> Result<(), &'static str> {
        let header = format!(
            "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", algorithm={}, \
             nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
             cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"{response}\", \
             opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
            algorithm.token()
        );
        let credentials = Credentials::parse(&header)?;
        assert_eq!(credentials.count(), Ok(Some(1)));
        credentials.check(&Expected {
            method: "GET",
            uri: "/dir/index.html",
            body: b"",
            realm: "http-auth@example.org",
            password: "Circle of Life",
            algorithms: &[algorithm],
            challenge: &[format!("Digest algorithm={}, qop=\"auth\"", algorithm.token())],
        })
    }

    #[test]
    fn the_examples_of_the_rfc_are_accepted() {
        assert_eq!(mufasa(Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"), Ok(()));
        let sha = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
        assert_eq!(mufasa(Algorithm::Sha256, sha), Ok(()));
    }

    #[test]
    fn a_response_with_one_wrong_digit_is_refused() {
        assert!(mufasa(Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbed").is_err());
    }

    #[test]
    fn quoted_commas_and_escapes_are_read() {
        let credentials = Credentials::parse("digest username=\"a, \\\"b\\\"\",nonce=x , qop=auth").expect("parses");
        assert_eq!(credentials.user(), "a, \"b\"");
        assert_eq!(credentials.nonce(), "x");
    }

    #[test]
    fn other_schemes_and_malformed_headers_are_refused() {
        assert!(Credentials::parse("Basic dXNlcjpwYXNz").is_err());
        assert!(Credentials::parse("Digest username=\"open").is_err());
        assert!(Credentials::parse("Digest nonce=a, nonce=b").is_err());
    }
}
