//! The syntax of `WWW-Authenticate` (RFC 9110, section 11.6.1) and `Authentication-Info`: schemes and their parameters.
//!
//! Own code, since http-auth, which was made for this, refuses a whole header for a byte outside ASCII, for credentials
//! in base64 behind another scheme, and for a second blank behind a scheme.

/// A challenge of any scheme.
#[derive(Debug, Default)]
pub(crate) struct SchemeChallenge {
    pub(crate) scheme: String,
    parameters: Vec<Parameter>,
    /// What is wrong with its syntax.
    pub(crate) fault: Option<&'static str>,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    /// Without quotes and their escapes. HTTP does not say which encoding it has.
    value: Vec<u8>,
    is_quoted: bool,
}

impl SchemeChallenge {
    fn new(scheme: &[u8]) -> Self {
        Self { scheme: lossy(scheme), ..Self::default() }
    }

    pub(crate) fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The value of the first parameter with this name, which is not case-sensitive.
    pub(crate) fn parameter(&self, name: &str) -> Option<&[u8]> {
        let named = self.parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name))?;
        Some(&named.value)
    }

    /// Takes a lone word for a further member of an unquoted `qop` list, where it can be one.
    fn takes(&mut self, word: &[u8]) -> bool {
        let is_qop = [&b"auth"[..], b"auth-int", b"auth-conf"].iter().any(|qop| word.eq_ignore_ascii_case(qop));
        match self.parameters.last_mut() {
            Some(last) if is_qop && !last.is_quoted && last.name.eq_ignore_ascii_case("qop") => {
                last.value.push(b',');
                last.value.extend_from_slice(word);
                true
            }
            _ => false,
        }
    }
}

/// Reads the challenges of all `WWW-Authenticate` headers of a response, whose values are one list.
pub(crate) fn parse_challenges<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Vec<SchemeChallenge> {
    let mut challenges = Vec::new();
    for value in values {
        parse(value, &mut challenges);
    }
    challenges
}

/// Reads a list of parameters and gives the value of one.
pub(crate) fn parse_parameter(value: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut challenges = vec![SchemeChallenge::default()];
    parse(value, &mut challenges);
    let named = challenges.first()?.parameter(name)?;
    Some(named.to_vec())
}

fn parse(mut rest: &[u8], challenges: &mut Vec<SchemeChallenge>) {
    loop {
        // Members of a list may be empty.
        (_, rest) = split_while(rest, |byte| is_blank(byte) || byte == b',');
        if rest.is_empty() {
            return;
        }
        let (word, behind) = split_while(rest, is_token);
        let value = without_blanks(behind).strip_prefix(b"=").map(without_blanks);
        match (word, value) {
            ([], _) => {
                fault(challenges, "a stray character");
                (_, rest) = split_while(rest, |byte| byte != b',');
            }
            (name, Some(value)) => match parse_value(value) {
                Some((value, is_quoted, behind)) => {
                    if let Some(challenge) = challenges.last_mut() {
                        challenge.parameters.push(Parameter { name: lossy(name), value, is_quoted });
                    }
                    rest = behind;
                }
                None => return fault(challenges, "a quote that is never closed"),
            },
            (word, None) => {
                if !challenges.last_mut().is_some_and(|challenge| challenge.takes(word)) {
                    challenges.push(SchemeChallenge::new(word));
                }
                rest = behind_token68(behind);
            }
        }
    }
}

fn fault(challenges: &mut [SchemeChallenge], fault: &'static str) {
    if let Some(challenge) = challenges.last_mut() {
        challenge.fault.get_or_insert(fault);
    }
}

/// The value that a text begins with, whether it is quoted, and what stands behind it. `None` when its quote is never
/// closed.
fn parse_value(text: &[u8]) -> Option<(Vec<u8>, bool, &[u8])> {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let (value, rest) = split_while(text, |byte| !is_blank(byte) && byte != b',');
        return Some((value.to_vec(), false, rest));
    };
    let mut value = Vec::new();
    let mut bytes = quoted.iter();
    loop {
        match bytes.next()? {
            b'"' => return Some((value, true, bytes.as_slice())),
            b'\\' => value.push(*bytes.next()?),
            byte => value.push(*byte),
        }
    }
}

/// What stands behind the base64 text that a scheme can have in the place of parameters.
fn behind_token68(text: &[u8]) -> &[u8] {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    let (digits, rest) = split_while(without_blanks(text), is_digit);
    let (_, rest) = split_while(rest, |byte| byte == b'=');
    let ends = matches!(without_blanks(rest), [] | [b',', ..]);
    if ends && !digits.is_empty() { rest } else { text }
}

fn without_blanks(text: &[u8]) -> &[u8] {
    split_while(text, is_blank).1
}

fn split_while(text: &[u8], mut belongs: impl FnMut(u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !belongs(*byte)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or_default()
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Challenges as `scheme(name=value …)`, with `!` where the syntax is at fault.
    fn parsed(values: &[&[u8]]) -> Vec<String> {
        let challenges = parse_challenges(values.iter().copied());
        let shown = challenges.iter().map(|challenge| {
            let parameters = challenge.parameters.iter();
            let parameters: Vec<_> = parameters.map(|p| format!("{}={}", p.name, p.value.escape_ascii())).collect();
            let fault = if challenge.fault.is_some() { "!" } else { "" };
            format!("{}({}){fault}", challenge.scheme, parameters.join(" "))
        });
        shown.collect()
    }

    #[test]
    fn every_form_that_the_grammar_allows_is_read() {
        for (value, challenges) in [
            (r#"Digest realm="r", nonce="n""#, &["Digest(realm=r nonce=n)"][..]),
            ("dIGEST REALM = r ,\tnonce\t=\t\"n\"", &["dIGEST(REALM=r nonce=n)"]),
            (r#" , ,Digest   realm="r",,  , nonce="n", "#, &["Digest(realm=r nonce=n)"]),
            (r#"Digest ,realm="r""#, &["Digest(realm=r)"]),
            (r#"Digest realm="a, Basic realm=\"b\\\"", nonce="""#, &[r#"Digest(realm=a, Basic realm=\"b\\\" nonce=)"#]),
            ("Negotiate", &["Negotiate()"]),
            ("Negotiate,Digest realm=r", &["Negotiate()", "Digest(realm=r)"]),
            ("Negotiate YII+a/b==, Digest realm=r", &["Negotiate()", "Digest(realm=r)"]),
            ("NTLM TlRM=,Digest realm=r", &["NTLM()", "Digest(realm=r)"]),
            ("Bearer a , Digest realm=r", &["Bearer()", "Digest(realm=r)"]),
            (
                r#"Digest realm="r", qop="auth", Bearer realm="b", nonce="other", Basic"#,
                &["Digest(realm=r qop=auth)", "Bearer(realm=b nonce=other)", "Basic()"],
            ),
            ("Digest qop=auth,auth-int , nonce=n", &["Digest(qop=auth,auth-int nonce=n)"]),
            ("Digest qop=\"auth\", auth-int", &["Digest(qop=auth)", "auth-int()"]),
            ("Digest domain=/a, nonce=ab+c/d==", &["Digest(domain=/a nonce=ab+c/d==)"]),
            ("", &[]),
            (" , ", &[]),
        ] {
            assert_eq!(parsed(&[value.as_bytes()]), challenges, "{value}");
        }
    }

    #[test]
    fn headers_are_one_list() {
        let challenges = parsed(&[b"Basic realm=a", b"Digest realm=b", b"nonce=n, Negotiate"]);
        assert_eq!(challenges, ["Basic(realm=a)", "Digest(realm=b nonce=n)", "Negotiate()"]);
    }

    #[test]
    fn missing_commas_are_forgiven() {
        assert_eq!(parsed(&[b"Digest realm=\"r\" nonce=\"n\"\tqop=auth"]), ["Digest(realm=r nonce=n qop=auth)"]);
        assert_eq!(
            parsed(&[b"Negotiate Digest realm=r Basic realm=b"]),
            ["Negotiate()", "Digest(realm=r)", "Basic(realm=b)"]
        );
    }

    #[test]
    fn bytes_outside_ascii_are_kept() {
        assert_eq!(
            parsed(&[b"Digest realm=\"caf\xE9 \xC3\xA9\", nonce=n"]),
            [r"Digest(realm=caf\xe9 \xc3\xa9 nonce=n)"]
        );
    }

    #[test]
    fn a_fault_stays_with_its_challenge() {
        assert_eq!(parsed(&[b"Basic realm=\"b, Digest realm=r", b"Digest realm=r"]), ["Basic()!", "Digest(realm=r)"]);
        assert_eq!(parsed(&[b"Digest realm=r, =x\"y, nonce=n, Basic"]), ["Digest(realm=r nonce=n)!", "Basic()"]);
        assert_eq!(parsed(&[b"realm=r, Digest realm=\"a\\"]), ["Digest()!"]);
    }

    #[test]
    fn one_of_several_parameters_is_found() {
        let info = br#"qop=auth, rspauth="6629", NextNonce = "a\"b", nc=00000001"#;
        assert_eq!(parse_parameter(info, "nextnonce").unwrap(), b"a\"b");
        assert_eq!(parse_parameter(info, "opaque"), None);
    }

    proptest! {
        /// What is written as the grammar says is read as it was written, whatever stands before and behind it.
        #[test]
        fn a_written_list_is_read(
            lists in prop::collection::vec(("[A-Za-z][a-z0-9-]{0,5}", prop::collection::vec(("[a-z]{1,5}", ".{0,6}"), 1..4)), 1..4),
            comma in prop::sample::select(&[",", ", ", " ,\t", ", ,"][..]),
            equals in prop::sample::select(&["=", " = ", "= "][..]),
        ) {
            let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            let written: Vec<_> = lists.iter().map(|(scheme, parameters)| {
                let parameters = parameters.iter().map(|(name, value)| format!("{name}{equals}{}", quoted(value)));
                format!("{scheme} {}", parameters.collect::<Vec<_>>().join(comma))
            }).collect();
            let read = parse_challenges([written.join(comma).as_bytes()]);
            prop_assert_eq!(read.len(), lists.len());
            for (read, (scheme, parameters)) in read.iter().zip(&lists) {
                prop_assert_eq!((&read.scheme, read.fault), (scheme, None));
                for (parameter, (name, value)) in read.parameters.iter().zip(parameters) {
                    prop_assert_eq!((&parameter.name, &*parameter.value), (name, value.as_bytes()));
                }
                prop_assert_eq!(read.parameters.len(), parameters.len());
            }
        }

        /// Whatever comes ends, without a panic.
        #[test]
        fn any_bytes_are_taken(value in prop::collection::vec(prop_oneof![
            Just(b'"'), Just(b'\\'), Just(b','), Just(b'='), Just(b' '), Just(b'q'), any::<u8>(),
        ], 0..40)) {
            prop_assert!(parse_challenges([&value[..]]).len() <= value.len());
        }
    }
}
