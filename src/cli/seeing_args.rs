//! The arguments of the commands that show what happened.

use std::path::PathBuf;

use clap::Args;

use super::args::PlaceArgs;

/// `report`.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// The run; the latest when left out
    #[arg(value_name = "RUN")]
    pub(super) run: Option<u32>,
    /// The page; nothing of that name may be there yet. For its owner alone, but fit to be mailed: it holds
    /// counts, codes and row numbers, no name and no cell
    #[arg(long, short, value_name = "FILE.html")]
    pub(super) out: PathBuf,
    /// Whose journal it is in.
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}
