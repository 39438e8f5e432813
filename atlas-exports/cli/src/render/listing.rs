//! Many of a kind, one after another as they come: a table, or a JSON array of Atlas's documents.

use std::{fmt::Write, io};

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::plain;
use crate::{console::Console, options::Format, session::Session};

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// Least width.
    pub(crate) width: usize,
}

/// A list that is being printed.
#[derive(Debug)]
pub(crate) struct Listing<'a> {
    session: &'a Session,
    table: Table,
    is_empty: bool,
}

impl<'a> Listing<'a> {
    pub(crate) fn start(session: &'a Session, columns: &'static [Column]) -> Self {
        if session.console.format == Format::Json {
            session.console.print("[");
        }
        Self { session, table: Table::new(columns, Console::width()), is_empty: true }
    }

    /// Prints one item: its document as JSON, or its cells in the table.
    pub(crate) fn push(&mut self, id: &str, cells: &[String], typed: &impl Serialize) -> io::Result<()> {
        let is_first = std::mem::replace(&mut self.is_empty, false);
        let console = &self.session.console;
        match console.format {
            Format::Text => {
                if is_first {
                    console.print(&self.table.head());
                }
                console.print(&self.table.row(cells));
            }
            Format::Json => {
                let separator = if is_first { "\n" } else { ",\n" };
                console.print(&format!("{separator}{}", self.session.document(id, typed)?));
            }
        }
        Ok(())
    }

    /// Ends the list, and notes when it is empty.
    pub(crate) fn end(self, nothing: &str) {
        match self.session.console.format {
            Format::Json => self.session.console.print("\n]\n"),
            Format::Text if self.is_empty => self.session.console.note(nothing),
            Format::Text => {}
        }
    }
}

/// A table that fits the terminal without cutting a cell.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    layout: Layout,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// One line per row, with this many blanks between columns.
    Lines { gap: usize },
    /// Two lines per row: the first two cells, and the others indented.
    Stacked,
}

impl Table {
    /// A table whose rows are all known, with columns as wide as their widest cells.
    pub(crate) fn of_rows(columns: &[Column], rows: &[Vec<String>], terminal: Option<usize>) -> Self {
        let fitted: Vec<_> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| plain(cell).width());
                Column { width: cells.chain([column.width]).max().unwrap_or_default(), ..*column }
            })
            .collect();
        Self::new(&fitted, terminal)
    }

    /// A table for a terminal of so many columns.
    pub(crate) fn new(columns: &[Column], terminal: Option<usize>) -> Self {
        let cells: usize = columns.iter().map(|column| column.width).sum();
        let gaps = columns.len().saturating_sub(1);
        let layout = match terminal {
            Some(width) if width < cells + gaps => Layout::Stacked,
            Some(width) if width < cells + 2 * gaps => Layout::Lines { gap: 1 },
            _ => Layout::Lines { gap: 2 },
        };
        Self { columns: columns.to_vec(), layout }
    }

    pub(crate) fn head(&self) -> String {
        match self.layout {
            Layout::Lines { .. } => {
                self.row(&self.columns.iter().map(|column| column.name.to_owned()).collect::<Vec<_>>())
            }
            // There are no columns to name.
            Layout::Stacked => String::new(),
        }
    }

    pub(crate) fn row(&self, cells: &[String]) -> String {
        match self.layout {
            Layout::Lines { gap } => self.line(cells, gap),
            Layout::Stacked => {
                let (first, second) = cells.split_at(cells.len().min(2));
                let second: Vec<_> = second.iter().filter(|cell| !cell.is_empty()).map(|cell| plain(cell)).collect();
                let mut row = self.line(first, 2);
                if !second.is_empty() {
                    let _ = writeln!(row, "  {}", second.join("  "));
                }
                row
            }
        }
    }

    fn line(&self, cells: &[String], gap: usize) -> String {
        let mut line = String::new();
        for (column, cell) in self.columns.iter().zip(cells) {
            let cell = plain(cell);
            let blanks = column.width.saturating_sub(cell.width()) + gap;
            let _ = write!(line, "{cell}{:blanks$}", "");
        }
        format!("{}\n", line.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = super::super::job::COLUMNS;

    fn cells() -> Vec<String> {
        ["5fb1a8c0e2c4d84c1e4f0a01", "Successful", "5 of 5", "2026-08-10 03:28", "15 min 26 s"]
            .map(String::from)
            .to_vec()
    }

    #[test]
    fn a_table_fits_the_terminal_and_cuts_nothing() {
        for terminal in [None, Some(120), Some(82), Some(80), Some(78), Some(77), Some(50)] {
            let table = Table::new(COLUMNS, terminal);
            let text = table.head() + &table.row(&cells());
            for cell in cells() {
                assert!(text.contains(&cell), "{terminal:?}\n{text}");
            }
            let widest = text.lines().map(UnicodeWidthStr::width).max().unwrap();
            assert!(widest <= terminal.unwrap_or(82), "{terminal:?}\n{text}");
        }
    }

    #[test]
    fn a_row_of_a_narrow_terminal_has_two_lines() {
        let table = Table::new(COLUMNS, Some(50));
        let expected = "5fb1a8c0e2c4d84c1e4f0a01  Successful\n  5 of 5  2026-08-10 03:28  15 min 26 s\n";
        assert_eq!(table.head() + &table.row(&cells()), expected);
    }

    #[test]
    fn columns_are_as_wide_as_the_widest_of_known_cells() {
        let columns = [Column { name: "A", width: 1 }, Column { name: "B", width: 1 }];
        let rows = [vec!["凍結".to_owned(), "x".to_owned()], vec!["a".to_owned(), "y".to_owned()]];
        let table = Table::of_rows(&columns, &rows, None);
        let text: String = std::iter::once(table.head()).chain(rows.iter().map(|row| table.row(row))).collect();
        assert_eq!(text, "A     B\n凍結  x\na     y\n");
    }

    #[test]
    fn wide_characters_and_control_characters_do_not_break_a_row() {
        let table = Table::new(COLUMNS, None);
        let mut cells = cells();
        cells[1] = "凍\u{1b}結".to_owned();
        assert_eq!(
            table.row(&cells),
            "5fb1a8c0e2c4d84c1e4f0a01  凍 結        5 of 5        2026-08-10 03:28  15 min 26 s\n"
        );
    }
}
