//! The public surface of generated code, as text: what a dependent can name, and nothing else. It parses as Rust.

use std::collections::BTreeSet;

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Block, Fields, ImplItem, Item, ItemImpl, Meta, Stmt, Visibility, parse_quote,
    visit_mut::{self, VisitMut},
};

const HEAD: &str = "\
// The public items of the generated code, without bodies and documentation. Reviews show by it what a change of the
// contract or of the generator does to dependents, and `cargo xtask diff` reads it. Written by `cargo xtask regen`;
// it is Rust, but never compiled.

";

pub(super) fn text(file: syn::File) -> String {
    let mut file = syn::File { shebang: None, attrs: Vec::new(), items: public(file.items) };
    Shorten { taken: defined(&file.items) }.visit_file_mut(&mut file);
    format!("{HEAD}{}", prettyplease::unparse(&file))
}

/// The public items without bodies, in an order that does not depend on the generator's.
fn public(items: Vec<Item>) -> Vec<Item> {
    let mut kept: Vec<Item> = items.into_iter().filter_map(item).collect();
    kept.sort_by_cached_key(key);
    kept
}

/// Groups each type with what is implemented for it.
fn key(item: &Item) -> (u8, String, u8, String) {
    let (group, name, rank) = match item {
        Item::Use(_) => (0, String::new(), 0),
        Item::Static(item) => (1, item.ident.to_string(), 0),
        Item::Struct(item) => (2, item.ident.to_string(), 0),
        Item::Enum(item) => (2, item.ident.to_string(), 0),
        Item::Impl(item) => (2, item.self_ty.to_token_stream().to_string(), 1 + u8::from(item.trait_.is_some())),
        Item::Mod(item) => (4, item.ident.to_string(), 0),
        _ => (3, String::new(), 0),
    };
    // Lifetimes of a type stand behind its name.
    let name = name.split(' ').next().unwrap_or_default().to_owned();
    let of_trait = match item {
        Item::Impl(ItemImpl { trait_: Some((_, path, _)), self_ty, .. }) => quote!(#path for #self_ty).to_string(),
        _ => String::new(),
    };
    (group, name, rank, of_trait)
}

fn item(mut item: Item) -> Option<Item> {
    match &mut item {
        Item::Struct(item) if is_public(&item.vis) => {
            telling(&mut item.attrs);
            fields(&mut item.fields);
        }
        Item::Enum(item) if is_public(&item.vis) => {
            telling(&mut item.attrs);
            for variant in &mut item.variants {
                telling(&mut variant.attrs);
                variant.fields.iter_mut().for_each(|field| telling(&mut field.attrs));
            }
        }
        Item::Impl(item) => {
            telling(&mut item.attrs);
            let of_trait = item.trait_.is_some();
            item.items.retain_mut(|member| match member {
                ImplItem::Fn(method) if is_public(&method.vis) => {
                    telling(&mut method.attrs);
                    for argument in &mut method.sig.inputs {
                        if let syn::FnArg::Receiver(receiver) = argument {
                            receiver.mutability = None;
                        }
                    }
                    method.block = Block { brace_token: method.block.brace_token, stmts: Vec::<Stmt>::new() };
                    true
                }
                ImplItem::Type(_) => true,
                _ => false,
            });
            item.items.sort_by_cached_key(|member| match member {
                ImplItem::Fn(method) => method.sig.ident.to_string(),
                _ => String::new(),
            });
            if !of_trait && item.items.is_empty() {
                return None;
            }
        }
        Item::Mod(item) if is_public(&item.vis) => {
            telling(&mut item.attrs);
            if let Some((_, items)) = &mut item.content {
                *items = public(std::mem::take(items));
            }
        }
        Item::Static(item) if is_public(&item.vis) => {
            telling(&mut item.attrs);
            item.expr = parse_quote!(..);
        }
        Item::Use(item) if is_public(&item.vis) => telling(&mut item.attrs),
        // Identifiers and unions are made by macros of the crate.
        Item::Macro(item) => item.mac.tokens = without_docs(item.mac.tokens.clone()),
        _ => return None,
    }
    Some(item)
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Hides private fields, but not that there are some.
fn fields(fields: &mut Fields) {
    let hide = |field: &syn::Field| is_public(&field.vis);
    match fields {
        Fields::Named(named) => {
            let kept = named.named.iter().filter(|field| hide(field)).cloned().collect();
            named.named = kept;
            named.named.iter_mut().for_each(|field| telling(&mut field.attrs));
        }
        Fields::Unnamed(unnamed) => unnamed.unnamed.iter_mut().for_each(|field| telling(&mut field.attrs)),
        Fields::Unit => {}
    }
}

/// Keeps the attributes that dependents can tell.
fn telling(attrs: &mut Vec<Attribute>) {
    attrs.retain(|attr| {
        ["derive", "serde", "non_exhaustive", "deprecated"].iter().any(|kept| attr.path().is_ident(kept))
    });
    for attr in attrs {
        // The generator writes `:: serde :: Serialize` where people write `::serde::Serialize`.
        if let Meta::List(list) = &attr.meta
            && list.path.is_ident("derive")
            && let Ok(paths) =
                list.parse_args_with(syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated)
        {
            let mut names: Vec<_> =
                paths.iter().filter_map(|path| path.segments.last()).map(|last| &last.ident).collect();
            names.sort();
            *attr = parse_quote!(#[derive(#(#names),*)]);
        } else if let Meta::List(list) = &mut attr.meta {
            // Names of functions stand in texts there.
            let short = list.tokens.to_string().replace(":: std :: ", "::std::").replace("::std::option::", "");
            list.tokens = short.replace("::std::vec::", "").parse().unwrap_or_else(|_| list.tokens.clone());
        }
    }
}

/// Removes attributes, which are all documentation there.
fn without_docs(tokens: TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter();
    let mut kept = TokenStream::new();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => drop(tokens.next()),
            TokenTree::Group(group) => {
                kept.extend([TokenTree::from(Group::new(group.delimiter(), without_docs(group.stream())))]);
            }
            other => kept.extend([other]),
        }
    }
    kept
}

/// The types that a file defines.
fn defined(items: &[Item]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for item in items {
        match item {
            Item::Struct(item) => drop(found.insert(item.ident.to_string())),
            Item::Enum(item) => drop(found.insert(item.ident.to_string())),
            Item::Mod(item) => found.extend(item.content.iter().flat_map(|(_, items)| defined(items))),
            _ => {}
        }
    }
    found
}

/// What people write without a path.
const KNOWN: [&str; 13] = [
    "BTreeMap", "Box", "Default", "Display", "FnOnce", "From", "FromStr", "Option", "Result", "String", "TryFrom",
    "TryInto", "Vec",
];

/// Writes well-known types and traits as people do.
struct Shorten {
    /// Types of the contract, which need their names for themselves.
    taken: BTreeSet<String>,
}

impl VisitMut for Shorten {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        let is_std = path.segments.first().is_some_and(|first| first.ident == "std");
        let is_known = path.segments.last().is_some_and(|last| {
            KNOWN.iter().any(|known| last.ident == known) && !self.taken.contains(&last.ident.to_string())
        });
        if is_std && is_known && path.segments.len() == 3 {
            path.leading_colon = None;
            path.segments = path.segments.iter().skip(2).cloned().collect();
        }
    }
}
