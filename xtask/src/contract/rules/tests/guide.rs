//! The guide beside the contract says what is so.

use super::{shown, with};
use crate::contract::Rule;

const GUIDE: &str = include_str!("../../../../../openapi/README.md");

fn yaml() -> &'static str {
    let (_, after) = GUIDE.split_once("```yaml\n").unwrap();
    after.split_once("```\n").unwrap().0
}

#[test]
fn the_guides_endpoint_passes_every_rule_and_the_generator() {
    let contract = with(yaml());
    assert_eq!(shown(&contract.findings), Vec::<String>::new());
    let generated = contract.rust(&contract.json().unwrap()).unwrap();
    let part = generated.operation("get_backup_snapshot").unwrap();
    for item in
        ["fn snapshot_id<V>", "pub storage_size_bytes: ::std::option::Option<i64>", "pub links: ::std::option::Option<"]
    {
        assert!(part.contains(item), "no {item} in\n{part}");
    }
}

#[test]
fn the_guide_lists_every_rule_and_no_other() {
    let rows: Vec<&str> = GUIDE
        .lines()
        .skip_while(|line| *line != "| rule | says |")
        .skip(2)
        .take_while(|line| !line.is_empty())
        .collect();
    let rules: Vec<String> = Rule::ALL.iter().map(|(rule, says)| format!("| `{}` | {says} |", rule.name())).collect();
    assert_eq!(rows, rules);
}

#[test]
fn the_guide_names_the_schemas_that_must_stay() {
    for (name, _) in crate::generator::HAND_WRITTEN {
        assert!(GUIDE.contains(&format!("`{name}`")), "{name}");
    }
}
