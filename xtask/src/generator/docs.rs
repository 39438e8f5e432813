//! Writes documentation as one comment a line, as people do.

use syn::{Attribute, Expr, Lit, Meta, parse_quote, visit_mut::VisitMut};

/// Splits doc attributes of several lines into one attribute a line.
pub(super) fn as_lines(file: &mut syn::File) {
    Lines.visit_file_mut(file);
}

struct Lines;

impl VisitMut for Lines {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        let lines = attributes.drain(..).flat_map(|attribute| match text(&attribute) {
            Some(text) => text.lines().map(line).collect(),
            None => vec![attribute],
        });
        *attributes = lines.collect();
    }
}

fn text(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attribute.meta else { return None };
    let Expr::Lit(literal) = &meta.value else { return None };
    let Lit::Str(text) = &literal.lit else { return None };
    meta.path.is_ident("doc").then(|| text.value()).filter(|text| !text.is_empty())
}

fn line(text: &str) -> Attribute {
    let text = if text.is_empty() || text.starts_with(' ') { text.to_owned() } else { format!(" {text}") };
    parse_quote!(#[doc = #text])
}
