//! What a plain scalar means: the core schema of YAML 1.2, in which `no`, `on` and `2023-01-01` are texts.

use serde_json::Number;

use super::{Content, Decimal};

/// What to do about a text that was a boolean in older YAML, or is one in quotes.
pub(crate) fn meant_as_boolean(text: &str) -> Option<String> {
    let meant = match text.to_ascii_lowercase().as_str() {
        "yes" | "on" | "y" | "true" => true,
        "no" | "off" | "n" | "false" => false,
        _ => return None,
    };
    Some(format!("write `{meant}` without quotes: in YAML 1.2, this is the text `{text}`"))
}

/// Reads a scalar that is not quoted; `None` when it has no form in JSON.
pub(super) fn plain(text: &str) -> Option<Content> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Content::Null,
        "true" | "True" | "TRUE" => Content::Bool(true),
        "false" | "False" | "FALSE" => Content::Bool(false),
        _ if is_not_finite(text) => return None,
        _ => number(text).map_or_else(|| Content::Text(text.to_owned()), Content::Number),
    })
}

fn is_not_finite(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

fn number(text: &str) -> Option<Number> {
    if let Some(digits) = text.strip_prefix("0x") {
        return unsigned_in(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return unsigned_in(digits, 8);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = unsigned.bytes().any(|byte| byte.is_ascii_digit())
        && unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && unsigned.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !is_number {
        return None;
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    let integer = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
    // A whole number that would become another one stays as it is written; fractions are rounded, as everywhere.
    let is_held = || text.contains(['.', 'e', 'E']) || Decimal::parse(text).is_some_and(|it| it.to_number().is_some());
    integer.ok().or_else(|| text.parse::<f64>().ok().filter(|_| is_held()).and_then(Number::from_f64))
}

fn unsigned_in(digits: &str, radix: u32) -> Option<Number> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then(|| u64::from_str_radix(digits, radix).ok()).flatten().map(Number::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> serde_json::Value {
        match plain(text).unwrap() {
            Content::Null => json!(null),
            Content::Bool(bool) => json!(bool),
            Content::Number(number) => number.into(),
            Content::Text(text) => json!(text),
            Content::List(_) | Content::Map(_) => unreachable!(),
        }
    }

    #[test]
    fn what_older_yaml_took_for_booleans_dates_and_octals_is_text_or_decimal() {
        for text in ["no", "No", "NO", "yes", "on", "off", "y", "n", "2023-01-01", "12:30:45", "1.0.3", "4XX", "1_000"]
        {
            assert_eq!(value(text), json!(text));
        }
        assert_eq!(value("010"), json!(10));
    }

    #[test]
    fn numbers_booleans_and_nothing_are_what_they_seem() {
        assert_eq!(value("-12"), json!(-12));
        assert_eq!(value("+12"), json!(12));
        assert_eq!(value("18446744073709551615"), json!(u64::MAX));
        assert_eq!(value("1.50"), json!(1.5));
        assert_eq!(value("1e3"), json!(1000.0));
        assert_eq!(value(".5"), json!(0.5));
        assert_eq!(value("0x1F"), json!(31));
        assert_eq!(value("0o17"), json!(15));
        assert_eq!(value("true"), json!(true));
        assert_eq!(value("~"), json!(null));
        assert_eq!(value(""), json!(null));
    }

    #[test]
    fn what_only_resembles_a_number_is_text() {
        for text in ["-", "+", ".", "e5", "1-2", "1e", "0x", "0xg", "0x+1", "--1", "inf", "nan"] {
            assert_eq!(value(text), json!(text));
        }
    }

    #[test]
    fn whole_numbers_that_would_become_others_stay_text_and_fractions_are_rounded() {
        for text in ["18446744073709551617", "-9223372036854775809", "1e400"] {
            assert_eq!(value(text), json!(text));
        }
        assert_eq!(value("3.14159265358979323846"), json!(std::f64::consts::PI));
        assert_eq!(value("1e30"), json!(1e30));
    }

    #[test]
    fn infinity_and_nan_have_no_form_in_json() {
        for text in [".inf", "-.inf", "+.INF", ".nan"] {
            assert_eq!(plain(text), None);
        }
    }
}
