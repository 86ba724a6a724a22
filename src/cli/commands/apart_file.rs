//! A new file of rows for people to correct: for its owner alone, whole or not there at all.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::{
    cli::{exit::Exit, failure::Failure},
    journal::{EndedRow, KeptRow},
    platform::{self, folder_of},
    report::{ApartError, ApartLayout, ApartRows},
};

/// A file being written. It gets its name once it is complete.
pub(super) struct ApartFile<'a> {
    path: PathBuf,
    file: NamedTempFile,
    rows: ApartRows<'a, File>,
}

/// A file that is complete and has no name yet.
pub(super) struct Complete {
    path: PathBuf,
    file: NamedTempFile,
    pub(super) rows: u64,
}

impl<'a> ApartFile<'a> {
    /// Begins a file beside where it is to be. `name` is that of a workbook's sheet.
    pub(super) fn begin(path: &Path, layout: &'a ApartLayout, name: &str) -> Result<Self, Failure> {
        let (file, rows) =
            begin_file((path, name), layout).map_err(|error| failed(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            rows,
        })
    }

    /// Writes a row.
    pub(super) fn write(&mut self, kept: &KeptRow<'_>) -> Result<(), Failure> {
        let written = self.rows.write(kept);
        written.map_err(|error| failed(&self.path, &error))
    }

    /// Writes what became of a row of which the cells are gone.
    pub(super) fn write_ended(&mut self, ended: &EndedRow<'_>) -> Result<(), Failure> {
        let written = self.rows.write_ended(ended);
        written.map_err(|error| failed(&self.path, &error))
    }

    /// Ends the file.
    pub(super) fn finish(self) -> Result<Complete, Failure> {
        let Self { path, file, rows } = self;
        let rows = rows.finish().map_err(|error| failed(&path, &error))?;
        let synced = file.as_file().sync_all();
        synced.map_err(|error| failed(&path, &error.into()))?;
        Ok(Complete { path, file, rows })
    }
}

impl Complete {
    /// Where it is to be.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name; what is there already is only written over where that is meant.
    pub(super) fn place(self, over: bool) -> Result<(PathBuf, u64), Failure> {
        let Self { path, file, rows } = self;
        let placed = if over {
            file.persist(&path)
        } else {
            file.persist_noclobber(&path)
        };
        match placed {
            Ok(_) => Ok((path, rows)),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(exists(&path, "name another file, or move that one away"))
            }
            Err(error) => Err(failed(&path, &error.error.into())),
        }
    }
}

fn begin_file<'l>(
    (path, name): (&Path, &str),
    layout: &'l ApartLayout,
) -> Result<(NamedTempFile, ApartRows<'l, File>), ApartError> {
    // A name that is passed over where exports are looked for.
    let file = tempfile::Builder::new()
        .prefix(".aca-sync-")
        .suffix(".part")
        .make_in(folder_of(path), |path| {
            platform::private_file()
                .write(true)
                .create_new(true)
                .open(path)
        })?;
    let rows = ApartRows::new(layout, name, file.as_file().try_clone()?)?;
    Ok((file, rows))
}

/// Refuses what is there already.
pub(super) fn exists(path: &Path, hint: &str) -> Failure {
    Failure::new(
        Exit::Usage,
        format!(
            "{} is there already and is not written over\n\nhint: {hint}",
            path.display()
        ),
    )
}

fn failed(path: &Path, error: &ApartError) -> Failure {
    let path = path.display();
    match error {
        ApartError::TooManyRows | ApartError::TooLarge { .. } => {
            Failure::new(Exit::Usage, format!("{path}: {error}"))
        }
        ApartError::Io(_) | ApartError::Workbook => Failure::new(
            Exit::Journal,
            format!(
                "{path}: {error}\n\nhint: look at free space and rights, then run the same command again"
            ),
        ),
    }
}
