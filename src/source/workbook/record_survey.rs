//! The binary parts of an XLSB workbook, looked through before they are read.

use std::io::{self, BufRead};

use super::{
    failure::{DAMAGED, WorkbookFailure},
    limits::WorkbookLimits,
    unpacked::Unpacked,
};

const ROW_HEADER: u32 = 0x0000;
const END_OF_ROWS: u32 = 0x0092;
const DEFINED_NAME: u32 = 0x0027;

/// The library writes a name's formula out as text, with names in it: both are kept short, so that this
/// stays small.
const MAX_DEFINED_NAME_BYTES: u32 = 8 << 10;
const MAX_DEFINED_NAMES_BYTES: u64 = 1 << 20;
const MAX_DEFINED_NAME: u32 = 255;

const LAST_ROW: u32 = 1_048_575;

/// What a shared string takes in memory besides its text.
const STRING_OVERHEAD: u64 = 40;

/// What a binary part is to the reading of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordRole {
    Kept,
    Strings,
    Sheet,
}

/// Looks through a part of records.
///
/// # Errors
///
/// When the part is damaged, or would grow beyond a bound while it is read.
pub(super) fn survey_records(
    unpacked: &mut Unpacked<'_>,
    limits: &WorkbookLimits,
    role: RecordRole,
) -> Result<(), WorkbookFailure> {
    let outcome = read(unpacked, limits, role);
    if let Some(failure) = unpacked.take_failure() {
        return Err(failure);
    }
    outcome?;
    unpacked.finish()
}

fn read(
    unpacked: &mut Unpacked<'_>,
    limits: &WorkbookLimits,
    role: RecordRole,
) -> Result<(), WorkbookFailure> {
    let (mut kept, mut names, mut next_row) = (0_u64, 0_u64, 0_u32);
    while !unpacked.fill_buf()?.is_empty() {
        unpacked.refill();
        let (kind, mut length) = (number(unpacked, 2)?, number(unpacked, 4)?);
        if length as usize > limits.max_cell_bytes {
            return Err(too_large(
                "size of a record in bytes",
                limits.max_cell_bytes as u64,
            ));
        }
        match (role, kind) {
            (RecordRole::Sheet, END_OF_ROWS) => return Ok(()),
            (RecordRole::Sheet, ROW_HEADER) => {
                let row = word(unpacked, &mut length)?;
                // The library would take a row beyond the last for the end of the sheet.
                if row < next_row || row > LAST_ROW {
                    return Err(DAMAGED.at_row(next_row.saturating_add(1)));
                }
                next_row = row + 1;
            }
            (RecordRole::Kept, DEFINED_NAME) => {
                names += u64::from(length);
                if length > MAX_DEFINED_NAME_BYTES || names > MAX_DEFINED_NAMES_BYTES {
                    return Err(too_large(
                        "size of the names in bytes",
                        MAX_DEFINED_NAMES_BYTES,
                    ));
                }
                skip(unpacked, length.min(9))?;
                length = length.saturating_sub(9);
                if length >= 4 && word(unpacked, &mut length)? > MAX_DEFINED_NAME {
                    return Err(DAMAGED);
                }
            }
            _ => {}
        }
        skip(unpacked, length)?;
        kept += u64::from(length) + STRING_OVERHEAD;
        let (what, limit) = match role {
            RecordRole::Sheet => continue,
            RecordRole::Kept => ("size of a part in bytes", limits.max_part_bytes),
            RecordRole::Strings => (
                "size of the shared strings in bytes",
                limits.max_shared_strings_bytes,
            ),
        };
        if kept > limit {
            return Err(too_large(what, limit));
        }
    }
    Ok(())
}

fn too_large(what: &'static str, limit: u64) -> WorkbookFailure {
    WorkbookFailure::TooLarge { what, limit }
}

/// A number of at most so many bytes, seven bits in each, lowest first.
fn number(from: &mut Unpacked<'_>, bytes: u32) -> Result<u32, WorkbookFailure> {
    let mut number = 0;
    for index in 0..bytes {
        let byte = byte(from)?;
        number |= u32::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok(number)
}

/// The next four bytes of a record, lowest first.
fn word(from: &mut Unpacked<'_>, length: &mut u32) -> Result<u32, WorkbookFailure> {
    *length = length.checked_sub(4).ok_or(DAMAGED)?;
    let mut word = [0; 4];
    for slot in &mut word {
        *slot = byte(from)?;
    }
    Ok(u32::from_le_bytes(word))
}

fn byte(from: &mut Unpacked<'_>) -> Result<u8, WorkbookFailure> {
    let byte = from.fill_buf()?.first().copied();
    from.consume(1);
    byte.ok_or(DAMAGED)
}

fn skip(from: &mut Unpacked<'_>, length: u32) -> io::Result<()> {
    let mut left = length as usize;
    while left > 0 {
        let available = from.fill_buf()?.len().min(left);
        if available == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        from.consume(available);
        left -= available;
    }
    Ok(())
}
