//! `audit`: who ran which command on what.

use serde_json::{Value, json};

use crate::{
    cli::{
        console::Console, exit::Exit, failure::Failure, settings::Settings, upkeep_args::AuditArgs,
    },
    journal::Journal,
    record::RunId,
    report,
};

/// Runs the command.
pub(in crate::cli) fn run(
    args: &AuditArgs,
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let journal = Journal::open_to_read(&settings.journal_path(args.place.sandbox))?;
    let entries = journal.audited(args.run.map(RunId), args.last)?;
    if let (Some(run), true) = (args.run, entries.is_empty()) {
        journal.run(Some(RunId(run)))?;
    }
    if console.json {
        let entries: Value = entries
            .iter()
            .map(|entry| {
                json!({
                    "at_ms": entry.at, "user": entry.user, "host": entry.host, "verb": entry.verb,
                    "run": entry.run.map(|run| run.0.to_string()), "details": entry.details,
                })
            })
            .collect();
        let members = json!({ "entries": entries });
        Console::object(&report::object(Exit::Done.code(), members));
    } else if entries.is_empty() {
        Console::result("nothing is on record");
    } else {
        Console::result(&report::audit_text(&entries));
    }
    Ok(Exit::Done)
}
