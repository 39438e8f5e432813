//! The root of the service: what is accepted, and the API's address below it.

use std::net::IpAddr;

use reqwest::Url;

use crate::{ApiVersion, Error};

const SETTING: &str = "base_url";

/// Every path that an API may have, which people put into the base URL by mistake.
const APIS: &str = "/api/atlas/";

#[derive(Debug, Clone)]
pub(crate) struct BaseUrl {
    root: Url,
}

impl BaseUrl {
    pub(crate) fn parse(text: &str, allow_insecure_http: bool) -> Result<Self, Error> {
        let root = Url::parse(text).map_err(|error| {
            let problem =
                format!("{:?} is not a URL ({error}); write it like https://cloud.mongodb.com", redact_url(text));
            Error::configuration(SETTING, problem)
        })?;
        // A password would show in every error that quotes the URL.
        if !root.username().is_empty() || root.password().is_some() {
            return Err(Error::configuration(SETTING, "it contains a user name or password; set keys with api_key"));
        }
        let refuse = |problem: &str| {
            let root = redact_url(root.as_str());
            Err(Error::configuration(SETTING, format!("{root} {problem}")))
        };
        match root.scheme() {
            "https" => {}
            "http" if allow_insecure_http || is_loopback(&root) => {}
            "http" => {
                return refuse(
                    "is not encrypted, and http is accepted for loopback addresses alone; use https, or call \
                     allow_insecure_http",
                );
            }
            _ => return refuse("is neither https nor http"),
        }
        if root.host_str().is_none_or(str::is_empty) {
            return refuse("has no host");
        }
        if root.query().is_some() || root.fragment().is_some() {
            return refuse("has a query or a fragment; leave both out");
        }
        if format!("{}/", root.path()).contains(APIS) {
            return refuse("ends in the path of the API; leave that out, the client adds it");
        }
        Ok(Self { root })
    }

    /// The service's address, without a slash at the end.
    pub(crate) fn root(&self) -> &str {
        self.root.as_str().trim_end_matches('/')
    }

    /// The API's address, without a slash at the end.
    pub(crate) fn api(&self, version: ApiVersion) -> String {
        format!("{}{}", self.root(), version.path())
    }

    /// Returns whether a connection to it needs TLS.
    #[cfg(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")))]
    pub(crate) fn is_https(&self) -> bool {
        self.root.scheme() == "https"
    }

    /// Returns whether what is sent can be read on its way.
    pub(crate) fn is_plaintext(&self) -> bool {
        self.root.scheme() == "http" && !self.is_loopback()
    }

    /// Returns whether what is sent stays on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.root)
    }
}

/// The text without what may be a secret in it: a user and a password, a query, a fragment.
pub(crate) fn redact_url(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = text.split_once("//").map_or(("", text), |(scheme, rest)| (scheme, rest));
    match rest.rsplit_once('@') {
        Some((_, rest)) if scheme.is_empty() => rest.to_owned(),
        Some((_, rest)) => format!("{scheme}//{rest}"),
        None => text.to_owned(),
    }
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let name = host.strip_suffix('.').unwrap_or(host);
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    match address.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_prefix_and_a_trailing_slash_work() {
        for (given, api) in [
            ("https://cloud.mongodb.com", "https://cloud.mongodb.com/api/atlas/v1.0"),
            ("https://cloud.mongodb.com/", "https://cloud.mongodb.com/api/atlas/v1.0"),
            ("https://proxy:8443/atlas//", "https://proxy:8443/atlas/api/atlas/v1.0"),
            ("HTTP://LOCALHOST:80/x", "http://localhost/x/api/atlas/v1.0"),
        ] {
            assert_eq!(BaseUrl::parse(given, false).unwrap().api(ApiVersion::V1), api);
        }
    }

    #[test]
    fn each_version_has_a_path_of_its_own() {
        let url = BaseUrl::parse("https://h/p/", false).unwrap();
        assert_eq!(url.api(ApiVersion::V2), "https://h/p/api/atlas/v2");
        assert_eq!(url.root(), "https://h/p");
    }

    #[test]
    fn plain_http_is_for_loopback_alone() {
        for loopback in [
            "http://127.0.0.1:1",
            "http://127.9.9.9",
            "http://127.1",
            "http://[::1]:8080",
            "http://[::ffff:127.0.0.1]",
            "http://localhost",
            "http://LocalHost.:8080",
            "http://a.localhost",
        ] {
            let url = BaseUrl::parse(loopback, false).unwrap();
            assert!(url.is_loopback() && !url.is_plaintext(), "{loopback}");
        }
        for remote in ["http://cloud.mongodb.com", "http://10.0.0.1", "http://localhost.evil.com", "http://0.0.0.0"] {
            let error = BaseUrl::parse(remote, false).unwrap_err().to_string();
            assert!(error.contains("allow_insecure_http"), "{error}");
            let url = BaseUrl::parse(remote, true).unwrap();
            assert!(!url.is_loopback() && url.is_plaintext(), "{remote}");
        }
    }

    #[test]
    fn what_no_request_can_be_sent_to_is_refused_with_its_reason() {
        for (given, reason) in [
            ("", "not a URL"),
            ("cloud.mongodb.com", "not a URL"),
            ("ftp://h", "neither https nor http"),
            ("https://h?a=b", "query"),
            ("https://user:secret@h", "api_key"),
            ("https://user:secret@h:99999", "not a URL"),
            ("user:secret@h", "neither https nor http"),
            ("https://h?key=secret#secret", "query"),
            ("http://h/?key=secret", "allow_insecure_http"),
            ("https://cloud.mongodb.com/api/atlas/v1.0", "client adds it"),
            ("https://cloud.mongodb.com/api/atlas", "client adds it"),
        ] {
            let error = BaseUrl::parse(given, false).unwrap_err().to_string();
            assert!(error.contains(reason), "{given}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
