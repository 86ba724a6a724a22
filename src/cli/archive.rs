//! `--archive-to`: the files of a run that came to its end, moved out of the way of the next one.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, Metadata},
    io, iter,
    path::{Path, PathBuf},
    time::SystemTime,
};

use chrono::DateTime;

use super::{actor::Actor, console::Console, exit::Exit, failure::Failure, settings::Settings};
use crate::{
    failpoint,
    journal::{Journal, Run, RunState},
    origin::STANDARD_INPUT,
    platform::{self, folder_of},
};

/// How many names are tried before a file is left where it is.
const MOST_NAMES: usize = 100;

/// The files of a command, and where they go once they are sent.
pub(super) struct Archive {
    folder: Option<PathBuf>,
    files: Vec<Filed>,
}

/// A file as it was before it was read.
struct Filed {
    path: PathBuf,
    size: u64,
    modified: Option<SystemTime>,
}

impl Archive {
    /// Notes the files as they are, before they are read: one that is another by the end was not sent.
    pub(super) fn of(folder: Option<&Path>, files: &[PathBuf]) -> Self {
        let files = files.iter().filter(|path| *path != STANDARD_INPUT);
        Self {
            folder: folder.map(Path::to_owned),
            files: files.filter_map(|path| Filed::of(path)).collect(),
        }
    }

    /// Moves the files, if nothing of their run is left to send; says so, and writes it down. What cannot be
    /// moved is said and stays, and changes nothing else.
    pub(super) fn take(
        &self,
        (journal, run): (&mut Journal, &Run),
        exit: Exit,
        settings: &Settings,
        console: Console,
    ) {
        let Some(folder) = &self.folder else { return };
        let is_sent = |journal: &Journal| {
            let run = journal.run(Some(run.id));
            run.is_ok_and(|run| run.state == RunState::Finished)
        };
        if !matches!(exit, Exit::Done | Exit::Attention) || !is_sent(journal) {
            return;
        }
        let addition = addition(run, settings.now());
        let mut moved = Vec::new();
        for file in &self.files {
            match file.move_to(folder, &addition) {
                Ok(Some(target)) => {
                    moved.push(format!("{} as {}", file.path.display(), target.display()));
                }
                Ok(None) => (),
                Err(error) => Console::message(&format!(
                    "warning: {}: not archived: {error}",
                    file.path.display()
                )),
            }
        }
        if moved.is_empty() {
            return;
        }
        let details = format!("archived {}", moved.join(", "));
        console.remark(&details);
        if let Err(failure) = write_down(journal, (run, settings), &details) {
            Console::message(&format!(
                "warning: the journal does not say what was archived: {}",
                failure.message
            ));
        }
    }
}

impl Filed {
    /// None for a pipe, which leaves nothing to move, and for what is missing.
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
        Some(Self {
            path: path.to_owned(),
            size: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }

    /// Moves the file, and gives its new path; none where it is in that folder already.
    fn move_to(&self, folder: &Path, addition: &str) -> io::Result<Option<PathBuf>> {
        let metadata = fs::symlink_metadata(&self.path)?;
        if metadata.is_symlink() {
            return Err(io::Error::other("it is a link to a file elsewhere"));
        }
        if (metadata.len(), metadata.modified().ok()) != (self.size, self.modified) {
            return Err(io::Error::other("it has changed since it was read"));
        }
        platform::create_private_folder(folder)?;
        if folder_of(&self.path).canonicalize()? == folder.canonicalize()? {
            return Ok(None);
        }
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        for name in names(name, addition) {
            let target = folder.join(name);
            match move_file(&self.path, &target) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (),
                moved => return moved.map(|()| Some(target)),
            }
        }
        Err(io::Error::other("too many files have its name"))
    }
}

/// What tells a file from others of its name. The digits stand together so that nobody, this program
/// least of all, takes them for when the export was made.
fn addition(run: &Run, now: i64) -> String {
    let now = DateTime::from_timestamp_millis(now).unwrap_or_default();
    format!("run-{}-{}", run.id.0, now.format("%Y%m%d%H%M%S"))
}

/// The file's own name, and further ones in case it is taken: `clients.run-12-20261124031500.csv`.
fn names(own: &OsStr, addition: &str) -> impl Iterator<Item = OsString> {
    let name = &*own.to_string_lossy();
    let packed = name.strip_suffix(".gz").unwrap_or(name);
    let (stem, ending) = match packed.rfind('.') {
        Some(dot) if dot > 0 => name.split_at(dot),
        _ => name.split_at(packed.len()),
    };
    let added = format!("{stem}.{addition}");
    let first = format!("{added}{ending}");
    let ending = ending.to_owned();
    let more = (2..MOST_NAMES).map(move |number| format!("{added}-{number}{ending}"));
    let further = iter::once(first).chain(more).map(OsString::from);
    iter::once(own.to_owned()).chain(further)
}

/// Moves a file without ever taking another's place, for its owner alone. A crash leaves it in one place or
/// in both.
fn move_file(source: &Path, target: &Path) -> io::Result<()> {
    let rights = fs::metadata(source)?.permissions();
    match link(source, target) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
        // Another file system, one without links, or another user's file.
        Err(_) => copy(source, target)?,
        Ok(()) => (),
    }
    let taken_away = platform::sync_folder(folder_of(target)).and_then(|()| {
        failpoint::reach("archive.placed");
        fs::remove_file(source)
    });
    if taken_away.is_err() {
        let _ = fs::set_permissions(source, rights);
        let _ = fs::remove_file(target);
    }
    taken_away?;
    failpoint::reach("archive.taken_away");
    Ok(())
}

fn link(source: &Path, target: &Path) -> io::Result<()> {
    fs::hard_link(source, target)?;
    let made_private = platform::keep_to_owner(target);
    if made_private.is_err() {
        fs::remove_file(target)?;
    }
    made_private
}

/// The time of the last change goes with the content: it may be all that says when the export was made.
fn copy(source: &Path, target: &Path) -> io::Result<()> {
    let mut from = File::open(source)?;
    let mut file = tempfile::Builder::new()
        .prefix(".aca-sync-")
        .suffix(".part")
        .tempfile_in(folder_of(target))?;
    io::copy(&mut from, file.as_file_mut())?;
    file.as_file().set_modified(from.metadata()?.modified()?)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(target)
        .map_err(|error| error.error)?;
    Ok(())
}

fn write_down(
    journal: &mut Journal,
    (run, settings): (&Run, &Settings),
    details: &str,
) -> Result<(), Failure> {
    let actor = Actor::here();
    let entry = actor.did("sync", run.id, details);
    Ok(journal.audit(&entry, settings.now())?)
}
