//! Where a run's cells and bodies lie: one compressed file, written once and dropped as a whole.
//!
//! A block holds a chunk of rows and the bodies made from them; text and JSON say the same things, so
//! they compress well together. The database says where each block lies and what it must hash to.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::Error;
use crate::{platform, row::RowChunk};

/// Bodies of records, end to end.
#[derive(Default, Clone, PartialEq, Eq)]
pub struct Bodies {
    /// The bodies' bytes.
    pub bytes: Vec<u8>,
    ends: Vec<u32>,
}

/// A block ready to be written.
pub struct PackedBlock {
    bytes: Vec<u8>,
    checksum: [u8; 8],
}

/// Where a block lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) checksum: [u8; 8],
}

/// The spool of one run.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    path: PathBuf,
    written: u64,
}

/// Larger than any block that is ever written: rows end at 1 MiB and chunks soon after 256 KiB.
const LARGEST_BLOCK: usize = 64 << 20;

impl std::fmt::Debug for Bodies {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Bodies({})", self.ends.len())
    }
}

impl Bodies {
    /// Counts the next `length` bytes of [`Self::bytes`] as one body and gives its slot.
    pub fn close(&mut self, length: usize) -> u32 {
        let slot = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        let start = self.ends.last().copied().unwrap_or_default();
        self.ends
            .push(start.saturating_add(u32::try_from(length).unwrap_or(u32::MAX)));
        slot
    }

    /// The body in that slot.
    pub fn body(&self, slot: u32) -> Option<&[u8]> {
        let slot = slot as usize;
        let start = match slot.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        self.bytes.get(start..*self.ends.get(slot)? as usize)
    }

    /// True when there is no body.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// Compresses rows and the bodies made from them, each by themselves: staging reads rows back and never
/// bodies, sending bodies and never rows. May run on any thread.
pub fn pack(rows: &RowChunk, bodies: &Bodies) -> PackedBlock {
    let mut plain = Vec::with_capacity(rows.text_len() + rows.len() * 64);
    rows.pack(&mut plain);
    let rows = lz4_flex::compress_prepend_size(&plain);
    plain.clear();
    plain.reserve(bodies.bytes.len() + 4 * bodies.ends.len() + 4);
    plain.extend_from_slice(
        &u32::try_from(bodies.ends.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    );
    for end in &bodies.ends {
        plain.extend_from_slice(&end.to_le_bytes());
    }
    plain.extend_from_slice(&bodies.bytes);
    let bodies = lz4_flex::compress_prepend_size(&plain);
    let mut bytes = Vec::with_capacity(4 + rows.len() + bodies.len());
    bytes.extend_from_slice(&u32::try_from(rows.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(&rows);
    bytes.extend_from_slice(&bodies);
    let checksum = checksum(&bytes);
    PackedBlock { bytes, checksum }
}

/// The compressed rows and the compressed bodies of a block; none when it is damaged.
fn sections(bytes: &[u8], span: Span) -> Option<(&[u8], &[u8])> {
    if checksum(bytes) != span.checksum {
        return None;
    }
    let (rows_length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u32::from_le_bytes(*rows_length) as usize)
}

fn inflate(section: &[u8]) -> Option<Vec<u8>> {
    let size = u32::from_le_bytes(*section.first_chunk()?) as usize;
    if size > LARGEST_BLOCK {
        return None;
    }
    lz4_flex::decompress_size_prepended(section).ok()
}

fn unpack_bodies(section: &[u8]) -> Option<Bodies> {
    let mut plain = inflate(section)?;
    let (count, rest) = plain.split_first_chunk()?;
    let (ends, _) = rest.split_at_checked(4 * u32::from_le_bytes(*count) as usize)?;
    let ends: Vec<u32> = ends
        .as_chunks()
        .0
        .iter()
        .map(|end| u32::from_le_bytes(*end))
        .collect();
    plain.drain(..4 + 4 * ends.len());
    Some(Bodies { bytes: plain, ends })
}

impl Spool {
    /// Makes a new spool, replacing what a dead process left at that path.
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        let file = platform::private_file()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)
            .map_err(Error::file(path))?;
        Ok(Self::of(file, path))
    }

    /// A spool without a name, gone with its process.
    pub(super) fn temporary() -> Result<Self, Error> {
        let file = tempfile::tempfile().map_err(Error::file(std::env::temp_dir()))?;
        Ok(Self::of(file, Path::new("(temporary spool)")))
    }

    /// Opens a spool for reading.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::file(path))?;
        Ok(Self::of(file, path))
    }

    /// The same spool once more, to be read when nothing is written any more.
    pub(super) fn twin(&self) -> Result<Self, Error> {
        let file = self.file.try_clone().map_err(Error::file(&self.path))?;
        Ok(Self::of(file, &self.path))
    }

    fn of(file: File, path: &Path) -> Self {
        Self {
            file,
            path: path.to_owned(),
            written: 0,
        }
    }

    /// Appends a block and says where it lies.
    pub(super) fn write(&mut self, block: &PackedBlock) -> Result<Span, Error> {
        self.file
            .write_all(&block.bytes)
            .map_err(Error::file(&self.path))?;
        let span = Span {
            offset: self.written,
            length: block.bytes.len() as u64,
            checksum: block.checksum,
        };
        self.written += span.length;
        Ok(span)
    }

    /// Returns once everything written would survive a power cut.
    pub(super) fn sync(&self) -> Result<(), Error> {
        self.file.sync_all().map_err(Error::file(&self.path))
    }

    /// Reads the rows of a block.
    pub(super) fn read_rows(&mut self, span: Span) -> Result<RowChunk, Error> {
        let bytes = self.read_block(span)?;
        sections(&bytes, span)
            .and_then(|(rows, _)| RowChunk::unpack(&inflate(rows)?))
            .ok_or_else(|| self.damaged(span))
    }

    /// Reads the bodies of a block.
    pub(super) fn read_bodies(&mut self, span: Span) -> Result<Bodies, Error> {
        let bytes = self.read_block(span)?;
        sections(&bytes, span)
            .and_then(|(_, bodies)| unpack_bodies(bodies))
            .ok_or_else(|| self.damaged(span))
    }

    /// True when a block is what was written.
    pub(super) fn holds(&mut self, span: Span) -> Result<bool, Error> {
        Ok(checksum(&self.read_block(span)?) == span.checksum)
    }

    /// Copies the whole spool to a new file, for its owner alone and durable; gives its size. What goes wrong
    /// is told of `told_as`.
    pub(super) fn copy_to(&self, path: &Path, told_as: &Path) -> Result<u64, Error> {
        let copied = platform::private_file()
            .write(true)
            .create_new(true)
            .open(path)
            .and_then(|mut file| {
                let bytes = io::copy(&mut &self.file, &mut file)?;
                file.sync_all()?;
                Ok(bytes)
            });
        copied.map_err(Error::file(told_as))
    }

    fn read_block(&mut self, span: Span) -> Result<Vec<u8>, Error> {
        match self.read_bytes(span) {
            // The file ends before the block does: it is not what was written.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Vec::new()),
            bytes => bytes.map_err(Error::file(&self.path)),
        }
    }

    fn damaged(&self, span: Span) -> Error {
        Error::damaged(format!(
            "{}: the block at byte {} is not what was written",
            self.path.display(),
            span.offset
        ))
    }

    fn read_bytes(&mut self, span: Span) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(span.length).map_err(io::Error::other)?];
        self.file.seek(SeekFrom::Start(span.offset))?;
        self.file.read_exact(&mut bytes)?;
        self.file.seek(SeekFrom::End(0))?;
        Ok(bytes)
    }
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
    let digest = Sha256::digest(bytes);
    digest.first_chunk().copied().unwrap_or_default()
}
