//! The arguments of the commands that need neither journal nor API: those on mappings, and the sandbox.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

/// `mapping`.
#[derive(Debug, Subcommand)]
pub(super) enum MappingCommand {
    /// Draft a mapping for a file from its header and a sample of its values; no value gets into it
    New {
        /// The file, in any format that is read; `-` for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The target, such as sync-aca
        #[arg(long, value_name = "TARGET", default_value = "sync-aca")]
        target: String,
        /// The mapping to write, which may not be there yet [default: to stdout]
        #[arg(long, short, value_name = "MAP")]
        out: Option<PathBuf>,
    },
    /// Check a mapping by itself, and against a file's header
    Check {
        /// The mapping; a path, or a name in the profile's folder of mappings
        #[arg(value_name = "MAP")]
        mapping: PathBuf,
        /// A file whose header it has to fit
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Run the mapping's own tests
    Test {
        /// The mapping; a path, or a name in the profile's folder of mappings
        #[arg(value_name = "MAP")]
        mapping: PathBuf,
    },
    /// List all fields that a mapping can feed
    Fields {
        /// The target, such as sync-aca
        #[arg(value_name = "TARGET")]
        target: String,
    },
    /// Print the JSON Schema of mapping files, by which editors complete and check them
    Schema,
}

/// `sandbox`.
#[derive(Debug, Args)]
#[command(after_long_help = super::sandbox_host::FAULT_HELP)]
pub(super) struct SandboxArgs {
    /// Where to listen; loopback only
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub(super) listen: SocketAddr,
    /// Where it keeps what it holds [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub(super) store: Option<PathBuf>,
    /// Requests that it takes from a key: N/s, N/min or N/h; `none` for no limit
    #[arg(long, value_name = "RATE", default_value = "60/min")]
    pub(super) quota: String,
    /// Faults that it plays; may be repeated (see --help)
    #[arg(long, value_name = "FAULT")]
    pub(super) fault: Vec<String>,
    /// Answer as older versions of the API do, without results[]
    #[arg(long)]
    pub(super) old_answers: bool,
}
