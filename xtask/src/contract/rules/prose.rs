//! Texts that become documentation.

use super::{Findings, Rule, Survey};

pub(super) fn check(survey: &Survey<'_>, findings: &mut Findings) {
    for prose in &survey.prose {
        let text = prose.text;
        let is_fenced = text.contains("```") || text.contains("~~~");
        let is_indented = text.lines().any(|line| line.starts_with("    ") || line.starts_with('\t'));
        if is_fenced || is_indented {
            let what = "the text has a code block, which would run as a test of the generated crate";
            let mend = "write code inside of a line, between single backticks, and indent nothing";
            findings.add(Rule::Description, prose.place, what, mend);
        }
    }
}
