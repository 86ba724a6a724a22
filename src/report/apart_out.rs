//! The forms of files of rows: text parted by a separator, and a workbook in which every cell is text.

use std::io::{self, Seek, Write};

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::{format::Separator, panic_guard::guarded};

/// Without it Excel takes UTF-8 for something else.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How many rows a sheet holds, its header among them.
pub const MOST_SHEET_ROWS: u32 = 1_048_576;
/// How many columns a sheet holds.
const MOST_SHEET_COLUMNS: u16 = 16_384;

/// The format of cells that are text whatever is typed into them.
const TEXT: &str = "@";

/// How a file of rows is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApartForm {
    /// Text with this between the cells.
    Text(Separator),
    /// A workbook.
    Workbook,
}

/// Why a file of rows cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ApartError {
    /// The file cannot be written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The rows are more than a sheet holds.
    #[error(
        "a workbook's sheet holds 1,048,576 rows with its header, and there are more\n\nhint: write text with --format csv"
    )]
    TooManyRows,
    /// A row has more cells than a sheet holds, or a longer one.
    #[error(
        "row {row} does not fit into a workbook: 16,384 columns of 32,767 characters each\n\nhint: write text with --format csv"
    )]
    TooLarge {
        /// The row, counted from 0 with the header.
        row: u32,
    },
    /// The workbook cannot be written.
    #[error("the workbook cannot be written; is there room on the disk and for temporary files?")]
    Workbook,
}

/// A file of rows, written cell by cell.
pub(super) enum Out<W: Write + Seek + Send> {
    Text(Box<csv::Writer<W>>),
    Workbook(Box<Sheet<W>>),
}

/// The one sheet of a workbook. A row is in memory until it is complete, and no longer.
pub(super) struct Sheet<W> {
    workbook: Workbook,
    to: W,
    text: Format,
    heading: Format,
    cells: Vec<String>,
    row: u32,
}

impl<W: Write + Seek + Send> Out<W> {
    /// Begins a file; `name` is the sheet's, where there are sheets.
    pub(super) fn begin(form: ApartForm, name: &str, mut to: W) -> Result<Self, ApartError> {
        match form {
            ApartForm::Text(separator) => {
                to.write_all(BYTE_ORDER_MARK)?;
                let csv = csv::WriterBuilder::new()
                    .delimiter(separator.byte())
                    .flexible(true)
                    .from_writer(to);
                Ok(Self::Text(Box::new(csv)))
            }
            ApartForm::Workbook => Ok(Self::Workbook(Box::new(Sheet::begin(name, to)?))),
        }
    }

    /// Adds a cell to the row.
    pub(super) fn cell(&mut self, cell: &str) -> Result<(), ApartError> {
        match self {
            Self::Text(csv) => csv.write_field(cell).map_err(io::Error::from)?,
            Self::Workbook(sheet) => sheet.cells.push(cell.to_owned()),
        }
        Ok(())
    }

    /// Ends the row.
    pub(super) fn end_row(&mut self) -> Result<(), ApartError> {
        match self {
            Self::Text(csv) => Ok(csv.write_record(None::<&[u8]>).map_err(io::Error::from)?),
            Self::Workbook(sheet) => sheet.end_row(),
        }
    }

    /// Ends the file.
    pub(super) fn finish(self) -> Result<(), ApartError> {
        match self {
            Self::Text(mut csv) => Ok(csv.flush()?),
            Self::Workbook(sheet) => sheet.finish(),
        }
    }
}

impl<W: Write + Seek + Send> Sheet<W> {
    fn begin(name: &str, to: W) -> Result<Self, ApartError> {
        let text = Format::new().set_num_format(TEXT);
        let made = guarded(|| -> Result<Workbook, XlsxError> {
            let mut workbook = Workbook::new();
            let sheet = workbook.add_worksheet_with_constant_memory()?;
            sheet.set_name(name)?;
            sheet.set_freeze_panes(1, 0)?;
            // Also what is typed into a blank cell, or below the last row, stays as it is typed.
            sheet.set_column_range_format(0, MOST_SHEET_COLUMNS - 1, &text)?;
            Ok(workbook)
        });
        Ok(Self {
            workbook: told(made, 0)?,
            to,
            heading: text.clone().set_bold(),
            text,
            cells: Vec::new(),
            row: 0,
        })
    }

    fn end_row(&mut self) -> Result<(), ApartError> {
        if self.row >= MOST_SHEET_ROWS {
            return Err(ApartError::TooManyRows);
        }
        let Self {
            workbook,
            cells,
            row,
            ..
        } = self;
        let format = if *row == 0 { &self.heading } else { &self.text };
        let written = guarded(|| -> Result<(), XlsxError> {
            let sheet = workbook.worksheet_from_index(0)?;
            for (column, cell) in (0..).zip(&*cells) {
                sheet.write_string_with_format(*row, column, cell, format)?;
            }
            Ok(())
        });
        told(written, *row)?;
        self.cells.clear();
        self.row += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<(), ApartError> {
        let Self { workbook, to, .. } = &mut self;
        let saved = guarded(|| workbook.save_to_writer(to));
        told(saved, self.row)
    }
}

/// What the library says; it panics where its temporary file cannot be written.
fn told<T>(result: Option<Result<T, XlsxError>>, row: u32) -> Result<T, ApartError> {
    match result {
        Some(Ok(done)) => Ok(done),
        Some(Err(XlsxError::IoError(error))) => Err(ApartError::Io(error)),
        Some(Err(XlsxError::RowColumnLimitError | XlsxError::MaxStringLengthExceeded)) => {
            Err(ApartError::TooLarge { row })
        }
        Some(Err(_)) | None => Err(ApartError::Workbook),
    }
}
