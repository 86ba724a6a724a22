//! One pass over a table's bytes before they are read: what names them, and whether they are UTF-8.

use std::{
    fs::File,
    io::{self, Read, Seek},
};

use sha2::{Digest as _, Sha256};

/// Bytes looked at at a time.
const BLOCK: usize = 256 << 10;

/// What a pass over all bytes found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Survey {
    /// SHA-256 of all bytes.
    pub(super) sha256: [u8; 32],
    pub(super) utf8: Utf8Count,
}

/// How the bytes above ASCII behave as UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Utf8Count {
    /// Characters of two bytes and more.
    pub(super) sound: u64,
    /// Sequences that are no character.
    pub(super) broken: u64,
}

/// Surveys a file from its start.
///
/// # Errors
///
/// When the file cannot be read.
pub(super) fn survey(mut file: &File) -> io::Result<Survey> {
    file.rewind()?;
    let mut hasher = Sha256::new();
    let mut utf8 = Utf8Count::default();
    let mut block = vec![0; BLOCK];
    // Bytes at the block's start that a character of the last block may go on with.
    let mut held = 0;
    loop {
        let read = match file.read(block.get_mut(held..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(read) => read,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            Err(cause) => return Err(cause),
        };
        let filled = held + read;
        hasher.update(block.get(held..filled).unwrap_or_default());
        let rest = utf8.count(block.get(..filled).unwrap_or_default());
        block.copy_within(filled - rest..filled, 0);
        held = rest;
    }
    utf8.broken += u64::from(held > 0);
    Ok(Survey {
        sha256: hasher.finalize().into(),
        utf8,
    })
}

impl Utf8Count {
    /// Counts, and says how many bytes at the end may be the beginning of a character.
    fn count(&mut self, mut bytes: &[u8]) -> usize {
        if bytes.is_ascii() {
            return 0;
        }
        loop {
            let Err(error) = std::str::from_utf8(bytes) else {
                self.sound += characters_above_ascii(bytes);
                return 0;
            };
            let (sound, rest) = bytes.split_at(error.valid_up_to());
            self.sound += characters_above_ascii(sound);
            let Some(length) = error.error_len() else {
                return rest.len();
            };
            self.broken += 1;
            bytes = rest.get(length..).unwrap_or_default();
        }
    }
}

fn characters_above_ascii(sound: &[u8]) -> u64 {
    sound.iter().filter(|byte| **byte >= 0xc0).count() as u64
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use sha2::{Digest as _, Sha256};

    use super::{BLOCK, Utf8Count, survey};

    #[test]
    fn characters_are_counted_across_blocks() {
        let mut before = "x".repeat(BLOCK - 1).into_bytes();
        before.extend("é".as_bytes());
        for (bytes, sound, broken) in [
            (&b"plain"[..], 0, 0),
            ("José, Nuñez".as_bytes(), 2, 0),
            (b"Jos\xe9, Nu\xf1ez", 0, 2),
            ("José \u{fffd}".as_bytes(), 2, 0),
            (b"cut \xc3", 0, 1),
            (&before, 1, 0),
        ] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(bytes).unwrap();

            let surveyed = survey(&file).unwrap();

            assert_eq!(surveyed.utf8, Utf8Count { sound, broken });
            assert_eq!(surveyed.sha256, <[u8; 32]>::from(Sha256::digest(bytes)));
        }
    }
}
