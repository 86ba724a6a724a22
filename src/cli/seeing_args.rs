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

/// `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A row as a spreadsheet numbers it (`12`, `FILE:12`), or a customer by the id in the mapping's key column;
    /// `key:12` is an id that looks like a row
    #[arg(value_name = "ROW|KEY")]
    pub(super) what: String,
    /// The run; the latest when left out, and all of them for a customer
    #[arg(long, value_name = "RUN")]
    pub(super) run: Option<u32>,
    /// Also show each step from cell to field, by this mapping; a path, or a name in the profile's folder of mappings
    #[arg(long, short, value_name = "MAP")]
    pub(super) mapping: Option<PathBuf>,
    /// Show what cells, fields and the API say, not only their shapes; the journal records who looked
    #[arg(long)]
    pub(super) show_values: bool,
    /// Whose journal it is in.
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}
