//! What the contract says of each operation, as code beside the generated one.

use heck::{ToPascalCase, ToSnakeCase};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::{Map, Value};

use super::{METHODS, rust_type};

/// The media type of responses, but for streams of bytes.
const JSON: &str = "application/json";

/// Every operation of the contract, with its path and method.
pub(super) fn each(document: &Value) -> impl Iterator<Item = (&str, &'static str, &Value)> {
    let paths = document.get("paths").and_then(Value::as_object);
    paths.into_iter().flatten().flat_map(|(path, item)| {
        METHODS.iter().filter_map(move |method| Some((path.as_str(), *method, item.get(*method)?)))
    })
}

pub(super) fn table(document: &Value) -> TokenStream {
    let rows = each(document).filter_map(|described| operation(document, described));
    quote! {
        /// Every operation of the contract.
        pub static OPERATIONS: &[crate::Operation] = &[ #(#rows),* ];
    }
}

fn operation(document: &Value, (path, method, operation): (&str, &str, &Value)) -> Option<TokenStream> {
    let text = |key: &str| operation.get(key).and_then(Value::as_str);
    let option = |value: Option<&str>| value.map_or_else(|| quote!(None), |value| quote!(Some(#value)));
    let id = text("operationId")?;
    let name = id.to_snake_case();
    let method = method.to_uppercase();
    let summary = text("summary").unwrap_or(id);
    let version = option(text("x-atlas-version"));
    let role = option(text("x-atlas-role"));
    let v2_only = text("x-atlas-only") == Some("v2");
    let Success { status, media_type, may_be_empty } = success(document, operation);
    Some(quote! {
        crate::Operation {
            id: #id, name: #name, summary: #summary, method: #method, path: #path,
            version: #version, v2_only: #v2_only, role: #role,
            success: #status, media_type: #media_type, may_be_empty: #may_be_empty,
        }
    })
}

/// What a successful response of an operation is.
struct Success {
    status: u16,
    media_type: String,
    may_be_empty: bool,
}

fn success(document: &Value, operation: &Value) -> Success {
    let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    let successes: Vec<_> = responses.filter(|(status, _)| status.starts_with('2')).collect();
    let status = successes.iter().find_map(|(status, _)| status.parse().ok()).unwrap_or(200);
    let mut contents = successes.iter().filter_map(|(_, response)| resolved(document, response).get("content"));
    let content = contents.find_map(|content| content.as_object()?.iter().next());
    let Some((media_type, media)) = content else {
        return Success { status, media_type: JSON.to_owned(), may_be_empty: false };
    };
    let schema = media.get("schema").map(|schema| resolved(document, schema));
    // `null` is a value of both: of a schema that allows it, and of one that allows anything.
    let takes_null = |schema: &Value| {
        schema.get("nullable") == Some(&Value::Bool(true)) || schema.as_object().is_some_and(Map::is_empty)
    };
    let media_type = media_type.split(';').next().unwrap_or(JSON).to_owned();
    Success { status, media_type, may_be_empty: schema.is_some_and(takes_null) }
}

/// What a `$ref` leads to, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

/// The parameters of an operation, those of its path included.
pub(super) fn parameters<'a>(document: &'a Value, path: &str, operation: &'a Value) -> impl Iterator<Item = &'a Value> {
    let shared = document.get("paths").and_then(|paths| paths.get(path)).and_then(|item| item.get("parameters"));
    let lists = [shared, operation.get("parameters")].into_iter().flatten().filter_map(Value::as_array);
    lists.flatten().map(|parameter| resolved(document, parameter))
}

/// Makes the builders of operations that are read page by page known as such, with the type of their items.
pub(super) fn lists(document: &Value, schemas: &Map<String, Value>) -> Vec<TokenStream> {
    let list = |(path, _, operation): (&str, &str, &Value)| {
        let id = operation.get("operationId")?.as_str()?;
        let name = |parameter: &'_ Value| parameter.get("name").and_then(Value::as_str).map(str::to_owned);
        let names: Vec<_> = parameters(document, path, operation).filter_map(name).collect();
        if !["pageNum", "itemsPerPage"].iter().all(|paging| names.iter().any(|name| name == paging)) {
            return None;
        }
        let responses = operation.get("responses")?.as_object()?;
        let (_, success) = responses.iter().find(|(status, _)| status.starts_with('2'))?;
        let page = resolved(document, success).pointer("/content/application~1json/schema")?;
        let results = resolved(document, page).pointer("/properties/results")?;
        let item = match results.pointer("/items/$ref").and_then(Value::as_str) {
            Some(target) => rust_type(target.rsplit('/').next()?, schemas),
            None if results.pointer("/items/type").and_then(Value::as_str) == Some("string") => {
                quote!(::std::string::String)
            }
            None => quote!(::serde_json::Value),
        };
        let builder = format_ident!("{}", id.to_pascal_case());
        Some(quote! {
            impl crate::ListOperation for builder::#builder<'_> {
                type Item = #item;

                async fn send_page(self) -> Result<(), Error<types::ApiError>> {
                    self.send().await.map(drop)
                }
            }
        })
    };
    each(document).filter_map(list).collect()
}
