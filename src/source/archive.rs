//! What is in a ZIP file: a workbook, some other program's document, or files that somebody packed.

use std::{
    fs::File,
    io::{BufReader, Read, Seek},
};

use zip::{ZipArchive, result::ZipError};

use super::{error::Failure, workbook::WorkbookKind};

/// What a ZIP file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Package {
    Workbook(WorkbookKind),
    /// Of another program.
    Document,
    Archive,
}

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    /// Its size in the archive, in bytes.
    pub(super) packed: u64,
    index: usize,
}

impl Package {
    /// Looks at the list of entries.
    ///
    /// # Errors
    ///
    /// When the file ends before that list, or cannot be read.
    pub(super) fn of(file: &File) -> Result<Self, Failure> {
        let archive = open(file)?;
        let has = |name: &str| archive.index_for_name(name).is_some();
        if has("xl/workbook.bin") {
            return Ok(Self::Workbook(WorkbookKind::Xlsb));
        }
        if archive.file_names().flatten().any(|name| {
            // Some programs write the names in other cases, or with the slashes of Windows.
            name.replace('\\', "/")
                .eq_ignore_ascii_case("xl/workbook.xml")
        }) {
            return Ok(Self::Workbook(WorkbookKind::Xlsx));
        }
        if has("mimetype") && has("content.xml") {
            return Ok(if is_spreadsheet(file)? {
                Self::Workbook(WorkbookKind::Ods)
            } else {
                Self::Document
            });
        }
        Ok(if has("[Content_Types].xml") {
            Self::Document
        } else {
            Self::Archive
        })
    }
}

fn is_spreadsheet(file: &File) -> Result<bool, Failure> {
    let mut archive = open(file)?;
    let mut told = String::new();
    let entry = archive.by_name("mimetype").map_err(failure)?;
    let read = entry.take(128).read_to_string(&mut told);
    read.map_err(|_| Failure::Damaged { row: None })?;
    Ok(told.trim() == "application/vnd.oasis.opendocument.spreadsheet")
}

/// The files in an archive, without what systems put beside them.
///
/// # Errors
///
/// When the archive cannot be read, or a file in it is encrypted.
pub(super) fn members(file: &File) -> Result<Vec<Member>, Failure> {
    let mut archive = open(file)?;
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(failure)?;
        let name = entry.name().map_err(failure)?.into_owned();
        if entry.is_dir() || is_beside(&name) {
            continue;
        }
        if entry.encrypted() {
            return Err(Failure::PasswordOfArchive);
        }
        members.push(Member {
            name,
            packed: entry.compressed_size(),
            index,
        });
    }
    Ok(members)
}

/// What macOS and Windows leave in archives.
fn is_beside(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    name.starts_with("__MACOSX/") || file.starts_with('.') || file.eq_ignore_ascii_case("thumbs.db")
}

impl Member {
    /// Hands its bytes, unpacked, to `take`.
    ///
    /// # Errors
    ///
    /// When it is packed in a way we cannot read, and as `take` says.
    pub(super) fn read<T>(
        &self,
        file: &File,
        take: impl FnOnce(&mut dyn Read) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut archive = open(file)?;
        let mut entry = archive.by_index(self.index).map_err(failure)?;
        take(&mut entry)
    }
}

fn open(mut file: &File) -> Result<ZipArchive<BufReader<&File>>, Failure> {
    file.rewind()?;
    ZipArchive::new(BufReader::new(file)).map_err(|error| match error {
        // The list of entries is the last thing in the file.
        ZipError::InvalidArchive(_) => Failure::CutShort,
        error => failure(error),
    })
}

fn failure(error: ZipError) -> Failure {
    match error {
        ZipError::Io(cause) => cause.into(),
        ZipError::UnsupportedArchive(text) if text == ZipError::PASSWORD_REQUIRED => {
            Failure::PasswordOfArchive
        }
        _ => Failure::Damaged { row: None },
    }
}
