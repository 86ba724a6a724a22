//! What names a file's content.

use std::{fs::File, io, io::Read, path::Path, time::UNIX_EPOCH};

use sha2::{Digest as _, Sha256};

use super::{Error, open_file};

/// Bytes hashed at a time.
const BLOCK: usize = 256 << 10;

/// What names a file's content, and says how old it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// SHA-256 of all bytes.
    pub sha256: [u8; 32],
    /// How many bytes were hashed.
    pub size: u64,
    /// When the file was last written, in seconds since 1970.
    pub modified: i64,
}

/// Reads a whole file and names its content.
///
/// # Errors
///
/// When the file is missing or cannot be read.
pub fn digest(path: &Path) -> Result<Digest, Error> {
    let (file, _) = open_file(path)?;
    digest_file(file).map_err(|cause| Error::of_opening(path, cause))
}

fn digest_file(mut file: File) -> io::Result<Digest> {
    let modified = seconds_since_1970(&file)?;
    let mut hasher = Sha256::new();
    let mut block = vec![0; BLOCK];
    let mut size = 0;
    loop {
        let read = match file.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            Err(cause) => return Err(cause),
        };
        hasher.update(block.get(..read).unwrap_or_default());
        size += read as u64;
    }
    Ok(Digest {
        sha256: hasher.finalize().into(),
        size,
        modified,
    })
}

fn seconds_since_1970(file: &File) -> io::Result<i64> {
    let modified = file.metadata()?.modified()?;
    let seconds = |since: std::time::Duration| i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    Ok(match modified.duration_since(UNIX_EPOCH) {
        Ok(after) => seconds(after),
        Err(before) => -seconds(before.duration()),
    })
}
