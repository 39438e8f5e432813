//! Nothing that stands in a fragment makes the tool panic.

use proptest::{prelude::*, sample::Index};

use super::{fragments, real, with};
use crate::contract::{Contract, Fragment};

/// Pieces that mean something to YAML or OpenAPI, and pieces that mean nothing.
const PIECES: [&str; 38] = [
    "",
    " ",
    "\n",
    "  ",
    "\t",
    ":",
    ": ",
    "- ",
    "-",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "!!str ",
    "|",
    ">",
    "\"",
    "'",
    "#",
    "~",
    "null",
    "true",
    "-1",
    "1e999",
    "99999999999999999999",
    "$ref: ",
    "\"#/components/schemas/Probe\"",
    "type: ",
    "array",
    "object",
    "allOf",
    "oneOf",
    "enum",
    "default: ",
    "\u{feff}",
    "«ü",
];

fn seeds() -> Vec<String> {
    let mut seeds: Vec<String> =
        real().into_iter().map(|fragment| String::from_utf8(fragment.bytes).unwrap()).collect();
    seeds.push(fragments::request(
        "Probe: {oneOf: [{$ref: \"#/components/schemas/Link\"}], discriminator: {propertyName: a}}",
    ));
    seeds.push(fragments::returned(
        "a: {type: array, nullable: true, items: {type: string}}\nb: {type: integer, format: int32}",
    ));
    seeds.push(fragments::requested(
        "a: {type: string, enum: [a, b], default: a}\nb: {type: object, additionalProperties: {}}",
    ));
    seeds
}

/// Takes lines away, doubles them, moves pieces about.
fn mutated() -> impl Strategy<Value = String> {
    let edits = prop::collection::vec((any::<Index>(), any::<Index>(), 0..5_u8), 1..8);
    (prop::sample::select(seeds()), edits).prop_map(|(seed, edits)| {
        let mut lines: Vec<String> = seed.lines().map(str::to_owned).collect();
        for (place, piece, kind) in edits {
            if lines.is_empty() {
                break;
            }
            let (at, piece) = (place.index(lines.len()), PIECES[piece.index(PIECES.len())]);
            match kind {
                0 => drop(lines.remove(at)),
                1 => lines.insert(at, lines[at].clone()),
                2 => lines[at].push_str(piece),
                3 => {
                    let indent: String = lines[at].chars().take_while(|letter| *letter == ' ').collect();
                    lines[at] = format!("{indent}{piece}");
                }
                _ => {
                    let line = lines[at].clone();
                    let (name, _) = line.split_once(':').unwrap_or((&line, ""));
                    lines[at] = format!("{name}: {piece}");
                }
            }
        }
        lines.join("\n")
    })
}

/// Checks a contract and, when it is sound, generates.
fn run(contract: &Contract) {
    if let Ok(json) = contract.json()
        && let Err(found) = contract.rust(&json)
    {
        assert!(!contract.report(&found).is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_fragment_makes_findings_and_no_panic(text in mutated()) {
        run(&Contract::new(vec![Fragment { name: "openapi/a.yaml".to_owned(), bytes: text.clone().into_bytes() }]));
        run(&with(&text));
    }

    #[test]
    fn any_bytes_make_findings_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        run(&Contract::new(vec![Fragment { name: "openapi/a.yaml".to_owned(), bytes }]));
    }

    #[test]
    fn any_heap_of_pieces_makes_findings_and_no_panic(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)) {
        run(&with(&pieces.concat()));
    }
}

#[test]
fn a_schema_that_goes_round_in_circles_makes_findings_and_no_panic() {
    for schemas in [
        "Probe: {$ref: \"#/components/schemas/Probe\"}",
        "Probe: {allOf: [{$ref: \"#/components/schemas/Other\"}]}\nOther: {allOf: [{$ref: \"#/components/schemas/Probe\"}]}",
        "Probe: {oneOf: [{$ref: \"#/components/schemas/Probe\"}, {type: string}]}",
    ] {
        assert!(!with(&fragments::request(schemas)).findings.is_empty());
        assert!(!with(&fragments::response(schemas)).findings.is_empty());
    }
}

#[test]
fn depth_without_end_makes_findings_and_no_panic() {
    for deep in ["[".repeat(100_000), "- ".repeat(100_000), "a: {".repeat(100_000), "? ".repeat(10_000)] {
        assert!(!with(&format!("x-a: \n  {deep}")).findings.is_empty());
    }
}

#[test]
fn depth_by_aliases_makes_findings_and_no_panic() {
    let mut text = String::from("x-0: &a0 []\n");
    for number in 1..2_000 {
        text.push_str(&format!("x-{number}: &a{number} [[[[[[[[[*a{}]]]]]]]]]\n", number - 1));
    }
    assert!(!with(&text).findings.is_empty());
}

#[test]
fn aliases_of_aliases_make_findings_and_no_heap() {
    let mut text = String::from("x-0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n");
    for number in 1..12 {
        let last = format!("*a{}", number - 1);
        text.push_str(&format!("x-{number}: &a{number} [{}]\n", [last.as_str(); 9].join(", ")));
    }
    assert!(!with(&text).findings.is_empty());
}
