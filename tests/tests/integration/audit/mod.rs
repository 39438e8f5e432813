//! The audit, held against simulated worlds that know the truth.

mod alone;
mod explain;
mod facts;
mod score;
