//! YAML 1.2 with the place of everything.

mod decimal;
mod load;
mod node;
mod scalar;

pub(crate) use decimal::Decimal;
pub(crate) use load::{ProblemKind, load};
pub(crate) use node::{Content, Map, Member, Node, Place};
pub(crate) use scalar::meant_as_boolean;
