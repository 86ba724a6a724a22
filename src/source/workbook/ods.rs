//! The sheets of an ODS workbook, loaded whole.

use std::{io::BufReader, ops::ControlFlow};

use calamine::{Ods, Reader, Sheet as SheetMetadata};

use super::{
    Book, failure::WorkbookFailure, gate::GatedFile, loaded::read_loaded, sheet_row::SheetRow,
};

/// An opened ODS workbook.
pub(super) struct OdsWorkbook {
    workbook: Ods<BufReader<GatedFile>>,
}

impl OdsWorkbook {
    pub(super) fn open(file: GatedFile) -> Result<Self, WorkbookFailure> {
        let workbook = Ods::new(BufReader::new(file))?;
        Ok(Self { workbook })
    }
}

impl Book for OdsWorkbook {
    fn sheets(&self) -> &[SheetMetadata] {
        self.workbook.sheets_metadata()
    }

    fn read_rows(
        &mut self,
        sheet: &str,
        give: &mut dyn FnMut(&SheetRow<'_>) -> ControlFlow<()>,
    ) -> Result<bool, WorkbookFailure> {
        let values = self.workbook.worksheet_range(sheet)?;
        let formulas = self.workbook.worksheet_formula(sheet)?;
        read_loaded(&values, &formulas, false, give)
    }
}
