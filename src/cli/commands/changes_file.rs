//! `show --changes`: what is worth a person's eye, as a CSV file.

use std::{io, path::Path};

use crate::{
    cli::{console::Console, exit::Exit, failure::Failure},
    journal::{Journal, Run},
    platform::{self, folder_of},
    report,
};

/// Writes the file whole or not at all, for its owner alone, and says how many changes are in it.
pub(super) fn write(
    path: &Path,
    (journal, run): (&Journal, &Run),
    console: Console,
) -> Result<(), Failure> {
    if path.symlink_metadata().is_ok() {
        return Err(Failure::new(
            Exit::Usage,
            format!(
                "{}: the file is there already\n\nhint: name a new one",
                path.display()
            ),
        ));
    }
    let failed = |error: io::Error| {
        Failure::new(
            Exit::Journal,
            format!("{}: the file cannot be written: {error}", path.display()),
        )
    };
    let mut file = tempfile::NamedTempFile::new_in(folder_of(path)).map_err(failed)?;
    let changes = report::changes(journal, run)?;
    report::write_changes(&changes, file.as_file_mut()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist_noclobber(path)
        .map_err(|error| failed(error.error))?;
    platform::sync_folder(folder_of(path)).map_err(failed)?;
    let counted = report::counted(changes.len() as u64, "change");
    console.remark(&format!("{}: {counted}", path.display()));
    Ok(())
}
