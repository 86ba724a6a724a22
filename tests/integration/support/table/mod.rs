//! The twins: one invented table, written in every format and encoding that agencies' files come in.
//!
//! The writers know nothing of the reader under test. [`Table::expected`] says what text every reading
//! of every dress has to give.

mod dress;
mod number;
mod ods;
mod people;
mod quirks;
mod strings;
mod text;
mod xls;
mod xlsb;
mod xlsx;
mod zipped;

pub(crate) use self::{
    dress::dresses,
    number::Epoch,
    ods::ods,
    quirks::*,
    text::{Encoding, LineEnd, delimited},
    xls::xls,
    xlsb::xlsb,
    xlsx::{xlsm, xlsx, xlsx_inline},
    zipped::{edit, gzip, zip},
};

/// The name of the one sheet in workbooks.
pub(crate) const SHEET: &str = "Clients";

/// A header and rows of as many cells.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// What a cell holds, where the format has a kind for it.
#[derive(Clone)]
pub(crate) enum Cell {
    Text(String),
    Number(f64),
    /// Year, month, day.
    Date(i32, u32, u32),
    Boolean(bool),
    Blank,
}

impl Table {
    /// A table of texts; an empty one is a blank cell.
    pub(crate) fn of_texts(header: &[&str], rows: &[&[&str]]) -> Self {
        let cells = |row: &&[&str]| row.iter().map(|text| Cell::of_text(text)).collect();
        Self {
            header: header.iter().map(|name| (*name).to_owned()).collect(),
            rows: rows.iter().map(cells).collect(),
        }
    }

    /// The text of every row's cells, in any dress.
    pub(crate) fn expected(&self) -> Vec<Vec<String>> {
        let texts = |row: &Vec<Cell>| row.iter().map(Cell::expected).collect();
        self.rows.iter().map(texts).collect()
    }

    /// The table in two: the first rows, and the rest under the same header.
    pub(crate) fn split(&self, at: usize) -> (Self, Self) {
        let part = |rows: &[Vec<Cell>]| Self {
            header: self.header.clone(),
            rows: rows.to_vec(),
        };
        let (first, second) = self.rows.split_at(at);
        (part(first), part(second))
    }

    /// The header as cells, then the rows.
    fn lines(&self) -> Vec<Vec<Cell>> {
        let names = self.header.iter().cloned().map(Cell::Text).collect();
        std::iter::once(names)
            .chain(self.rows.iter().cloned())
            .collect()
    }

    fn columns(&self) -> usize {
        self.header.len()
    }
}

impl Cell {
    fn of_text(text: &str) -> Self {
        if text.is_empty() {
            return Self::Blank;
        }
        Self::Text(text.to_owned())
    }

    /// What has to be read of it.
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Date(year, month, day) => format!("{year:04}-{month:02}-{day:02}"),
            Self::Boolean(true) => "TRUE".to_owned(),
            Self::Boolean(false) => "FALSE".to_owned(),
            Self::Blank => String::new(),
        }
    }

    fn is_blank(&self) -> bool {
        matches!(self, Self::Blank)
    }
}
