//! The sheets of an XLSB workbook, cell by cell. The library tells no number formats here, only dates.

use std::{io::BufReader, ops::ControlFlow};

use calamine::{Cell, DataRef, Reader, Sheet as SheetMetadata, Xlsb, XlsbError};

use super::{
    Book,
    failure::{DAMAGED, WorkbookFailure},
    gate::GatedFile,
    number_format::Shown,
    sheet_row::{Cells, Placed, SheetRow, give_rows},
    xlsx::write_value,
};
use crate::panic_guard::guarded;

type File = BufReader<GatedFile>;

/// An opened XLSB workbook.
pub(super) struct XlsbWorkbook {
    workbook: Xlsb<File>,
}

impl XlsbWorkbook {
    pub(super) fn open(file: GatedFile) -> Result<Self, WorkbookFailure> {
        let workbook = Xlsb::new(BufReader::new(file))?;
        Ok(Self { workbook })
    }
}

impl Book for XlsbWorkbook {
    fn sheets(&self) -> &[SheetMetadata] {
        self.workbook.sheets_metadata()
    }

    fn read_rows(
        &mut self,
        sheet: &str,
        give: &mut dyn FnMut(&SheetRow<'_>) -> ControlFlow<()>,
    ) -> Result<bool, WorkbookFailure> {
        let is_1904 = self.workbook.has_1904_epoch();
        let mut reader =
            guarded(|| self.workbook.worksheet_cells_reader(sheet)).ok_or(DAMAGED)??;
        let mut cells = XlsbCells {
            rows: reader.dimensions().end.0.saturating_add(1),
            last: None,
            is_1904,
            next: || reader.next_cell(),
        };
        give_rows(&mut cells, give)
    }
}

/// The library's reader has no name outside it: it comes as the function that gives the next cell.
struct XlsbCells<N> {
    next: N,
    last: Option<(u32, u32)>,
    is_1904: bool,
    rows: u32,
}

impl<'w, N> Cells for XlsbCells<N>
where
    N: FnMut() -> Result<Option<Cell<DataRef<'w>>>, XlsbError>,
{
    type Cell = Cell<DataRef<'w>>;

    fn next_used(&mut self) -> Result<Option<Placed<Self::Cell>>, WorkbookFailure> {
        let Some(cell) = (self.next)()? else {
            return Ok(None);
        };
        let place = cell.get_position();
        if self.last.replace(place).is_some_and(|last| last >= place) {
            return Err(DAMAGED);
        }
        let (row, column) = place;
        Ok(Some(Placed { row, column, cell }))
    }

    fn write(&self, cell: &Self::Cell, text: &mut String) {
        write_value(cell.get_value(), &Shown::Plain, self.is_1904, text);
    }

    fn declared_rows(&self) -> u32 {
        self.rows
    }
}
