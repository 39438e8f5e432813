//! Keys and secrets: as text, or in files that are read again when they are refused.

mod file;
mod given;
mod pair;
mod secret;

pub use self::secret::Secret;
pub(crate) use self::{
    given::Given,
    pair::{Pair, Source, tail},
    secret::Place,
};
