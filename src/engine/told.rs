//! What a file of rows to be corrected says of each of them: whence it is, and why it is there.

use crate::{
    header::{CODE_COLUMN, FILE_COLUMN, Header, ROW_COLUMN, RUN_COLUMN},
    journal::CameFrom,
    problem::{Code, PARTED},
    row::Row,
};

/// Where such a file says it; all files of a run share their columns.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    code: Option<usize>,
    /// The columns of run, file and row, where all three are there.
    origin: Option<(usize, usize, usize)>,
}

impl Told {
    /// The places in a header.
    pub(super) fn of(header: &Header) -> Self {
        let [run, file, row] = [RUN_COLUMN, FILE_COLUMN, ROW_COLUMN].map(|name| header.added(name));
        Self {
            code: header.added(CODE_COLUMN),
            origin: run
                .zip(file)
                .zip(row)
                .map(|((run, file), row)| (run, file, row)),
        }
    }

    /// What still stands against a row that came back. One that could not be read whole was filled up with
    /// blank cells, so that its cells may stand under the wrong columns: it counts once somebody has
    /// completed it and taken the code away.
    pub(super) fn still_unread(self, row: Row<'_>) -> Option<Code> {
        let told = row.cell(self.code?)?;
        let mut codes = told
            .split(PARTED)
            .filter_map(|code| Code::from_text(code.trim()));
        let is_marked = codes.any(Code::is_of_reading);
        is_marked.then_some(Code::RowStillMarked)
    }

    /// The row of an earlier run that it was. A check belongs to no run, so its rows were none.
    pub(super) fn came_from(self, row: Row<'_>) -> Option<CameFrom> {
        let (run, file, number) = self.origin?;
        let cell = |at: usize| row.cell(at).map(str::trim);
        Some(CameFrom {
            run: cell(run)?.parse().ok()?,
            file: cell(file)?.to_owned(),
            row: cell(number)?.parse().ok()?,
        })
    }
}
