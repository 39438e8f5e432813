//! Lines of a name and a value under a title.

use std::fmt::{self, Write};

use super::plain;

/// A title and its lines.
pub(super) struct Block {
    text: String,
}

impl Block {
    pub(super) fn new(title: fmt::Arguments<'_>) -> Self {
        Self { text: format!("{title}\n") }
    }

    pub(super) fn line(&mut self, name: &str, value: impl fmt::Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "  {:<12} {}", plain(name), plain(&value.to_string()));
    }

    /// A line, where there is a value.
    pub(super) fn line_of(&mut self, name: &str, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.line(name, value);
        }
    }

    /// A line for each value, of which the first has the name.
    pub(super) fn lines<T>(&mut self, name: &str, values: impl Iterator<Item = T>, text: impl Fn(T) -> String) {
        for (index, value) in values.enumerate() {
            self.line(if index == 0 { name } else { "" }, text(value));
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}
