//! Which row is the header: the first that holds the columns which the mapping asks for.
//!
//! Exports come with title rows above the header, and with separators that nobody named. Both are found by
//! the same question, asked of the file's first rows: how many of the columns are missing here? Where no
//! row has them all, the one that lacks the fewest is the header, so that the error names what is missing;
//! where no row has any, it is the first that is not blank.

use super::{
    Wanted,
    cells::Cells,
    framing::{Found, Layout, find_frame},
};
use crate::{format::Separator, header::Header};

/// How many rows are looked at that are not blank.
const ROWS: usize = 50;

/// A row that may be the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Its number in the file; the first row is 1.
    pub(super) row: u32,
    /// How many of the columns that are asked for it lacks.
    pub(super) lacks: usize,
    /// How many columns it has.
    columns: usize,
}

/// A look at the first rows of one table.
pub(super) struct Search<'w> {
    lacks: &'w dyn Fn(&Header) -> usize,
    /// How many columns are asked for.
    asked: usize,
    seen: usize,
    first: Option<Candidate>,
    best: Option<Candidate>,
}

impl<'w> Search<'w> {
    pub(super) fn new(wanted: &Wanted<'w>) -> Self {
        Self {
            lacks: wanted.lacks,
            asked: (wanted.lacks)(&Header::default()),
            seen: 0,
            first: None,
            best: None,
        }
    }

    /// Looks at a row that is not blank; false when there is no need to look at another.
    pub(super) fn goes_on_after<'c>(
        &mut self,
        row: u32,
        cells: impl Iterator<Item = &'c str>,
    ) -> bool {
        let header = Header::new(cells);
        let candidate = Candidate {
            row,
            lacks: (self.lacks)(&header),
            columns: header.len(),
        };
        self.first.get_or_insert(candidate);
        if self.best.is_none_or(|best| candidate.lacks < best.lacks) {
            self.best = Some(candidate);
        }
        self.seen += 1;
        candidate.lacks > 0 && self.seen < ROWS
    }

    /// Passes over a row that cannot be read; if it is the first, it is the header when nothing better comes.
    fn goes_on_after_unreadable(&mut self, row: u32, columns: usize) -> bool {
        self.first.get_or_insert(Candidate {
            row,
            lacks: self.asked,
            columns,
        });
        self.seen += 1;
        self.asked > 0 && self.seen < ROWS
    }

    /// The header, if there is a row at all.
    pub(super) fn found(self) -> Option<Candidate> {
        let has_some = |best: &Candidate| best.lacks < self.asked;
        self.best.filter(has_some).or(self.first)
    }
}

/// Finds the separator and the header of a text that begins with `head`.
pub(super) fn find_in_text(
    head: &[u8],
    is_whole: bool,
    wanted: &Wanted<'_>,
) -> (Separator, Option<Candidate>) {
    let said = wanted.format.separator.or_else(|| separator_line(head));
    let separators = match &said {
        Some(separator) => std::slice::from_ref(separator),
        None => Separator::ALL,
    };
    let mut best = (Separator::Comma, None);
    for separator in separators {
        let found = search_text((head, is_whole), *separator, wanted);
        if is_better(found, best.1) || said.is_some() {
            best = (*separator, found);
        }
    }
    best
}

fn is_better(one: Option<Candidate>, other: Option<Candidate>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) if one.lacks == other.lacks => one.columns > other.columns,
        (Some(one), Some(other)) => one.lacks < other.lacks,
        (one, None) => one.is_some(),
        (None, Some(_)) => false,
    }
}

fn search_text(
    (mut head, is_whole): (&[u8], bool),
    separator: Separator,
    wanted: &Wanted<'_>,
) -> Option<Candidate> {
    let mut cells = Cells::new(separator);
    let mut search = Search::new(wanted);
    let layout = Layout {
        separator: separator.byte(),
        columns: 0,
        max_lines: wanted.limits.max_quoted_lines,
    };
    for row in 1.. {
        if head.is_empty() {
            break;
        }
        let Found::Frame(frame) = find_frame(head, is_whole, layout) else {
            break;
        };
        let record = head.get(..frame.text).unwrap_or_default();
        let goes_on = match cells.take_apart(record, frame.quoting) {
            // A row of separators alone is blank, whichever of them separates.
            Ok(()) if !cells.text().contains(char::is_alphanumeric) => true,
            Ok(()) => search.goes_on_after(row, cells.iter()),
            Err(_) => search.goes_on_after_unreadable(row, cells.ends().len()),
        };
        if !goes_on {
            break;
        }
        head = head.get(frame.length..).unwrap_or_default();
    }
    search.found()
}

/// The separator that a first line `sep=;` names, as Excel reads it.
fn separator_line(head: &[u8]) -> Option<Separator> {
    let named = head.strip_prefix(b"sep=")?;
    let (byte, after) = named.split_first()?;
    let is_alone = matches!(after.first(), None | Some(b'\r' | b'\n'));
    let separators = Separator::ALL.iter().copied();
    separators
        .filter(|_| is_alone)
        .find(|separator| separator.byte() == *byte)
}

#[cfg(test)]
mod tests {
    use super::find_in_text;
    use crate::{
        format::{Format, Separator},
        header::Header,
        source::{Limits, Wanted},
    };

    /// The separator, and the header's row with the number of columns that it lacks.
    type Expected = (Separator, Option<(u32, usize)>);

    #[test]
    fn separator_and_header_are_found_by_what_is_asked_for() {
        use Separator::{Comma, Pipe, Semicolon, Tab};

        let lacks = |header: &Header| {
            let names = ["id", "name", "phone"].iter();
            names.filter(|name| header.find(name).is_empty()).count()
        };
        let wanted = Wanted {
            format: Format::default(),
            limits: Limits::default(),
            lacks: &lacks,
        };
        let cases: &[(&str, Expected)] = &[
            ("id,name,phone\n", (Comma, Some((1, 0)))),
            ("id\tname, first\tphone\tname\n", (Tab, Some((1, 0)))),
            ("id;name;phone", (Semicolon, Some((1, 0)))),
            ("ID|Name|Phone|a,b,c,d,e\n", (Pipe, Some((1, 0)))),
            (
                "Book of business, as of today, all\n\nid;name;phone\n",
                (Semicolon, Some((3, 0))),
            ),
            ("sep=;\nid;name;phone\n", (Semicolon, Some((2, 0)))),
            ("Title\nid,name,telephone\n1,Ana,x\n", (Comma, Some((2, 1)))),
            ("x|y\nz|w\n", (Pipe, Some((1, 3)))),
            ("\n\"open,x\nid,name,phone\n", (Comma, Some((3, 0)))),
            ("\n \n", (Comma, None)),
        ];

        for (head, expected) in cases {
            let (found, candidate) = find_in_text(head.as_bytes(), true, &wanted);
            let candidate = candidate.map(|candidate| (candidate.row, candidate.lacks));
            assert_eq!((found, candidate), *expected, "{head}");
        }
    }
}
