//! Dates in HTTP headers (RFC 9110, section 5.6.7).

use chrono::{DateTime, NaiveDateTime, Utc};

/// Reads a date as servers write it: in the form that is preferred today, with one-digit days as Atlas writes them, and
/// in the two old forms that every reader has to know.
///
/// The name of the weekday is not looked at, since the date says it all.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let (_, date) = text.split_once([',', ' '])?;
    let date = date.trim();
    let date = date.strip_suffix("GMT").or_else(|| date.strip_suffix("UTC")).unwrap_or(date).trim_end();
    ["%d %b %Y %H:%M:%S", "%d-%b-%y %H:%M:%S", "%b %e %H:%M:%S %Y"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(date, form).ok())
        .map(|date| date.and_utc())
        .or_else(|| DateTime::parse_from_rfc2822(text).ok().map(Into::into))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(text: &str) -> Option<i64> {
        parse(text).map(|date| date.timestamp())
    }

    #[test]
    fn every_form_of_http_is_read() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(seconds(text), Some(784_111_777), "{text}");
        }
    }

    #[test]
    fn one_digit_days_are_read() {
        assert_eq!(seconds("Thu, 1 Jul 2027 00:00:00 GMT"), Some(1_814_400_000));
        assert_eq!(seconds("Thu, 01 Jul 2027 00:00:00 GMT"), Some(1_814_400_000));
    }

    #[test]
    fn a_wrong_weekday_and_an_offset_do_no_harm() {
        assert_eq!(seconds("Mon, 1 Jul 2027 00:00:00 GMT"), Some(1_814_400_000));
        assert_eq!(seconds("Thu, 1 Jul 2027 02:00:00 +0200"), Some(1_814_400_000));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "soon", "true", "@1", "Thu, 32 Jul 2027 00:00:00 GMT", "Thu, 1 Jul 2027", "2027-07-01"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_date_is_read_in_every_form(at in 0_i64..4_102_444_800) {
            let date = DateTime::from_timestamp(at, 0).unwrap();
            for form in ["%a, %d %b %Y %H:%M:%S GMT", "%a, %-d %b %Y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"] {
                prop_assert_eq!(seconds(&date.format(form).to_string()), Some(at));
            }
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,60}") {
            let _ = parse(&text);
        }
    }
}
