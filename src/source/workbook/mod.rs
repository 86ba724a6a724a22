//! Workbooks as rows of text: XLSX, XLSM, XLSB, XLS and ODS.
//!
//! `calamine` reads the files. Around it stands what it does not do: no file makes it panic or take memory
//! without end (`gate`, `xml_survey`, `record_survey`, `ods_survey`, `xls_survey`), and every cell becomes
//! the text that a person would have typed, whatever type the spreadsheet made of it (`cell_text`,
//! `date_text`, `number_format`).
//!
//! XLSX, XLSM and XLSB are streamed; XLS and ODS are loaded whole, which bounds their size.

mod cell_text;
mod date_text;
mod digit_mask;
mod failure;
mod gate;
mod limits;
mod loaded;
mod marks;
mod number_format;
mod ods;
mod ods_survey;
mod package;
mod record_survey;
mod sheet_row;
mod sheet_scan;
mod surveyed_cell;
mod unpacked;
mod xls;
mod xls_strings;
mod xls_survey;
mod xlsb;
mod xlsx;
mod xml_survey;

#[cfg(test)]
mod binary_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod scan_tests;
#[cfg(test)]
mod tests;

use crate::panic_guard::guarded;
use std::{fmt, fs::File, ops::ControlFlow, sync::Arc};

use calamine::{Sheet as SheetMetadata, SheetType, SheetVisible};

pub use self::limits::WorkbookLimits;
use self::{
    failure::DAMAGED,
    gate::{Gate, GatedFile},
    ods::OdsWorkbook,
    xls::XlsWorkbook,
    xlsb::XlsbWorkbook,
    xlsx::XlsxWorkbook,
};
pub(super) use self::{failure::WorkbookFailure, sheet_row::SheetRow};

/// How a workbook is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WorkbookKind {
    /// XLSX, and XLSM with its macros, which are never looked at.
    Xlsx,
    /// The same sheets in binary.
    Xlsb,
    /// Excel before 2007, and all workbooks with a password.
    Xls,
    /// The format of `OpenDocument`.
    Ods,
}

impl WorkbookKind {
    /// What people call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Xlsx => "XLSX",
            Self::Xlsb => "XLSB",
            Self::Xls => "XLS",
            Self::Ods => "ODS",
        }
    }
}

/// A worksheet, as the workbook lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) name: String,
    /// True when a spreadsheet does not show it. It is read like any other, as hidden rows are.
    pub(super) is_hidden: bool,
}

/// An opened workbook.
pub(super) struct Workbook {
    book: Box<dyn Book + Send>,
    /// None for a file that is not packed.
    gate: Option<Arc<Gate>>,
}

/// A workbook of one kind, as the library opened it.
trait Book {
    /// Its sheets, charts and the like among them, in its order.
    fn sheets(&self) -> &[SheetMetadata];

    /// Gives the used rows of a sheet until told to stop; true when all were given.
    fn read_rows(
        &mut self,
        sheet: &str,
        give: &mut dyn FnMut(&SheetRow<'_>) -> ControlFlow<()>,
    ) -> Result<bool, WorkbookFailure>;
}

impl Workbook {
    /// Opens a workbook and reads what it keeps in memory: its list of sheets, shared strings and styles,
    /// or the whole of it where it cannot be streamed. Bounds are checked before anything is loaded.
    ///
    /// # Errors
    ///
    /// When the file is no such workbook, damaged, larger than allowed, or has a password.
    pub(super) fn open(
        file: File,
        kind: WorkbookKind,
        size: u64,
        limits: &WorkbookLimits,
    ) -> Result<Self, WorkbookFailure> {
        let is_loaded = matches!(kind, WorkbookKind::Xls | WorkbookKind::Ods);
        if is_loaded && size > limits.max_loaded_file_bytes {
            return Err(WorkbookFailure::TooLarge {
                what: "size of the file in bytes",
                limit: limits.max_loaded_file_bytes,
            });
        }
        if kind == WorkbookKind::Xls {
            let book = guarded(|| XlsWorkbook::open(file, limits)).unwrap_or(Err(DAMAGED))?;
            return Ok(Self {
                book: Box::new(book),
                gate: None,
            });
        }
        let (file, gate) = GatedFile::new(file, size, kind, limits)?;
        let opened = guarded(|| unpacked(file, kind, &gate)).unwrap_or(Err(DAMAGED));
        // What a survey refused is the cause of what the library made of it.
        gate.finish()?;
        let book = opened?;
        gate.open()?;
        Ok(Self {
            book,
            gate: Some(gate),
        })
    }

    /// The worksheets in the workbook's order.
    pub(super) fn sheets(&self) -> Vec<Sheet> {
        let sheets = self.book.sheets().iter();
        let worksheets = sheets.filter(|sheet| sheet.typ == SheetType::WorkSheet);
        worksheets
            .map(|sheet| Sheet {
                name: sheet.name.clone(),
                is_hidden: sheet.visible != SheetVisible::Visible,
            })
            .collect()
    }

    /// Gives the used rows of a sheet in order until told to stop. Can be called again, for any sheet.
    ///
    /// # Errors
    ///
    /// When there is no such sheet, or reading breaks off; rows may have been given before that.
    pub(super) fn read_rows(
        &mut self,
        sheet: &str,
        give: &mut dyn FnMut(&SheetRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), WorkbookFailure> {
        match (&self.gate, self.book.read_rows(sheet, give)) {
            (None, outcome) => outcome.map(drop),
            (Some(gate), Ok(false)) => {
                gate.stop();
                Ok(())
            }
            // The end of a sheet is reached before its checksum is.
            (Some(gate), Ok(true)) => gate.finish(),
            (Some(gate), Err(failure)) => Err(gate.refusal().unwrap_or(failure)),
        }
    }
}

fn unpacked(
    file: GatedFile,
    kind: WorkbookKind,
    gate: &Arc<Gate>,
) -> Result<Box<dyn Book + Send>, WorkbookFailure> {
    Ok(match kind {
        WorkbookKind::Xlsb => Box::new(XlsbWorkbook::open(file)?),
        WorkbookKind::Ods => Box::new(OdsWorkbook::open(file)?),
        WorkbookKind::Xlsx | WorkbookKind::Xls => {
            Box::new(XlsxWorkbook::open(file, Arc::clone(gate))?)
        }
    })
}

/// What has been read is people's data and never prints.
impl fmt::Debug for Workbook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Workbook({} sheets)", self.sheets().len())
    }
}
