//! MongoDB's own OpenAPI document, and how it maps to the contract.

mod document;
mod flat;
mod matching;
mod version;

pub(crate) use document::{Document, METHODS, Operation, follow, operations, parameters, schema_name};
pub(crate) use flat::{Kind, Object, Property, Union, essence};
pub(crate) use matching::{base, below, shape};
pub(crate) use version::{Format, Media, Version, choose, is_day, media, versions};
