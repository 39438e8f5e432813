//! The model of the generator against the generator itself.

use std::collections::BTreeMap;

use quote::ToTokens;
use serde_json::Value;
use syn::{Fields, File, FnArg, GenericArgument, ImplItem, Item, PathArguments, ReturnType, Type};

use super::{Is, Kind, Surface};
use crate::diff::document::Document;

#[path = "../../../tests/diff_oracle/changes.rs"]
pub(in crate::diff) mod changes;
#[path = "../../../tests/diff_oracle/documents.rs"]
pub(in crate::diff) mod documents;

type Items = BTreeMap<String, String>;

/// What the model does not claim to know.
const UNCLEAR: &str = "unclear";

/// What the generator makes of a contract.
fn real(document: &Value) -> Items {
    let code = crate::generator::child::rust(document).unwrap_or_else(|error| panic!("{error}: {document:#}"));
    let file: File = syn::parse_str(&code).unwrap();
    let mut items = Items::new();
    for item in &file.items {
        if let Item::Mod(module) = item {
            let inside = &module.content.as_ref().unwrap().1;
            match module.ident.to_string().as_str() {
                "types" => inside.iter().for_each(|item| of_types(item, &mut items)),
                "builder" => inside.iter().for_each(|item| of_builders(item, &mut items)),
                _ => {}
            }
        }
    }
    items
}

fn of_types(item: &Item, items: &mut Items) {
    match item {
        Item::Struct(item) => {
            let name = format!("types::{}", item.ident);
            let derives = item.attrs.iter().map(|attr| attr.to_token_stream().to_string()).collect::<String>();
            if derives.contains("Default") {
                items.insert(format!("{name} is Default"), String::new());
            }
            match &item.fields {
                Fields::Named(fields) => {
                    items.insert(name.clone(), "struct".to_owned());
                    for field in &fields.named {
                        let field_name = field.ident.as_ref().unwrap().to_string();
                        items.insert(format!("{name}::{field_name}"), written(&field.ty));
                    }
                }
                Fields::Unnamed(fields) => {
                    items.insert(name, format!("newtype {}", written(&fields.unnamed[0].ty)));
                }
                Fields::Unit => {}
            }
        }
        Item::Enum(item) => {
            items.insert(format!("types::{}", item.ident), "enum".to_owned());
            let derives = item.attrs.iter().map(|attr| attr.to_token_stream().to_string()).collect::<String>();
            if derives.contains("Copy") {
                items.insert(format!("types::{} is Copy", item.ident), String::new());
            }
            for variant in &item.variants {
                let holds = match &variant.fields {
                    Fields::Unit => String::new(),
                    Fields::Unnamed(fields) => format!("({})", written(&fields.unnamed[0].ty)),
                    Fields::Named(fields) => {
                        let fields =
                            fields.named.iter().map(|f| format!("{}:{}", f.ident.as_ref().unwrap(), written(&f.ty)));
                        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
                    }
                };
                items.insert(format!("types::{}::{}", item.ident, variant.ident), holds);
            }
        }
        Item::Impl(item) => {
            let name = format!("types::{}", written(&item.self_ty));
            let Some((_, path, _)) = &item.trait_ else { return };
            let last = path.segments.last().unwrap();
            let of = last.ident.to_string();
            // All newtypes are made of what is in them.
            let is_enum = items.get(&name).is_some_and(|kind| kind == "enum");
            match of.as_str() {
                "Default" | "Display" | "FromStr" => drop(items.insert(format!("{name} is {of}"), String::new())),
                "From" if is_enum => {
                    let from = written(&syn::parse_quote!(#last));
                    items.insert(format!("{name} is {from}"), String::new());
                }
                _ => {}
            }
        }
        _ => {}
    }
}

fn of_builders(item: &Item, items: &mut Items) {
    match item {
        Item::Struct(item) => {
            for field in &item.fields {
                let name = field.ident.as_ref().unwrap().to_string();
                if name != "client" {
                    // `Result<T, String>`
                    let ty = arguments(&field.ty).remove(0);
                    items.insert(format!("builder::{}::{name}", item.ident), written(ty));
                }
            }
        }
        Item::Impl(item) => {
            let name = written(&item.self_ty).replace("<'a>", "");
            for method in &item.items {
                let ImplItem::Fn(method) = method else { continue };
                if method.sig.ident == "body_map" {
                    assert!(method.sig.inputs.iter().any(|input| matches!(input, FnArg::Typed(_))));
                    items.insert(format!("builder::{name}::body map"), String::new());
                }
                if method.sig.ident == "send" {
                    let ReturnType::Type(_, ty) = &method.sig.output else { continue };
                    let both: Vec<_> = arguments(ty).iter().map(|ty| written(arguments(ty).remove(0))).collect();
                    items.insert(format!("builder::{name} send"), both.join(" else "));
                }
            }
        }
        _ => {}
    }
}

fn arguments(ty: &Type) -> Vec<&Type> {
    let Type::Path(path) = ty else { return Vec::new() };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last().unwrap().arguments else {
        return Vec::new();
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

fn written(ty: &Type) -> String {
    let mut text = ty.to_token_stream().to_string().replace(' ', "");
    for (long, short) in [
        ("::std::option::", ""),
        ("::std::vec::", ""),
        ("::std::string::", ""),
        ("::std::boxed::", ""),
        ("::std::num::", ""),
        ("::std::collections::", ""),
        ("::serde_json::", "serde_json::"),
        ("::chrono::offset::", "chrono::"),
        ("::chrono::naive::", "chrono::"),
        ("::chrono::", "chrono::"),
        ("crate::", ""),
        ("usize]", "]"),
        ("types::", ""),
    ] {
        text = text.replace(long, short);
    }
    text
}

/// What the model says.
fn model(document: &Value) -> Items {
    let surface = Surface::of(Document::new(document));
    let mut items = Items::new();
    let short = |text: &str| text.replace(' ', "").replace("types::", "");
    for (path, item) in &surface.items {
        match &item.is {
            Is::Type { kind, traits } => {
                let kind = match kind {
                    Kind::HandWritten => continue,
                    Kind::Struct => "struct".to_owned(),
                    Kind::Enum => "enum".to_owned(),
                    Kind::Newtype { inner, .. } => format!("newtype {}", short(inner)),
                    Kind::Unclear(_) => UNCLEAR.to_owned(),
                };
                items.insert(path.clone(), kind);
                items.extend(traits.iter().map(|name| (format!("{path} is {}", short(name)), String::new())));
            }
            Is::Field { ty, .. } => drop(items.insert(path.clone(), short(ty))),
            Is::Variant(holds) => drop(items.insert(path.clone(), short(holds))),
            Is::Setter { ty, required, builds } => {
                let ty = match (*required, *builds) {
                    (false, _) => format!("Option<{}>", short(ty)),
                    (true, true) => format!("builder::{}", short(ty)),
                    (true, false) => short(ty),
                };
                items.insert(path.clone(), ty);
                if *builds {
                    items.insert(format!("{path} map"), String::new());
                }
            }
            Is::Method { success, error } => {
                let name = super::names::builder(path.trim_start_matches("Client::"));
                items.insert(format!("builder::{name} send"), format!("{} else {}", short(success), short(error)));
            }
        }
    }
    items
}

fn agree(document: &Value) {
    let (real, model) = (real(document), model(document));
    let unclear: Vec<_> = model.iter().filter(|(_, value)| *value == UNCLEAR).map(|(key, _)| key.clone()).collect();
    // What contains itself by way of an unclear type is boxed somewhere on the way.
    let boxed = |text: &String| (text.contains("Box<") || text.contains(" is From<")) && !unclear.is_empty();
    let known = |key: &str| {
        let setter = key.strip_suffix(" map").unwrap_or(key);
        let of = |ty: &String| unclear.iter().any(|unclear| ty.contains(unclear.trim_start_matches("types::")));
        let of_unclear = model.get(setter).is_some_and(of);
        !of_unclear && !unclear.iter().any(|unclear| key.starts_with(unclear.as_str()))
    };
    let only = |a: &Items, b: &Items| -> Vec<String> {
        a.iter()
            .filter(|(key, value)| known(key) && !boxed(key) && !boxed(value) && !b.get(*key).is_some_and(boxed))
            .filter(|(key, value)| b.get(*key) != Some(value))
            .map(|(key, value)| format!("{key} = {value}"))
            .collect()
    };
    // What is in a newtype is made of the newtype as well.
    let unwrapped = |line: &String| {
        let parts = line.trim_start_matches("types::").trim_end_matches("> = ").split_once(" is From<");
        parts.is_some_and(|(inner, outer)| {
            let outer = model.get(&format!("types::{outer}"));
            outer == Some(&format!("newtype {inner}")) || outer.is_some_and(|outer| outer == UNCLEAR)
        })
    };
    let (missing, extra) = (only(&real, &model), only(&model, &real));
    let missing: Vec<_> = missing.into_iter().filter(|line| !unwrapped(line)).collect();
    assert!(missing.is_empty() && extra.is_empty(), "real: {missing:#?}\nmodel: {extra:#?}\n{document:#}");
}

#[test]
fn the_model_knows_the_surface_of_the_contract() {
    agree(&serde_json::from_str(include_str!("../../../../atlas-exports-gen/openapi.json")).unwrap());
}

#[test]
fn the_model_knows_the_error_of_what_an_operation_does_not_name() {
    let mut document: Value = serde_json::from_str(include_str!("../../../../atlas-exports-gen/openapi.json")).unwrap();
    for (_, item) in document["paths"].as_object_mut().unwrap() {
        for responses in item.as_object_mut().unwrap().values_mut().filter_map(|it| it.get_mut("responses")) {
            responses.as_object_mut().unwrap().retain(|status, _| status.starts_with('2'));
        }
    }
    agree(&document);
}

#[test]
fn the_model_knows_the_surface_of_generated_contracts() {
    for seed in 0..100 {
        agree(&documents::document(&mut fastrand::Rng::with_seed(seed)));
    }
}

#[test]
fn the_model_knows_the_surface_of_changed_contracts() {
    let first = std::env::var("ORACLE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    for seed in first..first + 100 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut document = documents::document(&mut rng);
        changes::change(&mut rng, &mut document);
        // The generator gives up on some of them; of other seeds than these it follows some without end.
        if crate::generator::child::rust(&document).is_ok() {
            agree(&document);
        }
    }
}
