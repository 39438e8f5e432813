//! Jobs, buckets and progress as text for people.

mod block;
pub(crate) mod bucket;
pub(crate) mod job;
pub(crate) mod listing;
pub(crate) mod progress;
pub(crate) mod span;

use atlas_exports::reqwest::Url;

/// Returns the text without control characters, which a terminal would obey.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// Returns an address without user, password and query. Proxies may be given without a scheme.
pub(crate) fn address(address: &str) -> String {
    let with_scheme = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let url = Url::parse(&with_scheme).ok();
    let Some((url, host)) = url.as_ref().and_then(|url| Some((url, url.host_str()?))) else {
        return "not a valid address".to_owned();
    };
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{host}{port}{}", url.scheme(), url.path().trim_end_matches('/'))
}

#[cfg(test)]
mod tests {

    #[test]
    fn an_address_is_shown_without_what_may_be_secret_in_it() {
        for (address, shown) in [
            ("https://cloud.mongodb.com", "https://cloud.mongodb.com"),
            ("https://me:hush@proxy/path/?key=hush#hush", "https://proxy/path"),
            ("http://127.0.0.1:9/", "http://127.0.0.1:9"),
            ("proxy:3128", "http://proxy:3128"),
            ("me:hush@proxy:3128", "http://proxy:3128"),
            ("http://[::1]:9", "http://[::1]:9"),
            ("hush hush", "not a valid address"),
            ("data://", "not a valid address"),
        ] {
            assert_eq!(super::address(address), shown);
        }
    }
}
