//! `show --changes`: what is worth a person's eye, as a CSV file.

use std::path::Path;

use crate::{
    cli::{console::Console, failure::Failure, new_file},
    journal::{Journal, Run},
    report,
};

/// Writes the file whole or not at all, for its owner alone, and says how many changes are in it.
pub(super) fn write(
    path: &Path,
    (journal, run): (&Journal, &Run),
    console: Console,
) -> Result<(), Failure> {
    new_file::expect_free(path)?;
    let changes = report::changes(journal, run)?;
    new_file::write_new(path, |file| report::write_changes(&changes, file))?;
    let counted = report::counted(changes.len() as u64, "change");
    console.remark(&format!("{}: {counted}", path.display()));
    Ok(())
}
