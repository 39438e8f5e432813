//! How much of the longest tests runs: a share with `cargo test`, all in the step `soak` of `cargo xtask ci`.

/// The number of cases that a test takes.
pub(crate) fn cases(share: u32, all: u32) -> u32 {
    let is_full = std::env::var_os("ATLAS_EXPORTS_SOAK").is_some_and(|value| value == "full");
    if is_full { all } else { share }
}
