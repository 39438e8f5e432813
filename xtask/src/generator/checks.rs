//! Finds what the compiler would refuse in generated code that parses.

use std::collections::BTreeSet;

use quote::ToTokens;
use serde::{Deserialize, Serialize};
use syn::{
    Fields, ImplItem, Item,
    visit::{self, Visit},
};

/// Crates that the generated crate depends on, as paths begin with them.
const CRATES: [&str; 9] =
    ["bytes", "chrono", "core", "http", "progenitor_client", "reqwest", "schemars", "serde", "serde_json"];

/// Something in generated code that does not compile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Defect {
    /// Name of the item that it is in.
    pub(crate) item: String,
    pub(crate) what: String,
}

/// Finds all that would not compile.
pub(super) fn find(file: &syn::File) -> Vec<Defect> {
    let mut checks = Checks::default();
    checks.items(&file.items);
    checks.visit_file(file);
    checks.found.into_iter().collect()
}

#[derive(Default)]
struct Checks {
    found: BTreeSet<Defect>,
    /// Item that the visitor is in.
    item: String,
}

impl Checks {
    fn add(&mut self, item: &str, what: String) {
        self.found.insert(Defect { item: item.to_owned(), what });
    }

    fn items(&mut self, items: &[Item]) {
        let (mut types, mut methods) = (BTreeSet::new(), BTreeSet::new());
        for item in items {
            let name = match item {
                Item::Struct(item) => {
                    self.fields(&item.ident.to_string(), &item.fields);
                    item.ident.to_string()
                }
                Item::Enum(item) => {
                    let names = item.variants.iter().map(|variant| variant.ident.to_string());
                    self.twice(&item.ident.to_string(), "variant", names);
                    item.ident.to_string()
                }
                Item::Mod(item) => {
                    if let Some((_, items)) = &item.content {
                        self.items(items);
                    }
                    continue;
                }
                Item::Impl(item) if item.trait_.is_none() => {
                    let owner = item.self_ty.to_token_stream().to_string();
                    for method in &item.items {
                        let ImplItem::Fn(method) = method else { continue };
                        let name = method.sig.ident.to_string();
                        if !methods.insert((owner.clone(), name.clone())) {
                            self.add(&owner, format!("`{owner}` has the method `{name}` twice"));
                        }
                    }
                    continue;
                }
                _ => continue,
            };
            if !types.insert(name.clone()) {
                self.add(&name, format!("the type `{name}` is defined twice"));
            }
        }
    }

    fn fields(&mut self, owner: &str, fields: &Fields) {
        let names = fields.iter().filter_map(|field| field.ident.as_ref()).map(ToString::to_string);
        self.twice(owner, "field", names);
    }

    fn twice(&mut self, owner: &str, kind: &str, names: impl Iterator<Item = String>) {
        let mut seen = BTreeSet::new();
        for name in names {
            if seen.contains(&name) {
                self.add(owner, format!("`{owner}` has the {kind} `{name}` twice"));
            }
            seen.insert(name);
        }
    }
}

impl<'ast> Visit<'ast> for Checks {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.item = item.ident.to_string();
        visit::visit_item_struct(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let (Some(_), Some(first)) = (path.leading_colon, path.segments.first()) {
            let name = first.ident.to_string();
            if name != "std" && !CRATES.contains(&name.as_str()) {
                let item = self.item.clone();
                self.add(&item, format!("`{item}` needs the crate `{name}`, which the generated crate does not have"));
            }
        }
        visit::visit_path(self, path);
    }
}
