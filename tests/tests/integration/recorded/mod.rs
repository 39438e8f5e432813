//! Answers in the form in which the live service gives them, fed to the client without a network: all of them are
//! understood, and what the contract knows of them comes out again as it went in.

mod documents;
mod errors;
mod resources;
mod tape;
