//! Servers: where old clients call.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Impact, Sides, Site, WireDiff};
use crate::diff::document::{Object, members, text};

impl WireDiff<'_> {
    pub(super) fn servers(&mut self, site: &Site, old: Option<&Value>, new: Option<&Value>) {
        if old == new {
            return;
        }
        let site = site.part(": servers", None);
        let (was, is) = (urls(old), urls(new));
        for url in was.keys().filter(|url| !is.contains_key(*url)) {
            let why = "old clients call there; the base URL of the Rust client is written by hand, look there too";
            self.report(&site, format!("the server `{url}` is gone"), Impact::apart(why));
        }
        for url in is.keys().filter(|url| !was.contains_key(*url)) {
            self.report(&site, format!("the server `{url}` is new"), Impact::wider("nobody has to call there"));
        }
        for (url, (place, old)) in &was {
            let Some((other, new)) = is.get(url) else { continue };
            if place != other && was.len() == is.len() {
                let what = format!("the server `{url}` has another place in the list");
                self.report(&site, what, Impact::person("the first is the default"));
            }
            let sides = Sides::new(old, new);
            if sides.touched("description").is_some() {
                self.report(&site, format!("what is said of `{url}` changed"), Impact::docs());
            }
            self.rest(&site, &["url", "description"], sides);
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
