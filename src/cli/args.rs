//! The commands and flags; their help texts live here.

use std::path::{Path, PathBuf};

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use super::{
    check_args::CheckArgs,
    notify_args::NotifyArgs,
    offline_args::{MappingCommand, SandboxArgs},
    rerun_args::{ResultsArgs, RetryArgs},
    seeing_args::{ExplainArgs, ReportArgs},
    settings::Settings,
    typed_place::TypedPlace,
    upkeep_args::{AckArgs, AuditArgs, DoctorArgs, ForgetArgs, JournalCommand, PurgeArgs},
};
use crate::{contract::CustomerId, toml_file::length::parse_duration};

/// Bulk ACA file sync: an agency's exports into the careCycle API, every row accounted for.
#[derive(Debug, Parser)]
#[command(name = "aca-sync", version, long_version = super::version::long(), max_term_width = 110)]
#[command(after_help = "Exit codes, files and examples: see the README.")]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
    /// Flags of all commands.
    #[command(flatten)]
    pub(super) global: Global,
}

/// Flags of all commands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(super) struct Global {
    /// The configuration file [default: aca-sync.toml here, then the user's]
    #[arg(long, global = true, value_name = "FILE", env = "ACA_SYNC_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// The profile of the configuration file that is in force, one for each office [default: the one that it names]
    #[arg(long, global = true, value_name = "NAME", env = "ACA_SYNC_PROFILE")]
    pub(super) profile: Option<String>,
    /// The journal [default: journal.db in the state folder]
    #[arg(long, global = true, value_name = "PATH", env = "ACA_SYNC_JOURNAL")]
    pub(super) journal: Option<PathBuf>,
    /// The folder for journal, ledger and sandbox [default: `aca-sync` in `$XDG_STATE_HOME` or `~/.local/state`]
    #[arg(long, global = true, value_name = "DIR", env = "ACA_SYNC_STATE_FOLDER")]
    pub(super) state_folder: Option<PathBuf>,
    /// The name under which the journal remembers this careCycle account; stays when the key is rotated
    /// [default: the profile's name, else `default`]
    #[arg(long, global = true, value_name = "NAME", env = "ACA_SYNC_ACCOUNT")]
    pub(super) account: Option<String>,
    /// The API's address; https, or http on loopback [default: `https://api.carecycle.ai`]
    #[arg(long, global = true, value_name = "URL", env = "ACA_SYNC_BASE_URL")]
    pub(super) base_url: Option<String>,
    /// A file that holds the API key [default: `$CREDENTIALS_DIRECTORY/aca-sync-api-key`, else `$ACA_SYNC_API_KEY`,
    /// else the profile's]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "ACA_SYNC_API_KEY_FILE"
    )]
    pub(super) api_key_file: Option<PathBuf>,
    /// Requests that the API takes from the key: N/s, N/min or N/h [default: 60/min]
    #[arg(long, global = true, value_name = "RATE", env = "ACA_SYNC_RATE")]
    pub(super) rate: Option<String>,
    /// Requests under way at the same time, at most; no more are than leave while one is answered [default: 8]
    #[arg(long, global = true, value_name = "N", env = "ACA_SYNC_CONCURRENCY",
          value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) concurrency: Option<u16>,
    /// Print one JSON object on stdout instead of text, also when the command fails (README, "Results as JSON")
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Say less: no progress, warnings only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Say more; twice for every attempt
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) verbose: u8,
    /// How log lines on stderr look
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        env = "ACA_SYNC_LOG_FORMAT",
        default_value = "text"
    )]
    pub(super) log_format: LogFormat,
    /// Which of these were typed that lead to one journal.
    #[arg(skip)]
    pub(super) typed: TypedPlace,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Read files, stage their records, send them
    Sync(SyncArgs),
    /// Find out what is wrong with files and what a sync would do; sends nothing
    Check(CheckArgs),
    /// Go on with a run that did not come to its end
    Resume(ResumeArgs),
    /// List the runs
    Runs(PlaceArgs),
    /// Show a run: its books, what is wrong, what to do next
    Show(ShowArgs),
    /// Write the rows of a run into three files, by what became of them, to be corrected and to come back
    Results(ResultsArgs),
    /// Send again what a run did not deliver, as it is
    Retry(RetryArgs),
    /// Explain one row or one customer: cells, steps, record, requests, the API's words
    Explain(ExplainArgs),
    /// Write a run as one page for the agency's owner: self-contained, without names, to be mailed, printed and kept
    Report(ReportArgs),
    /// Settle the records in doubt of a run: read their customers back, send them again, or leave them
    Resolve(ResolveArgs),
    /// Read back what a run has delivered, and compare it field by field with what was sent
    Verify(VerifyArgs),
    /// Show one customer as the API has it; the journal records who looked
    Customer(CustomerArgs),
    /// Draft, check, test and explain mappings
    #[command(subcommand)]
    Mapping(MappingCommand),
    /// Copy the journal, also while a run is at work
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Leave a problem as it is, so that it alarms nobody: one that somebody has looked at
    Ack(AckArgs),
    /// List who ran which command on what
    Audit(AuditArgs),
    /// Remove rows, records and messages of old runs from the journal for good
    Purge(PurgeArgs),
    /// Remove one person from the journal for good
    Forget(ForgetArgs),
    /// Find out what would make tonight's run fail; sends nothing and changes nothing
    Doctor(DoctorArgs),
    /// Serve a stand-in for the API on loopback, for rehearsal and tests
    Sandbox(SandboxArgs),
    /// Print the completions of a shell, for it to source
    Completions {
        /// The shell
        #[arg(value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write the pages of all commands into a folder
    Man {
        /// The folder
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

impl Command {
    /// Name and flags of a command that sends.
    pub(super) const fn sending(&self) -> Option<(&'static str, &SendArgs)> {
        match self {
            Self::Sync(args) if !args.dry_run => Some(("sync", &args.send)),
            Self::Resume(args) => Some(("resume", &args.send)),
            Self::Retry(args) => Some(("retry", &args.send)),
            Self::Resolve(args) => Some(("resolve", &args.send)),
            _ => None,
        }
    }

    /// True when the journal is that of the sandbox.
    pub(super) const fn is_rehearsal(&self) -> bool {
        match self {
            Self::Sync(args) => args.send.place.sandbox,
            Self::Check(args) => args.place.sandbox,
            Self::Resume(args) => args.send.place.sandbox,
            Self::Results(args) => args.place.sandbox,
            Self::Retry(args) => args.send.place.sandbox,
            Self::Resolve(args) => args.send.place.sandbox,
            Self::Verify(args) => args.read.place.sandbox,
            Self::Customer(args) => args.read.place.sandbox,
            Self::Runs(args) => args.sandbox,
            Self::Show(args) => args.place.sandbox,
            Self::Report(args) => args.place.sandbox,
            Self::Explain(args) => args.place.sandbox,
            Self::Journal(JournalCommand::Backup(args)) => args.place.sandbox,
            Self::Doctor(args) => args.place.sandbox,
            Self::Ack(args) => args.place.sandbox,
            Self::Audit(args) => args.place.sandbox,
            Self::Purge(args) => args.place.sandbox,
            Self::Forget(args) => args.place.sandbox,
            Self::Mapping(_) | Self::Sandbox(_) | Self::Completions { .. } | Self::Man { .. } => {
                false
            }
        }
    }
}

/// Files and the mapping that reads them.
#[derive(Debug, Args)]
pub(super) struct FileArgs {
    /// The files of one run; they share a header. A folder or a pattern in quotes (`"exports/*.csv"`) stands for
    /// the newest export in it with all its parts, `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// The mapping: which column feeds which field; a path, or a name in the profile's folder of mappings
    #[arg(long, short, value_name = "MAP")]
    pub(super) mapping: PathBuf,
    /// Send unchanged records again, and those that the API refused before
    #[arg(long)]
    pub(super) full: bool,
    /// Add do-not-call to every record of a customer whom this list names: the first cell of each line is a phone
    /// number or an id by which the API matches customers
    #[arg(long, value_name = "FILE")]
    pub(super) suppress: Option<PathBuf>,
    /// Let a guard pass once, by its name; with =N only up to that figure
    #[arg(long, value_name = "GUARD[=N]", long_help = super::guards::allow_help())]
    pub(super) allow: Vec<String>,
}

impl FileArgs {
    /// The list of people whom nobody may call: the one named here, else the profile's.
    pub(super) fn suppress<'a>(&'a self, settings: &'a Settings) -> Option<&'a Path> {
        let named = self.suppress.as_deref();
        named.or(settings.suppress.as_deref())
    }
}

/// Where a run goes to.
#[derive(Debug, Args)]
pub(super) struct PlaceArgs {
    /// Use the built-in stand-in for the API, with a journal of its own
    #[arg(long)]
    pub(super) sandbox: bool,
}

/// How records are sent.
#[derive(Debug, Args)]
pub(super) struct SendArgs {
    /// Where the run goes to.
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    /// Records per request, at most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(super) batch_size: u16,
    /// Send N records and stop; the same command without it goes on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) limit: Option<u64>,
    /// How long an API that cannot be reached or only fails is tried
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = parse_time)]
    pub(super) give_up_after: std::time::Duration,
    /// When to stop: a time of day (05:30, the next one on this machine's clock) or how long from now (90m, 2h).
    /// No request leaves after that; `resume` goes on
    #[arg(long, value_name = "TIME", value_parser = super::deadline::Deadline::parse)]
    pub(super) deadline: Option<super::deadline::Deadline>,
    /// How long to wait before sending again what the API may still be at work on
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_time)]
    pub(super) resend_after: std::time::Duration,
    /// How much is said at the end: everything at a glance, or one line where all is well
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        default_value_t,
        env = "ACA_SYNC_SUMMARY"
    )]
    pub(super) summary: SummaryLength,
    /// Write counts, times and the exit code to FILE.prom at the end of the command, however it ends, in
    /// Prometheus' text format; the time of the last success is kept
    #[arg(long, value_name = "FILE.prom", value_parser = super::metrics::parse_path)]
    pub(super) metrics_file: Option<PathBuf>,
    /// Who else is told.
    #[command(flatten)]
    pub(super) notify: NotifyArgs,
    /// Faults that the sandbox plays, such as `reset@3` or `429=5@every:10` (see `sandbox --help`)
    #[arg(long, value_name = "FAULT", requires = "sandbox")]
    pub(super) fault: Vec<String>,
}

/// How much is said at the end of a command that sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum SummaryLength {
    /// `line` where nobody watches a terminal, else `full`
    #[default]
    Auto,
    /// One line where all is well
    Line,
    /// Everything at a glance
    Full,
}

/// `sync`.
#[derive(Debug, Args)]
pub(super) struct SyncArgs {
    /// What is read.
    #[command(flatten)]
    pub(super) files: FileArgs,
    /// How it is sent.
    #[command(flatten)]
    pub(super) send: SendArgs,
    /// This journal sends to this account for the first time, and that is meant
    #[arg(long)]
    pub(super) first_run: bool,
    /// Once all is sent, move the files into DIR; one whose name is taken there gets the run's number and the time
    #[arg(long, value_name = "DIR")]
    pub(super) archive_to: Option<PathBuf>,
    /// Send nothing, move nothing, write no metrics, tell nobody; the same as `check`
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// `resume`.
#[derive(Debug, Args)]
pub(super) struct ResumeArgs {
    /// The run; the latest that is not finished when left out
    #[arg(value_name = "RUN")]
    pub(super) run: Option<u32>,
    /// How it is sent.
    #[command(flatten)]
    pub(super) send: SendArgs,
    /// Let a guard pass once, by its name; with =N only up to that figure
    #[arg(long, value_name = "GUARD[=N]", long_help = super::guards::allow_help())]
    pub(super) allow: Vec<String>,
}

/// `show`.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The run; the latest when left out
    #[arg(value_name = "RUN")]
    pub(super) run: Option<u32>,
    /// Whose journal it is in.
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    /// Write what is worth a person's eye to a new CSV file, for its owner alone: statuses that changed, agents
    /// lost, and what vanished from the export, each with its row and the API's id of the customer
    #[arg(long, value_name = "OUT")]
    pub(super) changes: Option<PathBuf>,
    /// Show the first few values that were refused, not only their shapes; the journal records who looked
    #[arg(long)]
    pub(super) show_values: bool,
}

/// `resolve`.
#[derive(Debug, Args)]
pub(super) struct ResolveArgs {
    /// The run; the latest that has records in doubt when left out
    #[arg(value_name = "RUN")]
    pub(super) run: Option<u32>,
    /// What settles them.
    #[command(flatten)]
    pub(super) word: WordArgs,
    /// Only the record that came from this row; may be repeated
    #[arg(long, value_name = "N")]
    pub(super) row: Vec<u32>,
    /// How what is pending again is sent.
    #[command(flatten)]
    pub(super) send: SendArgs,
}

/// What settles records in doubt; exactly one has to be named.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct WordArgs {
    /// Read each customer back: a record that was applied has succeeded, one that was not is sent again, and
    /// what stays unclear stays in doubt
    #[arg(long)]
    pub(super) verify: bool,
    /// Send them again, whatever became of them: a policy without an id may then be there twice
    #[arg(long)]
    pub(super) resend: bool,
    /// Leave them, as failed; the next file that holds their customers is sent as usual
    #[arg(long)]
    pub(super) skip: bool,
}

/// How customers are read.
#[derive(Debug, Args)]
pub(super) struct ReadArgs {
    /// Whose customers they are.
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    /// How long an API that cannot be reached is tried
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = parse_time)]
    pub(super) give_up_after: std::time::Duration,
}

/// `verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The run; the latest when left out
    #[arg(value_name = "RUN")]
    pub(super) run: Option<u32>,
    /// How customers are read.
    #[command(flatten)]
    pub(super) read: ReadArgs,
    /// Read back N customers, spread evenly over the run; the same ones each time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) sample: Option<u64>,
    /// Show what was sent and what is there of the first differences; the journal records who looked
    #[arg(long)]
    pub(super) show_values: bool,
}

/// `customer`.
#[derive(Debug, Args)]
pub(super) struct CustomerArgs {
    /// The API's id of the customer
    #[arg(value_name = "ID", value_parser = parse_customer_id)]
    pub(super) id: CustomerId,
    /// How it is read.
    #[command(flatten)]
    pub(super) read: ReadArgs,
}

fn parse_customer_id(text: &str) -> Result<CustomerId, String> {
    CustomerId::parse(text).ok_or_else(|| format!("write {}", CustomerId::PATTERN))
}

/// A length of time, written as `90s`, `5m`, `2h` or `30d`.
pub(super) fn parse_time(text: &str) -> Result<std::time::Duration, String> {
    parse_duration(text).ok_or_else(|| "write a number and a unit: 90s, 5m, 2h, 30d".to_owned())
}
