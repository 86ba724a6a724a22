//! The `aca-sync` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    aca_sync::cli::run(std::env::args_os())
}
