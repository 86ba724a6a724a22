//! The rows of a workbook's sheet: which sheet, which of its rows is the header, and the rows below.

use std::{io::Seek, ops::ControlFlow};

use super::{
    Chunks, Limits, ReadAs, Wanted,
    cells::Cells,
    content::Content,
    error::Failure,
    heading::{Candidate, Search},
    workbook::{SheetRow, Workbook, WorkbookKind},
};
use crate::{
    format::Separator,
    header::Header,
    problem::Code,
    row::{Place, Reading},
};

/// A sheet, read row by row.
pub(super) struct SheetTable {
    workbook: Workbook,
    kind: WorkbookKind,
    sheet: String,
    others: Vec<String>,
    limits: Limits,
}

/// A sheet whose first rows were looked at.
struct Looked {
    sheet: String,
    header: Candidate,
}

impl SheetTable {
    /// Chooses the sheet and reads its header: the sheet that was named, else the first whose header has
    /// what is asked for, else the one that lacks the fewest. Hidden sheets come after those that show.
    ///
    /// # Errors
    ///
    /// When the workbook cannot be read, has no such sheet, or holds nothing.
    pub(super) fn open(
        content: Content,
        kind: WorkbookKind,
        wanted: &Wanted<'_>,
    ) -> Result<(Self, Header, Place), Failure> {
        // The survey left it at its end.
        (&content.file).rewind()?;
        let mut workbook =
            Workbook::open(content.file, kind, content.size, &wanted.limits.workbook)?;
        let mut looked = Vec::new();
        let mut damaged = None;
        for sheet in sheets_to_look_at(&workbook, wanted)? {
            match look_at(&mut workbook, &sheet, wanted) {
                Ok(Some(header)) => looked.push(Looked { sheet, header }),
                Ok(None) => (),
                Err(failure) => damaged = Some(failure),
            }
        }
        // A damaged sheet is nobody's concern beside one that fits; else it may be the one that is meant.
        let chosen = looked.iter().min_by_key(|looked| looked.header.lacks);
        let chosen = chosen.filter(|looked| looked.header.lacks == 0 || damaged.is_none());
        let Some(Looked { sheet, header }) = chosen else {
            return Err(damaged.unwrap_or(Failure::Empty));
        };
        let fit = |looked: &&Looked| looked.header.lacks == 0 && looked.sheet != *sheet;
        let others = looked.iter().filter(fit);
        let mut table = Self {
            workbook,
            kind,
            sheet: sheet.clone(),
            others: others.map(|looked| looked.sheet.clone()).collect(),
            limits: wanted.limits,
        };
        let header = table.read_header(header.row)?;
        Ok((table, header.0, header.1))
    }

    /// The sheet's name.
    pub(super) fn name(&self) -> &str {
        &self.sheet
    }

    /// The other sheets that have all that is asked for.
    pub(super) fn others(&self) -> &[String] {
        &self.others
    }

    /// What the workbook was read as.
    pub(super) fn read_as(&self) -> ReadAs {
        ReadAs::Workbook(self.kind.name())
    }

    fn read_header(&mut self, row: u32) -> Result<(Header, Place), Failure> {
        let mut read = None;
        self.workbook.read_rows(&self.sheet, &mut |found| {
            if found.number < row {
                return ControlFlow::Continue(());
            }
            read = Some(Header::new(found.cells()));
            ControlFlow::Break(())
        })?;
        let header = read.ok_or(Failure::Empty)?;
        let columns = header.len();
        if columns > self.limits.max_columns {
            return Err(Failure::TooManyColumns { row, columns });
        }
        Ok((header, place(row)))
    }

    /// Reads the rows below the header. Rows that the sheet leaves out between two others are blank ones.
    ///
    /// # Errors
    ///
    /// When the workbook is damaged on the way.
    pub(super) fn read_rows(
        &mut self,
        (header, header_place): (&Header, Place),
        size: u64,
        chunks: &mut Chunks<'_>,
    ) -> Result<ControlFlow<()>, Failure> {
        let mut cells = Cells::new(Separator::Comma);
        let mut next = header_place.number + 1;
        let most = self.limits.max_row_bytes;
        let mut flow = ControlFlow::Continue(());
        let mut give = |row: &SheetRow<'_>| {
            if row.number < next {
                return ControlFlow::Continue(());
            }
            let bytes = share_of(size, row.progress);
            while next < row.number {
                chunks.chunk.push(place(next), Reading::Blank, []);
                chunks.hand_over_if_full(bytes)?;
                next += 1;
            }
            let reading = if row.text.len() > most {
                cells.clear();
                Reading::Unreadable(Code::RowTooLarge)
            } else {
                cells.read_sheet_row(row.text, row.ends, header)
            };
            let place = place(next);
            chunks
                .chunk
                .push_joined(place, reading, cells.text(), cells.ends());
            next += 1;
            chunks.hand_over_if_full(bytes)
        };
        let read = self.workbook.read_rows(&self.sheet, &mut |row| {
            flow = give(row);
            flow
        });
        if flow.is_continue() {
            flow = chunks.hand_over(size);
        }
        read?;
        Ok(flow)
    }
}

/// The names of the sheets that may be meant.
fn sheets_to_look_at(workbook: &Workbook, wanted: &Wanted<'_>) -> Result<Vec<String>, Failure> {
    let mut sheets = workbook.sheets();
    // Stable: sheets that show first, each kind in the workbook's order.
    sheets.sort_by_key(|sheet| sheet.is_hidden);
    let names: Vec<String> = sheets.into_iter().map(|sheet| sheet.name).collect();
    let Some(name) = &wanted.format.sheet else {
        return Ok(names);
    };
    let is_it = |sheet: &&String| sheet.trim().to_lowercase() == name.trim().to_lowercase();
    match names.iter().find(is_it) {
        Some(sheet) => Ok(vec![sheet.clone()]),
        None => Err(Failure::NoSuchSheet {
            name: name.clone(),
            sheets: names,
        }),
    }
}

fn look_at(
    workbook: &mut Workbook,
    sheet: &str,
    wanted: &Wanted<'_>,
) -> Result<Option<Candidate>, Failure> {
    let mut search = Search::new(wanted);
    workbook.read_rows(sheet, &mut |row| {
        let is_blank = row.text.trim_start().is_empty();
        if is_blank || search.goes_on_after(row.number, row.cells()) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    Ok(search.found())
}

impl SheetRow<'_> {
    /// The cells in order.
    fn cells(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(self.ends)
            .map(|(start, end)| self.text.get(start..*end).unwrap_or_default())
    }
}

fn place(row: u32) -> Place {
    Place {
        number: row,
        line: row,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a share of a size, for a progress bar"
)]
fn share_of(size: u64, share: f32) -> u64 {
    (size as f64 * f64::from(share.clamp(0.0, 1.0))) as u64
}
