//! The bytes of a table: a file as it lies there, or a private copy of what was packed or piped.
//!
//! What is inside a gzip file or an archive, and what comes through standard input, is copied to a file
//! without a name that vanishes with the process: workbooks are read out of order, and every table is
//! passed over once before it is read.

use std::{
    fs::{File, Metadata},
    io::{self, Read, Seek},
    path::Path,
    time::UNIX_EPOCH,
};

use flate2::read::MultiGzDecoder;

use super::{
    Limits,
    archive::{Package, members},
    error::{Error, Failure},
    kind::{FileKind, LOOKED_AT, Look},
    workbook::WorkbookKind,
};
use crate::origin::{Origin, STANDARD_INPUT};

/// The bytes of one table.
pub(super) struct Content {
    pub(super) origin: Origin,
    pub(super) file: File,
    /// The first bytes.
    pub(super) start: Vec<u8>,
    pub(super) size: u64,
    /// When the file, or the archive around it, was last written, in seconds since 1970.
    pub(super) modified: i64,
    /// False for a copy, which nobody else can change.
    pub(super) is_the_file: bool,
}

/// What a content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContentKind {
    Text,
    Workbook(WorkbookKind),
}

/// How much a thing has to expand before its ratio says anything, in bytes.
const JUDGED_FROM: u64 = 64 << 20;

impl Content {
    /// The tables in a file, unpacked where they have to be.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or unpacked, or holds no table.
    pub(super) fn all_of(path: &Path, limits: &Limits) -> Result<Vec<Self>, Error> {
        let origin = Origin::of_file(path);
        let content = if path == Path::new(STANDARD_INPUT) {
            Self::of_standard_input(&origin, limits)
        } else {
            Self::of_file(path, limits)
        };
        let content = content.map_err(|failure| failure.at(&origin))?;
        content.unpacked(limits)
    }

    /// What it is.
    ///
    /// # Errors
    ///
    /// When it is no table, or an archive that nobody unpacked.
    pub(super) fn kind(&self) -> Result<ContentKind, Failure> {
        match Look::at(&self.start) {
            Look::Text => Ok(ContentKind::Text),
            Look::Ole => Ok(ContentKind::Workbook(WorkbookKind::Xls)),
            Look::Zip => match Package::of(&self.file)? {
                Package::Workbook(kind) => Ok(ContentKind::Workbook(kind)),
                Package::Document => Err(Failure::Foreign(FileKind::Document)),
                Package::Archive => Err(Failure::Foreign(FileKind::NestedArchive)),
            },
            Look::Gzip => Err(Failure::Foreign(FileKind::NestedArchive)),
            Look::Foreign(kind) => Err(Failure::Foreign(kind)),
        }
    }

    fn of_file(path: &Path, limits: &Limits) -> Result<Self, Failure> {
        let open = || {
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            // A folder opens on some systems and fails only when read.
            if metadata.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            Ok((file, metadata))
        };
        let (file, metadata) = open().map_err(Failure::Open)?;
        let modified = seconds_since_1970(&metadata).map_err(Failure::Open)?;
        if !metadata.is_file() {
            // A pipe is read once and has no size, as standard input.
            let copy = copy_of(file, limits.max_unpacked_bytes)?;
            return Self::of_copy(Origin::of_file(path), copy, modified);
        }
        Ok(Self {
            origin: Origin::of_file(path),
            start: start_of(&file)?,
            size: metadata.len(),
            modified,
            is_the_file: true,
            file,
        })
    }

    fn of_standard_input(origin: &Origin, limits: &Limits) -> Result<Self, Failure> {
        let copy = copy_of(io::stdin().lock(), limits.max_unpacked_bytes)?;
        let now = copy.metadata().and_then(|data| seconds_since_1970(&data))?;
        Self::of_copy(origin.clone(), copy, now)
    }

    fn of_copy(origin: Origin, file: File, modified: i64) -> Result<Self, Failure> {
        Ok(Self {
            origin,
            start: start_of(&file)?,
            size: file.metadata()?.len(),
            modified,
            is_the_file: false,
            file,
        })
    }

    /// The tables inside, or the table that this is.
    fn unpacked(self, limits: &Limits) -> Result<Vec<Self>, Error> {
        let content = if Look::at(&self.start) == Look::Gzip {
            let inside = self.gunzipped(limits);
            inside.map_err(|failure| failure.at(&self.origin))?
        } else {
            self
        };
        if Look::at(&content.start) != Look::Zip {
            return Ok(vec![content]);
        }
        let package = Package::of(&content.file);
        match package.map_err(|failure| failure.at(&content.origin))? {
            Package::Archive => content.unzipped(limits),
            Package::Workbook(_) | Package::Document => Ok(vec![content]),
        }
    }

    fn gunzipped(&self, limits: &Limits) -> Result<Self, Failure> {
        (&self.file).rewind()?;
        let most = most_of_packed(self.size, limits);
        let copy = copy_of(MultiGzDecoder::new(&self.file), most)?;
        Self::of_copy(self.origin.clone(), copy, self.modified)
    }

    fn unzipped(&self, limits: &Limits) -> Result<Vec<Self>, Error> {
        let inside = |member: &str| Origin {
            member: Some(member.to_owned()),
            ..self.origin.clone()
        };
        let mut contents = Vec::new();
        // The bound is on all that an archive becomes.
        let mut left = limits.max_unpacked_bytes;
        for member in members(&self.file).map_err(|failure| failure.at(&self.origin))? {
            let origin = inside(&member.name);
            let most = most_of_packed(member.packed, limits).min(left);
            let content = member
                .read(&self.file, |bytes| copy_of(bytes, most))
                .and_then(|copy| Self::of_copy(origin.clone(), copy, self.modified))
                .map_err(|failure| failure.at(&origin))?;
            left -= content.size.min(left);
            contents.push(content);
        }
        if contents.is_empty() {
            return Err(Failure::NothingInside.at(&self.origin));
        }
        Ok(contents)
    }
}

/// The most bytes that a packed thing may become.
fn most_of_packed(packed: u64, limits: &Limits) -> u64 {
    let by_ratio = packed.saturating_mul(limits.max_ratio).max(JUDGED_FROM);
    limits.max_unpacked_bytes.min(by_ratio)
}

/// A private copy, rewound. What stops at its limit is taken for an archive that was made to fill disks.
fn copy_of(from: impl Read, most: u64) -> Result<File, Failure> {
    let mut copy = tempfile::tempfile().map_err(Failure::Copy)?;
    let mut from = Watched {
        from: from.take(most.saturating_add(1)),
        has_failed: false,
    };
    let copied = io::copy(&mut from, &mut copy);
    match (copied, from.has_failed) {
        (Ok(size), _) if size > most => Err(Failure::TooLarge {
            what: "unpacked size in bytes",
            most,
        }),
        (Ok(_), _) => {
            copy.rewind().map_err(Failure::Copy)?;
            Ok(copy)
        }
        (Err(cause), true) if cause.kind() == io::ErrorKind::UnexpectedEof => {
            Err(Failure::CutShort)
        }
        (Err(_), true) => Err(Failure::Damaged { row: None }),
        (Err(cause), false) => Err(Failure::Copy(cause)),
    }
}

/// A reader that remembers whether it failed: copying does not say which side did.
struct Watched<R> {
    from: R,
    has_failed: bool,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into);
        self.has_failed |= read
            .as_ref()
            .is_err_and(|cause| cause.kind() != io::ErrorKind::Interrupted);
        read
    }
}

fn start_of(mut file: &File) -> io::Result<Vec<u8>> {
    file.rewind()?;
    let mut start = Vec::new();
    file.take(LOOKED_AT as u64).read_to_end(&mut start)?;
    file.rewind()?;
    Ok(start)
}

/// When a file was last written.
pub(super) fn seconds_since_1970(metadata: &Metadata) -> io::Result<i64> {
    let modified = metadata.modified()?;
    let seconds = |since: std::time::Duration| i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    Ok(match modified.duration_since(UNIX_EPOCH) {
        Ok(after) => seconds(after),
        Err(before) => -seconds(before.duration()),
    })
}
