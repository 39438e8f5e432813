//! What the judge says, rule by rule and in awkward cases.

mod awkward;
mod fixture;
mod metamorphic;
mod needs;
mod proofs;
mod rules;
