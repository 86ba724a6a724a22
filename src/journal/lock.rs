//! One process per journal: the second is told who the first is. The lock goes with its process.

use std::{
    fs::{File, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

use super::Error;
use crate::platform;

/// Held for as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the journal at `journal`, or says who has it. `holder` is what the next one
    /// is told.
    pub(super) fn take(journal: &Path, holder: &str) -> Result<Self, Error> {
        let path = path_of(journal);
        let mut file = platform::private_file()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::file(&path))?;
        match file.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Locked {
                    path: journal.to_owned(),
                    holder: read_holder(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(Error::File { path, source }),
        }
        let note = format!("process {}, {holder}\n", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(note.as_bytes()))
            .map_err(Error::file(&path))?;
        Ok(Self { _file: file })
    }
}

fn path_of(journal: &Path) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

fn read_holder(file: &mut File) -> String {
    let mut note = String::new();
    // The note is a courtesy: when it cannot be read, the lock is held all the same.
    let _ = file.take(1000).read_to_string(&mut note);
    let note = note.trim();
    if note.is_empty() {
        "a process that left no note".to_owned()
    } else {
        note.to_owned()
    }
}

/// True while some process has the journal's lock.
pub(super) fn is_held(journal: &Path) -> bool {
    let Ok(file) = File::open(path_of(journal)) else {
        return false;
    };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}
