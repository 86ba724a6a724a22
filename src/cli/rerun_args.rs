//! The flags of the commands that deal with what a run did not deliver; their help texts live here.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::{PlaceArgs, SendArgs};

/// `results`.
#[derive(Debug, Args)]
pub(super) struct ResultsArgs {
    /// The run; the latest when left out
    #[arg(value_name = "RUN")]
    pub(super) run: Option<u32>,
    /// Where the files go: `succeeded`, `failed` and `unprocessed`; the folder is made where it is not there
    ///
    /// In `failed` are the rows that were rejected, those of records that the API did not take, and those that
    /// wait for a rejected row of their customer. In `unprocessed` are the rows that were skipped, and those of
    /// records that are held, in doubt, not sent yet, or left to a newer run. The source's own columns come
    /// first, then `_file,_run,_row,_state,_column,_code,_message`, in which the API's words may repeat values.
    /// Corrected, a file goes straight back into `sync` with the same mapping, which passes over the added
    /// columns. Values are written as the source has them: in a CSV file a cell that looks like a formula is one
    /// for a spreadsheet, in a workbook every cell is text.
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// How they are written: CSV in UTF-8, or workbooks in which every cell is text, so that a spreadsheet
    /// changes nothing
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    pub(super) format: ResultsFormat,
    /// Write over files that are there already
    #[arg(long)]
    pub(super) force: bool,
    /// Whose journal the run is in.
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// How files of results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ResultsFormat {
    /// Text, with the separator of the source.
    Csv,
    /// Workbooks.
    Xlsx,
}

/// `retry`.
#[derive(Debug, Args)]
pub(super) struct RetryArgs {
    /// The run; the latest that has something to be sent again when left out
    #[arg(value_name = "RUN")]
    pub(super) run: Option<u32>,
    /// Which records are sent again, as they are
    #[arg(
        long,
        value_name = "WHICH",
        default_value = "transient",
        conflicts_with = "mapping"
    )]
    pub(super) only: Only,
    /// What is sent again: the same bodies, or rows that are mapped anew
    #[arg(long, value_name = "WHAT", default_value = "body")]
    pub(super) from: Origin,
    /// How rows are mapped anew.
    #[command(flatten)]
    pub(super) anew: AnewArgs,
    /// Only records that are open for this reason, as `show` names it
    #[arg(long, value_name = "CODE", conflicts_with = "mapping")]
    pub(super) code: Option<String>,
    /// Only the record that came from this row; may be repeated
    #[arg(long, value_name = "N", conflicts_with = "mapping")]
    pub(super) row: Vec<u32>,
    /// How they are sent.
    #[command(flatten)]
    pub(super) send: SendArgs,
}

/// What is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Origin {
    /// The same bodies
    Body,
    /// The rows that were rejected, failed or held, with all rows of their customers, mapped anew as a run of
    /// their own; the source file is not needed
    Source,
}

/// How rows are mapped anew; of no use with the same bodies.
#[derive(Debug, Args)]
pub(super) struct AnewArgs {
    /// The mapping that rows are mapped anew with (--from source); a path, or a name in the profile's folder of mappings
    #[arg(long, short, value_name = "MAP")]
    pub(super) mapping: Option<PathBuf>,
    /// The list of people whom nobody may call, as for `sync` (--from source)
    #[arg(long, value_name = "FILE", requires = "mapping")]
    pub(super) suppress: Option<PathBuf>,
    /// Let a guard pass once, by its name; with =N only up to that figure (--from source)
    #[arg(long, value_name = "GUARD[=N]", requires = "mapping", long_help = super::guards::allow_help())]
    pub(super) allow: Vec<String>,
}

/// Which open records are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Only {
    /// Those that failed in a request which the API took, and those in doubt that are harmless to send again
    Transient,
    /// Those that the API refused: of use when something has changed on its side
    Refused,
    /// Those that are held back, on your word: a policy without an id may then be there twice
    Held,
    /// All of these
    All,
}
