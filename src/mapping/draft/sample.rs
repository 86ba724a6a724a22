//! What a file's first rows hold, column by column: cells by their text, and how often each occurs.

use std::{collections::HashMap, fmt, ops::ControlFlow};

use compact_str::CompactString;

use super::super::blank::{Blanks, USUAL};
use crate::{
    header::Header,
    normalize::{Holds, is_masked, unprotect},
    row::{Reading, Row, RowChunk},
};

/// How many rows are looked at.
const ROWS: usize = 10_000;

/// How much text is looked at, in bytes.
const TEXT: usize = 64 << 20;

/// Longer cells are no words, ids or names.
const LONGEST: usize = 256;

/// Texts that people write where there is nothing, beside those that always count as blank.
const OTHER_BLANKS: &[&str] = &[
    "--",
    "---",
    "n.a.",
    "none.",
    "not available",
    "not provided",
    "not applicable",
    "unknown",
    "unspecified",
    "(blank)",
    "(none)",
    "no data",
    "tbd",
    "nil",
    "undefined",
];

/// A file's first rows. They are people's data and do not print.
pub struct Sample {
    header: Header,
    blanks: Blanks,
    pub(super) columns: Vec<Cells>,
    rows: usize,
    text: usize,
    is_whole: bool,
}

/// The cells of one column.
#[derive(Default)]
pub(super) struct Cells {
    /// How many cells hold something.
    pub(super) filled: usize,
    /// How many are made of asterisks.
    pub(super) masked: usize,
    /// The texts in the order in which they came, each with how often it did.
    pub(super) texts: Vec<(CompactString, usize)>,
    places: HashMap<CompactString, usize>,
    /// Those of [`OTHER_BLANKS`] that occur.
    pub(super) other_blanks: Vec<&'static str>,
}

impl Sample {
    /// An empty sample of a file with this header.
    pub fn new(header: &Header) -> Self {
        Self {
            header: header.clone(),
            blanks: Blanks::new(USUAL.iter().copied()),
            columns: (0..header.len()).map(|_| Cells::default()).collect(),
            rows: 0,
            text: 0,
            is_whole: true,
        }
    }

    /// Looks at more rows; breaks when it has seen enough.
    pub fn add(&mut self, chunk: &RowChunk) -> ControlFlow<()> {
        for row in chunk.rows() {
            if self.rows >= ROWS || self.text >= TEXT {
                self.is_whole = false;
                return ControlFlow::Break(());
            }
            if row.reading() == Reading::Cells {
                self.look_at(row);
            }
        }
        ControlFlow::Continue(())
    }

    /// How many rows it holds.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// True when the file has no more rows than these.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    fn look_at(&mut self, row: Row<'_>) {
        self.rows += 1;
        for (cell, cells) in row.cells().zip(&mut self.columns) {
            self.text += cell.len();
            let (text, _) = unprotect(cell, Holds::Prose);
            if is_masked(&text) {
                cells.masked += 1;
            } else if let Some(marker) = other_blank(&text) {
                if !cells.other_blanks.contains(&marker) {
                    cells.other_blanks.push(marker);
                }
            } else if !self.blanks.is_blank(&text) {
                cells.add(&text);
            }
        }
    }
}

impl Cells {
    fn add(&mut self, text: &str) {
        self.filled += 1;
        if text.len() > LONGEST {
            return;
        }
        if let Some((_, count)) = self.places.get(text).and_then(|at| self.texts.get_mut(*at)) {
            *count += 1;
        } else {
            let text = CompactString::new(text);
            self.places.insert(text.clone(), self.texts.len());
            self.texts.push((text, 1));
        }
    }

    /// True when the column holds nothing but masks.
    pub(super) fn is_masked(&self) -> bool {
        self.masked > 0 && self.filled == 0
    }

    pub(super) fn holds(&self, text: &str) -> bool {
        self.places.contains_key(text)
    }

    /// How much of it differs, in percent of the cells that hold something.
    pub(super) fn difference(&self) -> usize {
        percent(self.texts.len(), self.filled)
    }
}

fn other_blank(text: &str) -> Option<&'static str> {
    let mut markers = OTHER_BLANKS.iter().copied();
    markers.find(|marker| marker.eq_ignore_ascii_case(text))
}

/// A part in whole percent, rounded down: what is not quite all of it never reads as 100 %.
pub(super) fn percent(part: usize, whole: usize) -> usize {
    part.saturating_mul(100)
        .checked_div(whole)
        .unwrap_or_default()
}

impl fmt::Debug for Sample {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns.len();
        write!(formatter, "Sample({} rows of {columns} columns)", self.rows)
    }
}
