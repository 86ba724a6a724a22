//! The arguments of the commands that look after the journal and its surroundings.

use std::{path::PathBuf, time::Duration};

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::{
    args::{PlaceArgs, parse_time},
    notify_args::NotifyArgs,
};

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

/// `ack`.
#[derive(Debug, Args)]
#[command(
    after_help = "It counts for the mapping and account of the run. What is acknowledged is listed, and neither new nor standing."
)]
pub(super) struct AckArgs {
    /// A problem's code, such as `phone.too_few_digits`, or a customer's id as the mapping's key reads it
    #[arg(value_name = "CODE|KEY")]
    pub(super) what: Option<String>,
    /// Why it may stay as it is
    #[arg(
        long,
        value_name = "TEXT",
        required_unless_present_any = ["withdraw", "list"],
        requires = "what"
    )]
    pub(super) because: Option<String>,
    /// Until the end of that day, YYYY-MM-DD; for good when left out
    #[arg(long, value_name = "DATE", requires = "because", value_parser = parse_day)]
    pub(super) until: Option<NaiveDate>,
    /// Take it back
    #[arg(long, requires = "what", conflicts_with = "because")]
    pub(super) withdraw: bool,
    /// List what stands acknowledged
    #[arg(long, conflicts_with_all = ["what", "because", "withdraw"])]
    pub(super) list: bool,
    /// The run whose problem it is; the latest when left out
    #[arg(long, value_name = "RUN")]
    pub(super) run: Option<u32>,
    /// Whose journal it is.
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// `audit`.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// Only what was done with this run
    #[arg(value_name = "RUN")]
    pub(super) run: Option<u32>,
    /// Whose journal it is.
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    /// Only the latest N entries
    #[arg(long, value_name = "N")]
    pub(super) last: Option<u32>,
}

/// `purge`.
#[derive(Debug, Args)]
#[command(
    after_help = "Their counts stay, and so do the audit and what is known of customers (see the README). The journal takes its size a second time meanwhile."
)]
pub(super) struct PurgeArgs {
    /// Runs that ended longer ago than that: 90d, 12h
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(super) older_than: Duration,
    /// Only say what would go
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Whose journal it is.
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// `forget`.
#[derive(Debug, Args)]
#[command(
    after_help = "The API is not asked to forget anybody, and the next file that holds the person brings them back."
)]
pub(super) struct ForgetArgs {
    /// The person's id, as the column of the mapping's key holds it
    #[arg(value_name = "KEY")]
    pub(super) key: String,
    /// Only say what would go
    #[arg(long)]
    pub(super) dry_run: bool,
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

/// A day, written as `2026-12-31`.
fn parse_day(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| "write the day as YYYY-MM-DD".to_owned())
}
