//! One cell as a mapping takes it: its bare text, and whether that means anything.

use std::borrow::Cow;

use super::blank::Blanks;
use crate::{
    normalize::{Holds, spreadsheet_error, unprotect},
    problem::Code,
    row::Row,
};

/// One cell. Its text is people's data, so it does not print.
pub(super) struct Cell<'r> {
    /// Without white space and text protection around it.
    pub(super) text: Cow<'r, str>,
    pub(super) is_protected: bool,
    pub(super) is_blank: bool,
}

impl<'r> Cell<'r> {
    /// The row's cell in that column; none where the row has no such cell.
    #[inline]
    pub(super) fn take(row: Row<'r>, column: u32, holds: Holds, blanks: &Blanks) -> Option<Self> {
        let (text, is_protected) = unprotect(row.cell(column as usize)?, holds);
        // `'N/A` keeps the apostrophe of a name and is none.
        let is_marked_blank = text
            .strip_prefix('\'')
            .is_some_and(|rest| blanks.is_blank(rest));
        Some(Self {
            is_blank: is_marked_blank || blanks.is_blank(&text),
            is_protected: is_protected || is_marked_blank,
            text,
        })
    }

    /// Why the cell holds no value, where a spreadsheet could not calculate one.
    pub(super) fn error(&self) -> Option<Code> {
        if self.is_blank {
            return None;
        }
        spreadsheet_error(&self.text)
    }
}
