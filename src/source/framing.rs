//! Where a record ends, and when a quote is not to be believed.
//!
//! A quoted cell may span lines, so one stray quote could swallow the rest of a file. A quote is
//! therefore believed only while the text behaves as if it were meant:
//!
//! * it opens a cell only as the cell's first byte; elsewhere it is a character like any other;
//! * the quote that closes the cell is followed by a separator, a line end or the end of the file;
//! * the record does not span too many lines, nor run into the end of the file;
//! * no line inside the cell looks like a row of its own (see [`Scan::is_like_a_row`]).
//!
//! Otherwise the first line alone is the record's, and reading goes on with the next.

use memchr::{memchr_iter, memchr2, memchr3};

const QUOTE: u8 = b'"';

/// With fewer columns than these, ordinary text in a cell is too easily like a row.
const FEWEST_TELLING_CELLS: usize = 4;

/// What stands at the start of the bytes at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A record, or the one line that is left of it.
    Frame(Frame),
    /// The bytes at hand end before that can be told.
    Unfinished,
}

/// The extent of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// Bytes of its text.
    pub(super) text: usize,
    /// Bytes with the line end.
    pub(super) length: usize,
    /// Lines that it spans.
    pub(super) lines: u32,
    pub(super) quoting: Quoting,
}

/// What the quotes in a record are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    /// There are none.
    None,
    /// They hold cells together.
    Sound,
    /// One of them is open, so all are characters like any other.
    Unclosed,
}

/// What is known of the file that the bytes come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// What stands between two cells.
    pub(super) separator: u8,
    /// How many columns the header has; 0 while that is unknown.
    pub(super) columns: usize,
    /// How many lines a record may span.
    pub(super) max_lines: usize,
}

/// Finds the record at the start of `bytes`, which are not empty. `is_at_end` says that the file ends
/// with them.
pub(super) fn find_frame(bytes: &[u8], is_at_end: bool, layout: Layout) -> Found {
    match memchr3(b'\n', b'\r', QUOTE, bytes) {
        Some(at) if bytes.get(at) == Some(&QUOTE) => quoted_record(bytes, is_at_end, layout),
        _ => first_line(bytes, is_at_end, Quoting::None),
    }
}

/// The first line alone, whatever its quotes promise.
pub(super) fn first_line(bytes: &[u8], is_at_end: bool, quoting: Quoting) -> Found {
    let text = memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
    match after_line_end(bytes, text, is_at_end) {
        Ok(length) => Found::Frame(Frame {
            text,
            length,
            lines: 1,
            quoting,
        }),
        Err(_) => Found::Unfinished,
    }
}

fn quoted_record(bytes: &[u8], is_at_end: bool, layout: Layout) -> Found {
    match Scan::new(bytes, is_at_end, layout).record() {
        Ok(scanned) => Found::Frame(scanned.frame),
        Err(Stop::Unclosed) => first_line(bytes, is_at_end, Quoting::Unclosed),
        Err(Stop::Unfinished) => Found::Unfinished,
    }
}

/// Why a scan ends without a record.
enum Stop {
    /// A quote turned out to be stray, or never closed.
    Unclosed,
    /// The bytes at hand end too early.
    Unfinished,
}

/// Where a cell ended.
enum CellEnd {
    /// At a separator.
    Separator,
    /// At the end of the record's text.
    Record,
}

struct Scanned {
    frame: Frame,
    cells: usize,
}

/// A walk over one record, cell by cell.
struct Scan<'b> {
    bytes: &'b [u8],
    is_at_end: bool,
    layout: Layout,
    at: usize,
    lines: usize,
    cells: usize,
    /// The last line of some cell would do as a row of its own.
    is_doubtful: bool,
}

impl<'b> Scan<'b> {
    fn new(bytes: &'b [u8], is_at_end: bool, layout: Layout) -> Self {
        Self {
            bytes,
            is_at_end,
            layout,
            at: 0,
            lines: 1,
            cells: 0,
            is_doubtful: false,
        }
    }

    fn record(mut self) -> Result<Scanned, Stop> {
        loop {
            let end = if self.bytes.get(self.at) == Some(&QUOTE) {
                self.quoted_cell()?
            } else {
                self.plain_cell()?
            };
            self.cells += 1;
            if matches!(end, CellEnd::Record) {
                return self.finish();
            }
        }
    }

    fn finish(self) -> Result<Scanned, Stop> {
        if self.is_doubtful && self.cells != self.layout.columns {
            return Err(Stop::Unclosed);
        }
        let frame = Frame {
            text: self.at,
            length: after_line_end(self.bytes, self.at, self.is_at_end)?,
            lines: u32::try_from(self.lines).unwrap_or(u32::MAX),
            quoting: Quoting::Sound,
        };
        Ok(Scanned {
            frame,
            cells: self.cells,
        })
    }

    fn plain_cell(&mut self) -> Result<CellEnd, Stop> {
        let end = memchr3(self.layout.separator, b'\n', b'\r', self.rest());
        if end.is_none() && !self.is_at_end {
            return Err(Stop::Unfinished);
        }
        self.at += end.unwrap_or(self.rest().len());
        Ok(self.end_of_cell())
    }

    /// Walks from a cell's opening quote to what follows the closing one.
    fn quoted_cell(&mut self) -> Result<CellEnd, Stop> {
        self.at += 1;
        let mut line_start = None;
        loop {
            let Some(found) = memchr3(QUOTE, b'\n', b'\r', self.rest()) else {
                return Err(self.nothing_follows());
            };
            self.at += found;
            if self.bytes.get(self.at) != Some(&QUOTE) {
                self.end_line_inside(line_start)?;
                line_start = Some(self.at);
                continue;
            }
            match self.bytes.get(self.at + 1) {
                Some(&QUOTE) => self.at += 2,
                Some(next) if self.ends_a_cell(*next) => return self.close(line_start),
                None if self.is_at_end => return self.close(line_start),
                None => return Err(Stop::Unfinished),
                Some(_) => return Err(Stop::Unclosed),
            }
        }
    }

    /// Steps over a line end inside a quoted cell. `line_start` is where the line began, unless that was
    /// before the cell did.
    fn end_line_inside(&mut self, line_start: Option<usize>) -> Result<(), Stop> {
        let line_end = self.at;
        self.at = after_line_end(self.bytes, line_end, self.is_at_end)?;
        self.lines += 1;
        let is_too_long = self.lines > self.layout.max_lines;
        if is_too_long || line_start.is_some_and(|start| self.is_like_a_row(start, line_end)) {
            return Err(Stop::Unclosed);
        }
        Ok(())
    }

    /// Steps over a closing quote. The line that it stands on began inside the cell if `line_start` says
    /// so; it may end like a row by mere chance, as `Miami, FL",33125,Dade` does among four columns, so it
    /// has to be like a row in its first part already, or else leave the record with a wrong number of
    /// cells, before it counts against the quote.
    fn close(&mut self, line_start: Option<usize>) -> Result<CellEnd, Stop> {
        let closing = self.at;
        self.at += 1;
        if let Some(start) = line_start {
            let line_end = self.line_end()?;
            if self.is_like_a_row(start, line_end) {
                if self.separators(start, closing) + 1 >= FEWEST_TELLING_CELLS {
                    return Err(Stop::Unclosed);
                }
                self.is_doubtful = true;
            }
        }
        Ok(self.end_of_cell())
    }

    /// True when a line holds, taken by itself, exactly as many cells as the header has.
    fn is_like_a_row(&self, start: usize, end: usize) -> bool {
        let columns = self.layout.columns;
        if columns < FEWEST_TELLING_CELLS || self.separators(start, end) + 1 < columns {
            return false;
        }
        let line = self.bytes.get(start..end).unwrap_or_default();
        let alone = Layout {
            columns: 0,
            max_lines: 1,
            ..self.layout
        };
        Scan::new(line, true, alone)
            .record()
            .is_ok_and(|scanned| scanned.cells == columns)
    }

    fn separators(&self, start: usize, end: usize) -> usize {
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        memchr_iter(self.layout.separator, bytes).count()
    }

    fn end_of_cell(&mut self) -> CellEnd {
        if self.bytes.get(self.at) == Some(&self.layout.separator) {
            self.at += 1;
            CellEnd::Separator
        } else {
            CellEnd::Record
        }
    }

    fn ends_a_cell(&self, byte: u8) -> bool {
        byte == self.layout.separator || byte == b'\n' || byte == b'\r'
    }

    fn line_end(&self) -> Result<usize, Stop> {
        match memchr2(b'\n', b'\r', self.rest()) {
            Some(found) => Ok(self.at + found),
            None if self.is_at_end => Ok(self.bytes.len()),
            None => Err(Stop::Unfinished),
        }
    }

    fn nothing_follows(&self) -> Stop {
        if self.is_at_end {
            Stop::Unclosed
        } else {
            Stop::Unfinished
        }
    }

    fn rest(&self) -> &'b [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}

/// Where the line after the line end at `at` starts: LF, CR and CRLF each end one line, and so does the
/// end of the file.
fn after_line_end(bytes: &[u8], at: usize, is_at_end: bool) -> Result<usize, Stop> {
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => Ok(at + 2),
        (Some(b'\r'), None) if !is_at_end => Err(Stop::Unfinished),
        (Some(_), _) => Ok(at + 1),
        (None, _) if is_at_end => Ok(bytes.len()),
        (None, _) => Err(Stop::Unfinished),
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Layout, Quoting, find_frame};

    const LAYOUT: Layout = Layout {
        separator: b',',
        columns: 4,
        max_lines: 5,
    };

    /// Text, its quoting, how many of its bytes the first frame takes with the line end, and why.
    #[rustfmt::skip]
    const CASES: &[(&str, Quoting, usize, &str)] = &[
        ("a,b\nc", Quoting::None, 4, "a line"),
        ("a,b\r\nc", Quoting::None, 5, "a line that ends with CRLF"),
        ("a,b\rc", Quoting::None, 4, "a line that ends with CR"),
        ("\n\n", Quoting::None, 1, "an empty line"),
        ("a,b", Quoting::None, 3, "the last line needs no line end"),
        ("a,5\" pipe,c\nd", Quoting::Sound, 12, "a quote inside a cell is a character"),
        ("a,\"b, \"\"c\"\"\",d\ne", Quoting::Sound, 15, "quotes are doubled inside quotes"),
        ("\"a\nb\",c,d,e\nf", Quoting::Sound, 12, "a quoted cell may hold a line end, the last line four cells"),
        ("i,\"12 Main St\nMiami, FL\",x,y\nz", Quoting::Sound, 29, "an address may end in a line of four cells"),
        ("a,\"b\"", Quoting::Sound, 5, "the end of the file closes a row"),
        ("a,\"b\" ,c\nd", Quoting::Unclosed, 9, "a closing quote is followed by a separator"),
        ("a,\"b,c\nd,e\n", Quoting::Unclosed, 7, "the file ends inside quotes"),
        ("a,\"b,c,d\n1,2,3,4\n5,6\",7,8,9\n", Quoting::Unclosed, 9, "a whole row stands inside quotes"),
        ("a,b,c,\"d\n1,2,3,4\"\n", Quoting::Unclosed, 9, "a whole row stands before the closing quote"),
        ("a,\"b,c,d\na,b,c\",d\n", Quoting::Unclosed, 9, "the last line is a row and the sum does not fit"),
        ("\"\n\n\n\n\n\",a,b,c\n", Quoting::Unclosed, 2, "more lines than a record may span"),
    ];

    #[test]
    fn a_record_ends_where_its_quotes_allow() {
        for (text, quoting, length, why) in CASES {
            let Found::Frame(frame) = find_frame(text.as_bytes(), true, LAYOUT) else {
                panic!("{why}: unfinished");
            };
            assert_eq!((frame.quoting, frame.length), (*quoting, *length), "{why}");
        }
    }

    #[test]
    fn a_part_of_a_file_says_the_same_as_the_whole_or_nothing() {
        for (text, _, _, why) in CASES {
            let whole = find_frame(text.as_bytes(), true, LAYOUT);
            for length in 0..=text.len() {
                let part = find_frame(&text.as_bytes()[..length], false, LAYOUT);
                assert!(
                    part == whole || part == Found::Unfinished,
                    "{why}, cut after {length}"
                );
            }
        }
    }
}
