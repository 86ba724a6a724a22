//! The parts of a packed workbook, as its directory lists them, before anything is unpacked.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    ops::Range,
};

use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::failure::{DAMAGED, WorkbookFailure};

/// What a package starts with.
const SIGNATURE: &[u8] = b"PK";

/// What its last record starts with, and how far from the end that may be.
const END_SIGNATURE: &[u8] = b"PK\x05\x06";
const END_WITHIN: u64 = 22 + 65_535;

const MAX_PARTS: usize = 16_384;

/// What a package holds.
#[derive(Debug)]
pub(super) struct Package {
    /// The parts in the order of their data, which do not overlap.
    pub(super) parts: Vec<Part>,
    /// Where the directory begins that lists them.
    pub(super) directory: u64,
}

/// One packed file.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    /// Where its packed bytes lie.
    pub(super) data: Range<u64>,
    pub(super) is_deflated: bool,
    /// The checksum of its unpacked bytes.
    pub(super) checksum: u32,
}

/// Reads a package's directory.
///
/// # Errors
///
/// When the file is no whole package, or packed with a password.
pub(super) fn open_package(file: &mut File, size: u64) -> Result<Package, WorkbookFailure> {
    let mut start = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.by_ref()
        .take(SIGNATURE.len() as u64)
        .read_to_end(&mut start)?;
    if start != SIGNATURE {
        return Err(DAMAGED);
    }
    if !has_end(file, size)? {
        return Err(WorkbookFailure::Truncated);
    }
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(failure)?;
    if archive.len() > MAX_PARTS {
        return Err(WorkbookFailure::TooLarge {
            what: "number of parts",
            limit: MAX_PARTS as u64,
        });
    }
    let mut parts = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(failure)?;
        if entry.encrypted() {
            return Err(WorkbookFailure::PasswordProtected);
        }
        let start = entry.data_start().ok_or(DAMAGED)?;
        let end = start.checked_add(entry.compressed_size()).ok_or(DAMAGED)?;
        if end > size {
            return Err(WorkbookFailure::Truncated);
        }
        parts.push(Part {
            name: entry.name().map_err(failure)?.into_owned(),
            data: start..end,
            is_deflated: match entry.compression() {
                CompressionMethod::Deflated => true,
                CompressionMethod::Stored => false,
                _ => return Err(DAMAGED),
            },
            checksum: entry.crc32(),
        });
    }
    parts.sort_by_key(|part| (part.data.start, part.data.end));
    let follow =
        |pair: &[Part]| matches!(pair, [before, after] if before.data.end <= after.data.start);
    if parts.windows(2).all(follow) {
        Ok(Package {
            parts,
            directory: archive.central_directory_start(),
        })
    } else {
        Err(DAMAGED)
    }
}

fn has_end(file: &mut File, size: u64) -> io::Result<bool> {
    let mut end = Vec::new();
    file.seek(SeekFrom::Start(size.saturating_sub(END_WITHIN)))?;
    file.take(END_WITHIN).read_to_end(&mut end)?;
    Ok(memchr::memmem::find(&end, END_SIGNATURE).is_some())
}

fn failure(cause: ZipError) -> WorkbookFailure {
    match cause {
        ZipError::Io(cause) => cause.into(),
        _ => DAMAGED,
    }
}
