//! Finds what the compiler would refuse in generated code that parses.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use serde::{Deserialize, Serialize};
use syn::{
    Expr, GenericArgument, Generics, ImplItem, Item, ItemMod, Member, Pat, Path, PathArguments, UseTree,
    visit::{self, Visit},
};

/// Crates that the generated crate depends on, as paths begin with them.
const CRATES: [&str; 9] =
    ["bytes", "chrono", "core", "http", "progenitor_client", "reqwest", "schemars", "serde", "serde_json"];

/// Something in generated code that does not compile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Defect {
    /// The item that it is about, such as `types::ExportJob::state`.
    pub(crate) item: String,
    pub(crate) what: String,
}

/// Finds all that would not compile.
pub(super) fn find(file: &syn::File) -> Vec<Defect> {
    let mut checks = Checks::default();
    checks.module("", &file.items);
    checks.visit_file(file);
    checks.called();
    checks.found.into_iter().collect()
}

/// A type as far as a use of its name can be told from a use of another type of that name.
#[derive(Default)]
struct Shape {
    lifetimes: bool,
    types: bool,
    /// Variants and functions.
    members: BTreeSet<String>,
}

#[derive(Default)]
struct Checks {
    found: BTreeSet<Defect>,
    /// Types by their paths.
    shapes: BTreeMap<String, Shape>,
    /// Methods that generated code calls on a client.
    calls: BTreeSet<String>,
    /// Methods of the client.
    operations: BTreeSet<String>,
    /// What builders hold, by builder and field.
    held: BTreeMap<String, syn::Type>,
    /// The name of the value of an optional parameter, and that of the parameter.
    given: Option<(syn::Ident, syn::Ident)>,
    /// Types that can be written as texts.
    displayed: BTreeSet<String>,
    /// Module that the visitor is in, with `::` behind it.
    module: String,
    /// Type that the visitor is in.
    item: String,
}

impl Checks {
    fn add(&mut self, item: String, what: String) {
        self.found.insert(Defect { item, what });
    }

    /// Looks for names that a module defines twice.
    fn module(&mut self, module: &str, items: &[Item]) {
        let (mut types, mut members) = (BTreeSet::new(), BTreeSet::new());
        for item in items {
            match item {
                Item::Use(item) => imported(&item.tree, &mut types),
                Item::Struct(item) => {
                    self.defines(module, &item.ident.to_string(), &mut types);
                    self.shape(module, &item.ident, &item.generics);
                    let fields = item.fields.iter().filter_map(|field| field.ident.as_ref());
                    self.twice(&format!("{module}{}", item.ident), "field", fields);
                    if module == "builder::" {
                        let fields = item.fields.iter().filter_map(|field| Some((field.ident.as_ref()?, &field.ty)));
                        self.held.extend(fields.map(|(name, ty)| (format!("{}::{name}", item.ident), ty.clone())));
                    }
                }
                Item::Enum(item) => {
                    self.defines(module, &item.ident.to_string(), &mut types);
                    let variants = item.variants.iter().map(|variant| &variant.ident);
                    self.twice(&format!("{module}{}", item.ident), "variant", variants);
                    let variants = item.variants.iter().map(|variant| variant.ident.to_string());
                    self.shape(module, &item.ident, &item.generics).members.extend(variants);
                }
                // A second copy of each type, whose names are those of the types.
                Item::Mod(item) if module == "types::" && item.ident == "builder" => {}
                Item::Mod(ItemMod { ident, content: Some((_, items)), .. }) => {
                    self.module(&format!("{module}{ident}::"), items);
                }
                Item::Impl(item) if item.trait_.is_none() => {
                    let owner = name_of(&item.self_ty);
                    for member in &item.items {
                        let ImplItem::Fn(method) = member else { continue };
                        let path = format!("{module}{owner}::{}", method.sig.ident);
                        let shape = self.shapes.entry(format!("{module}{owner}")).or_default();
                        shape.members.insert(method.sig.ident.to_string());
                        if module.is_empty() && owner == "Client" {
                            self.operations.insert(method.sig.ident.to_string());
                        }
                        if !members.insert(path.clone()) {
                            self.add(path, format!("`{owner}` has the method `{}` twice", method.sig.ident));
                        }
                    }
                }
                Item::Impl(item) => {
                    let is_display = item.trait_.as_ref().is_some_and(|(_, of, _)| last(of) == "Display");
                    if is_display {
                        self.displayed.insert(name_of(&item.self_ty));
                    }
                }
                _ => {}
            }
        }
    }

    /// Looks for a parameter that is sent as a text, and cannot be one.
    fn sent(&mut self, name: &syn::Ident) {
        let path = format!("{}::{name}", self.item);
        let Some(ty) = self.held.get(&path).filter(|_| self.module == "builder::") else { return };
        let ty = value_of(ty);
        let is_type = ty.to_token_stream().to_string().starts_with("types ::");
        let of = name_of(ty);
        if of == "Vec" || is_type && !self.displayed.contains(&of) {
            self.add(format!("builder::{path}"), format!("it is sent as a text, which a `{of}` cannot be"));
        }
    }

    fn shape(&mut self, module: &str, name: &syn::Ident, generics: &Generics) -> &mut Shape {
        let shape = self.shapes.entry(format!("{module}{name}")).or_default();
        shape.lifetimes = generics.lifetimes().next().is_some();
        shape.types = generics.type_params().next().is_some();
        shape
    }

    fn defines(&mut self, module: &str, name: &str, types: &mut BTreeSet<String>) {
        if !types.insert(name.to_owned()) {
            self.add(format!("{module}{name}"), format!("the type `{name}` is defined twice"));
        }
    }

    /// Looks for operations that take the place of what generated code calls.
    fn called(&mut self) {
        let hidden: Vec<_> = self.operations.intersection(&self.calls).cloned().collect();
        for name in hidden {
            self.add(format!("Client::{name}"), format!("generated code calls another method `{name}` of the client"));
        }
    }

    /// Looks for a name that generated code uses for something else than the type of that name.
    fn meant(&mut self, path: &Path) {
        let Some(first) = path.segments.first().filter(|_| path.leading_colon.is_none()) else { return };
        let item = format!("{}{}", self.module, first.ident);
        let Some(shape) = self.shapes.get(&item) else { return };
        let is_other = match (&first.arguments, path.segments.iter().nth(1)) {
            (PathArguments::AngleBracketed(arguments), _) => {
                !shape.types && arguments.args.iter().any(|argument| matches!(argument, GenericArgument::Type(_)))
            }
            (_, Some(second)) => !shape.members.contains(&second.ident.to_string()),
            (_, None) => shape.lifetimes,
        };
        if is_other {
            let name = &first.ident;
            self.add(item, format!("generated code uses the name `{name}` for something else"));
        }
    }

    fn twice<'a>(&mut self, owner: &str, kind: &str, names: impl Iterator<Item = &'a syn::Ident>) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name) {
                let short = owner.rsplit("::").next().unwrap_or_default();
                self.add(format!("{owner}::{name}"), format!("`{short}` has the {kind} `{name}` twice"));
            }
        }
    }
}

/// The names that a `use` brings in.
fn imported(tree: &UseTree, names: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => imported(&path.tree, names),
        UseTree::Name(name) => drop(names.insert(name.ident.to_string())),
        UseTree::Rename(rename) => drop(names.insert(rename.rename.to_string())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| imported(tree, names)),
        UseTree::Glob(_) => {}
    }
}

/// The names of the value and of the parameter in `if let Some(value) = parameter`.
fn given(condition: &Expr) -> Option<(syn::Ident, syn::Ident)> {
    let Expr::Let(condition) = condition else { return None };
    let (Pat::TupleStruct(some), Expr::Path(parameter)) = (&*condition.pat, &*condition.expr) else { return None };
    let Some(Pat::Ident(value)) = some.elems.first() else { return None };
    Some((value.ident.clone(), parameter.path.get_ident()?.clone()))
}

/// The type of a parameter, without whether it was given and could be made.
fn value_of(ty: &syn::Type) -> &syn::Type {
    let syn::Type::Path(path) = ty else { return ty };
    let Some(segment) = path.path.segments.last().filter(|last| last.ident == "Result" || last.ident == "Option")
    else {
        return ty;
    };
    match &segment.arguments {
        PathArguments::AngleBracketed(all) => match all.args.first() {
            Some(GenericArgument::Type(inner)) => value_of(inner),
            _ => ty,
        },
        _ => ty,
    }
}

fn last(path: &Path) -> String {
    path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
}

/// The name of a type, without what stands around it.
fn name_of(ty: &syn::Type) -> String {
    match ty {
        syn::Type::Path(path) => last(&path.path),
        other => other.to_token_stream().to_string(),
    }
}

impl<'ast> Visit<'ast> for Checks {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let outer = self.module.clone();
        self.module = format!("{outer}{}::", module.ident);
        visit::visit_item_mod(self, module);
        self.module = outer;
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.item = item.ident.to_string();
        visit::visit_item_struct(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.item = name_of(&item.self_ty);
        visit::visit_item_impl(self, item);
    }

    fn visit_expr_if(&mut self, branch: &'ast syn::ExprIf) {
        let outer = self.given.take();
        self.given = given(&branch.cond);
        visit::visit_expr_if(self, branch);
        self.given = outer;
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let is_client = match &*call.receiver {
            Expr::Path(path) => path.path.is_ident("client"),
            Expr::Field(field) => matches!(&field.member, Member::Named(name) if name == "client"),
            _ => false,
        };
        if is_client {
            self.calls.insert(call.method.to_string());
        }
        if let (Expr::Path(path), true) = (&*call.receiver, call.method == "to_string")
            && let Some(name) = path.path.get_ident()
        {
            let parameter = self.given.as_ref().filter(|(value, _)| value == name).map(|(_, parameter)| parameter);
            self.sent(&parameter.unwrap_or(name).clone());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        self.meant(path);
        let mut last = path.segments.iter().rev();
        if let (Some(name), Some(owner)) = (last.next(), last.next())
            && owner.ident == "Client"
        {
            self.calls.insert(name.ident.to_string());
        }
        if let (Some(_), Some(first)) = (path.leading_colon, path.segments.first()) {
            let name = first.ident.to_string();
            if name != "std" && !CRATES.contains(&name.as_str()) {
                let item = &self.item;
                let what = format!("`{item}` needs the crate `{name}`, which the generated crate does not have");
                self.add(format!("{}{item}", self.module), what);
            }
        }
        visit::visit_path(self, path);
    }
}
