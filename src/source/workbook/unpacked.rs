//! One part of a package unpacked within bounds, telling how far it has come.

use std::{
    fs::File,
    io::{self, BufRead, Read, Seek, SeekFrom},
    sync::{Arc, Mutex, PoisonError},
};

use flate2::{Crc, read::DeflateDecoder};

use super::{
    failure::{DAMAGED, WorkbookFailure},
    limits::WorkbookLimits,
    package::Part,
};

/// How much is unpacked at once.
const BLOCK: usize = 64 << 10;

/// A file that several readers share, each with a position of its own.
#[derive(Debug, Clone)]
pub(super) struct SharedFile {
    file: Arc<Mutex<File>>,
    pub(super) position: u64,
}

impl SharedFile {
    pub(super) fn new(file: File) -> Self {
        Self {
            file: Arc::new(Mutex::new(file)),
            position: 0,
        }
    }

    /// Reads at the position and moves it.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.position))?;
        let read = file.read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

/// The packed bytes of a part.
struct Packed {
    file: SharedFile,
    end: u64,
}

impl Packed {
    fn of(part: &Part, mut file: SharedFile) -> Self {
        file.position = part.data.start;
        Self {
            file,
            end: part.data.end,
        }
    }
}

impl Read for Packed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.file.position).unwrap_or(usize::MAX);
        let length = left.min(buffer.len());
        self.file.read(buffer.get_mut(..length).unwrap_or_default())
    }
}

enum Content {
    Stored(Packed),
    Deflated(Box<DeflateDecoder<Packed>>),
}

/// What may be said of a part while it is unpacked.
pub(super) trait Told {
    /// Everything up to this place of the file has been looked at. False when nobody wants more.
    fn passed(&self, place: u64) -> bool;
}

/// A part's unpacked bytes. What claims of its size the package makes is never looked at.
pub(super) struct Unpacked<'s> {
    content: Content,
    start: u64,
    block: Box<[u8]>,
    at: usize,
    filled: usize,
    /// The places in the file where the last two blocks ended.
    ends: [u64; 2],
    size: u64,
    /// Bytes consumed since the last call of [`Self::refill`].
    spent: usize,
    checksum: Crc,
    expected_checksum: u32,
    /// What the other parts took of the bound on all.
    size_before: u64,
    limits: WorkbookLimits,
    told: &'s dyn Told,
    failure: Option<WorkbookFailure>,
}

impl<'s> Unpacked<'s> {
    pub(super) fn new(
        part: &Part,
        file: SharedFile,
        size_before: u64,
        limits: &WorkbookLimits,
        told: &'s dyn Told,
    ) -> Self {
        let packed = Packed::of(part, file);
        Self {
            content: if part.is_deflated {
                Content::Deflated(Box::new(DeflateDecoder::new(packed)))
            } else {
                Content::Stored(packed)
            },
            start: part.data.start,
            block: vec![0; BLOCK].into_boxed_slice(),
            at: 0,
            filled: 0,
            ends: [part.data.start; 2],
            size: 0,
            spent: 0,
            checksum: Crc::new(),
            expected_checksum: part.checksum,
            size_before,
            limits: *limits,
            told,
            failure: None,
        }
    }

    /// Allows as many bytes again to a single cell, or whatever is held in memory at once.
    pub(super) fn refill(&mut self) {
        self.spent = 0;
    }

    /// The size of what was unpacked.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Why reading broke off, where bounds or the packed data were the cause.
    pub(super) fn take_failure(&mut self) -> Option<WorkbookFailure> {
        self.failure.take()
    }

    /// Unpacks the rest and checks the whole.
    pub(super) fn finish(&mut self) -> Result<(), WorkbookFailure> {
        loop {
            self.refill();
            match self.fill_buf() {
                Ok([]) => break,
                Ok(bytes) => {
                    let length = bytes.len();
                    self.consume(length);
                }
                Err(cause) => return Err(self.take_failure().unwrap_or_else(|| cause.into())),
            }
        }
        if self.checksum.sum() == self.expected_checksum {
            Ok(())
        } else {
            Err(DAMAGED)
        }
    }

    fn next_block(&mut self) -> Result<usize, WorkbookFailure> {
        if self.spent > self.limits.max_cell_bytes {
            return Err(too_large(
                "size of a cell in bytes",
                self.limits.max_cell_bytes as u64,
            ));
        }
        // All of the block before the last one has been looked at, and so has all that its packed bytes
        // unpack to: an inflater may hold back some of that until it is asked again.
        if !self.told.passed(self.ends[0]) {
            return Err(DAMAGED);
        }
        let read = match &mut self.content {
            Content::Stored(packed) => packed.read(&mut self.block),
            Content::Deflated(inflater) => inflater.read(&mut self.block),
        }?;
        let packed = match &self.content {
            Content::Stored(_) => self.size + read as u64,
            Content::Deflated(inflater) => inflater.total_in(),
        };
        self.ends = [self.ends[1], self.start + packed];
        self.size += read as u64;
        self.checksum
            .update(self.block.get(..read).unwrap_or_default());
        self.judge(packed)?;
        Ok(read)
    }

    fn judge(&self, packed: u64) -> Result<(), WorkbookFailure> {
        let limits = &self.limits;
        if self.size_before + self.size > limits.max_expanded_bytes {
            return Err(too_large(
                "unpacked size in bytes",
                limits.max_expanded_bytes,
            ));
        }
        let is_judged = self.size > limits.ratio_judged_above_bytes;
        if is_judged && self.size / packed.max(1) > limits.max_ratio {
            return Err(too_large(
                "ratio of unpacked to packed size",
                limits.max_ratio,
            ));
        }
        Ok(())
    }
}

fn too_large(what: &'static str, limit: u64) -> WorkbookFailure {
    WorkbookFailure::TooLarge { what, limit }
}

impl BufRead for Unpacked<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.filled {
            (self.at, self.filled) = (0, 0);
            match self.next_block() {
                Ok(read) => self.filled = read,
                Err(failure) => {
                    self.failure = Some(failure);
                    return Err(io::ErrorKind::Other.into());
                }
            }
        }
        Ok(self.block.get(self.at..self.filled).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.filled);
        self.spent += amount;
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(buffer.len());
        let (Some(from), Some(to)) = (available.get(..length), buffer.get_mut(..length)) else {
            return Ok(0);
        };
        to.copy_from_slice(from);
        self.consume(length);
        Ok(length)
    }
}
