//! Code of a dependent that uses everything that a contract's Rust offers.

use std::fmt::Write;

use quote::{ToTokens, quote};
use syn::{Attribute, Fields, File, GenericArgument, ImplItem, Item, PathArguments, ReturnType, Type};

/// The items of a module of generated code.
fn module<'f>(file: &'f File, name: &str) -> &'f [Item] {
    let module = file.items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == name => module.content.as_ref(),
        _ => None,
    });
    &module.unwrap().1
}

/// What of generated code responses are decoded with.
pub(crate) fn types(code: &str) -> String {
    let mut file: File = syn::parse_str(code).unwrap();
    file.items.retain(|item| matches!(item, Item::Mod(module) if module.ident == "types" || module.ident == "ids"));
    for item in &mut file.items {
        if let Item::Mod(module) = item
            && let Some((_, items)) = &mut module.content
        {
            items.retain(|item| !builds(item));
        }
    }
    // Nobody looks at these.
    text(file).replace(", :: schemars :: JsonSchema", "").replace(":: schemars :: JsonSchema ,", "")
}

/// Whether an item is there for those who make values.
fn builds(item: &Item) -> bool {
    match item {
        Item::Mod(module) => module.ident == "builder",
        Item::Impl(item) => {
            let makes = |item: &ImplItem| matches!(item, ImplItem::Fn(method) if method.sig.ident == "builder" || method.sig.ident == "of_required");
            item.trait_.is_none() && item.items.iter().any(makes)
        }
        _ => false,
    }
}

/// Code that uses all of `old`, as it might stand in another crate.
pub(crate) fn code(old: &str) -> String {
    let file: File = syn::parse_str(old).unwrap();
    let mut code = String::new();
    for item in module(&file, "types") {
        of_type(item, &mut code);
    }
    for item in module(&file, "builder") {
        of_builder(item, &mut code);
    }
    code
}

/// The types of an operation's response and of its body.
pub(crate) fn operation(code: &str, builder: &str) -> (String, Option<String>) {
    let file: File = syn::parse_str(code).unwrap();
    let mut response = None;
    let mut body = None;
    for item in module(&file, "builder") {
        match item {
            Item::Struct(item) if item.ident == builder => {
                let field = item.fields.iter().find(|field| field.ident.as_ref().is_some_and(|ident| ident == "body"));
                body = field.map(|field| text(arguments(&field.ty)[0]).replace("types :: builder ::", "types ::"));
            }
            Item::Impl(item) if text(&*item.self_ty).starts_with(&format!("{builder} <")) => {
                response = send(&item.items).map(|ty| text(arguments(arguments(ty)[0])[0])).or(response);
            }
            _ => {}
        }
    }
    (response.unwrap(), body)
}

fn text(tokens: impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}

fn arguments(ty: &Type) -> Vec<&Type> {
    let Type::Path(path) = ty else { return Vec::new() };
    match &path.path.segments.last().unwrap().arguments {
        PathArguments::AngleBracketed(arguments) => {
            let types = arguments.args.iter();
            types
                .filter_map(|argument| if let GenericArgument::Type(ty) = argument { Some(ty) } else { None })
                .collect()
        }
        _ => Vec::new(),
    }
}

fn send(items: &[ImplItem]) -> Option<&Type> {
    items.iter().find_map(|item| match item {
        ImplItem::Fn(method) if method.sig.ident == "send" => match &method.sig.output {
            ReturnType::Type(_, ty) => Some(&**ty),
            ReturnType::Default => None,
        },
        _ => None,
    })
}

/// Whether other crates may name every field or variant.
fn is_closed(attributes: &[Attribute]) -> bool {
    !attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive"))
}

fn derives(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("derive") && text(attribute).contains(name))
}

fn of_type(item: &Item, code: &mut String) {
    let mut line = |text: String| writeln!(code, "{text}").unwrap();
    match item {
        Item::Struct(item) => {
            let name = &item.ident;
            if derives(&item.attrs, "Default") {
                line(format!("pub fn default_{name}() -> {name} {{ <{name}>::default() }}"));
            }
            match &item.fields {
                Fields::Named(fields) => {
                    let names: Vec<_> = fields.named.iter().map(|field| field.ident.as_ref().unwrap()).collect();
                    let types: Vec<_> = fields.named.iter().map(|field| &field.ty).collect();
                    let rest = if is_closed(&item.attrs) { quote!() } else { quote!(..) };
                    line(
                        text(quote! {
                            pub fn read(x: #name) { let #name { #(#names,)* #rest } = x; #(let _: #types = #names;)* }
                        })
                        .replacen("read", &format!("read_{name}"), 1),
                    );
                    line(
                        text(quote! {
                            pub fn build(#(#names: #types),*) -> Result<#name, types::error::ConversionError> {
                                #name::builder() #(.#names(#names))* .try_into()
                            }
                        })
                        .replacen("build", &format!("build_{name}"), 1),
                    );
                    if is_closed(&item.attrs) {
                        line(
                            text(quote! { pub fn make(#(#names: #types),*) -> #name { #name { #(#names),* } } })
                                .replacen("make", &format!("make_{name}"), 1),
                        );
                    }
                }
                Fields::Unnamed(fields) => {
                    let inner = &fields.unnamed[0];
                    line(format!("pub fn deref_{name}(x: &{name}) -> &{} {{ x }}", text(&inner.ty)));
                    if matches!(inner.vis, syn::Visibility::Public(_)) {
                        line(format!("pub fn inner_{name}(x: {name}) -> {} {{ x.0 }}", text(&inner.ty)));
                    }
                }
                Fields::Unit => {}
            }
        }
        Item::Enum(item) => {
            let name = &item.ident;
            if derives(&item.attrs, "Copy") {
                line(format!("pub fn copy_{name}(x: {name}) -> ({name}, {name}) {{ (x, x) }}"));
            }
            let mut arms = String::new();
            for variant in &item.variants {
                let ident = &variant.ident;
                match &variant.fields {
                    Fields::Unit => write!(arms, "{name}::{ident} => {{}} ").unwrap(),
                    Fields::Unnamed(fields) => {
                        write!(arms, "{name}::{ident}(y) => {{ let _: {} = y; }} ", text(&fields.unnamed[0].ty))
                            .unwrap();
                    }
                    Fields::Named(fields) => {
                        let names: Vec<_> = fields.named.iter().map(|field| field.ident.as_ref().unwrap()).collect();
                        let types: Vec<_> = fields.named.iter().map(|field| &field.ty).collect();
                        let arm = quote! { #name::#ident { #(#names),* } => { #(let _: #types = #names;)* } };
                        write!(arms, "{arm} ").unwrap();
                    }
                }
            }
            if !is_closed(&item.attrs) {
                arms.push_str("_ => {}");
            }
            line(format!("pub fn read_{name}(x: {name}) {{ match x {{ {arms} }} }}"));
        }
        Item::Impl(item) => {
            let Some((_, path, _)) = &item.trait_ else { return };
            let (ty, last) = (&item.self_ty, path.segments.last().unwrap());
            if !item.generics.params.is_empty() || text(ty).contains("builder") {
                return;
            }
            let value = match last.ident.to_string().as_str() {
                "From" => quote!(let _ = <#ty as ::std::convert::#last>::from;),
                "TryFrom" => quote!(let _ = <#ty as ::std::convert::#last>::try_from;),
                "FromStr" => quote!(let _ = <#ty as ::std::str::FromStr>::from_str;),
                "Display" => quote!(let _ = <#ty as ::std::string::ToString>::to_string;),
                "Default" => quote!(let _ = <#ty as ::std::default::Default>::default;),
                _ => return,
            };
            line(format!("const _: fn() = || {{ {value} }};"));
        }
        _ => {}
    }
}

fn of_builder(item: &Item, code: &mut String) {
    let mut line = |text: String| writeln!(code, "{text}").unwrap();
    match item {
        Item::Struct(item) => {
            let name = &item.ident;
            let builder = format!("builder::{name}<'a>");
            line(format!(
                "pub fn new_{name}<'a>(client: &'a Client) -> {builder} {{ client.{}() }}",
                heck::AsSnakeCase(name.to_string())
            ));
            for field in &item.fields {
                let setter = field.ident.as_ref().unwrap();
                if setter == "client" {
                    continue;
                }
                let whole = arguments(&field.ty)[0];
                // What is optional is set to what is inside of the option.
                let inner = if text(whole).starts_with("Option") { arguments(whole)[0] } else { whole };
                let ty = text(inner).replace("types :: builder ::", "types ::");
                line(format!("pub fn {setter}_{name}<'a>(b: {builder}, x: {ty}) -> {builder} {{ b.{setter}(x) }}"));
                if text(inner).starts_with("types :: builder") {
                    line(format!("pub fn map_{name}<'a>(b: {builder}) -> {builder} {{ b.body_map(|body| body) }}"));
                }
            }
        }
        Item::Impl(item) => {
            if let Some(ty) = send(&item.items) {
                let name = text(&*item.self_ty).split(' ').next().unwrap().to_owned();
                line(format!("pub async fn send_{name}(b: builder::{name}<'_>) -> {} {{ b.send().await }}", text(ty)));
            }
        }
        _ => {}
    }
}
