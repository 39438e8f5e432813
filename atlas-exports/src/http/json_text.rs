//! Makes JSON readable whose text is not clean: a byte order mark, UTF-16, broken UTF-8, halves of surrogate pairs, raw
//! control characters and backslashes that escape nothing.
//!
//! RFC 8259 (section 9) lets a reader accept more than its grammar. What cannot be read becomes U+FFFD; the structure of
//! a document is never guessed at, so `NaN`, a missing quote or a missing bracket stay errors. What is neither an object
//! nor a list is left as it is.

use std::borrow::Cow;

use bytes::Bytes;

/// As [`clean`], without a copy where nothing has to be changed.
pub(crate) fn clean_bytes(body: Bytes) -> Bytes {
    match clean(&body) {
        Cow::Borrowed(text) => body.slice_ref(text),
        Cow::Owned(text) => text.into(),
    }
}

/// Returns the body as clean JSON text, borrowed where nothing had to be changed but for a byte order mark.
pub(crate) fn clean(body: &[u8]) -> Cow<'_, [u8]> {
    if let Some(text) = decode_utf16(body) {
        return Cow::Owned(clean(text.as_bytes()).into_owned());
    }
    let text = without_byte_order_mark(body);
    let is_document = matches!(text.trim_ascii_start().first(), Some(b'{' | b'['));
    if is_document && !is_surely_clean(text) { replace_faults(text) } else { Cow::Borrowed(text) }
}

/// Splits an object into its members, or a list into its items, where they cannot all be read. `None` when its brackets do
/// not match.
pub(crate) fn split(text: &[u8]) -> Option<Vec<&[u8]>> {
    let ([b'{', inside @ .., b'}'] | [b'[', inside @ .., b']']) = text.trim_ascii() else { return None };
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    let (mut in_string, mut is_escaped) = (false, false);
    for (at, byte) in inside.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => {
                parts.push(inside.get(start..at)?.trim_ascii());
                start = at + 1;
            }
            _ => {}
        }
    }
    let last = inside.get(start..)?.trim_ascii();
    if !(last.is_empty() && parts.is_empty()) {
        parts.push(last);
    }
    (depth == 0 && !in_string).then_some(parts)
}

fn without_byte_order_mark(mut body: &[u8]) -> &[u8] {
    while let Some(rest) = body.trim_ascii_start().strip_prefix(b"\xEF\xBB\xBF") {
        body = rest;
    }
    body
}

/// The text of a body in UTF-16, which its byte order mark or the zero beside its first character gives away.
fn decode_utf16(body: &[u8]) -> Option<String> {
    let starts_json = |first: &u8| matches!(first, b'{' | b'[');
    let (units, unit): (_, fn([u8; 2]) -> u16) = match body {
        [0xFF, 0xFE, units @ ..] => (units, u16::from_le_bytes),
        [0xFE, 0xFF, units @ ..] => (units, u16::from_be_bytes),
        [first, 0, ..] if starts_json(first) => (body, u16::from_le_bytes),
        [0, first, ..] if starts_json(first) => (body, u16::from_be_bytes),
        _ => return None,
    };
    let (pairs, _) = units.as_chunks::<2>();
    let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)));
    Some(text.map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// A fast look for what nearly every body lacks: whether strings have faults need not be asked then.
fn is_surely_clean(text: &[u8]) -> bool {
    let has_control = text.iter().fold(false, |found, byte| found | (*byte < b' '));
    !has_control && !text.contains(&b'\\') && std::str::from_utf8(text).is_ok()
}

/// What is written for a fault in a string.
enum Replacement {
    Char(char),
    /// A control character, escaped.
    Escape(u8),
    /// A backslash that escapes nothing stands for itself.
    Backslash,
}

impl Replacement {
    const UNREADABLE: Option<Self> = Some(Self::Char(char::REPLACEMENT_CHARACTER));

    fn write(&self, text: &mut Vec<u8>) {
        match self {
            Self::Char(char) => text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            Self::Escape(byte) => text.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            Self::Backslash => text.extend_from_slice(br"\\"),
        }
    }
}

fn replace_faults(text: &[u8]) -> Cow<'_, [u8]> {
    let mut cleaned = Vec::new();
    let (mut copied, mut at, mut in_string) = (0, 0, false);
    while let Some(rest @ [first, ..]) = text.get(at..) {
        let (length, replacement) = match first {
            b'"' => {
                in_string = !in_string;
                (1, None)
            }
            b'\\' if in_string => escape(rest),
            0..b' ' if in_string => (1, Some(Replacement::Escape(*first))),
            0x80.. if in_string => character(rest),
            _ => (1, None),
        };
        if let Some(replacement) = replacement {
            cleaned.extend_from_slice(text.get(copied..at).unwrap_or_default());
            replacement.write(&mut cleaned);
            copied = at + length;
        }
        at += length;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    cleaned.extend_from_slice(text.get(copied..).unwrap_or_default());
    Cow::Owned(cleaned)
}

/// The length of the escape that a text begins with, and what to write in its place.
fn escape(text: &[u8]) -> (usize, Option<Replacement>) {
    match text {
        [_, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => (2, None),
        [_, b'u', digits @ ..] => match unit(digits) {
            Some(0xD800..0xDC00) => match digits {
                [_, _, _, _, b'\\', b'u', low @ ..] if matches!(unit(low), Some(0xDC00..0xE000)) => (12, None),
                _ => (6, Replacement::UNREADABLE),
            },
            Some(0xDC00..0xE000) => (6, Replacement::UNREADABLE),
            Some(_) => (6, None),
            None => {
                let few = digits.iter().take_while(|digit| digit.is_ascii_hexdigit()).count();
                match digits.get(few) {
                    // The text was cut inside its last escape.
                    Some(b'"') => (2 + few, Replacement::UNREADABLE),
                    _ => (1, Some(Replacement::Backslash)),
                }
            }
        },
        _ => (1, Some(Replacement::Backslash)),
    }
}

fn unit(digits: &[u8]) -> Option<u16> {
    let (digits, _) = digits.split_first_chunk::<4>()?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?))
}

/// The length of the character beyond ASCII that a text begins with, and what to write in its place.
fn character(text: &[u8]) -> (usize, Option<Replacement>) {
    // CESU-8 writes the halves of a surrogate pair as if they were characters.
    let half = |bytes: &[u8]| match bytes {
        [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF, ..] => {
            Some(0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F))
        }
        _ => None,
    };
    if let Some(high) = half(text) {
        let low = text.get(3..).and_then(half);
        let pair = low.and_then(|low| char::decode_utf16([high, low]).next()?.ok());
        return pair.map_or((3, Replacement::UNREADABLE), |char| (6, Some(Replacement::Char(char))));
    }
    let beginning = text.get(..4).unwrap_or(text);
    let Some(chunk) = beginning.utf8_chunks().next() else { return (1, None) };
    match chunk.valid().chars().next() {
        Some(char) => (char.len_utf8(), None),
        None => (chunk.invalid().len(), Replacement::UNREADABLE),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// The text of a string in a document, as it is read.
    fn read(bytes: &[u8]) -> String {
        let body = [br#"{"before":[1],"text":""#, bytes, br#"","after":{"a":null}}"#].concat();
        let document: Value = serde_json::from_slice(&clean(&body)).unwrap();
        assert_eq!((&document["before"], &document["after"]), (&json!([1]), &json!({"a": null})));
        document["text"].as_str().unwrap().to_owned()
    }

    fn is_borrowed(body: &[u8]) -> bool {
        matches!(clean(body), Cow::Borrowed(_))
    }

    #[test]
    fn halves_of_surrogate_pairs_become_replacement_characters() {
        for (escaped, text) in [
            (r"cut \ud83d", "cut \u{fffd}"),
            (r"\ude00 cut", "\u{fffd} cut"),
            (r"\ud83d\ud83d", "\u{fffd}\u{fffd}"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
            (r"\uD83D\uDE00\uDBFF", "\u{1f600}\u{fffd}"),
            (r"\ud83d\n\ude00", "\u{fffd}\n\u{fffd}"),
            (r"\ud83d\\ude00", "\u{fffd}\\ude00"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\udfff", "\u{fffd}"),
            (r"\ud7ff\ue000", "\u{d7ff}\u{e000}"),
        ] {
            assert_eq!(read(escaped.as_bytes()), text, "{escaped}");
        }
    }

    #[test]
    fn an_escape_that_was_cut_is_unreadable_and_one_that_is_none_is_text() {
        for (escaped, text) in [
            (r"cut \u", "cut \u{fffd}"),
            (r"cut \ud8", "cut \u{fffd}"),
            (r"cut \ud83d\ude0", "cut \u{fffd}\u{fffd}"),
            (r"C:\users\x", r"C:\users\x"),
            (r"\x41 \' \0", r"\x41 \' \0"),
            (r"\u12g4", r"\u12g4"),
            (r"\U0041", r"\U0041"),
        ] {
            assert_eq!(read(escaped.as_bytes()), text, "{escaped}");
        }
        assert_eq!(read(b"\\\xE9"), "\\\u{fffd}");
        assert_eq!(read(b"\\\n"), "\\\n");
    }

    #[test]
    fn bytes_that_are_not_utf8_become_replacement_characters() {
        for (bytes, text) in [
            (&b"caf\xE9"[..], "caf\u{fffd}"),
            (b"\xFF\xFE", "\u{fffd}\u{fffd}"),
            (b"cut \xF0\x9F\x98", "cut \u{fffd}"),
            (b"cut \xE2\x82", "cut \u{fffd}"),
            (b"\xC3", "\u{fffd}"),
            (b"\x80\x80", "\u{fffd}\u{fffd}"),
            ("fine \u{e9}\u{20ac}\u{1f600}\u{ffff}".as_bytes(), "fine \u{e9}\u{20ac}\u{1f600}\u{ffff}"),
        ] {
            assert_eq!(read(bytes), text, "{bytes:x?}");
        }
    }

    #[test]
    fn surrogate_pairs_that_were_written_as_characters_are_read() {
        assert_eq!(read(b"\xED\xA0\xBD\xED\xB8\x80!"), "\u{1f600}!");
        assert_eq!(read(b"\xED\xA0\xBD cut"), "\u{fffd} cut");
        assert_eq!(read(b"\xED\xB8\x80\xED\xA0\xBD"), "\u{fffd}\u{fffd}");
        assert_eq!(read(b"\xED\xA0\xBD\xED\xA0\xBD\xED\xB8\x80"), "\u{fffd}\u{1f600}");
        assert_eq!(read("\u{d7ff}".as_bytes()), "\u{d7ff}");
    }

    #[test]
    fn raw_control_characters_in_a_text_are_read() {
        let controls: Vec<u8> = (0..0x20).collect();
        assert_eq!(read(&controls).as_bytes(), controls);
        assert_eq!(read(b"del \x7F"), "del \u{7f}");
    }

    #[test]
    fn a_document_is_split_where_its_parts_cannot_be_read() {
        let split = |text: &'static str| {
            let parts = super::split(text.as_bytes())?;
            Some(parts.into_iter().map(|part| std::str::from_utf8(part).unwrap()).collect::<Vec<_>>())
        };
        for (text, parts) in [
            ("[]", Some(vec![])),
            (" { } ", Some(vec![])),
            ("[NaN]", Some(vec!["NaN"])),
            (r#"[{"a":[1,{}]}, NaN,"x,]\",",2]"#, Some(vec![r#"{"a":[1,{}]}"#, "NaN", r#""x,]\",""#, "2"])),
            (r#"{"a": [1,2], "b":{"c":NaN}}"#, Some(vec![r#""a": [1,2]"#, r#""b":{"c":NaN}"#])),
            ("[1,]", Some(vec!["1", ""])),
            (r"[\,1]", Some(vec![r"\", "1"])),
            ("[[1]", None),
            ("[1]]", None),
            ("[\"1]", None),
            ("[1", None),
            ("1,2", None),
            ("", None),
        ] {
            assert_eq!(split(text), parts, "{text}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_document() {
        for body in ["\u{feff}[1]", "\u{feff}\u{feff} [1]", " \n\u{feff}[1]"] {
            assert!(is_borrowed(body.as_bytes()), "{body}");
            assert_eq!(serde_json::from_slice::<Value>(&clean(body.as_bytes())).unwrap(), json!([1]), "{body}");
        }
        assert_eq!(read("\u{feff}".as_bytes()), "\u{feff}", "inside a text it is a character");
    }

    #[test]
    fn a_document_in_utf16_is_read() {
        let text = "{\"a\":\"\u{e9}\u{1f600}\\ud83d\"}";
        let wanted = json!({"a": "\u{e9}\u{1f600}\u{fffd}"});
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = units.iter().copied().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units.iter().copied().flat_map(u16::to_be_bytes).collect();
        for body in [[b"\xFF\xFE", &little[..]].concat(), [b"\xFE\xFF", &big[..]].concat(), little.clone(), big] {
            assert_eq!(serde_json::from_slice::<Value>(&clean(&body)).unwrap(), wanted, "{body:x?}");
        }
        let cut = clean(&little[..little.len() - 3]).into_owned();
        assert!(serde_json::from_slice::<Value>(&cut).unwrap_err().is_eof());
    }

    #[test]
    fn names_of_members_are_read_like_texts() {
        let body = b"{\"\\ud83d\":1,\"b\xE9\":2}";
        assert_eq!(serde_json::from_slice::<Value>(&clean(body)).unwrap(), json!({"\u{fffd}": 1, "b\u{fffd}": 2}));
    }

    #[test]
    fn a_readable_document_is_not_copied() {
        for body in [
            "",
            "{}",
            "{\n\t\"a\": \"b\"\r\n}",
            r#"{"a":"\"\\\/\b\f\n\r\t\u0041\ud83d\ude00"}"#,
            "[\"\u{e9}\u{1f600}\"]",
            "<html>\\u</html>",
        ] {
            assert!(is_borrowed(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn structure_is_not_guessed_at() {
        for body in [
            &b"{\"a\":NaN}"[..],
            b"{\"a\" \"b\"}",
            b"{\"a\":\"say \"hi\"\"}",
            b"{\"a\":1\0}",
            b"{\"a\":\xE9}",
            b"{'a':1}",
        ] {
            assert!(serde_json::from_slice::<Value>(&clean(body)).is_err(), "{}", body.escape_ascii());
        }
    }

    #[test]
    fn what_is_no_document_is_left_as_it_is() {
        for body in
            [&b"<p title=\"C:\\x\">caf\xE9</p>"[..], b"\"\\ud83d\"", b"plain \"\n\"", b"\xFF", b"a\0b\0", b"\0a\0b"]
        {
            assert_eq!(clean(body), body);
        }
    }

    #[test]
    fn deep_and_large_documents_take_no_stack_and_little_time() {
        let deep = "[\n".repeat(1 << 18);
        assert!(is_borrowed(deep.as_bytes()));
        let large = read(&br"\ud83d".repeat(1 << 16));
        assert_eq!(large.chars().count(), 1 << 16);
    }

    proptest! {
        /// Whatever bytes stand between two quotes, the document around them is read.
        #[test]
        fn any_bytes_between_quotes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let bytes: Vec<u8> = bytes.into_iter().filter(|byte| !matches!(byte, b'"' | b'\\')).collect();
            let text = read(&bytes);
            if let Ok(fine) = std::str::from_utf8(&bytes) {
                prop_assert_eq!(text, fine);
            }
        }

        #[test]
        fn what_serde_writes_is_not_copied(texts in prop::collection::vec(any::<String>(), 0..8)) {
            let body = serde_json::to_vec(&texts).unwrap();
            prop_assert!(is_borrowed(&body));
        }

        /// Cleaning twice changes nothing more, and never makes unreadable what was readable.
        #[test]
        fn a_clean_text_is_clean(body in prop::collection::vec(prop_oneof![
            Just(b'"'), Just(b'\\'), Just(b'u'), Just(b'd'), Just(b'8'), Just(b'{'), Just(b':'), Just(0xED), Just(0xA0), any::<u8>(),
        ], 0..48)) {
            let once = clean(&body).into_owned();
            prop_assert!(is_borrowed(&once) && clean(&once).len() == once.len());
            if let Ok(before) = serde_json::from_slice::<Value>(&body) {
                prop_assert_eq!(serde_json::from_slice::<Value>(&once).unwrap(), before);
            }
        }
    }
}
