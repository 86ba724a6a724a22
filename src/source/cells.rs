//! One framed record taken apart: its cells, and what they make of the row.

use memchr::{memchr, memchr_iter};

use super::framing::Quoting;
use crate::{format::Separator, header::Header, problem::Code, row::Reading};

/// The cells of one record, end to end. Kept from row to row for its memory.
pub(super) struct Cells {
    text: String,
    /// Where each cell ends in `text`.
    ends: Vec<usize>,
    separator: u8,
    unquoter: csv_core::Reader,
    unquoted: Vec<u8>,
}

impl Cells {
    pub(super) fn new(separator: Separator) -> Self {
        Self {
            text: String::new(),
            ends: Vec::new(),
            separator: separator.byte(),
            unquoter: csv_core::ReaderBuilder::new()
                .delimiter(separator.byte())
                .build(),
            unquoted: Vec::new(),
        }
    }

    /// Forgets the last record.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// Takes a record apart and says what the row is. A row without text that can be trusted has no
    /// cells; any other unreadable one keeps what it has.
    pub(super) fn read(&mut self, record: &[u8], quoting: Quoting, header: &Header) -> Reading {
        if let Err(code) = self.take_apart(record, quoting) {
            return Reading::Unreadable(code);
        }
        if self.is_blank() {
            return Reading::Blank;
        }
        if self.repeats(header) {
            return Reading::RepeatedHeader;
        }
        self.fit(header.len())
    }

    /// Takes the cells of a sheet's row, which end at the header's last column or at the last one used, and
    /// says what the row is.
    pub(super) fn read_sheet_row(
        &mut self,
        text: &str,
        ends: &[usize],
        header: &Header,
    ) -> Reading {
        self.clear();
        if memchr(0, text.as_bytes()).is_some() {
            return Reading::Unreadable(Code::RowNulByte);
        }
        self.text.push_str(text);
        self.ends.extend_from_slice(ends);
        while self.ends.len() < header.len() {
            self.ends.push(self.text.len());
        }
        if self.is_blank() {
            return Reading::Blank;
        }
        if self.repeats(header) {
            return Reading::RepeatedHeader;
        }
        self.fit(header.len())
    }

    /// Takes a record apart.
    ///
    /// # Errors
    ///
    /// When it is no text, holds NUL bytes, or a quote in it is open.
    pub(super) fn take_apart(&mut self, record: &[u8], quoting: Quoting) -> Result<(), Code> {
        self.clear();
        let record = std::str::from_utf8(record).map_err(|_| Code::RowUndecodable)?;
        if memchr(0, record.as_bytes()).is_some() {
            return Err(Code::RowNulByte);
        }
        match quoting {
            Quoting::None => self.split(record),
            Quoting::Sound => self.unquote(record),
            Quoting::Unclosed => {
                self.split(record);
                return Err(Code::RowUnclosedQuote);
            }
        }
        Ok(())
    }

    /// The cells' text, end to end.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where each cell ends in the text.
    pub(super) fn ends(&self) -> &[usize] {
        &self.ends
    }

    /// The cells in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| self.text.get(start..*end).unwrap_or_default())
    }

    /// True when every cell is empty or white space.
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim_start().is_empty()
    }

    /// Every separator ends a cell, whatever the quotes say.
    fn split(&mut self, record: &str) {
        let mut start = 0;
        for end in memchr_iter(self.separator, record.as_bytes()) {
            self.add(record, start, end);
            start = end + 1;
        }
        self.add(record, start, record.len());
    }

    fn add(&mut self, record: &str, start: usize, end: usize) {
        self.text
            .push_str(record.get(start..end).unwrap_or_default());
        self.ends.push(self.text.len());
    }

    /// Reads a record whose quotes are known to be sound: the record, then the line end that finishes it.
    /// The reader stops where its room is full, so there is room for one more than can come.
    fn unquote(&mut self, record: &str) {
        let most_cells = memchr_iter(self.separator, record.as_bytes()).count() + 1;
        self.unquoted.resize(record.len() + 1, 0);
        self.ends.resize(most_cells + 1, 0);
        let (mut written, mut cells) = (0, 0);
        for input in [record.as_bytes(), b"\n"] {
            let (_, _, wrote, ended) = self.unquoter.read_record(
                input,
                self.unquoted.get_mut(written..).unwrap_or_default(),
                self.ends.get_mut(cells..).unwrap_or_default(),
            );
            written += wrote;
            cells += ended;
        }
        self.ends.truncate(cells);
        let unquoted = self.unquoted.get(..written).unwrap_or_default();
        self.text.push_str(&String::from_utf8_lossy(unquoted));
    }

    /// True for the header again, as between exports that were put into one file.
    fn repeats(&self, header: &Header) -> bool {
        let is_same =
            |(cell, name): (&str, &String)| cell.trim_start_matches('\u{feff}').trim() == name;
        self.ends.len() == header.len() && self.iter().zip(header.names()).all(is_same)
    }

    /// Lets go of blank cells beyond the header, as spreadsheets leave them behind. Missing cells are not
    /// made up, blank or not: nothing tells a row without its last cells from one that was cut off.
    fn fit(&mut self, columns: usize) -> Reading {
        if self.ends.len() < columns {
            return Reading::Unreadable(Code::RowTooFewCells);
        }
        if self.ends.len() > columns {
            let kept = columns.checked_sub(1).and_then(|last| self.ends.get(last));
            let kept = kept.copied().unwrap_or_default();
            let beyond = self.text.get(kept..).unwrap_or_default();
            if !beyond.trim().is_empty() {
                return Reading::Unreadable(Code::RowTooManyCells);
            }
            self.text.truncate(kept);
            self.ends.truncate(columns);
        }
        Reading::Cells
    }
}
