//! Which operations of two documents are the same: by method and path shape.

use std::collections::BTreeMap;

use super::document::Operation;
use crate::diff::path_shape;

/// What a server sees of an operation: its method, and its path without the names in it.
pub(crate) fn shape(method: &str, path: &str) -> String {
    format!("{method} {}", path_shape(path))
}

/// The part of its paths that a document has in front of ours, such as `/api/atlas/v2`.
pub(crate) fn base(official: &[Operation<'_>], ours: &[Operation<'_>]) -> String {
    if let Some(base) = official.iter().find_map(|operation| versioned(operation.path)) {
        return base.to_owned();
    }
    // Whatever most paths of ours have in front of them there.
    let mut votes: BTreeMap<String, usize> = BTreeMap::new();
    for operation in official {
        let whole = shape(operation.method, operation.path);
        let (method, path) = whole.split_once(' ').unwrap_or_default();
        for ours in ours.iter().filter(|ours| ours.method == method) {
            let wanted = shape("", ours.path);
            if let Some(front) = path.strip_suffix(wanted.trim_start()).filter(|front| !front.contains('{')) {
                *votes.entry(front.to_owned()).or_default() += 1;
            }
        }
    }
    votes.into_iter().max_by_key(|(_, count)| *count).map(|(base, _)| base).unwrap_or_default()
}

/// A path's beginning up to its version, as in `/api/atlas/v2/groups`.
fn versioned(path: &str) -> Option<&str> {
    let mut end = 0;
    for segment in path.strip_prefix('/')?.split('/') {
        end += 1 + segment.len();
        let is_version = segment.strip_prefix('v').is_some_and(|rest| {
            rest.starts_with(|first: char| first.is_ascii_digit())
                && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        });
        if is_version {
            return path.get(..end);
        }
        if segment.contains('{') {
            return None;
        }
    }
    None
}

/// A path without the base, never empty.
pub(crate) fn below<'p>(path: &'p str, base: &str) -> &'p str {
    match path.strip_prefix(base) {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::official::Document;

    fn document(paths: &[&str]) -> Document {
        let paths: serde_json::Map<_, _> = paths.iter().map(|path| ((*path).to_owned(), json!({"get": {}}))).collect();
        Document::of(json!({"paths": paths}))
    }

    fn base_of(official: &[&str], ours: &[&str]) -> String {
        let (official, ours) = (document(official), document(ours));
        base(&official.operations(), &ours.operations())
    }

    #[test]
    fn a_base_ends_with_its_version_or_is_what_stands_before_our_paths() {
        assert_eq!(base_of(&["/api/atlas/v2", "/api/atlas/v2/groups"], &[]), "/api/atlas/v2");
        assert_eq!(base_of(&["/api/public/v1.0/groups/{id}"], &["/groups/{groupId}"]), "/api/public/v1.0");
        assert_eq!(base_of(&["/atlas/groups/{id}", "/groups"], &["/groups/{groupId}"]), "/atlas");
        assert_eq!(base_of(&["/groups/{id}"], &["/groups/{groupId}"]), "");
        assert_eq!(base_of(&["/groups/{id}/v2/x"], &["/x"]), "");
    }

    #[test]
    fn names_of_parameters_and_the_base_are_no_part_of_a_shape() {
        assert_eq!(shape("get", "/a/{b}/c-{d}:e"), shape("get", "/a/{x}/c-{y}:e"));
        assert_eq!(below("/api/atlas/v2", "/api/atlas/v2"), "/");
        assert_eq!(below("/api/atlas/v2/a", "/api/atlas/v2"), "/a");
        assert_eq!(below("/api/atlas/v20/a", "/api/atlas/v2"), "/api/atlas/v20/a");
    }
}
