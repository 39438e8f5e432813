//! Reads whatever text is thrown at it as YAML.
#![no_main]
#![allow(dead_code, unused_imports, reason = "of reading YAML only a part is used")]

#[path = "../src/yaml/mod.rs"]
mod yaml;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (tree, _) = yaml::load(0, text);
    if let Some(tree) = tree {
        serde_json::to_string(&tree).expect("what was read has a form in JSON");
    }
});
