//! Which operations of the document are meant.

use std::collections::BTreeMap;

use heck::ToSnakeCase;

use super::names::camel;
use crate::official::{Document, Operation, base, below, shape, versions};

/// The operations of the document, and those that the contract has already.
#[derive(Debug)]
pub(super) struct Choice<'d> {
    document: &'d Document,
    pub(super) all: Vec<Operation<'d>>,
    base: String,
    /// Id in the contract, by method and shape.
    covered: BTreeMap<String, String>,
}

impl<'d> Choice<'d> {
    pub(super) fn new(document: &'d Document, contract: &Document) -> Self {
        let (all, ours) = (document.operations(), contract.operations());
        let id = |operation: &Operation<'_>| operation.id().unwrap_or_default().to_owned();
        Self {
            document,
            base: base(&all, &ours),
            all,
            covered: ours.iter().map(|operation| (shape(operation.method, operation.path), id(operation))).collect(),
        }
    }

    /// The id of the contract's operation that an operation is.
    pub(super) fn covered(&self, operation: &Operation<'_>) -> Option<&str> {
        self.covered.get(&shape(operation.method, below(operation.path, &self.base))).map(String::as_str)
    }

    /// The operation of that id, or of that method and path; or what may be meant instead.
    pub(super) fn find(&self, wanted: &str) -> Result<&Operation<'d>, String> {
        let wanted = wanted.trim();
        if let Some((method, path)) = wanted.split_once(char::is_whitespace) {
            let wanted_shape = shape(&method.to_lowercase(), below(path.trim(), &self.base));
            let found = self.all.iter().find(|one| shape(one.method, below(one.path, &self.base)) == wanted_shape);
            return found.ok_or_else(|| format!("the document has no operation `{wanted}`; `--list` shows all"));
        }
        let snake = wanted.to_snake_case();
        let is_named = |id: Option<&str>| id.is_some_and(|id| id.to_snake_case() == snake);
        let ids = |one: &Operation<'d>| [one.short_id(), one.id()].into_iter().flatten().collect::<Vec<_>>();
        let matches =
            |one: &&Operation<'d>| is_named(one.id()) || is_named(one.short_id()) || is_named(self.covered(one));
        let mut found = self.all.iter().filter(matches);
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only),
            (Some(first), Some(second)) => {
                let (first, second) = (first.place(), second.place());
                Err(format!("`{wanted}` may be `{first}` or `{second}`: give method and path"))
            }
            (None, _) => {
                let known: Vec<&str> = self.all.iter().flat_map(ids).collect();
                let near = crate::expand::nearest(&known, wanted);
                let meant = if near.is_empty() { "`--list` shows all".to_owned() } else { format!("is {near} meant?") };
                Err(format!("the document has no operation `{wanted}`; {meant}"))
            }
        }
    }

    /// A line for each operation of a tag that has a word in its id, path or tags.
    pub(super) fn list(&self, tag: Option<&str>, word: Option<&str>) -> Result<Vec<String>, String> {
        let tags: Vec<&str> = self.all.iter().flat_map(|operation| operation.texts("tags")).collect();
        let is_tag = |wanted: &str, tag: &str| tag.eq_ignore_ascii_case(wanted) || camel(tag) == camel(wanted);
        if let Some(wanted) = tag.filter(|wanted| !tags.iter().any(|tag| is_tag(wanted, tag))) {
            let known: std::collections::BTreeSet<&str> = tags.into_iter().collect();
            let known: Vec<_> = known.into_iter().collect();
            return Err(format!("the document has no tag `{wanted}`; it has {}", known.join(", ")));
        }
        let word = word.map(str::to_lowercase);
        let is_wanted = |operation: &&Operation<'_>| {
            let tags = operation.texts("tags");
            let texts = [operation.id(), operation.short_id(), Some(operation.path)].into_iter().flatten();
            tag.is_none_or(|wanted| tags.iter().any(|tag| is_tag(wanted, tag)))
                && word.as_ref().is_none_or(|word| {
                    texts.chain(tags.iter().copied()).any(|text| text.to_lowercase().contains(word.as_str()))
                })
        };
        let mut lines: Vec<_> = self.all.iter().filter(is_wanted).map(|operation| self.line(operation)).collect();
        lines.sort();
        Ok(lines)
    }

    fn line(&self, operation: &Operation<'d>) -> String {
        let id = operation.short_id().or(operation.id()).unwrap_or("(no id)");
        let method = operation.method.to_uppercase();
        let versions = versions(self.document, operation).unwrap_or_default();
        let versions: Vec<_> = versions.iter().filter_map(|(version, _)| version.as_str()).collect();
        let mut line = format!("{id}  {method} {}", below(operation.path, &self.base));
        line += &format!("  [{}] {}", operation.texts("tags").join(", "), versions.join(" "));
        if operation.is_deprecated() {
            line += " deprecated";
        }
        if let Some(ours) = self.covered(operation) {
            line += &format!(" (in the contract: {ours})");
        }
        line.trim_end().to_owned()
    }
}
