//! Writes an invented HealthSherpa "Clients" export of any size: the same seed, the same bytes.
//!
//! ```text
//! cargo run --release --example healthsherpa_export -- --rows 1000000 --seed 1 --out clients.csv
//! cargo run --example healthsherpa_export -- --quirks --out fixtures/healthsherpa/clients-dirty.csv
//! cargo run --example healthsherpa_export -- --quirks-table
//! ```

mod generator;

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;
use generator::{Plan, Share, quirks, write_export};

/// Writes an invented HealthSherpa "Clients" export.
#[derive(Parser)]
struct Arguments {
    /// How many rows below the header
    #[arg(long, default_value_t = 1_000)]
    rows: u64,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Customers with a second row, because they switched plans
    #[arg(long, default_value = "3%")]
    switches: Share,
    /// Rows with a quirk
    #[arg(long, default_value = "0%")]
    dirty: Share,
    /// Every quirk once, one a row, instead
    #[arg(long, conflicts_with_all = ["rows", "seed", "switches", "dirty"])]
    quirks: bool,
    /// The table that explains the rows of `--quirks`, instead
    #[arg(long, conflicts_with = "quirks")]
    quirks_table: bool,
    /// The file to write; without it, standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match write(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has seen enough.
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(cause) => {
            let _ = writeln!(io::stderr(), "error: the export cannot be written: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn write(arguments: &Arguments) -> io::Result<()> {
    let to: Box<dyn Write> = match &arguments.out {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::stdout().lock()),
    };
    let mut out = BufWriter::with_capacity(1 << 20, to);
    if arguments.quirks {
        quirks::write_dirty_export(&mut out)?;
    } else if arguments.quirks_table {
        quirks::write_table(&mut out)?;
    } else {
        let plan = Plan {
            rows: arguments.rows,
            seed: arguments.seed,
            switches: arguments.switches,
            dirty: arguments.dirty,
        };
        write_export(&plan, &mut out)?;
    }
    out.flush()
}
