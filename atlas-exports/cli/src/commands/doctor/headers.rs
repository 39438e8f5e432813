//! Reads headers of responses.

use chrono::{DateTime, TimeDelta, Utc};

/// Parameters of a challenge whose values are not shown.
const OPAQUE: [&str; 2] = ["nonce", "opaque"];

/// Returns a challenge with its nonces replaced by their lengths.
pub(super) fn challenge(header: &str) -> String {
    let mut shown = header.to_owned();
    for name in OPAQUE {
        let opening = format!("{name}=\"");
        if let Some((before, after)) = shown.split_once(&opening)
            && let Some((value, rest)) = after.split_once('"')
        {
            shown = format!("{before}{name}=({} characters){rest}", value.chars().count());
        }
    }
    shown
}

/// Returns how far `now` is ahead of a `Date` header; negative when it is behind.
pub(super) fn ahead(date: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let date = DateTime::parse_from_rfc2822(date).ok()?;
    Some(now - date.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_shown_without_its_nonce() {
        let header =
            r#"Digest realm="MMS Public API", domain="", nonce="bm9uY2U=", algorithm=MD5, qop="auth", stale=false"#;
        let expected =
            r#"Digest realm="MMS Public API", domain="", nonce=(8 characters), algorithm=MD5, qop="auth", stale=false"#;
        assert_eq!(challenge(header), expected);
        assert_eq!(challenge("Bearer"), "Bearer");
    }

    #[test]
    fn clocks_are_compared_by_the_date_of_a_response() {
        let now = "2026-08-10T12:30:30Z".parse().unwrap();
        let seconds = |date| ahead(date, now).map(|difference| difference.num_seconds());
        assert_eq!(seconds("Mon, 10 Aug 2026 12:30:00 GMT"), Some(30));
        assert_eq!(seconds("Mon, 10 Aug 2026 12:31:00 GMT"), Some(-30));
        assert_eq!(seconds("yesterday"), None);
    }
}
