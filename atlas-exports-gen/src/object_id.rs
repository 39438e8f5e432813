//! Identifiers: strict about what people write, lenient about what Atlas sends.

/// Text that cannot name a resource, and the rule that it broke.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseIdError {
    /// Type that was asked for, such as `ProjectId`.
    pub kind: &'static str,
    /// The rule.
    pub rule: &'static str,
    /// What was given, cut after 64 characters.
    pub given: String,
}

impl ParseIdError {
    pub(crate) fn new(kind: &'static str, rule: &'static str, given: &str) -> Self {
        Self { kind, rule, given: given.chars().take(64).collect() }
    }
}

impl std::fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} is not a valid {}: {}", self.given, self.kind, self.rule)
    }
}

impl std::error::Error for ParseIdError {}

/// The rule for every identifier: 24 hexadecimal digits.
pub(crate) const OBJECT_ID_RULE: &str = "it must be exactly 24 hexadecimal digits (0-9, a-f)";

/// Gives the text in the one spelling that Atlas uses, or nothing when it is not 24 hexadecimal digits.
pub(crate) fn object_id_text(text: &str) -> Option<String> {
    (text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| text.to_ascii_lowercase())
}

/// Conversions that every validated text has: `$parse` turns what people write into the one spelling, or refuses it.
macro_rules! validated_text {
    ($name:ident, $rule:expr, $parse:expr) => {
        impl $name {
            /// The text of it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $parse(text).map(Self).ok_or_else(|| $crate::ParseIdError::new(stringify!($name), $rule, text))
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::ParseIdError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl TryFrom<&String> for $name {
            type Error = $crate::ParseIdError;

            fn try_from(text: &String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::ParseIdError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}
pub(crate) use validated_text;

/// Defines the newtype of one kind of identifier.
macro_rules! object_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        ///
        /// Parsing accepts exactly 24 hexadecimal digits in either case and keeps them in lower case, as Atlas writes
        /// them. Deserializing accepts any text, so that a response never fails for the form of an id: a web framework that
        /// reads one from a path by serde checks nothing. Let it read a `String`, and parse that.
        #[derive(
            Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
            ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(String);

        $crate::object_id::validated_text!(
            $name,
            $crate::object_id::OBJECT_ID_RULE,
            $crate::object_id::object_id_text
        );
    };
}
pub(crate) use object_id;

#[cfg(test)]
mod tests {
    use crate::ids::{ExportId, ProjectId};

    const LOWER: &str = "5f3c5a1e8e4b2a0012345678";

    #[test]
    fn parsing_accepts_either_case_and_keeps_lower() {
        let id: ProjectId = LOWER.to_uppercase().parse().unwrap();
        assert_eq!(id.as_str(), LOWER);
    }

    #[test]
    fn parsing_refuses_all_but_24_hex_digits_and_names_the_rule() {
        for bad in [
            "",
            "5f3c",
            "5f3c5a1e8e4b2a001234567g",
            "5f3c5a1e8e4b2a00123456789",
            " f3c5a1e8e4b2a0012345678",
            "٣٣٣٣٣٣٣٣٣٣٣٣",
        ] {
            let error = bad.parse::<ExportId>().unwrap_err();
            assert!(error.to_string().contains("24 hexadecimal digits"), "{error}");
            assert!(error.to_string().contains("ExportId"), "{error}");
        }
    }

    #[test]
    fn an_answer_never_fails_for_the_form_of_an_id() {
        let id: ExportId = serde_json::from_str("\"not-hex\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"not-hex\"");
    }

    #[test]
    fn a_long_refused_text_is_cut_in_the_error() {
        let error = "x".repeat(10_000).parse::<ExportId>().unwrap_err();
        assert!(error.to_string().len() < 200);
    }
}
