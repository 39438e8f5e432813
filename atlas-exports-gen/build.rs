//! Generates the client from `openapi.json`.

use std::{env, error::Error, fs, path::Path};

use quote::ToTokens;

mod generator;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=openapi.json");
    println!("cargo::rerun-if-changed=generator.rs");
    println!("cargo::rerun-if-changed=generator");
    let code = generator::rust(&fs::read_to_string("openapi.json")?)?;
    let out = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR for build scripts")?;
    fs::write(Path::new(&out).join("generated.rs"), code.into_token_stream().to_string())?;
    Ok(())
}
