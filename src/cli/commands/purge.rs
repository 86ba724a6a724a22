//! `purge`: old runs without what they were made of.

use std::fmt::Write as _;

use serde_json::json;

use crate::{
    cli::{
        actor::Actor, console::Console, exit::Exit, failure::Failure, settings::Settings,
        upkeep_args::PurgeArgs,
    },
    journal::{Journal, Purge},
    report::{self, counted},
};

use super::sync::open_existing;

/// Runs the command.
pub(in crate::cli) fn run(
    args: &PurgeArgs,
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let sandbox = args.place.sandbox;
    let now = settings.now();
    let age = i64::try_from(args.older_than.as_millis()).unwrap_or(i64::MAX);
    let before = now.saturating_sub(age);
    if args.dry_run {
        let journal = Journal::open_to_read(&settings.journal_path(sandbox))?;
        tell(&journal.plan_purge(before)?, true, console);
        return Ok(Exit::Done);
    }
    let mut journal = open_existing("purge", sandbox, settings)?;
    let purge = journal.plan_purge(before)?;
    if !purge.runs.is_empty() {
        let details = what_goes(&purge);
        let actor = Actor::here();
        let entry = actor.did("purge", None, &details);
        journal.purge(&purge, &entry, now)?;
    }
    tell(&purge, false, console);
    Ok(Exit::Done)
}

fn what_goes(purge: &Purge) -> String {
    let numbers: Vec<String> = purge.runs.iter().map(|run| run.0.to_string()).collect();
    format!(
        "{} ({}): {}, {}",
        counted(purge.runs.len() as u64, "run"),
        numbers.join(", "),
        counted(purge.records, "record"),
        counted(purge.rows, "rejected row")
    )
}

fn tell(purge: &Purge, is_rehearsal: bool, console: Console) {
    let numbers = |runs: &[crate::record::RunId]| -> Vec<String> {
        runs.iter().map(|run| run.0.to_string()).collect()
    };
    if console.json {
        let members = json!({
            "dry_run": is_rehearsal,
            "runs": numbers(&purge.runs), "records": purge.records, "rejected_rows": purge.rows,
            "open_records": purge.open, "unfinished": numbers(&purge.unfinished),
        });
        return Console::object(&report::object(Exit::Done.code(), members));
    }
    if console.quiet {
        return;
    }
    let mut text = match (purge.runs.is_empty(), is_rehearsal) {
        (true, _) => "nothing is that old".to_owned(),
        (false, true) => format!("would remove {}", what_goes(purge)),
        (false, false) => format!("removed {}; their counts stay", what_goes(purge)),
    };
    if purge.open > 0 {
        let open = counted(purge.open, "record");
        let _ = write!(
            text,
            "\n{open} among them failed, were held or in doubt, and cannot be sent from the journal any more"
        );
    }
    if !purge.unfinished.is_empty() {
        let runs = numbers(&purge.unfinished).join(", ");
        let _ = write!(
            text,
            "\nnot finished, and kept: run {runs}; `aca-sync resume` ends it"
        );
    }
    Console::result(&text);
}
