//! One process per journal: the second is told who the first is. The lock goes with its process.

use std::{
    fs::{File, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    thread,
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
        match lock_against_writers(&file) {
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

/// Looking whether somebody has the lock shares it for a moment; only a writer is a reason to give up.
const MOST_LOOKS: usize = 100;

fn lock_against_writers(file: &File) -> Result<(), TryLockError> {
    for _ in 0..MOST_LOOKS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => (),
            taken => return taken,
        }
        file.try_lock_shared()?;
        file.unlock().map_err(TryLockError::Error)?;
        thread::yield_now();
    }
    Err(TryLockError::WouldBlock)
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{Lock, is_held};

    #[test]
    fn people_who_look_keep_nobody_from_working() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal.db");
        let is_over = AtomicBool::new(false);
        let refused = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    is_held(&journal);
                }
            });
            let takes = (0..5000).map(|_| Lock::take(&journal, "sync"));
            let refused = takes.filter(Result::is_err).count();
            is_over.store(true, Ordering::Relaxed);
            refused
        });

        assert_eq!(refused, 0);
    }
}
