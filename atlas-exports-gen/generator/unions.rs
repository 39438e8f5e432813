//! Unions whose kinds a property tells apart, as enums that keep kinds which are new.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::{Map, Value};

use super::{HAND_WRITTEN, rust_type};

/// A named schema with `oneOf` and a `discriminator`.
struct Union<'s> {
    name: &'s str,
    description: &'s str,
    /// The property that tells kinds apart.
    property: &'s str,
    /// The schema of each kind, with the values that the property has there.
    kinds: BTreeMap<&'s str, Vec<&'s str>>,
}

/// Returns whether a named schema becomes an enum that keeps kinds which are new.
pub(crate) fn is_union(name: &str, schema: &Value) -> bool {
    union(name, schema).is_some()
}

fn union<'s>(name: &'s str, schema: &'s Value) -> Option<Union<'s>> {
    if HAND_WRITTEN.iter().any(|(hand_written, _)| *hand_written == name) {
        return None;
    }
    let is_named = |kind: &Value| kind.get("$ref").is_some();
    let listed = schema.get("oneOf")?.as_array()?;
    let discriminator = schema.get("discriminator")?;
    let mapping = discriminator.get("mapping")?.as_object()?;
    if mapping.is_empty() || !listed.iter().all(is_named) {
        return None;
    }
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (value, target) in mapping {
        let target = target.as_str()?;
        kinds.entry(target.rsplit('/').next().unwrap_or(target)).or_default().push(value);
    }
    let description = schema.get("description").and_then(Value::as_str).unwrap_or(name);
    Some(Union { name, description, property: discriminator.get("propertyName")?.as_str()?, kinds })
}

/// The enums of all unions, in a module of their own.
pub(super) fn unions(schemas: &Map<String, Value>) -> TokenStream {
    let unions = schemas.iter().filter_map(|(name, schema)| union(name, schema)).map(|union| {
        let Union { name, description, property, kinds } = &union;
        let ident = format_ident!("{}", name.to_pascal_case());
        let kinds = kinds.iter().zip(variants(&union)).map(|((kind, values), variant)| {
            let doc = format!("`{property}` is {}.", listed(values));
            let variant = format_ident!("{variant}");
            let kind = rust_type(kind, schemas);
            quote! { #[doc = #doc] #variant(#kind) = #(#values)|* }
        });
        quote! { crate::union::union! { #[doc = #description] #ident by #property { #(#kinds),* } } }
    });
    quote! {
        /// Unions whose kinds a property tells apart, one of them for kinds that are new.
        pub mod unions {
            use super::types;

            #(#unions)*
        }
    }
}

fn listed(values: &[&str]) -> String {
    let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
    values.join(" or ")
}

/// A name for each kind: its one value if they all have one and these make good names, or else that of its schema.
fn variants(union: &Union<'_>) -> Vec<String> {
    let is_name = |name: &String| name != "Unknown" && name.starts_with(|first: char| first.is_ascii_alphabetic());
    let of_values: Option<Vec<String>> = union
        .kinds
        .values()
        .map(|values| if let [value] = values[..] { Some(value.to_pascal_case()).filter(is_name) } else { None })
        .collect();
    let is_distinct = |names: &Vec<String>| names.iter().collect::<BTreeSet<_>>().len() == names.len();
    of_values.filter(is_distinct).unwrap_or_else(|| {
        let of_schema =
            |name: &&str| Some(name.to_pascal_case()).filter(is_name).unwrap_or_else(|| format!("{name}Kind"));
        union.kinds.keys().map(of_schema).collect()
    })
}
