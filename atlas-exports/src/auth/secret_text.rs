//! What a key or a secret is once read, and what cannot be one.

use std::fmt;

/// Why a text cannot be a key or a secret. It tells nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unusable {
    Empty,
    SeveralLines,
    /// A character that nobody sees, of which the text holds one or more inside.
    Invisible(char),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::SeveralLines => f.write_str("holds more than one line"),
            Self::Invisible(char) => write!(f, "holds an invisible character (U+{:04X})", u32::from(*char)),
        }
    }
}

/// Returns the text without the byte order mark and the blanks around it.
pub(crate) fn clean(text: &str) -> Result<&str, Unusable> {
    let text = text.trim_matches(|char: char| char.is_whitespace() || is_zero_width(char));
    if text.is_empty() {
        return Err(Unusable::Empty);
    }
    if text.contains(is_line_break) {
        return Err(Unusable::SeveralLines);
    }
    match text.chars().find(|char| char.is_control() || is_zero_width(*char)) {
        Some(char) => Err(Unusable::Invisible(char)),
        None => Ok(text),
    }
}

fn is_line_break(char: char) -> bool {
    matches!(char, '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The byte order mark, and what comes along when text is copied from a page.
fn is_zero_width(char: char) -> bool {
    matches!(char, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_secret_does_not_count() {
        for text in ["s3cr et", " \t s3cr et\r\n\n", "\u{feff}s3cr et", " \u{feff}\n s3cr et\u{a0}\u{200b}\u{feff} "] {
            assert_eq!(clean(text), Ok("s3cr et"), "{text:?}");
        }
        assert_eq!(clean("x\u{e9}y"), Ok("x\u{e9}y"));
    }

    #[test]
    fn what_cannot_be_a_secret_is_refused_in_words() {
        for (text, why) in [
            ("", "is empty"),
            (" \u{feff}\n", "is empty"),
            ("first\nsecond", "holds more than one line"),
            ("first\r\nsecond\n", "holds more than one line"),
            ("first\u{2028}second", "holds more than one line"),
            ("a\0b", "holds an invisible character (U+0000)"),
            ("a\u{1b}b", "holds an invisible character (U+001B)"),
            ("a\tb", "holds an invisible character (U+0009)"),
            ("a\u{7f}b", "holds an invisible character (U+007F)"),
            ("a\u{9b}b", "holds an invisible character (U+009B)"),
            ("a\u{feff}b", "holds an invisible character (U+FEFF)"),
            ("\0", "holds an invisible character (U+0000)"),
        ] {
            assert_eq!(clean(text).unwrap_err().to_string(), why, "{text:?}");
        }
    }
}
