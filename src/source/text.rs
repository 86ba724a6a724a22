//! The rows of a text file, whatever separates its cells and however it writes its characters.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::ControlFlow,
};

use super::{
    Chunks, Limits, ReadAs, Wanted,
    cells::Cells,
    content::Content,
    decode::Decoding,
    encoding::{Told, tell},
    error::Failure,
    framing::{Found, Frame, Layout, Quoting, find_frame, first_line},
    heading::find_in_text,
    survey::Utf8Count,
    window::Window,
};
use crate::{
    format::Separator,
    header::Header,
    problem::Code,
    row::{Place, Reading, RowChunk},
};

/// How much text is looked at to find its header, in bytes.
const HEAD: u64 = 2 << 20;

/// A text file, read row by row.
pub(super) struct TextTable {
    window: Window<Decoding<File>>,
    told: Told,
    separator: Separator,
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

impl TextTable {
    /// Finds encoding, separator and header, and reads up to and with that.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, holds nothing, or its header cannot be used.
    pub(super) fn open(
        content: &Content,
        utf8: Utf8Count,
        wanted: &Wanted<'_>,
    ) -> Result<(Self, Header, Place), Failure> {
        let told = tell(&content.start, utf8, wanted.format.encoding);
        let mut head = Vec::new();
        decoding(content, told)?.take(HEAD).read_to_end(&mut head)?;
        let is_whole = (head.len() as u64) < HEAD;
        let (separator, found) = find_in_text(&head, is_whole, wanted);
        let mut table = Self {
            window: Window::new(decoding(content, told)?, wanted.limits.read_bytes),
            told,
            separator,
            limits: wanted.limits,
            columns: 0,
            next: Place { number: 1, line: 1 },
            cells: Cells::new(separator),
        };
        // Without a candidate the first line is longer than what was looked at, or there is nothing.
        let row = found.map_or(u32::from(is_whole) * u32::MAX, |found| found.row);
        let (header, place) = table.read_header(row.max(1))?;
        Ok((table, header, place))
    }

    /// What the file was read as.
    pub(super) fn read_as(&self) -> ReadAs {
        ReadAs::Text {
            encoding: self.told.encoding,
            separator: self.separator,
        }
    }

    /// How many bytes of the file lie behind.
    fn bytes_read(&self) -> u64 {
        let mark = self.told.mark as u64;
        let decoded = self.window.source().bytes_decoded();
        decoded.unwrap_or(self.window.consumed() + mark)
    }

    /// Passes over the rows above the header, and reads it.
    fn read_header(&mut self, row: u32) -> Result<(Header, Place), Failure> {
        loop {
            let place = self.next;
            match self.next_extent()? {
                None => return Err(Failure::Empty),
                Some(Extent::Frame(frame)) if place.number < row => self.advance(frame),
                Some(Extent::Skipped) if place.number < row => self.count(1),
                Some(Extent::Skipped) => {
                    return Err(Failure::Header {
                        row,
                        code: Code::RowTooLarge,
                    });
                }
                Some(Extent::Frame(frame)) => {
                    let header = self.header(frame).map_err(|cause| match cause {
                        HeaderFault::Code(code) => Failure::Header { row, code },
                        HeaderFault::Columns(columns) => Failure::TooManyColumns { row, columns },
                    })?;
                    self.columns = header.len();
                    self.advance(frame);
                    return Ok((header, place));
                }
            }
        }
    }

    fn header(&mut self, frame: Frame) -> Result<Header, HeaderFault> {
        if frame.text > self.limits.max_row_bytes {
            return Err(HeaderFault::Code(Code::RowTooLarge));
        }
        let record = self.window.bytes().get(..frame.text).unwrap_or_default();
        self.cells
            .take_apart(record, frame.quoting)
            .map_err(HeaderFault::Code)?;
        let columns = self.cells.ends().len();
        if columns > self.limits.max_columns {
            return Err(HeaderFault::Columns(columns));
        }
        Ok(Header::new(self.cells.iter()))
    }

    /// Reads the rows below the header.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub(super) fn read_rows(
        &mut self,
        header: &Header,
        chunks: &mut Chunks<'_>,
    ) -> Result<ControlFlow<()>, Failure> {
        loop {
            let is_row = self.read_row(header, &mut chunks.chunk);
            let bytes = self.bytes_read();
            let flow = match is_row {
                Ok(true) => chunks.hand_over_if_full(bytes),
                Ok(false) => return Ok(chunks.hand_over(bytes)),
                Err(cause) => {
                    let _ = chunks.hand_over(bytes);
                    let row = self.next.number;
                    return Err(Failure::Read { row, cause });
                }
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
    }

    /// Adds the next row to the chunk; false at the end of the file.
    fn read_row(&mut self, header: &Header, chunk: &mut RowChunk) -> io::Result<bool> {
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
        let reading = match reading {
            Reading::Unreadable(Code::RowUndecodable) => Reading::Undecodable {
                byte: self.undecodable_byte(frame),
            },
            Reading::Unreadable(Code::RowTooFewCells | Code::RowUnclosedQuote)
                if frame.text == frame.length =>
            {
                // Without a line end behind it, the row is the last thing in the file.
                Reading::Unreadable(Code::RowCutOff)
            }
            reading => reading,
        };
        chunk.push_joined(place, reading, self.cells.text(), self.cells.ends());
        self.advance(frame);
        Ok(true)
    }

    /// Where in the file the first byte of the row stands that is no text.
    fn undecodable_byte(&mut self, frame: Frame) -> u64 {
        let start = self.window.consumed();
        let record = self.window.bytes().get(..frame.text).unwrap_or_default();
        let sound = std::str::from_utf8(record).map_or_else(|error| error.valid_up_to(), str::len);
        let decoded = start + sound as u64;
        let place = self.window.source_mut().place_of_loss(decoded);
        place.unwrap_or(decoded + self.told.mark as u64)
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
            separator: self.separator.byte(),
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

/// Why a row cannot be the header.
enum HeaderFault {
    Code(Code),
    Columns(usize),
}

/// The text from its start, decoded. All readers of a content share its place in the file.
fn decoding(content: &Content, told: Told) -> io::Result<Decoding<File>> {
    let mut file = content.file.try_clone()?;
    let start = told.mark as u64;
    file.seek(SeekFrom::Start(start))?;
    Ok(Decoding::new(file, told.encoding, start))
}
