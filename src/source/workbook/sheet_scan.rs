//! A worksheet's XML, looked through fast where it is written as spreadsheets write it.
//!
//! An XML reader takes as long for this as the library takes for the cells themselves. A sheet is rows of
//! cells of `v`, `f` and `is`: that much is told apart here, byte by byte, so that elements begin and end
//! where they do for any XML reader. Whatever is not of that form is left to `xml_survey`.

use std::io::BufRead;

use super::{
    failure::{DAMAGED, WorkbookFailure},
    marks::Marks,
    surveyed_cell::SurveyedCell,
    unpacked::Unpacked,
};

/// How far a scan came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scanned {
    /// To the end of the rows.
    Whole,
    /// To something that has to be looked at more closely, from the start.
    Unusual,
}

/// The element that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Something before the rows.
    Head,
    /// Between two rows.
    Rows,
    /// Between two cells of a row.
    Row,
    Cell,
    Value,
    Formula,
    /// A text in the cell itself, with its formatting.
    Inline,
    InlineText,
}

/// Looks through a sheet.
///
/// # Errors
///
/// When the part is damaged, or would grow beyond a bound while it is read.
pub(super) fn scan_sheet(
    unpacked: &mut Unpacked<'_>,
    marks: &Marks,
) -> Result<Scanned, WorkbookFailure> {
    let mut scan = Scan {
        inside: Inside::Head,
        cell: SurveyedCell::default(),
        marks,
        tag: Vec::new(),
        text: Vec::new(),
    };
    let outcome = scan.run(unpacked);
    if let Some(failure) = unpacked.take_failure() {
        return Err(failure);
    }
    let scanned = outcome?;
    if scanned == Scanned::Whole {
        unpacked.finish()?;
    }
    Ok(scanned)
}

struct Scan<'m> {
    inside: Inside,
    cell: SurveyedCell,
    marks: &'m Marks,
    /// The beginning of a tag, or of a value, that goes on in the next block.
    tag: Vec<u8>,
    text: Vec<u8>,
}

/// What a tag leads to.
enum Next {
    In(Inside),
    End,
    Unusual,
}

impl Scan<'_> {
    fn run(&mut self, unpacked: &mut Unpacked<'_>) -> Result<Scanned, WorkbookFailure> {
        loop {
            if !self.skip_text(unpacked)? {
                return Err(DAMAGED);
            }
            match self.read_tag(unpacked)? {
                Next::In(inside) => self.inside = inside,
                Next::End => return Ok(Scanned::Whole),
                Next::Unusual => return Ok(Scanned::Unusual),
            }
            if matches!(self.inside, Inside::Head | Inside::Rows | Inside::Row) {
                unpacked.refill();
            }
        }
    }

    /// Goes behind the next `<`; false at the end of the part.
    fn skip_text(&mut self, unpacked: &mut Unpacked<'_>) -> Result<bool, WorkbookFailure> {
        loop {
            let bytes = unpacked.fill_buf()?;
            if bytes.is_empty() {
                return Ok(false);
            }
            let end = memchr::memchr(b'<', bytes);
            let text = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
            if self.inside == Inside::Value {
                if end.is_none() || !self.text.is_empty() {
                    self.text.extend_from_slice(text);
                }
                if end.is_some() {
                    let whole = if self.text.is_empty() {
                        text
                    } else {
                        &self.text
                    };
                    self.cell.add_value(whole, self.marks)?;
                    self.text.clear();
                }
            }
            let consumed = end.map_or(bytes.len(), |end| end + 1);
            unpacked.consume(consumed);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    /// Reads what follows a `<`, to its `>`.
    fn read_tag(&mut self, unpacked: &mut Unpacked<'_>) -> Result<Next, WorkbookFailure> {
        let mut quote = None;
        self.tag.clear();
        loop {
            let bytes = unpacked.fill_buf()?;
            if bytes.is_empty() {
                return Err(DAMAGED);
            }
            let end = tag_end(bytes, &mut quote);
            let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
            if end.is_none() || !self.tag.is_empty() {
                self.tag.extend_from_slice(part);
            }
            let next = end.map(|_| {
                if self.tag.is_empty() {
                    follow(self.inside, &mut self.cell, part, self.marks)
                } else {
                    follow(self.inside, &mut self.cell, &self.tag, self.marks)
                }
            });
            let consumed = end.map_or(bytes.len(), |end| end + 1);
            unpacked.consume(consumed);
            if let Some(next) = next {
                return next;
            }
        }
    }
}

/// Where the `>` stands that ends a tag: none within quotes does.
fn tag_end(bytes: &[u8], quote: &mut Option<u8>) -> Option<usize> {
    bytes.iter().position(|byte| {
        match (*quote, *byte) {
            (None, b'>') => return true,
            (None, b'"' | b'\'') => *quote = Some(*byte),
            (Some(open), byte) if open == byte => *quote = None,
            _ => {}
        }
        false
    })
}

/// What a tag leads to; what it says of a cell is kept there.
fn follow(
    inside: Inside,
    cell: &mut SurveyedCell,
    tag: &[u8],
    marks: &Marks,
) -> Result<Next, WorkbookFailure> {
    // These end at the first `>`, whatever is quoted before it.
    let ends_unquoted = matches!(tag.first(), Some(b'/' | b'?' | b'!'));
    if ends_unquoted && tag.contains(&b'>') {
        return Ok(Next::Unusual);
    }
    let (is_closed, content) = match tag.split_last() {
        Some((b'/', content)) => (true, content),
        _ => (false, tag),
    };
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let name_end = content.iter().position(is_blank).unwrap_or(content.len());
    let (name, attributes) = content.split_at_checked(name_end).ok_or(DAMAGED)?;
    let is_end = name.first() == Some(&b'/');
    if is_end && (is_closed || !attributes.iter().all(is_blank)) {
        return Ok(Next::Unusual);
    }
    match inside {
        Inside::Head => Ok(follow_in_head(name, is_closed)),
        Inside::Rows | Inside::Row => {
            let attributes = std::str::from_utf8(attributes).map_err(|_| DAMAGED)?;
            Ok(follow_in_rows(
                (inside, name),
                is_closed,
                attributes,
                cell,
                marks,
            ))
        }
        _ => follow_in_cell(inside, name, is_closed, cell, marks),
    }
}

fn follow_in_head(name: &[u8], is_closed: bool) -> Next {
    match name {
        b"sheetData" if is_closed => Next::End,
        b"sheetData" => Next::In(Inside::Rows),
        b"?xml" => Next::In(Inside::Head),
        [b'!' | b'?', ..] => Next::Unusual,
        name if name.ends_with(b"sheetData") => Next::Unusual,
        _ => Next::In(Inside::Head),
    }
}

fn follow_in_rows(
    (inside, name): (Inside, &[u8]),
    is_closed: bool,
    attributes: &str,
    cell: &mut SurveyedCell,
    marks: &Marks,
) -> Next {
    match (inside, name) {
        (Inside::Row, b"c") => {
            cell.start(attributes, marks);
            Next::In(if is_closed { inside } else { Inside::Cell })
        }
        (Inside::Row, b"/row") => {
            cell.end_row();
            Next::In(Inside::Rows)
        }
        (Inside::Rows, b"row") => {
            cell.start_row(attributes);
            if is_closed {
                cell.end_row();
                return Next::In(inside);
            }
            Next::In(Inside::Row)
        }
        (Inside::Rows, b"/sheetData") => Next::End,
        _ => Next::Unusual,
    }
}

fn follow_in_cell(
    inside: Inside,
    name: &[u8],
    is_closed: bool,
    cell: &mut SurveyedCell,
    marks: &Marks,
) -> Result<Next, WorkbookFailure> {
    let opened = match (inside, name) {
        (Inside::Cell, b"/c") => {
            cell.end(marks)?;
            return Ok(Next::In(Inside::Row));
        }
        (Inside::Cell, b"v") => {
            cell.start_value();
            Inside::Value
        }
        (Inside::Cell, b"f") => {
            cell.start_formula();
            Inside::Formula
        }
        (Inside::Cell, b"is") => {
            cell.has_value = true;
            Inside::Inline
        }
        (Inside::Value, b"/v") | (Inside::Formula, b"/f") | (Inside::Inline, b"/is") => {
            Inside::Cell
        }
        (Inside::Inline, b"t") => Inside::InlineText,
        (Inside::InlineText, b"/t")
        | (Inside::Inline, b"r" | b"/r" | b"rPh" | b"/rPh" | b"rPr" | b"/rPr" | b"phoneticPr") => {
            Inside::Inline
        }
        _ => return Ok(Next::Unusual),
    };
    // An element that is closed at once leaves what is open as it is.
    Ok(Next::In(if is_closed { inside } else { opened }))
}
