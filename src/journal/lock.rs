//! One process per journal: the second is told who the first is. The lock goes with its process.

use std::{
    fs::{File, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
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

/// Who looks whether somebody has the lock shares it for a moment, and a process that is just being started
/// inherits it for another; only a writer keeps it, and is a reason to give up.
const MOST_LOOKS: usize = 100;
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

fn lock_against_writers(file: &File) -> Result<(), TryLockError> {
    for _ in 0..MOST_LOOKS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(BETWEEN_LOOKS),
            taken => return taken,
        }
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

/// What the process says of itself that has the journal's lock; none when nobody has it.
pub(super) fn holder(journal: &Path) -> Option<String> {
    let mut file = File::open(path_of(journal)).ok()?;
    let is_held = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
    is_held.then(|| read_holder(&mut file))
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
    use std::{fs::File, io, path::Path, sync::mpsc};

    use super::{Error, Lock, is_held, path_of};

    /// Takes the journal's lock while another thread takes it in its own way, and soon lets it go.
    fn take_beside(journal: &Path, other: fn(&File) -> io::Result<()>) -> Result<Lock, Error> {
        drop(Lock::take(journal, "sync").unwrap());
        let (sender, taken) = mpsc::channel();
        let lock_file = path_of(journal);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let file = File::open(lock_file).unwrap();
                other(&file).unwrap();
                sender.send(()).unwrap();
            });
            taken.recv().unwrap();
            Lock::take(journal, "sync")
        })
    }

    #[test]
    fn a_lock_that_is_let_go_at_once_keeps_nobody_from_working() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal.db");

        assert!(take_beside(&journal, File::lock).is_ok());
    }

    #[test]
    fn people_who_look_keep_nobody_from_working() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal.db");

        let taken = take_beside(&journal, File::lock_shared);

        assert!(taken.is_ok());
        assert!(is_held(&journal));
        assert!(Lock::take(&journal, "sync").is_err());
    }
}
