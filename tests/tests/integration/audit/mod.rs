//! The audit, held against simulated worlds that know the truth.

mod alone;
mod facts;
mod score;
