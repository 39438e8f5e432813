//! Reads the public items of generated code.

use std::collections::BTreeMap;

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{
    Attribute, Fields, File, FnArg, GenericArgument, ImplItem, Item as Code_, ItemImpl, Meta, PathArguments,
    ReturnType, Type, TypePath, WherePredicate,
};

/// An item that a dependent can name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Item {
    /// What kind of item it is.
    pub(crate) noun: &'static str,
    /// What it is: its kind or its type, as Rust writes it.
    pub(crate) is: String,
    /// The types in it, without what is around them.
    pub(crate) leaves: Vec<String>,
    /// What more is known of it.
    pub(crate) facts: BTreeMap<Fact, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fact {
    /// A trait or a method that it has.
    Has(String),
    /// Its builder fails without it.
    Demanded,
    /// What it is when nobody says.
    Default,
}

impl Item {
    fn new(noun: &'static str, is: String, leaves: Vec<String>) -> Self {
        Self { noun, is, leaves, facts: BTreeMap::new() }
    }

    pub(crate) fn hand_written() -> Self {
        Self::new("the type", "a hand-written type".to_owned(), Vec::new())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.facts.contains_key(&Fact::Has(name.to_owned()))
    }

    /// It holds null.
    pub(crate) fn is_option(&self) -> bool {
        self.is.starts_with("Option<")
    }
}

/// Generated code.
#[derive(Debug, Default)]
pub(crate) struct Code {
    pub(crate) items: BTreeMap<String, Item>,
    /// The parts of types, by the names that they have in JSON.
    pub(crate) parts: BTreeMap<String, BTreeMap<String, String>>,
    /// The builders of methods.
    pub(crate) builders: BTreeMap<String, String>,
}

impl Code {
    pub(crate) fn parts(&self, item: &str) -> impl Iterator<Item = (&String, &String)> {
        self.parts.get(item).into_iter().flatten()
    }

    fn put(&mut self, owner: &str, key: String, name: &str, item: Item) {
        let path = format!("{owner}::{name}");
        self.parts.entry(owner.to_owned()).or_default().insert(key, path.clone());
        self.items.insert(path, item);
    }

    fn note(&mut self, path: &str, fact: Fact, text: String) {
        if let Some(item) = self.items.get_mut(path) {
            item.facts.insert(fact, text);
        }
    }
}

impl Code {
    /// Reads a surface. Nothing when it is not Rust.
    pub(crate) fn of(surface: &str) -> Option<Self> {
        Some(Self::of_file(&syn::parse_file(surface).ok()?))
    }

    fn of_file(file: &File) -> Self {
        let mut code = Self::default();
        for item in content(&file.items, "types") {
            code.of_type(item);
        }
        for item in content(&file.items, "types") {
            code.of_impl(item);
        }
        for item in content(&file.items, "builder") {
            code.of_builder(item);
        }
        for item in content(&file.items, "ids") {
            let Some(name) = macro_tokens(item).last().map(ToString::to_string) else { continue };
            code.items.insert(format!("ids::{name}"), Item::new("the type", "an identifier".to_owned(), Vec::new()));
        }
        for item in content(&file.items, "unions") {
            code.of_union(&macro_tokens(item));
        }
        for item in &file.items {
            code.of_client(item);
        }
        for item in &file.items {
            code.of_operation(item);
        }
        code
    }

    /// The methods of the client, each with what its builder sends.
    fn of_client(&mut self, item: &Code_) {
        let Code_::Impl(item) = item else { return };
        for method in item.items.iter().filter_map(public) {
            let (name, ReturnType::Type(_, ty)) = (&method.sig.ident, &method.sig.output) else { continue };
            let text = written(ty);
            let Some(builder) = text.strip_prefix("builder::").and_then(|text| text.split('<').next()) else {
                continue;
            };
            let (method, builder) = (format!("Client::{name}"), format!("builder::{builder}"));
            if let Some(send) = self.items.remove(&format!("{builder}::send")) {
                self.items.insert(method.clone(), Item { noun: "the method", ..send });
            }
            self.builders.insert(method, builder);
        }
    }

    /// A trait that an operation's builder has, noted for its method.
    fn of_operation(&mut self, item: &Code_) {
        let Code_::Impl(ItemImpl { trait_: Some((_, of, _)), self_ty, items, .. }) = item else { return };
        let builder = written(self_ty).split('<').next().unwrap_or_default().to_owned();
        let Some((method, _)) = self.builders.iter().find(|(_, path)| **path == builder) else { return };
        let types = items.iter().filter_map(|item| if let ImplItem::Type(item) = item { Some(&item.ty) } else { None });
        let types: Vec<_> = types.map(written).collect();
        let name = format!("{}<{}>", written(&of.segments.last()), types.join(", "));
        self.note(&method.clone(), Fact::Has(name), String::new());
    }

    /// A union: its name, and in braces its kinds, as in `First(types::First) = "FIRST" | "1"`.
    fn of_union(&mut self, tokens: &[TokenTree]) {
        let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(kinds))) = (tokens.first(), tokens.last()) else {
            return;
        };
        let path = format!("unions::{name}");
        self.items.insert(path.clone(), Item::new("the type", "a union".to_owned(), Vec::new()));
        let kinds: Vec<_> = kinds.stream().into_iter().collect();
        let mut kind = None;
        for pair in kinds.windows(2) {
            match pair {
                [TokenTree::Ident(variant), TokenTree::Group(holds)] => {
                    let Ok(ty) = syn::parse2::<Type>(holds.stream()) else { continue };
                    let is = format!("({})", written(&ty).replace("types::", ""));
                    kind = Some((variant.to_string(), Item::new("the variant", is, vec![leaf(&ty)])));
                }
                [TokenTree::Punct(_), TokenTree::Literal(value)] => {
                    let key = syn::parse_str::<syn::LitStr>(&value.to_string()).map(|text| text.value());
                    if let (Some((variant, item)), Ok(key)) = (&kind, key) {
                        self.put(&path, key, variant, item.clone());
                    }
                }
                _ => {}
            }
        }
    }

    fn of_type(&mut self, item: &Code_) {
        let (ident, attrs, is, leaves) = match item {
            Code_::Struct(item) => {
                let (is, leaves) = match &item.fields {
                    Fields::Unnamed(fields) => fields.unnamed.first().map_or_else(Default::default, |field| {
                        let rule = if is_public(&field.vis) { "" } else { " with a rule" };
                        (format!("a newtype of `{}`{rule}", written(&field.ty)), vec![leaf(&field.ty)])
                    }),
                    _ => ("a struct".to_owned(), Vec::new()),
                };
                (&item.ident, &item.attrs, is, leaves)
            }
            Code_::Enum(item) => (&item.ident, &item.attrs, "an enum".to_owned(), Vec::new()),
            _ => return,
        };
        let path = format!("types::{ident}");
        self.items.insert(path.clone(), Item::new("the type", is, leaves));
        for name in derived(attrs) {
            self.note(&path, Fact::Has(name), String::new());
        }
        if attrs.iter().any(|attr| attr.path().is_ident("non_exhaustive")) {
            self.note(&path, Fact::Demanded, "`..`".to_owned());
        }
        match item {
            Code_::Struct(item) => self.of_fields(&path, &item.fields),
            Code_::Enum(item) => {
                for variant in &item.variants {
                    let is = match &variant.fields {
                        Fields::Unit => String::new(),
                        other => written(other).replace("types::", ""),
                    };
                    let leaves = variant.fields.iter().map(|field| leaf(&field.ty)).collect();
                    let (name, key) = (variant.ident.to_string(), renamed(&variant.attrs));
                    self.put(&path, key.unwrap_or_else(|| name.clone()), &name, Item::new("the variant", is, leaves));
                }
            }
            _ => {}
        }
    }

    fn of_fields(&mut self, path: &str, fields: &Fields) {
        for field in fields.iter().filter(|field| is_public(&field.vis)) {
            let Some(ident) = &field.ident else { continue };
            let (name, key) = (ident.to_string(), renamed(&field.attrs));
            let mut item = Item::new("the field", written(&field.ty), vec![leaf(&field.ty)]);
            // What serde may leave out or fill in, the builder need not be given.
            let words: Vec<_> = field.attrs.iter().flat_map(serde_words).collect();
            let has = |word: &str| words.iter().position(|one| one == word);
            match has("default").map(|place| (words.get(place + 1).map(String::as_str), words.get(place + 2))) {
                Some((Some("="), Some(function))) => drop(item.facts.insert(Fact::Default, function.clone())),
                None if has("skip_serializing_if").is_none() => {
                    item.facts.insert(Fact::Demanded, String::new());
                }
                _ => {}
            }
            self.put(path, key.unwrap_or_else(|| name.clone()), &name, item);
        }
    }

    /// What is implemented for a type.
    fn of_impl(&mut self, item: &Code_) {
        let Code_::Impl(item) = item else { return };
        let path = format!("types::{}", written(&item.self_ty));
        let Some((_, of, _)) = &item.trait_ else {
            for method in item.items.iter().filter_map(public) {
                self.note(&path, Fact::Has(format!("fn {}", method.sig.ident)), String::new());
            }
            return;
        };
        self.note(&path, Fact::Has(written(&of.segments.last())), String::new());
    }

    /// The setters of an operation's builder.
    fn of_builder(&mut self, item: &Code_) {
        let Code_::Impl(item) = item else { return };
        let path = format!("builder::{}", written(&item.self_ty).replace("<'a>", ""));
        for method in item.items.iter().filter_map(public) {
            let name = method.sig.ident.to_string();
            match (name.as_str(), &method.sig.output) {
                ("new", _) => {}
                ("send", ReturnType::Type(_, ty)) => {
                    let both = arguments(ty);
                    let leaves = both.iter().map(|ty| leaf(ty)).collect();
                    self.items.insert(format!("{path}::send"), Item::new("the method", written(ty), leaves));
                }
                ("body_map", _) => self.note(&format!("{path}::body"), Fact::Has("body_map".to_owned()), String::new()),
                _ if method.sig.inputs.iter().any(|input| matches!(input, FnArg::Typed(_))) => {
                    let taken = method.sig.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
                    let taken = taken.filter_map(|predicate| match predicate {
                        WherePredicate::Type(predicate) => {
                            let bound: Type = syn::parse2(predicate.bounds.to_token_stream()).ok()?;
                            arguments(&bound).first().map(|ty| (written(ty), leaf(ty)))
                        }
                        _ => None,
                    });
                    let (is, leaf) = taken.take(1).next().unwrap_or_default();
                    self.items.insert(format!("{path}::{name}"), Item::new("the setter", is, vec![leaf]));
                }
                _ => {}
            }
        }
    }
}

fn macro_tokens(item: &Code_) -> Vec<TokenTree> {
    if let Code_::Macro(item) = item { item.mac.tokens.clone().into_iter().collect() } else { Vec::new() }
}

/// The items of a module.
fn content<'f>(items: &'f [Code_], name: &str) -> &'f [Code_] {
    let content = items.iter().find_map(|item| match item {
        Code_::Mod(module) if module.ident == name => module.content.as_ref(),
        _ => None,
    });
    content.map(|(_, items)| items.as_slice()).unwrap_or_default()
}

fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

fn public(item: &ImplItem) -> Option<&syn::ImplItemFn> {
    match item {
        ImplItem::Fn(method) if is_public(&method.vis) => Some(method),
        _ => None,
    }
}

fn derived(attrs: &[Attribute]) -> Vec<String> {
    let mut names = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("derive")) {
        let _ = attr.parse_nested_meta(|meta| {
            names.extend(meta.path.segments.last().map(|last| last.ident.to_string()));
            Ok(())
        });
    }
    names
}

/// The name that serde knows; an empty one for what takes all other members.
fn renamed(attrs: &[Attribute]) -> Option<String> {
    let words: Vec<_> = attrs.iter().flat_map(serde_words).collect();
    if words.iter().any(|word| word == "flatten") {
        return Some(String::new());
    }
    let name = words.get(words.iter().position(|word| word == "rename")? + 2)?;
    syn::parse_str::<syn::LitStr>(name).ok().map(|text| text.value())
}

/// What stands in a `#[serde(..)]`, word by word.
fn serde_words(attr: &Attribute) -> Vec<String> {
    match &attr.meta {
        Meta::List(list) if list.path.is_ident("serde") => {
            list.tokens.clone().into_iter().map(|token| token.to_string()).collect()
        }
        _ => Vec::new(),
    }
}

fn arguments(ty: &Type) -> Vec<&Type> {
    let Type::Path(path) = ty else { return Vec::new() };
    let Some(PathArguments::AngleBracketed(all)) = path.path.segments.last().map(|last| &last.arguments) else {
        return Vec::new();
    };
    let types = all.args.iter().filter_map(|one| if let GenericArgument::Type(ty) = one { Some(ty) } else { None });
    types.collect()
}

/// The type inside of options, lists and the like. Types of other crates begin with `::`.
fn leaf(ty: &Type) -> String {
    match (ty, arguments(ty).last()) {
        (Type::Array(array), _) => leaf(&array.elem),
        (_, Some(inner)) if !written(inner).starts_with("chrono::") => leaf(inner),
        (Type::Path(TypePath { path, .. }), None) if path.leading_colon.is_some() => {
            path.segments.last().map(|last| format!("::{}", last.ident)).unwrap_or_default()
        }
        _ => written(ty).replace("types::", ""),
    }
}

/// As people write it.
fn written(tokens: &(impl ToTokens + ?Sized)) -> String {
    let mut text = String::new();
    let all = tokens.to_token_stream().to_string();
    for word in all.split(' ') {
        let apart = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        if apart(text.chars().last()) && apart(word.chars().next()) {
            text.push(' ');
        }
        text.push_str(word);
    }
    for (long, short) in [
        ("::std::option::", ""),
        ("std::convert::", ""),
        ("::std::vec::", ""),
        ("::std::string::", ""),
        ("::std::boxed::", ""),
        ("::std::num::", ""),
        ("::std::collections::", ""),
        ("::std::default::", ""),
        ("::serde_json::", "serde_json::"),
        ("::chrono::offset::", "chrono::"),
        ("::chrono::naive::", "chrono::"),
        ("::chrono::", "chrono::"),
        ("crate::", ""),
        ("super::", ""),
        ("types::builder::", "types::"),
        (",>", ">"),
    ] {
        text = text.replace(long, short);
    }
    text
}
