//! The content of a token cache file.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::{SecretString, zeroize::Zeroizing};
use serde::{Deserialize, Serialize};

use crate::auth::service_account::Token;

const FORMAT: u32 = 1;

/// No token is so long.
pub(super) const LONGEST: usize = 64 * 1024;

/// A service that asks to be left alone is not believed for longer by those whom it did not ask.
const LONGEST_HOLD: Duration = Duration::from_secs(300);

/// Whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::auth::service_account) struct Owner {
    /// Root of the service.
    pub(in crate::auth::service_account) service: String,
    pub(in crate::auth::service_account) client_id: String,
}

/// What a file tells its owner.
#[derive(Debug, Default)]
pub(in crate::auth::service_account) struct Kept {
    pub(in crate::auth::service_account) token: Option<Token>,
    /// For how long the token endpoint asked to be left alone.
    pub(in crate::auth::service_account) hold: Option<Duration>,
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    service: &'a str,
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<&'a str>,
    /// In seconds since 1970.
    issued_at: u64,
    /// In seconds.
    life: u64,
    /// In seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_until: Option<u64>,
}

#[derive(Deserialize)]
struct Read {
    format: u32,
    service: String,
    client_id: String,
    access_token: Option<SecretString>,
    issued_at: u64,
    life: u64,
    held_until: Option<u64>,
}

pub(super) fn encode(owner: &Owner, token: Option<&Token>, hold: Option<Duration>) -> Option<Zeroizing<Vec<u8>>> {
    let since_1970 = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let written = Written {
        format: FORMAT,
        service: &owner.service,
        client_id: &owner.client_id,
        access_token: token.map(Token::text),
        issued_at: since_1970(token.map_or_else(SystemTime::now, Token::issued)),
        life: token.map_or(0, |token| token.life().as_secs()),
        held_until: hold.map(|hold| since_1970(SystemTime::now()).saturating_add(hold.min(LONGEST_HOLD).as_secs())),
    };
    serde_json::to_vec(&written).ok().map(Zeroizing::new)
}

/// What a content tells this owner; nothing when it is another's, another format's or none of ours.
pub(super) fn decode(content: &[u8], owner: &Owner) -> Kept {
    let Ok(read) = serde_json::from_slice::<Read>(content) else { return Kept::default() };
    if read.format != FORMAT || read.service != owner.service || read.client_id != owner.client_id {
        return Kept::default();
    }
    let at = |seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    Kept {
        token: read
            .access_token
            .and_then(|text| Token::restored(text, at(read.issued_at)?, Duration::from_secs(read.life))),
        hold: read
            .held_until
            .and_then(|until| at(until)?.duration_since(SystemTime::now()).ok())
            .filter(|hold| *hold <= LONGEST_HOLD),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owner() -> Owner {
        Owner { service: "https://cloud.mongodb.com".into(), client_id: "mdb_sa_id_1".into() }
    }

    fn token(text: &str, life: u64) -> Token {
        Token::new(text.into(), Duration::from_secs(life)).unwrap()
    }

    #[test]
    fn what_is_written_is_read_by_its_owner_alone() {
        let content = encode(&owner(), Some(&token("abc", 3600)), None).unwrap();
        let kept = decode(&content, &owner());
        assert_eq!(kept.token.unwrap().text(), "abc");
        assert_eq!(kept.hold, None);
        for other in [
            Owner { service: "https://cloud.mongodbgov.com".into(), ..owner() },
            Owner { client_id: "mdb_sa_id_2".into(), ..owner() },
        ] {
            assert!(decode(&content, &other).token.is_none(), "{other:?}");
        }
    }

    #[test]
    fn the_wish_to_be_left_alone_is_kept_without_a_token() {
        let content = encode(&owner(), None, Some(Duration::from_secs(60))).unwrap();
        let kept = decode(&content, &owner());
        assert!(kept.token.is_none() && kept.hold.unwrap() > Duration::from_secs(50), "{kept:?}");
        let content = encode(&owner(), None, Some(Duration::from_secs(1_000_000))).unwrap();
        let hold = decode(&content, &owner()).hold.unwrap();
        assert!(hold > LONGEST_HOLD / 2 && hold <= LONGEST_HOLD, "{hold:?}");
    }

    #[test]
    fn a_file_of_other_programs_tells_nothing() {
        for content in ["", "{}", "null", "[1]", "token", "\u{0}", r#"{"access_token":"abc","expires_in":3600}"#] {
            let kept = decode(content.as_bytes(), &owner());
            assert!(kept.token.is_none() && kept.hold.is_none(), "{content}");
        }
        let content = String::from_utf8(encode(&owner(), Some(&token("abc", 3600)), None).unwrap().to_vec()).unwrap();
        assert!(decode(content.replace("\"format\":1", "\"format\":2").as_bytes(), &owner()).token.is_none());
        assert!(decode(&content.as_bytes()[..content.len() - 1], &owner()).token.is_none());
    }

    proptest! {
        #[test]
        fn any_token_survives_the_file(text in "[!-~]{1,200}", life in 60_u64..80_000) {
            let content = encode(&owner(), Some(&token(&text, life)), None).unwrap();
            let read = decode(&content, &owner()).token.unwrap();
            prop_assert_eq!((read.text(), read.life().as_secs()), (text.as_str(), life));
        }

        #[test]
        fn any_content_is_read_without_a_panic(content: Vec<u8>) {
            let _ = decode(&content, &owner());
        }

        #[test]
        fn any_numbers_are_read_without_a_panic(issued_at: u64, life: u64, held_until: u64) {
            let content = format!(
                r#"{{"format":1,"service":"https://cloud.mongodb.com","client_id":"mdb_sa_id_1","access_token":"a",
                "issued_at":{issued_at},"life":{life},"held_until":{held_until}}}"#
            );
            let _ = decode(content.as_bytes(), &owner());
        }
    }
}
