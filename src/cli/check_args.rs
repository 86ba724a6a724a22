//! The arguments of `check`.

use std::path::PathBuf;

use clap::Args;

use super::args::{FileArgs, PlaceArgs};

/// `check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// What is read.
    #[command(flatten)]
    pub(super) files: FileArgs,
    /// Whose baseline it is compared with.
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    /// What is looked at beside the books.
    #[command(flatten)]
    pub(super) look: LookArgs,
}

/// What `check` gives beside the books.
#[derive(Debug, Default, Args)]
pub(super) struct LookArgs {
    /// Also say what differs from what this mapping makes of the same files: records, fields, requests
    #[arg(long, value_name = "OLD_MAP")]
    pub(super) against: Option<PathBuf>,
    /// Write the rows that can be used to a new CSV file, for its owner alone
    ///
    /// The source's own columns, then `_file,_run,_row,_state,_column,_code,_message`. Values are written as
    /// the source has them: a cell that looks like a formula stays one in a spreadsheet.
    #[arg(long, value_name = "OUT")]
    pub(super) valid: Option<PathBuf>,
    /// Write the rows that cannot be used, and those of held records, to a new CSV file, for its owner alone
    ///
    /// Each with what is wrong. Corrected, the file goes straight back into `check` and `sync` with the same
    /// mapping, which passes over the added columns. Values are written as the source has them: a cell that
    /// looks like a formula stays one in a spreadsheet.
    #[arg(long, value_name = "OUT")]
    pub(super) invalid: Option<PathBuf>,
    /// Also ask the API for its carriers, and count the names that it may not know; takes one request
    #[arg(long)]
    pub(super) online: bool,
    /// Show the first few values that were refused, not only their shapes, and the names that --online does not find;
    /// the journal records who looked
    #[arg(long)]
    pub(super) show_values: bool,
}
