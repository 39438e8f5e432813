//! The audit, held against simulated worlds that know the truth.

mod alone;
mod explain;
mod facts;
mod hidden;
mod odd_views;
mod score;
mod seeds;
mod store;
mod through_fake;
mod views;
