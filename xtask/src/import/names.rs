//! What drafted schemas and operations are called: names that suit Rust, each once.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToLowerCamelCase, ToPascalCase, ToSnakeCase};

use crate::official::{Document, Operation};

/// Names that mean something else in generated code.
const TAKEN_TYPES: [&str; 4] = ["Default", "Self", "X", ""];

/// Methods that the generated client has already.
const TAKEN_METHODS: [&str; 9] =
    ["api_version", "baseurl", "client", "exec", "inner", "new", "new_with_client", "post", "pre"];

/// The names of schemas.
#[derive(Debug)]
pub(super) struct Names {
    /// Name in the draft, by name in the document.
    drafted: BTreeMap<String, String>,
    /// The name that suits best, whether the contract has it or not.
    wishes: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Names {
    /// Gives each schema of the document a name that neither another one nor the contract has.
    pub(super) fn new<'c>(document: &Document, contract: impl Iterator<Item = &'c str>) -> Self {
        let mut taken: BTreeSet<String> = contract.map(ToPascalCase::to_pascal_case).collect();
        taken.extend(TAKEN_TYPES.map(str::to_owned));
        let names: Vec<&str> = document.schemas().map(|(name, _)| name).collect();
        let mut wanted: BTreeMap<String, usize> = BTreeMap::new();
        for name in &names {
            for wish in BTreeSet::from([cleaned(name), rust(name)]) {
                *wanted.entry(wish).or_default() += 1;
            }
        }
        let (mut drafted, mut wishes) = (BTreeMap::new(), BTreeMap::new());
        for name in names {
            let clean = cleaned(name);
            let wish = if wanted.get(&clean) == Some(&1) { clean } else { rust(name) };
            let given = free(&taken, &wish);
            taken.insert(given.clone());
            drafted.insert(name.to_owned(), given);
            wishes.insert(name.to_owned(), wish);
        }
        Self { drafted, wishes, taken }
    }

    /// The name that a schema of the document would have if the contract had none.
    pub(super) fn wish(&self, name: &str) -> Option<&str> {
        self.wishes.get(name).map(String::as_str)
    }

    /// What a schema of the document is called in a draft.
    pub(super) fn of(&self, name: &str) -> Option<&str> {
        self.drafted.get(name).map(String::as_str)
    }

    /// Whether a type of that name may be made up, as the generator does for inline types.
    pub(super) fn is_free(&self, name: &str) -> bool {
        !self.taken.contains(&name.to_pascal_case())
    }

    /// A name for a schema that has none in the document.
    pub(super) fn fresh(&mut self, hint: &str) -> String {
        let name = free(&self.taken, &rust(hint));
        self.taken.insert(name.clone());
        name
    }
}

fn free(taken: &BTreeSet<String>, wish: &str) -> String {
    let data = format!("{wish}Data");
    let numbered = (2..).map(|number| format!("{data}{number}"));
    let mut all = [wish.to_owned(), data.clone()].into_iter().chain(numbered);
    all.find(|name| !taken.contains(name)).unwrap_or_default()
}

/// A name as the generator writes types.
fn rust(name: &str) -> String {
    let ascii: String = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    let name = ascii.to_pascal_case();
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) { name } else { format!("X{name}") }
}

/// A name without what only says how MongoDB's own code is made.
fn cleaned(name: &str) -> String {
    let name = name.strip_suffix("_Atlas").unwrap_or(name);
    let (is_page, rest) = name.strip_prefix("Paginated").map_or((false, name), |rest| (true, rest));
    let stem = match rest.strip_suffix("View") {
        Some(stem) => ["ApiAtlas", "Api"].iter().find_map(|prefix| stem.strip_prefix(prefix)).unwrap_or(stem),
        None => rest,
    };
    let stem = if stem.starts_with(|first: char| first.is_ascii_alphabetic()) { stem } else { rest };
    rust(&if is_page { format!("{stem}Page") } else { stem.to_owned() })
}

/// The id of an operation: the shorter one that it has, if nobody else has it.
pub(super) fn operation_id(operation: &Operation<'_>, path: &str, taken: &BTreeSet<String>) -> String {
    let made_up = format!("{}-{}", operation.method, path.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-"));
    let wishes = [operation.short_id(), operation.id(), Some(&made_up)];
    let wishes: Vec<String> = wishes.into_iter().flatten().map(camel).collect();
    let is_good = |id: &&String| {
        let snake = id.to_snake_case();
        id.starts_with(|first: char| first.is_ascii_lowercase())
            && !taken.contains(&snake)
            && !TAKEN_METHODS.contains(&snake.as_str())
            && syn::parse_str::<syn::Ident>(&snake).is_ok()
    };
    if let Some(id) = wishes.iter().find(is_good) {
        return id.clone();
    }
    let last = camel(&made_up);
    (2..).map(|number| format!("{last}{number}")).find(|id| is_good(&id)).unwrap_or(last)
}

pub(super) fn camel(text: &str) -> String {
    let ascii: String = text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    ascii.to_lower_camel_case()
}

/// A few words that say what an operation does, made of its id.
pub(super) fn summary(id: &str) -> String {
    let words = id.to_snake_case().replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(official: &[&str], contract: &[&str]) -> Names {
        let schemas: Vec<_> = official.iter().map(|name| format!("    {name}: {{type: object}}\n")).collect();
        let text = format!("openapi: 3.0.1\npaths: {{}}\ncomponents:\n  schemas:\n{}", schemas.concat());
        Names::new(&Document::parse(&text).unwrap(), contract.iter().copied())
    }

    #[test]
    fn names_lose_what_only_says_how_they_are_made() {
        let names = names(
            &[
                "ApiAtlasPolicyView",
                "ApiError",
                "AWSRegionConfig",
                "PaginatedApiStreamsTenantView",
                "ApiHostView_Atlas",
                "raw",
            ],
            &[],
        );
        for (official, name) in [
            ("ApiAtlasPolicyView", "Policy"),
            ("ApiError", "ApiError"),
            ("AWSRegionConfig", "AwsRegionConfig"),
            ("PaginatedApiStreamsTenantView", "StreamsTenantPage"),
            ("ApiHostView_Atlas", "Host"),
            ("raw", "Raw"),
        ] {
            assert_eq!(names.of(official), Some(name));
        }
    }

    #[test]
    fn no_two_schemas_have_one_name() {
        let names = names(&["AlertView", "Alert", "HostView", "Link"], &["Host", "Link"]);
        let of = |name| names.of(name).unwrap();
        assert_eq!((of("Alert"), of("AlertView")), ("Alert", "AlertView"));
        assert_eq!((of("HostView"), of("Link")), ("HostData", "LinkData"));
    }

    #[test]
    fn an_operation_has_the_shortest_id_that_is_free() {
        let document = Document::parse(
            "openapi: 3.0.1\npaths:\n  /a/{b}:\n    get: {operationId: listGroupThings, x-xgen-operation-id-override: listThings}\n    put: {}\n    post: {operationId: new}\n",
        )
        .unwrap();
        let operations = document.operations();
        let id = |index: usize, taken: &[&str]| {
            operation_id(&operations[index], "/a/{b}", &taken.iter().map(|id| (*id).to_owned()).collect())
        };
        assert_eq!(id(0, &[]), "listThings");
        assert_eq!(id(0, &["list_things"]), "listGroupThings");
        assert_eq!(id(0, &["list_things", "list_group_things"]), "getAB");
        assert_eq!(id(1, &["put_ab"]), "putAB2");
        assert_eq!(id(2, &[]), "postAB");
        assert_eq!(summary("listThings"), "List things");
    }
}
