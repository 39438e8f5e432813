//! What `openapi/README.md` says to do.

const GUIDE: &str = include_str!("../../../openapi/README.md");

/// The one code block of a language.
fn block(language: &str) -> &'static str {
    let fence = format!("\n```{language}\n");
    let mut blocks = GUIDE.split(&fence).skip(1);
    let (Some(block), None) = (blocks.next(), blocks.next()) else {
        panic!("openapi/README.md has one block of {language}: its walk-through")
    };
    block.split_once("\n```").expect("a block ends").0
}

/// Name and text of the fragment that it has people write.
pub(crate) fn fragment() -> (String, String) {
    let (_, rest) = GUIDE.split_once("Write `openapi/").expect("the walk-through says which file to write");
    let (name, _) = rest.split_once('`').expect("a name ends");
    (format!("openapi/{name}"), format!("{}\n", block("yaml")))
}

/// The program that it has people write.
pub(crate) fn program() -> String {
    format!("{}\n", block("rust"))
}

/// The command that it has people import with, without `cargo xtask`.
pub(crate) fn import() -> Vec<&'static str> {
    let command = block("sh").trim();
    command.strip_prefix("cargo xtask ").expect("it is one of xtask's").split_whitespace().collect()
}

/// The program that calls what was imported, and the dependencies that it has.
pub(crate) fn walk() -> (String, &'static str) {
    (format!("{}\n", block("rust,no_run")), block("toml"))
}

/// Puts a text behind the first `place` behind `after`.
pub(crate) fn put_in(text: &str, after: &str, place: &str, what: &str) -> String {
    let at = text.find(after).unwrap_or_else(|| panic!("the contract has `{after}`"));
    let (before, rest) = text.split_at(at);
    let (middle, rest) = rest.split_once(place).unwrap_or_else(|| panic!("`{after}` has `{place}`"));
    format!("{before}{middle}{place}{what}{rest}")
}
