//! The arguments of the commands that look after the journal and its surroundings.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{args::PlaceArgs, notify_args::NotifyArgs};

/// `journal`.
#[derive(Debug, Subcommand)]
pub(super) enum JournalCommand {
    /// Copy the journal and what belongs to it to FILE and to the folder FILE.spools, also while a run is at work
    ///
    /// Takes no lock. The copy is checked before it gets its name, replaces nothing, is whole or not there at
    /// all, and is for its owner alone. `--journal FILE` shows it; to go on with it, copy both to their new place
    /// first. What a run that is at work sends afterwards, the copy does not know.
    Backup(BackupArgs),
}

/// `journal backup`.
#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The copy; nothing of that name may be there yet
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Whose journal it is.
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// `doctor`.
#[derive(Debug, Args)]
#[command(
    after_help = "Ends with 0, or with 78 when something fails. Ask with the user, flags and variables of the job."
)]
pub(super) struct DoctorArgs {
    /// Whose journal it is.
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    /// Who is to be told: the addresses are looked at, and nobody is told.
    #[command(flatten)]
    pub(super) notify: NotifyArgs,
    /// Also check this mapping, as `mapping check` does
    #[arg(long, short, value_name = "MAP")]
    pub(super) mapping: Option<PathBuf>,
    /// Also look for the newest export as `sync` would: a folder, or a pattern in quotes
    #[arg(long, value_name = "PATTERN")]
    pub(super) inbox: Option<PathBuf>,
}
