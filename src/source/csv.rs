//! The rows of a CSV file.

use std::{fs::File, io};

use super::{
    FileKind, Limits,
    cells::Cells,
    error::HeaderFailure,
    framing::{Found, Frame, Layout, Quoting, find_frame, first_line},
    window::Window,
};
use crate::{
    header::Header,
    problem::Code,
    row::{Place, Reading, RowChunk},
};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A CSV file, read row by row.
pub(super) struct CsvRows {
    window: Window<File>,
    limits: Limits,
    columns: usize,
    next: Place,
    cells: Cells,
}

/// A row's extent in the window.
enum Extent {
    Frame(Frame),
    /// A line longer than the search goes: already skipped, and not in the window.
    Skipped,
}

impl CsvRows {
    pub(super) fn new(file: File, limits: Limits) -> Self {
        Self {
            window: Window::new(file, limits.read_bytes),
            limits,
            columns: 0,
            next: Place { number: 1, line: 1 },
            cells: Cells::new(),
        }
    }

    /// Where the next row stands.
    pub(super) fn next_place(&self) -> Place {
        self.next
    }

    /// How many bytes of the file lie behind.
    pub(super) fn bytes_read(&self) -> u64 {
        self.window.consumed()
    }

    /// Reads up to and with the first row that is not blank: the header, and its place.
    ///
    /// # Errors
    ///
    /// When the file shows itself to be no CSV text, or its header cannot be used.
    pub(super) fn read_header(&mut self) -> Result<(Header, Place), HeaderFailure> {
        self.look_at_start()?;
        loop {
            let place = self.next;
            let frame = match self.next_extent()? {
                None => return Err(HeaderFailure::Empty),
                Some(Extent::Skipped) => return Err(HeaderFailure::Unreadable(Code::RowTooLarge)),
                Some(Extent::Frame(frame)) => frame,
            };
            self.take_header_apart(frame)?;
            if !self.cells.is_blank() {
                let header = Header::new(self.cells.iter());
                self.columns = header.len();
                self.advance(frame);
                return Ok((header, place));
            }
            self.advance(frame);
        }
    }

    fn look_at_start(&mut self) -> Result<(), HeaderFailure> {
        while self.window.bytes().len() < super::kind::LOOKED_AT && !self.window.is_at_end() {
            self.window.read_more(super::kind::LOOKED_AT)?;
        }
        if let Some(kind) = FileKind::told_by(self.window.bytes()) {
            return Err(HeaderFailure::NotText(kind));
        }
        if self.window.bytes().starts_with(BYTE_ORDER_MARK) {
            self.window.consume(BYTE_ORDER_MARK.len());
        }
        Ok(())
    }

    fn take_header_apart(&mut self, frame: Frame) -> Result<(), HeaderFailure> {
        let bytes = self.window.bytes();
        if frame.text > self.limits.max_row_bytes {
            return Err(HeaderFailure::Unreadable(Code::RowTooLarge));
        }
        let record = bytes.get(..frame.text).unwrap_or_default();
        match self.cells.take_apart(record, frame.quoting) {
            Ok(()) if self.cells.ends().len() > self.limits.max_columns => {
                Err(HeaderFailure::TooManyColumns(self.cells.ends().len()))
            }
            Ok(()) => Ok(()),
            Err(Code::RowNotUtf8) => Err(HeaderFailure::NotText(FileKind::OtherText)),
            Err(Code::RowNulByte) => Err(HeaderFailure::NotText(
                FileKind::told_by_header_with_nul(bytes),
            )),
            Err(code) => Err(HeaderFailure::Unreadable(code)),
        }
    }

    /// Adds the next row to the chunk; false at the end of the file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub(super) fn read_row(&mut self, header: &Header, chunk: &mut RowChunk) -> io::Result<bool> {
        let place = self.next;
        let frame = match self.next_extent()? {
            None => return Ok(false),
            Some(Extent::Skipped) => {
                chunk.push(place, Reading::Unreadable(Code::RowTooLarge), []);
                self.count(1);
                return Ok(true);
            }
            Some(Extent::Frame(frame)) => frame,
        };
        let reading = if frame.text > self.limits.max_row_bytes {
            self.cells.clear();
            Reading::Unreadable(Code::RowTooLarge)
        } else {
            let record = self.window.bytes().get(..frame.text).unwrap_or_default();
            self.cells.read(record, frame.quoting, header)
        };
        chunk.push_joined(place, reading, self.cells.text(), self.cells.ends());
        self.advance(frame);
        Ok(true)
    }

    /// Finds the next row, reading as much of the file as that takes. Where the search ends without an
    /// end of the record, its first line is the row: taken from the window if it is there whole, else
    /// skipped piece by piece.
    fn next_extent(&mut self) -> io::Result<Option<Extent>> {
        loop {
            let (at_hand, is_at_end) = (self.window.bytes(), self.window.is_at_end());
            if at_hand.is_empty() && is_at_end {
                return Ok(None);
            }
            let searched = at_hand.get(..self.limits.max_search_bytes);
            let is_searched = searched.is_some();
            let bytes = searched.unwrap_or(at_hand);
            let is_at_end = is_at_end && bytes.len() == at_hand.len();
            let found = match find_frame(bytes, is_at_end, self.layout()) {
                Found::Unfinished if is_searched => first_line(bytes, false, Quoting::Unclosed),
                found => found,
            };
            match found {
                Found::Frame(frame) => return Ok(Some(Extent::Frame(frame))),
                Found::Unfinished if is_searched => {
                    self.window.skip_line()?;
                    return Ok(Some(Extent::Skipped));
                }
                Found::Unfinished => self.window.read_more(self.limits.max_search_bytes)?,
            }
        }
    }

    fn layout(&self) -> Layout {
        Layout {
            columns: self.columns,
            max_lines: self.limits.max_quoted_lines,
        }
    }

    fn advance(&mut self, frame: Frame) {
        self.window.consume(frame.length);
        self.count(frame.lines);
    }

    fn count(&mut self, lines: u32) {
        self.next.number = self.next.number.saturating_add(1);
        self.next.line = self.next.line.saturating_add(lines);
    }
}
