//! Every setting of the code generator, in one place for the build script and for tools that inspect its output.

use std::{collections::BTreeSet, error::Error};

use heck::{ToPascalCase, ToSnakeCase};
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl, TypePatch};
use quote::{format_ident, quote};
use serde_json::{Map, Value, json};

#[path = "generator/operations.rs"]
mod operations;
#[path = "generator/setters.rs"]
mod setters;
#[path = "generator/unions.rs"]
pub(crate) mod unions;

/// Schemas whose Rust type is written by hand, because no schema says what is special about it.
pub(crate) const HAND_WRITTEN: [(&str, &[TypeImpl]); 3] =
    [("ClusterName", &TEXT), ("ExportBucket", &[]), ("ExportState", &TEXT)];

/// What the Rust type of a text can do.
const TEXT: [TypeImpl; 2] = [TypeImpl::FromStr, TypeImpl::Display];

/// Schemas that hand-written constructors make values of.
const CONSTRUCTED: [&str; 2] = ["NewExport", "NewExportBucket"];

/// Marks a schema as one of Atlas's 24-digit identifiers, which become a newtype each.
const TYPE_EXTENSION: &str = "x-atlas-type";

/// Where the schema of every error stands.
const SHARED_ERROR: &str = "/components/schemas/ApiError";

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Turns an OpenAPI 3.0 document into the code of the generated crate.
///
/// # Errors
///
/// When the document is not OpenAPI 3.0 or holds what the generator has no Rust for.
pub(crate) fn rust(document: &str) -> Result<syn::File, Box<dyn Error>> {
    let mut value: Value = serde_json::from_str(document)?;
    plain_code(&mut value);
    let no_schemas = Map::new();
    let schemas = value.pointer("/components/schemas").and_then(Value::as_object).unwrap_or(&no_schemas);

    let mut plain = value.clone();
    plain_scalars(&mut plain);
    range_default_responses(&mut plain);
    type_every_error(&mut plain);
    describe_references(&mut plain);
    let plain = serde_json::from_value(plain)?;
    let mut settings = settings(schemas)?;
    // What types there are, inline ones among them, is known when they have been made once.
    let mut trial = Generator::new(&settings);
    trial.generate_tokens(&plain)?;
    for kind in trial.get_type_space().iter_types() {
        // Patches go by the Rust name. Those of types that are not generated patch nothing.
        settings.with_patch(kind.name(), TypePatch::default().with_attr("#[non_exhaustive]"));
    }
    let client = Generator::new(&settings).generate_tokens(&plain)?;
    let mut file: syn::File = parsed(client)?;
    setters::explain_refusals(&mut file, &value);
    let ids = ids(schemas);
    let unions = unions::unions(schemas);
    let operations = operations::table(&value);
    let lists = operations::lists(&value, schemas);
    let constructors = CONSTRUCTED
        .iter()
        .filter_map(|name| Some((*name, schemas.get(*name)?)))
        .map(|named| constructor(named, schemas))
        .collect::<Result<Vec<_>, _>>()?;
    file.items.extend(parsed(quote! { #ids #unions #operations #(#lists)* #(#constructors)* })?.items);
    Ok(file)
}

fn parsed(code: TokenStream) -> Result<syn::File, Box<dyn Error>> {
    syn::parse2(code).map_err(|error| format!("the generated code does not parse: {error}").into())
}

/// Makes a value of what is required, so that the hand-written code need not name what is optional and goes on compiling
/// when there is more of it.
fn constructor((name, schema): (&str, &Value), schemas: &Map<String, Value>) -> Result<TokenStream, Box<dyn Error>> {
    let members = |key: &str| schema.get(key).and_then(Value::as_object).into_iter().flatten();
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let required: BTreeSet<&str> = names.collect();
    let (mut parameters, mut fields) = (Vec::new(), Vec::new());
    for (property, described) in members("properties") {
        let field = format_ident!("{}", property.to_snake_case());
        if required.contains(property.as_str()) {
            let target = described.get("$ref").and_then(Value::as_str).and_then(|target| target.rsplit('/').next());
            let target = target.ok_or_else(|| {
                format!("`{property}` of `{name}` is required, so its type needs a name: refer to a named schema")
            })?;
            let kind = rust_type(target, schemas);
            parameters.push(quote!(#field: #kind));
            fields.push(quote!(#field));
        } else if described.get("default").is_some() {
            let what = format!(
                "`{property}` of `{name}` has a default, which would always be sent: drop it, and tell \
                                it in the description"
            );
            return Err(what.into());
        } else {
            fields.push(quote!(#field: Default::default()));
        }
    }
    let name = format_ident!("{name}");
    Ok(quote! {
        impl types::#name {
            pub(crate) fn of_required(#(#parameters),*) -> Self {
                Self { #(#fields),* }
            }
        }
    })
}

/// The Rust type of a named schema.
fn rust_type(name: &str, schemas: &Map<String, Value>) -> TokenStream {
    let ident = format_ident!("{}", name.to_pascal_case());
    if schemas.get(name).is_some_and(is_object_id) {
        quote!(crate::ids::#ident)
    } else if HAND_WRITTEN.iter().any(|(hand_written, _)| *hand_written == name) {
        quote!(crate::models::#ident)
    } else if schemas.get(name).is_some_and(|schema| unions::is_union(name, schema)) {
        quote!(crate::unions::#ident)
    } else {
        quote!(types::#ident)
    }
}

/// Removes what makes a text or number more than that: patterns, the format `uuid`, enums of numbers, and the minimum
/// of 1 for which the generator has `NonZero`. The client would need an engine and a crate for the first two, the
/// generator's Rust for the third does not compile, and the last is checked by the setters instead.
fn plain_scalars(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let kind = members.get("type").and_then(Value::as_str).map(str::to_owned);
            let kind = kind.as_deref();
            if kind == Some("integer")
                && let Some(minimum) = members.get_mut("minimum")
                && minimum.as_i64().is_some_and(|minimum| minimum >= 0)
            {
                *minimum = json!(0);
                members.remove("exclusiveMinimum");
            }
            if matches!(kind, Some("integer" | "number" | "boolean"))
                && members.get("enum").is_some_and(Value::is_array)
            {
                members.remove("enum");
            } else if kind == Some("string") {
                members.retain(|name, value| {
                    !(name == "pattern" && value.is_string() || name == "format" && value == "uuid")
                });
            }
            members.values_mut().for_each(plain_scalars);
        }
        Value::Array(items) => items.iter_mut().for_each(plain_scalars),
        _ => {}
    }
}

/// The responses of every operation.
fn responses(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let items = paths.into_iter().flatten().filter_map(|(_, item)| item.as_object_mut());
    items
        .flatten()
        .filter(|(method, _)| METHODS.contains(&method.as_str()))
        .filter_map(|(_, operation)| operation.get_mut("responses")?.as_object_mut())
}

/// Writes a `default` response as the ranges that it stands for, since it would also match the status by which a
/// transport reports that it failed.
fn range_default_responses(document: &mut Value) {
    for responses in responses(document) {
        let Some(default) = responses.remove("default") else { continue };
        let has_success = responses.keys().any(|status| status.starts_with('2'));
        for range in ["2XX", "4XX", "5XX"] {
            if range != "2XX" || !has_success {
                responses.entry(range).or_insert_with(|| default.clone());
            }
        }
    }
}

/// Gives each operation the shared error for the error statuses that the contract does not name. Otherwise those that
/// Atlas sends beside the documented ones would come out without what Atlas says of them.
fn type_every_error(document: &mut Value) {
    if document.pointer(SHARED_ERROR).is_none() {
        return;
    }
    let schema = json!({"$ref": format!("#{SHARED_ERROR}")});
    let error = json!({"description": "", "content": {"application/json": {"schema": schema}}});
    for responses in responses(document) {
        for range in ["4XX", "5XX"] {
            responses.entry(range).or_insert_with(|| error.clone());
        }
    }
}

/// Lets the description beside the reference of a property be heard, where OpenAPI 3.0 has nothing beside a reference.
fn describe_references(value: &mut Value) {
    let Some(members) = value.as_object_mut() else {
        return value.as_array_mut().into_iter().flatten().for_each(describe_references);
    };
    let properties = members.get_mut("properties").and_then(Value::as_object_mut);
    for (_, property) in properties.into_iter().flatten() {
        if let (Some(Value::String(target)), Some(Value::String(text))) =
            (property.get("$ref"), property.get("description"))
        {
            *property = json!({"allOf": [{"$ref": target}], "description": text});
        }
    }
    members.values_mut().for_each(describe_references);
}

/// Keeps code in descriptions from becoming tests of the generated crate.
fn plain_code(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "description" || name == "summary" => *text = without_tests(text),
                    _ => plain_code(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(plain_code),
        _ => {}
    }
}

/// Says of each block of code that it is text, and keeps indented lines from being one.
fn without_tests(text: &str) -> String {
    let mut fence = None;
    let lines = text.lines().map(|line| {
        let bare = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| bare.starts_with(mark));
        match (fence, mark) {
            // What stands behind an opening fence may be code in a line.
            (None, Some(mark)) if !bare.trim_start_matches(['`', '~']).contains('`') => {
                fence = Some(mark);
                format!("{mark}text")
            }
            (Some(open), Some(mark)) if open == mark => {
                fence = None;
                mark.to_owned()
            }
            (None, _) if line.starts_with("    ") || line.starts_with('\t') => format!("   {bare}"),
            _ => line.to_owned(),
        }
    });
    let mut lines: Vec<_> = lines.collect();
    lines.extend(fence.map(str::to_owned));
    lines.join("\n")
}

fn settings(schemas: &Map<String, Value>) -> Result<GenerationSettings, Box<dyn Error>> {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        // With any other mode, a lost hook compiles and sends every request past the transport.
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(::std::sync::Arc<dyn crate::Transport>))
        .with_map_type("::std::collections::BTreeMap")
        .with_derive("::schemars::JsonSchema")
        .with_derive("PartialEq");

    for (name, impls) in HAND_WRITTEN {
        // A replacement for an unknown name is ignored without a word, and the type would come out generated.
        if !schemas.contains_key(name) {
            return Err(format!(
                "the contract has no schema `{name}` although the crate has a type for it: restore the schema, or \
                 drop the name from HAND_WRITTEN"
            )
            .into());
        }
        settings.with_replacement(name, format!("crate::models::{name}"), impls.iter().copied());
    }
    for (name, schema) in schemas {
        if is_object_id(schema) {
            settings.with_replacement(name, format!("crate::ids::{}", name.to_pascal_case()), TEXT.into_iter());
        } else if unions::is_union(name, schema) {
            let path = format!("crate::unions::{}", name.to_pascal_case());
            settings.with_replacement(name, path, std::iter::empty());
        }
    }
    Ok(settings)
}

pub(crate) fn is_object_id(schema: &Value) -> bool {
    schema.get(TYPE_EXTENSION).and_then(Value::as_str) == Some("objectId")
}

fn ids(schemas: &Map<String, Value>) -> TokenStream {
    let ids = schemas.iter().filter(|(_, schema)| is_object_id(schema)).map(|(name, schema)| {
        let ident = format_ident!("{}", name.to_pascal_case());
        let doc = schema.get("description").and_then(Value::as_str).unwrap_or(name);
        quote! { crate::object_id::object_id! { #[doc = #doc] #ident } }
    });
    quote! {
        /// Identifiers of Atlas's resources, a type each, so that one is never taken for another.
        pub mod ids { #(#ids)* }
    }
}
