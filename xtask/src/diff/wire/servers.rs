//! Servers: where old clients call.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Site, Verdict, WireDiff};
use crate::diff::document::{Object, members, text};

impl WireDiff<'_> {
    pub(super) fn servers(&mut self, site: &Site, old: Option<&Value>, new: Option<&Value>) {
        if old == new {
            return;
        }
        let site = Site { place: format!("{}: servers", site.place), ..site.clone() };
        let (was, is) = (urls(old), urls(new));
        for url in was.keys().filter(|url| !is.contains_key(*url)) {
            let why = "old clients call there; the base URL of the Rust client is written by hand, look there too";
            self.wire(&site, format!("the server `{url}` is gone"), Verdict::Breaking, why);
        }
        for url in is.keys().filter(|url| !was.contains_key(*url)) {
            self.wire(&site, format!("the server `{url}` is new"), Verdict::Compatible, "nobody has to call there");
        }
        for (url, (place, old)) in &was {
            let Some((other, new)) = is.get(url) else { continue };
            if place != other && was.len() == is.len() {
                self.person(
                    &site,
                    format!("the server `{url}` has another place in the list"),
                    "the first is the default",
                );
            }
            let part = |server: &Object, key: &str| server.get(key).cloned();
            if part(old, "description") != part(new, "description") {
                self.docs(&site, format!("what is said of `{url}` changed"));
            }
            let known = ["url", "description"];
            let others = crate::diff::document::keys(old, new);
            self.leftovers(&site, others.into_iter().filter(|key| !known.contains(key)), old, new);
        }
    }
}

/// The servers by their URLs with the defaults put in, each with its place in the list.
fn urls(servers: Option<&Value>) -> BTreeMap<String, (usize, Object)> {
    let default = json!([{"url": "/"}]);
    let list = servers.and_then(Value::as_array).filter(|list| !list.is_empty()).or_else(|| default.as_array());
    let servers = list.into_iter().flatten().filter_map(Value::as_object).enumerate();
    servers
        .map(|(place, server)| {
            let url = members(server, "variables").fold(
                text(server, "url").unwrap_or("/").to_owned(),
                |url, (name, variable)| {
                    url.replace(
                        &format!("{{{name}}}"),
                        variable.get("default").and_then(Value::as_str).unwrap_or_default(),
                    )
                },
            );
            (url.trim_end_matches('/').to_owned(), (place, server.clone()))
        })
        .collect()
}
