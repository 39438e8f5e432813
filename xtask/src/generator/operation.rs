//! The items of generated code that one operation needs.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{ImplItem, Item};

pub(super) fn text(file: &syn::File, method: &str) -> Option<String> {
    let client = file.items.iter().find_map(|item| client_method(item, method))?;
    // The builder's name is what the method returns; its module is the only other place that tells it.
    let builder = method.trim_end_matches('_').to_pascal_case();
    let builders: Vec<Item> =
        module(&file.items, "builder").iter().filter(|item| belongs(item, &builder)).cloned().collect();

    let types = module(&file.items, "types");
    let wanted = reachable(types, &builders);
    let mut used: Vec<Item> =
        types.iter().filter(|item| name(item).is_some_and(|name| wanted.contains(&name))).cloned().collect();
    let inner: Vec<Item> = module(types, "builder")
        .iter()
        .filter(|item| name(item).is_some_and(|name| wanted.contains(&name)))
        .cloned()
        .collect();
    if !inner.is_empty() {
        used.push(in_module("builder", inner));
    }

    let mut items = vec![client, in_module("builder", builders)];
    if !used.is_empty() {
        items.push(in_module("types", used));
    }
    Some(prettyplease::unparse(&syn::File { shebang: None, attrs: Vec::new(), items }))
}

fn client_method(item: &Item, method: &str) -> Option<Item> {
    let Item::Impl(item) = item else { return None };
    if item.trait_.is_some() {
        return None;
    }
    let mut item = item.clone();
    item.items.retain(|member| matches!(member, ImplItem::Fn(member) if member.sig.ident == method));
    (!item.items.is_empty()).then_some(Item::Impl(item))
}

fn module<'f>(items: &'f [Item], name: &str) -> &'f [Item] {
    let content = items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == name => module.content.as_ref(),
        _ => None,
    });
    content.map_or(&[], |(_, items)| items)
}

fn in_module(name: &str, items: Vec<Item>) -> Item {
    let name = quote::format_ident!("{name}");
    syn::parse_quote!(pub mod #name { #(#items)* })
}

/// The type that an item defines, or that it implements something for.
fn name(item: &Item) -> Option<String> {
    match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Enum(item) => Some(item.ident.to_string()),
        Item::Impl(item) => {
            let syn::Type::Path(path) = &*item.self_ty else { return None };
            path.path.segments.last().map(|last| last.ident.to_string())
        }
        _ => None,
    }
}

fn belongs(item: &Item, builder: &str) -> bool {
    name(item).is_some_and(|name| name == builder)
}

/// The types that some items mention, and those that these mention.
fn reachable(types: &[Item], from: &[Item]) -> BTreeSet<String> {
    let mut mentioned_by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for item in types {
        // What is implemented for a type may mention others that it has nothing to do with, such as conversions.
        if let (Item::Struct(_) | Item::Enum(_), Some(name)) = (item, name(item)) {
            mentioned_by.entry(name).or_default().extend(words(item.to_token_stream()));
        }
    }
    let mut open: Vec<String> = from.iter().flat_map(|item| words(item.to_token_stream())).collect();
    let mut found = BTreeSet::new();
    while let Some(word) = open.pop() {
        if let Some(next) = mentioned_by.get(&word)
            && found.insert(word)
        {
            open.extend(next.iter().cloned());
        }
    }
    found
}

fn words(tokens: TokenStream) -> Vec<String> {
    let mut words = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(word) => words.push(word.to_string()),
            TokenTree::Group(group) => words.extend(self::words(group.stream())),
            _ => {}
        }
    }
    words
}
