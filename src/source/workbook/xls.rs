//! The sheets of an XLS workbook, loaded whole.
//!
//! The compound file around the workbook's stream is opened by `cfb`, which holds against damaged ones.
//! The stream is looked through, and packed anew for the library.

use std::{
    fs::File,
    io::{self, Cursor, Read, Write},
    ops::ControlFlow,
};

use calamine::{Reader, Sheet as SheetMetadata, Xls};
use cfb::{CompoundFile, Version};

use super::{
    Book,
    failure::{DAMAGED, WorkbookFailure},
    limits::WorkbookLimits,
    loaded::read_loaded,
    sheet_row::SheetRow,
    xls_survey::survey_stream,
};

/// What holds a workbook that has a password, of the kinds that are packed otherwise.
const ENCRYPTED: &str = "/EncryptedPackage";

/// The workbook's stream today, and before 1997. A file may have both for old programs' sake.
const STREAMS: [&str; 2] = ["/Workbook", "/Book"];

/// An opened XLS workbook.
pub(super) struct XlsWorkbook {
    workbook: Xls<Cursor<Vec<u8>>>,
}

impl XlsWorkbook {
    pub(super) fn open(file: File, limits: &WorkbookLimits) -> Result<Self, WorkbookFailure> {
        let mut stream = workbook_stream(file, limits)?;
        survey_stream(&mut stream, limits)?;
        let workbook = Xls::new(packed(&stream)?)?;
        Ok(Self { workbook })
    }
}

impl Book for XlsWorkbook {
    fn sheets(&self) -> &[SheetMetadata] {
        self.workbook.sheets_metadata()
    }

    fn read_rows(
        &mut self,
        sheet: &str,
        give: &mut dyn FnMut(&SheetRow<'_>) -> ControlFlow<()>,
    ) -> Result<bool, WorkbookFailure> {
        let is_1904 = self.workbook.has_1904_epoch();
        let values = self.workbook.worksheet_range(sheet)?;
        let formulas = self.workbook.worksheet_formula(sheet)?;
        read_loaded(&values, &formulas, is_1904, give)
    }
}

fn workbook_stream(file: File, limits: &WorkbookLimits) -> Result<Vec<u8>, WorkbookFailure> {
    let mut compound = CompoundFile::open(file).map_err(of_compound_file)?;
    if compound.is_stream(ENCRYPTED) {
        return Err(WorkbookFailure::PasswordProtected);
    }
    let name = STREAMS.into_iter().find(|name| compound.is_stream(name));
    let stream = compound
        .open_stream(name.ok_or(DAMAGED)?)
        .map_err(of_compound_file)?;
    let mut bytes = Vec::new();
    let length = stream.len();
    stream
        .take(limits.max_loaded_file_bytes)
        .read_to_end(&mut bytes)
        .map_err(of_compound_file)?;
    if bytes.len() as u64 == length {
        Ok(bytes)
    } else {
        Err(WorkbookFailure::Truncated)
    }
}

/// A compound file that holds nothing but the stream.
fn packed(stream: &[u8]) -> io::Result<Cursor<Vec<u8>>> {
    // The library takes a root without small streams for an empty one, but in the older version.
    let mut compound = CompoundFile::create_with_version(Version::V3, Cursor::new(Vec::new()))?;
    compound.create_stream(STREAMS[0])?.write_all(stream)?;
    compound.flush()?;
    Ok(compound.into_inner())
}

/// The file's table of sectors names places that a cut file no longer has.
fn of_compound_file(cause: io::Error) -> WorkbookFailure {
    match cause.kind() {
        io::ErrorKind::UnexpectedEof => WorkbookFailure::Truncated,
        _ => cause.into(),
    }
}
