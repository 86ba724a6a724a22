//! Files that a command writes for people: new ones, whole or not at all, for their owner alone.

use std::{fs::File, io, path::Path};

use super::{exit::Exit, failure::Failure};
use crate::platform::{self, folder_of};

/// Refuses a name that is taken.
pub(super) fn expect_free(path: &Path) -> Result<(), Failure> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Usage,
        format!(
            "{}: the file is there already\n\nhint: name a new one",
            path.display()
        ),
    ))
}

/// Writes a file of that name, which may not be there yet.
pub(super) fn write_new(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), Failure> {
    expect_free(path)?;
    let failed = |error: io::Error| {
        Failure::new(
            Exit::Journal,
            format!("{}: the file cannot be written: {error}", path.display()),
        )
    };
    // Made with the rights 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder_of(path)).map_err(failed)?;
    write(file.as_file_mut()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist_noclobber(path)
        .map_err(|error| failed(error.error))?;
    platform::sync_folder(folder_of(path)).map_err(failed)
}
