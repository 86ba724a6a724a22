//! `completions` and `man`: what a shell and a reader of manuals want to know, written from the commands themselves.

use std::{fs, io, path::Path};

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use serde_json::json;

use crate::{
    cli::{args::Cli, console::Console, exit::Exit, failure::Failure},
    report,
};

/// The program's name.
const NAME: &str = "aca-sync";

/// What the generator for bash makes of the program's name where it sets the word of a command, and where it
/// asks for it: a dash in the name is written in two ways, so that no command would ever be found.
const SET_AND_ASKED: [&str; 2] = ["aca__sync", "aca__subcmd__sync"];

/// Prints the completions of a shell.
pub(in crate::cli) fn completions(shell: Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    if shell == Shell::Bash {
        let [set, asked] = SET_AND_ASKED;
        script = String::from_utf8_lossy(&script)
            .replace(asked, set)
            .into_bytes();
    }
    print(&script)
}

/// Prints the manual's first page, or writes all pages into a folder: one for each command.
pub(in crate::cli) fn man(folder: Option<&Path>, console: Console) -> Result<Exit, Failure> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command())
            .render(&mut page)
            .map_err(|error| failed("the page", &error))?;
        return print(&page);
    };
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut files = Vec::new();
    fs::create_dir_all(folder)
        .and_then(|()| write_pages(command, folder, &mut files))
        .map_err(|error| failed(&folder.display().to_string(), &error))?;
    if console.json {
        let members = json!({ "files": files });
        Console::object(&report::object(Exit::Done.code(), members));
    }
    Ok(Exit::Done)
}

/// Writes the pages of a command and of those below it, and notes their paths.
fn write_pages(command: Command, folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for below in command.get_subcommands() {
        write_pages(below.clone(), folder, files)?;
    }
    let page = clap_mangen::Man::new(command).generate_to(folder)?;
    files.push(page.display().to_string());
    Ok(())
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
