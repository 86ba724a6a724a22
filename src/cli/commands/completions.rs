//! `completions` and `man`: what a shell and a reader of manuals want to know, written from the commands themselves.

use std::{fs, io, path::Path};

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::{args::Cli, console::Console, exit::Exit, failure::Failure};

/// The program's name.
const NAME: &str = "aca-sync";

/// Prints the completions of a shell.
pub(in crate::cli) fn completions(shell: Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    print(&script)
}

/// Prints the manual's first page, or writes all pages into a folder: one for each command.
pub(in crate::cli) fn man(folder: Option<&Path>) -> Result<Exit, Failure> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command())
            .render(&mut page)
            .map_err(|error| failed("the page", &error))?;
        return print(&page);
    };
    let written =
        fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Cli::command(), folder));
    written.map_err(|error| failed(&folder.display().to_string(), &error))?;
    Ok(Exit::Done)
}

fn print(text: &[u8]) -> Result<Exit, Failure> {
    match Console::verbatim(text) {
        // A reader that is gone wants nothing more.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(failed("standard output", &error))
        }
        _ => Ok(Exit::Done),
    }
}

fn failed(what: &str, error: &io::Error) -> Failure {
    Failure::new(Exit::Journal, format!("{what} cannot be written: {error}"))
}
