//! Which version of the Atlas Administration API is spoken.

use std::{fmt, str::FromStr};

use chrono::NaiveDate;

use crate::Error;

/// Version of the Atlas Administration API.
///
/// Both have the same operations and types here. What only version 2 has is refused with version 1.0, before anything
/// is sent.
///
/// ```
/// use atlas_exports::ApiVersion;
///
/// let version: ApiVersion = "v2".parse()?;
/// assert_eq!(version, ApiVersion::V2);
/// assert_eq!(ApiVersion::default().to_string(), "v1");
/// # Ok::<(), atlas_exports::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ApiVersion {
    /// Version 1.0, which MongoDB calls deprecated. Written `v1`.
    #[default]
    V1,
    /// Version 2, in which each request names the date of the resource version that it wants. Written `v2`.
    V2,
}

impl ApiVersion {
    /// Path of the API below the root of the service.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::V1 => "/api/atlas/v1.0",
            Self::V2 => "/api/atlas/v2",
        }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        })
    }
}

impl FromStr for ApiVersion {
    type Err = Error;

    /// Reads `v1`, `v1.0` and `v2`, with or without the `v`.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.to_ascii_lowercase().trim_start_matches('v') {
            "1" | "1.0" => Ok(Self::V1),
            "2" | "2.0" => Ok(Self::V2),
            _ => Err(Error::configuration("api_version", format!("{text:?} is no version of the API: use v1 or v2"))),
        }
    }
}

/// The date that names a resource version in version 2 of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourceVersion(String);

impl ResourceVersion {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        // The parser of dates takes one-digit months and years of any length too.
        let well_formed = text.len() == 10 && text.parse::<NaiveDate>().is_ok_and(|date| date.to_string() == text);
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::configuration("resource_version", format!("{text:?} is no date: write it like 2023-01-01")))
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_read_again() {
        for version in [ApiVersion::V1, ApiVersion::V2] {
            assert_eq!(version.to_string().parse::<ApiVersion>().unwrap(), version);
        }
        assert_eq!("V1.0".parse::<ApiVersion>().unwrap(), ApiVersion::V1);
        let error = "v3".parse::<ApiVersion>().unwrap_err().to_string();
        assert!(error.contains("\"v3\"") && error.contains("v1 or v2"), "{error}");
    }

    #[test]
    fn a_resource_version_is_a_date() {
        assert_eq!(ResourceVersion::parse("2024-05-30").unwrap().as_str(), "2024-05-30");
        for wrong in [
            "",
            "2024-5-30",
            "2024-13-01",
            "2023-02-29",
            "20240530",
            "2024-05-30 ",
            "latest",
            "2024-05-3\n",
            "+2024-5-3",
        ] {
            let error = ResourceVersion::parse(wrong).unwrap_err().to_string();
            assert!(error.contains("2023-01-01"), "{wrong}: {error}");
        }
    }
}
