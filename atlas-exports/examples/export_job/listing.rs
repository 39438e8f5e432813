//! Many of a kind on stdout, one after another as they come: a table, or a JSON array of Atlas's documents.

use std::io::{self, Write};

use serde::Serialize;

use super::{args::Format, session::Session};

#[derive(Debug)]
pub(crate) enum Listing {
    Table {
        /// Not printed yet; an empty table has none.
        head: Option<String>,
    },
    Array {
        separator: &'static str,
    },
}

impl Listing {
    pub(crate) fn start(session: &Session, head: String) -> io::Result<Self> {
        match session.format {
            Format::Text => Ok(Self::Table { head: Some(head) }),
            Format::Json => {
                write!(io::stdout(), "[")?;
                Ok(Self::Array { separator: "\n" })
            }
        }
    }

    pub(crate) fn push(&mut self, session: &Session, id: &str, row: &str, typed: &impl Serialize) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match self {
            Self::Table { head } => {
                if let Some(head) = head.take() {
                    writeln!(out, "{head}")?;
                }
                writeln!(out, "{}", row.trim_end())
            }
            Self::Array { separator } => {
                write!(out, "{separator}{}", session.document(id, typed)?)?;
                *separator = ",\n";
                Ok(())
            }
        }
    }

    /// Ends it, and says on stderr when there was nothing.
    pub(crate) fn end(self, nothing: &str) -> io::Result<()> {
        match self {
            Self::Table { head: Some(_) } => eprintln!("{nothing}"),
            Self::Table { head: None } => {}
            Self::Array { .. } => writeln!(io::stdout(), "\n]")?,
        }
        Ok(())
    }
}
