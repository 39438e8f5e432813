//! Rewrites the setters of generated builders, so that a refused value is told with its reason.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase};
use quote::quote;
use serde_json::Value;
use syn::{Expr, Item, parse_quote, visit_mut::VisitMut};

use super::operations;

/// Lets the setters of builders say why a value is refused: with the reason of the conversion, which the generator
/// drops, and where a number is not within the bounds of the contract.
pub(super) fn explain_refusals(file: &mut syn::File, document: &Value) {
    let bounds = bounds(document);
    for item in &mut file.items {
        match item {
            Item::Mod(module) if module.ident == "builder" => explain_in(module, &bounds),
            Item::Mod(module) if module.ident == "types" => {
                let items = module.content.iter_mut().flat_map(|(_, items)| items);
                let builder = items.filter_map(|item| match item {
                    Item::Mod(module) if module.ident == "builder" => Some(module),
                    _ => None,
                });
                builder.for_each(|module| explain_in(module, &bounds));
            }
            _ => {}
        }
    }
}

/// The bounds of a number: the smallest and the largest value.
type Bounds = (Option<i64>, Option<i64>);

/// The bounds of parameters and of properties, by the names of the builder and of its setter.
fn bounds(document: &Value) -> BTreeMap<(String, String), Bounds> {
    let mut found = BTreeMap::new();
    let mut add = |builder: &str, name: &str, schema: &Value| {
        let limit = |name: &str| schema.get(name).and_then(Value::as_i64);
        let exclusive = |name: &str| i64::from(schema.get(name) == Some(&Value::Bool(true)));
        let minimum = limit("minimum").map(|limit| limit.saturating_add(exclusive("exclusiveMinimum")));
        let maximum = limit("maximum").map(|limit| limit.saturating_sub(exclusive("exclusiveMaximum")));
        if schema.get("type").and_then(Value::as_str) == Some("integer") && (minimum.is_some() || maximum.is_some()) {
            found.insert((builder.to_pascal_case(), name.to_snake_case()), (minimum, maximum));
        }
    };
    for (path, _, operation) in operations::each(document) {
        let Some(id) = operation.get("operationId").and_then(Value::as_str) else { continue };
        for parameter in operations::parameters(document, path, operation) {
            if let (Some(Value::String(name)), Some(schema)) = (parameter.get("name"), parameter.get("schema")) {
                add(id, name, schema);
            }
        }
    }
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    for (builder, schema) in schemas.into_iter().flatten() {
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            add(builder, name, property);
        }
    }
    found
}

fn explain_in(module: &mut syn::ItemMod, bounds: &BTreeMap<(String, String), Bounds>) {
    let items = module.content.iter_mut().flat_map(|(_, items)| items);
    for item in items {
        let Item::Impl(block) = item else { continue };
        let syn::Type::Path(builder) = &*block.self_ty else { continue };
        let Some(builder) = builder.path.segments.last().map(|segment| segment.ident.to_string()) else { continue };
        for method in &mut block.items {
            let syn::ImplItem::Fn(setter) = method else { continue };
            let name = setter.sig.ident.to_string();
            let bounds = bounds.get(&(builder.clone(), name.trim_end_matches('_').to_owned()));
            let mut reason = Reason { name, bounds: bounds.copied(), found: false };
            reason.visit_block_mut(&mut setter.block);
            if reason.found {
                bound_conversion_errors(&mut setter.sig.generics);
            }
        }
    }
}

/// Rewrites one setter.
struct Reason {
    name: String,
    bounds: Option<Bounds>,
    /// Whether the setter dropped the reason of a conversion.
    found: bool,
}

impl VisitMut for Reason {
    fn visit_expr_closure_mut(&mut self, closure: &mut syn::ExprClosure) {
        if matches!(closure.inputs.first(), Some(syn::Pat::Wild(_))) && closure.inputs.len() == 1 {
            let text = format!("{}: {{error}}", self.name);
            *closure = parse_quote!(|error| format!(#text));
            self.found = true;
        }
    }

    fn visit_expr_assign_mut(&mut self, assignment: &mut syn::ExprAssign) {
        syn::visit_mut::visit_expr_assign_mut(self, assignment);
        if let Some((minimum, maximum)) = self.bounds {
            let option = |limit: Option<i64>| limit.map_or_else(|| quote!(None), |limit| quote!(Some(#limit)));
            let (name, minimum, maximum) = (&self.name, option(minimum), option(maximum));
            let value = &assignment.right;
            let checked: Expr = parse_quote! {
                (#value).and_then(|value| crate::bounds::Bounded::within(value, #name, #minimum, #maximum))
            };
            *assignment.right = checked;
        }
    }
}

/// Demands of a conversion's error that it can be shown.
fn bound_conversion_errors(generics: &mut syn::Generics) {
    let Some(clause) = &mut generics.where_clause else { return };
    let added: Vec<syn::WherePredicate> = clause
        .predicates
        .iter()
        .filter_map(|predicate| {
            let syn::WherePredicate::Type(predicate) = predicate else { return None };
            let value = &predicate.bounded_ty;
            let conversion = predicate.bounds.first()?;
            Some(parse_quote!(<#value as #conversion>::Error: ::std::fmt::Display))
        })
        .collect();
    clause.predicates.extend(added);
}
