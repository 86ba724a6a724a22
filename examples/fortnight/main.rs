//! Writes the nightly files of an invented agency over fourteen nights, with its mappings, to be synced by hand:
//! the same seed, the same bytes.
//!
//! ```text
//! cargo run --release --example fortnight -- --rows 50000 --first-day 2026-11-10 --out nights
//! ```
//!
//! What it prints is a line for each file: the night, what is out of the ordinary in it, the file, and what became
//! another.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use chrono::NaiveDate;
use clap::Parser;

use self::{
    generator::{Plan, Share, write_export},
    nights::{NIGHTS, Nights, changed_mapping, mapping, newcomers},
};

#[expect(dead_code, reason = "quirks are for other files")]
#[path = "../healthsherpa_export/generator/mod.rs"]
mod generator;
#[expect(dead_code, reason = "tests look closer")]
mod nights;

/// The shipped mapping.
const MAPPING: &str = "mappings/healthsherpa-clients.toml";

/// Writes the nightly files of an invented agency over fourteen nights.
#[derive(Parser)]
struct Arguments {
    /// How many rows the first night's file has, about
    #[arg(long, default_value_t = 1_000)]
    rows: u64,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The day in the first file's name
    #[arg(long, default_value = "2026-11-01")]
    first_day: NaiveDate,
    /// The folder to write into; it is made
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

fn main() -> ExitCode {
    match write(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            let _ = writeln!(io::stderr(), "error: the nights cannot be written: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn write(arguments: &Arguments) -> io::Result<()> {
    let newcomers = newcomers(arguments.rows);
    let plan = Plan {
        rows: arguments.rows + newcomers,
        seed: arguments.seed,
        switches: Share::percent(3),
        dirty: Share::percent(0),
    };
    let mut export = Vec::new();
    write_export(&plan, &mut export)?;
    let mut nights = Nights::new(&export, newcomers, arguments.first_day)?;
    fs::create_dir_all(&arguments.out)?;
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join(MAPPING);
    let own = mapping(&fs::read_to_string(shipped)?);
    fs::write(arguments.out.join("map.toml"), &own)?;
    fs::write(arguments.out.join("changed.toml"), changed_mapping(&own))?;
    let mut out = io::stdout().lock();
    writeln!(out, "the API refuses {}", nights.book.refused())?;
    for _ in 0..NIGHTS {
        let night = nights.next()?;
        for (kind, file) in [("wrong", &night.wrong), ("right", &night.right)] {
            let Some(file) = file else { continue };
            fs::write(arguments.out.join(&file.name), &file.text)?;
            let (number, special, name) = (night.number, night.special, &file.name);
            writeln!(out, "{number} {special:?} {kind} {name} {:?}", night.made)?;
        }
    }
    Ok(())
}
