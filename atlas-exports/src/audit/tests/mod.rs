//! What the judge says, rule by rule and in awkward cases.

mod awkward;
mod changes;
mod fixture;
mod gather;
mod metamorphic;
mod needs;
mod proofs;
mod rules;
mod service;
