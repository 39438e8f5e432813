//! Patterns of paths.

use serde::{Deserialize, Serialize};

/// Matches paths segment by segment: `{name}` and `*` stand for one segment, `**` at the end for any rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(crate) struct PathPattern {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Exactly(String),
    One,
    Rest,
}

impl PathPattern {
    pub(crate) fn new(pattern: &str) -> Self {
        let segments = split(pattern)
            .map(|segment| match segment {
                "**" => Segment::Rest,
                "*" => Segment::One,
                name if name.starts_with('{') && name.ends_with('}') => Segment::One,
                text => Segment::Exactly(text.to_owned()),
            })
            .collect();
        Self { segments }
    }

    /// Whether the pattern matches the whole path, or the part below the base of the API.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.matches_all(path) || below_base(path).is_some_and(|rest| self.matches_all(rest))
    }

    fn matches_all(&self, path: &str) -> bool {
        let mut path = split(path);
        for segment in &self.segments {
            match (segment, path.next()) {
                (Segment::Rest, _) => return true,
                (Segment::One, Some(_)) => {}
                (Segment::Exactly(wanted), Some(given)) if wanted == given => {}
                _ => return false,
            }
        }
        path.next().is_none()
    }
}

impl From<String> for PathPattern {
    fn from(pattern: String) -> Self {
        Self::new(&pattern)
    }
}

impl From<PathPattern> for String {
    fn from(pattern: PathPattern) -> Self {
        let segments = pattern.segments.iter().map(|segment| match segment {
            Segment::Exactly(text) => format!("/{text}"),
            Segment::One => "/*".to_owned(),
            Segment::Rest => "/**".to_owned(),
        });
        segments.collect()
    }
}

fn split(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// `/groups/..` of `/api/atlas/v1.0/groups/..`.
fn below_base(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/api/atlas/")?;
    rest.find('/').and_then(|slash| rest.get(slash..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_one_segment_and_two_stars_the_rest() {
        let one = PathPattern::new("/groups/{groupId}/clusters/*/backup/snapshots");
        assert!(one.matches("/api/atlas/v1.0/groups/a/clusters/b/backup/snapshots"));
        assert!(one.matches("/groups/a/clusters/b/backup/snapshots"));
        assert!(!one.matches("/api/atlas/v1.0/groups/a/clusters/b/backup/snapshots/c"));
        assert!(!one.matches("/api/atlas/v1.0/groups/a/clusters/backup/snapshots"));
        assert!(PathPattern::new("/groups/**").matches("/api/atlas/v2/groups/a/b/c"));
        assert!(!PathPattern::new("/groups/**").matches("/api/oauth/token"));
    }

    #[test]
    fn a_pattern_may_include_the_base() {
        let pattern = PathPattern::new("/api/atlas/v2/groups/{groupId}");
        assert!(pattern.matches("/api/atlas/v2/groups/a"));
        assert!(!pattern.matches("/api/atlas/v1.0/groups/a"));
    }
}
