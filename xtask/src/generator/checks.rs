//! Finds what the compiler would refuse in generated code that parses.

use std::collections::BTreeSet;

use quote::ToTokens;
use serde::{Deserialize, Serialize};
use syn::{
    ImplItem, Item, ItemMod, Path,
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
    checks.found.into_iter().collect()
}

#[derive(Default)]
struct Checks {
    found: BTreeSet<Defect>,
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
                Item::Struct(item) => {
                    self.defines(module, &item.ident.to_string(), &mut types);
                    let fields = item.fields.iter().filter_map(|field| field.ident.as_ref());
                    self.twice(&format!("{module}{}", item.ident), "field", fields);
                }
                Item::Enum(item) => {
                    self.defines(module, &item.ident.to_string(), &mut types);
                    let variants = item.variants.iter().map(|variant| &variant.ident);
                    self.twice(&format!("{module}{}", item.ident), "variant", variants);
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
                        if !members.insert(path.clone()) {
                            self.add(path, format!("`{owner}` has the method `{}` twice", method.sig.ident));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn defines(&mut self, module: &str, name: &str, types: &mut BTreeSet<String>) {
        if !types.insert(name.to_owned()) {
            self.add(format!("{module}{name}"), format!("the type `{name}` is defined twice"));
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

/// The name of a type, without what stands around it.
fn name_of(ty: &syn::Type) -> String {
    match ty {
        syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default(),
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

    fn visit_path(&mut self, path: &'ast Path) {
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
