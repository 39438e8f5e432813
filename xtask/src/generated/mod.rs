//! The Rust that the generator makes of a contract.

mod blame;
mod clashes;
mod docs;
mod guard;
mod part;
mod surface;

use crate::contract::{Contract, Finding, Rule};

/// Generated Rust that can be read.
#[derive(Debug)]
pub(crate) struct Generated {
    file: syn::File,
}

impl Generated {
    /// Generates the client of a sound contract, or finds what the generator cannot take.
    pub(crate) fn new(contract: &Contract, json: &str) -> Result<Self, Vec<Finding>> {
        match guard::rust(json) {
            Ok(mut file) => {
                docs::as_lines(&mut file);
                let clashes = clashes::find(&file);
                if clashes.is_empty() { Ok(Self { file }) } else { Err(blame::clashes(contract, clashes)) }
            }
            Err(message) => Err(blame::failure(contract, json, &message)),
        }
    }

    /// All of it, formatted.
    pub(crate) fn text(&self) -> String {
        prettyplease::unparse(&self.file)
    }

    /// What is public of it, without bodies and documentation.
    pub(crate) fn surface(&self) -> String {
        surface::text(&self.file)
    }

    /// What one operation is made of, or nothing when there is no such operation.
    pub(crate) fn operation(&self, method: &str) -> Option<String> {
        part::operation(&self.file, method)
    }
}

fn finding(contract: &Contract, place: Option<crate::yaml::Place>, what: String, mend: &str) -> Finding {
    let place = place.unwrap_or_else(|| contract.start());
    Finding { place, rule: Rule::Generator, what, mend: mend.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::Generated;
    use crate::contract::testing::{fragments, with};

    fn report(fragment: &str) -> String {
        let contract = with(fragment);
        contract.report(&Generated::new(&contract, &contract.unsound_json()).unwrap_err())
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
    fn rust_that_cannot_compile_is_a_finding_at_its_schema() {
        let report = report(&fragments::requested("_id: {type: string}\nid: {type: string}"));
        assert!(
            report.contains("openapi/probe.yaml:20:5: [generator] the generator makes Rust that cannot compile"),
            "{report}"
        );
        assert!(report.contains("`Probe` has the field `id` twice"), "{report}");
    }

    #[test]
    fn a_type_without_a_name_is_found_where_it_stands() {
        let contract = with(&fragments::requested("a: {type: string, enum: [b]}"));
        for (rust, line) in [("Probe", 20), ("ProbeA", 20), ("ProbeAItem < 'a >", 20)] {
            assert_eq!(contract.place_of_rust(rust).map(|place| place.line), Some(line), "{rust}");
        }
        assert_eq!(contract.place_of_rust("Nobody"), None);
    }

    fn generated(fragment: &str) -> Generated {
        let contract = with(fragment);
        Generated::new(&contract, &contract.json().unwrap()).unwrap()
    }

    #[test]
    fn the_surface_has_what_dependents_see_and_no_bodies() {
        let fragment = fragments::request(
            "Probe: {type: object, required: [aB], properties: {aB: {type: string}, c: {type: integer}}}",
        );
        let surface = generated(&fragment).surface();
        for wanted in [
            "pub fn probe(&self) -> builder::Probe<'_>;",
            "pub async fn send(self) -> Result<ResponseValue<()>, Error<types::ApiError>>;",
            "#[serde(rename = \"aB\")]\n        pub a_b: String,",
            "pub c: Option<i64>,",
            "#[non_exhaustive]",
        ] {
            assert!(surface.contains(wanted), "no {wanted} in\n{surface}");
        }
        assert!(!surface.contains("///") && !surface.contains("let ") && !surface.contains("{}"), "{surface}");
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
        let text = generated(&fragments::answered("a: {type: string, format: uuid}")).text();
        assert!(text.contains("pub a: ::std::option::Option<::std::string::String>"), "{text}");
    }

    #[test]
    fn documentation_is_written_line_by_line() {
        let text = generated("x-a: 1\n").text();
        assert!(text.contains("    /// Get one export job\n    ///\n"), "no line comments");
        assert!(!text.contains("/**"));
    }
}
