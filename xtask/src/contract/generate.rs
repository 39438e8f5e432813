//! The Rust of a contract, or findings where the generator makes none that compiles.

use serde_json::Value;

use super::{Contract, Finding, Rule};
use crate::{
    generator::{
        Failure, Generated, HAND_WRITTEN, blame,
        origin::{Origin, Origins},
        read::Code,
    },
    outcome,
    yaml::{Node, Place},
};

const ADVICE: &str = "write it another way, as the examples in openapi/README.md do, or leave it out";

impl Contract {
    /// The merged contract and the Rust that the generator makes of it, or a report of all that is wrong.
    pub(crate) fn generate(&self) -> outcome::Outcome<(String, Generated)> {
        let json = self.json().map_err(outcome::Failure::Found)?;
        let generated = self.rust(&json).map_err(|found| outcome::Failure::Found(self.report(&found)))?;
        Ok((json, generated))
    }

    /// The Rust that the generator makes of the merged contract.
    pub(crate) fn rust(&self, json: &str) -> Result<Generated, Vec<Finding>> {
        let mut document: Value = serde_json::from_str(json)
            .map_err(|error| vec![self.finding(None, format!("the generator cannot read it: {error}"), ADVICE)])?;
        let generated = Generated::new(&document).map_err(|failure| self.blame(&mut document, &failure))?;
        let code = Code::of(generated.surface()).unwrap_or_default();
        let origins = Origins::of(&document, &code);
        let defects = origins.defects(generated.defects()).into_iter();
        let found: Vec<_> = defects.map(|(defect, origin)| self.defect(&defect.what, origin)).collect();
        if found.is_empty() { Ok(generated) } else { Err(found) }
    }

    /// Rust that cannot compile, found where it comes from.
    fn defect(&self, what: &str, origin: Option<Origin>) -> Finding {
        let what = format!("the generator makes Rust that cannot compile: {what}");
        let place = origin.and_then(|origin| self.place(&origin.path));
        self.finding(place, what, "rename one of the two, or leave it out")
    }

    /// The operations or schemas that the generator fails on, or else the contract as a whole.
    fn blame(&self, document: &mut Value, failure: &Failure) -> Vec<Finding> {
        let is_there = |name: &str| document.pointer("/components/schemas").is_some_and(|all| all.get(name).is_some());
        if !HAND_WRITTEN.iter().all(|(name, _)| is_there(name)) {
            let advice = "restore the schema: openapi/README.md says which must stay";
            return vec![self.finding(None, failure.to_string(), advice)];
        }
        let found = blame::remove_failing(document).into_iter().map(|blame::Blamed { path, failure }| {
            let path = [path[0].as_str(), &path[1], &path[2]];
            let called = match path {
                ["components", _, name] => format!("the schema `{name}`"),
                _ => format!("`{}`", self.operation_id(&path).unwrap_or_default()),
            };
            self.finding(self.place(&path), format!("the generator fails on {called}: {failure}"), ADVICE)
        });
        let found: Vec<_> = found.collect();
        if found.is_empty() {
            vec![self.finding(None, format!("the generator fails: {failure}"), ADVICE)]
        } else {
            found
        }
    }

    fn finding(&self, place: Option<Place>, what: String, advice: &str) -> Finding {
        let place = place.unwrap_or(self.document.place);
        Finding { place, rule: Rule::Generator, what, mend: advice.to_owned() }
    }

    /// The id of an operation, or its path where it has none.
    fn operation_id<'s>(&'s self, path: &[&'s str]) -> Option<&'s str> {
        let operation = path.iter().try_fold(&self.document, |node, name| node.get(name))?;
        operation.get("operationId").and_then(Node::text).or_else(|| path.get(1).copied())
    }

    /// Where something is written, or else what it stands in.
    fn place<S: AsRef<str>>(&self, path: &[S]) -> Option<Place> {
        let (mut node, mut place) = (&self.document, None);
        for key in path.iter().map(AsRef::as_ref) {
            if let Some(member) = node.map().and_then(|members| members.get(key)) {
                (node, place) = (&member.value, Some(member.key));
            } else if let Some(item) = node.list().and_then(|items| items.get(key.parse::<usize>().ok()?)) {
                (node, place) = (item, Some(item.place));
            } else {
                break;
            }
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        contract::testing::{fragments, with},
        generator::Generated,
    };

    fn report(fragment: &str) -> String {
        let contract = with(fragment);
        contract.report(&contract.rust(&contract.unsound_json()).unwrap_err())
    }

    #[test]
    fn a_schema_that_the_generator_fails_on_is_named_with_its_line() {
        let report = report(&fragments::request(
            "Probe: {type: object, properties: {a: {$ref: \"#/components/schemas/Bad\"}}}\nBad: {type: string, enum: [a-b, a_b]}",
        ));
        assert!(
            report.contains("openapi/probe.yaml:21:5: [generator] the generator fails on the schema `Bad`"),
            "{report}"
        );
        assert!(!report.contains("`Probe`"), "{report}");
    }

    #[test]
    fn an_operation_that_the_generator_fails_on_is_named_with_its_line() {
        let report = report(&fragments::parameters("/probe", "- {name: a, in: cookie, schema: {type: string}}"));
        assert!(report.contains("openapi/probe.yaml:3:5: [generator] the generator fails on `probe`"), "{report}");
        assert!(report.contains("cookie parameters are not supported"), "{report}");
    }

    #[test]
    fn a_panic_of_the_generator_is_a_finding() {
        let report = report(&fragments::responses("\"200\": {description: x, content: {application/json: {}}}"));
        assert!(report.contains("the generator fails on `probe`: it gives up: not yet implemented"), "{report}");
    }

    #[test]
    fn rust_that_cannot_compile_is_a_finding_at_its_property() {
        let report = report(&fragments::requested("_id: {type: string}\nid: {type: string}"));
        assert!(
            report.contains("openapi/probe.yaml:24:9: [generator] the generator makes Rust that cannot compile"),
            "{report}"
        );
        assert!(report.contains("Probe._id and Probe.id are both `id`"), "{report}");
    }

    fn generated(fragment: &str) -> Generated {
        let contract = with(fragment);
        contract.rust(&contract.json().unwrap()).unwrap()
    }

    #[test]
    fn the_surface_has_what_dependents_see_and_no_bodies() {
        let fragment = fragments::request(
            "Probe: {type: object, required: [aB], properties: {aB: {type: string}, c: {type: integer}}}",
        );
        let generated = generated(&fragment);
        let surface = generated.surface();
        for wanted in [
            "pub fn probe(&self) -> builder::Probe<'_> {}",
            "pub async fn send(self) -> Result<ResponseValue<()>, Error<types::ApiError>> {}",
            "#[serde(rename = \"aB\")]\n        pub a_b: String,",
            "pub c: Option<i64>,",
            "#[non_exhaustive]",
        ] {
            assert!(surface.contains(wanted), "no {wanted} in\n{surface}");
        }
        assert!(!surface.contains("///") && !surface.contains("let "), "{surface}");
        assert!(syn::parse_file(surface).is_ok(), "{surface}");
    }

    #[test]
    fn an_operation_comes_with_its_builder_and_the_types_that_it_uses_alone() {
        let part = generated("x-a: 1\n").operation("get_export_job").unwrap();
        for wanted in [
            "pub fn get_export_job(",
            "pub struct GetExportJob<'a>",
            "pub async fn send(",
            "pub struct ExportJob {",
            "pub struct StateReason {",
            "pub struct ApiError {",
        ] {
            assert!(part.contains(wanted), "no {wanted} in\n{part}");
        }
        for unwanted in ["ListExportJobs", "NewExportBucket", "AwsExportBucket"] {
            assert!(!part.contains(unwanted), "{unwanted} in\n{part}");
        }
        syn::parse_file(&part).unwrap();
        assert_eq!(generated("x-a: 1\n").operation("get_nothing"), None);
    }

    #[test]
    fn no_description_becomes_a_test() {
        let fragment = fragments::operation(
            "get",
            "description: |\n  ```rust\n  panic!();\n  ```\n  ~~~\n  panic!();\n  ~~~\n  - a\n      - b\n\n      panic!();\n\n  ```\n  never",
        );
        let text = generated(&fragment).text();
        let at = text.find("/// ```text").unwrap();
        let documentation: Vec<_> = text[at..].lines().map(str::trim).take_while(|line| *line != "///").collect();
        assert_eq!(
            documentation,
            [
                "/// ```text",
                "/// panic!();",
                "/// ```",
                "/// ~~~text",
                "/// panic!();",
                "/// ~~~",
                "/// - a",
                "///   - b"
            ]
        );
        let fences = text.lines().filter(|line| line.trim().starts_with("/// ```")).count();
        assert_eq!(fences % 2, 0, "each block ends");
        assert!(!text.contains("///     "), "an indented line is a block of code");
    }

    #[test]
    fn statuses_that_the_contract_does_not_name_are_the_shared_error_too() {
        let fragment =
            fragments::responses("\"204\": {description: x}\n\"404\": {$ref: \"#/components/responses/clientError\"}");
        let part = generated(&fragment).operation("probe").unwrap();
        for statuses in ["404u16 =>", "400u16..=499u16 =>", "500u16..=599u16 =>"] {
            assert!(part.contains(statuses), "no {statuses} in\n{part}");
        }
    }

    #[test]
    fn a_description_beside_a_reference_is_heard_and_changes_no_type() {
        let part = |beside: &str| {
            let properties = ["Link", "SnapshotId", "ExportState", "CloudProvider"]
                .map(|name| format!("a{name}: {{$ref: \"#/components/schemas/{name}\"{beside}}}\n"));
            let fragment = fragments::requested(&properties.concat());
            generated(&fragment.replace("Probe:\n", "Probe:\n      required: [aLink, aSnapshotId]\n")).text()
        };
        let (bare, described) = (part(""), part(", description: Only here."));
        assert_eq!(described.matches("Only here.").count(), 4);
        let undocumented = |text: &str| -> Vec<String> {
            text.lines().filter(|line| !line.trim_start().starts_with("///")).map(str::to_owned).collect()
        };
        assert_eq!(undocumented(&described), undocumented(&bare));
    }

    #[test]
    fn a_uuid_is_a_text() {
        let text = generated(&fragments::returned("a: {type: string, format: uuid}")).text();
        assert!(text.contains("pub a: ::std::option::Option<::std::string::String>"), "{text}");
    }

    #[test]
    fn documentation_is_written_line_by_line() {
        let text = generated("x-a: 1\n").text();
        assert!(text.contains("    /// Get one export job\n    ///\n"), "no line comments");
        assert!(!text.contains("/**"));
    }
}
