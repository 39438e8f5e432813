//! Names of clusters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::object_id::validated_text;

const CLUSTER_NAME_RULE: &str =
    "it must be 1 to 64 letters, digits or hyphens (ASCII) and start with a letter or digit";

/// Name of a cluster, unique inside its project.
///
/// Parsing accepts 1 to 64 ASCII letters, digits and hyphens, the first of them no hyphen. Deserializing accepts any
/// text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ClusterName(String);

validated_text!(ClusterName, CLUSTER_NAME_RULE, cluster_name_text);

fn cluster_name_text(text: &str) -> Option<String> {
    let valid = text.len() <= 64
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    valid.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cluster_names_follow_the_rule_of_atlas() {
        for good in ["Cluster0", "a", "0-a-", &"x".repeat(64)] {
            assert_eq!(good.parse::<ClusterName>().unwrap().as_str(), good);
        }
        for bad in ["", "-a", "a_b", "a b", "a/b", "ä", &"x".repeat(65)] {
            let error = bad.parse::<ClusterName>().unwrap_err();
            assert!(error.to_string().contains("1 to 64 letters"), "{error}");
        }
    }
}
