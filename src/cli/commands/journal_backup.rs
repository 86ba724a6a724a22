//! `journal backup`: a copy of the journal with what belongs to it.

use serde_json::json;

use crate::{
    cli::{
        console::Console, exit::Exit, failure::Failure, settings::Settings, upkeep_args::BackupArgs,
    },
    journal::{self, BackedUp, Journal},
    report::{self, counted},
};

use super::look::put_on_record;

/// Runs the command.
pub(in crate::cli) fn run(
    args: &BackupArgs,
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let sandbox = args.place.sandbox;
    let made = Journal::back_up(&settings.journal_path(sandbox), &args.file)?;
    let file = args.file.display().to_string();
    let details = format!("backup to {file}");
    // The copy is made whether or not that can be written down.
    let recorded = put_on_record(("journal backup", None, &details), sandbox, settings);
    if let Err(error) = &recorded {
        let why = match error {
            journal::Error::Locked { .. } => "a run has the journal".to_owned(),
            error => error.to_string(),
        };
        console.remark(&format!(
            "the journal's audit does not tell of this backup: {why}"
        ));
    }
    if made.was_in_use {
        console.remark(
            "a run was at work meanwhile: the copy does not know what it sends from now on; to move to another server, stop it and back up again",
        );
    }
    if console.json {
        let members = json!({
            "file": file,
            "spools_folder": format!("{file}.spools"),
            "bytes": made.bytes,
            "runs": made.runs,
            "unfinished": made.unfinished.iter().map(|run| run.0.to_string()).collect::<Vec<_>>(),
            "spools": made.spools,
            "was_in_use": made.was_in_use,
            "on_record": recorded.is_ok(),
        });
        Console::object(&report::object(Exit::Done.code(), members));
    } else if !console.quiet {
        Console::result(&text(&file, &made));
    }
    Ok(Exit::Done)
}

fn text(file: &str, made: &BackedUp) -> String {
    let runs = counted(made.runs as u64, "run");
    let unfinished: Vec<String> = made
        .unfinished
        .iter()
        .map(|run| run.0.to_string())
        .collect();
    let open = match unfinished.as_slice() {
        [] => String::new(),
        open => format!("; not finished: {}", open.join(", ")),
    };
    format!(
        "backed up {runs} to {file} and {file}.spools ({}, checked){open}\nthis is people's data, and nothing removes it but you",
        counted(made.bytes, "byte")
    )
}
