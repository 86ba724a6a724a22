//! `runs`: the list of runs.

use chrono::{DateTime, Local};
use serde_json::{Value, json};

use crate::{
    cli::{args::PlaceArgs, console::Console, exit::Exit, failure::Failure, settings::Settings},
    journal::{Books, ClosedRows, Journal, Run, RunState},
    report,
};

/// Runs the command.
pub(in crate::cli) fn run(
    args: &PlaceArgs,
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let journal = Journal::open_to_read(&settings.journal_path(args.sandbox))?;
    let runs: Vec<(Run, Books, ClosedRows)> = journal
        .runs()?
        .into_iter()
        .map(|run| {
            Ok((
                run.clone(),
                journal.books(run.id)?,
                journal.closed_rows(run.id)?,
            ))
        })
        .collect::<Result<_, crate::journal::Error>>()?;
    let now = settings.local_now();
    if console.json {
        let list: Value = runs
            .iter()
            .map(|(run, books, closed)| run_json(run, (books, closed), now))
            .collect();
        Console::object(&report::object(Exit::Done.code(), json!({ "runs": list })));
    } else if runs.is_empty() {
        Console::result("no runs yet");
    } else {
        Console::result(&report::runs_text(&runs, now));
    }
    Ok(Exit::Done)
}

fn run_json(run: &Run, (books, closed): (&Books, &ClosedRows), now: DateTime<Local>) -> Value {
    json!({
        "run": run.id.0.to_string(),
        "finished": run.state == RunState::Finished,
        "sampled": run.sampled,
        "account": run.account,
        "target": run.target,
        "address": run.address,
        "mapping": run.mapping,
        "started_at_ms": run.started_at,
        "age_seconds": now.timestamp() - run.started_at / 1000,
        "finished_at_ms": run.finished_at,
        "exit": run.exit,
        "sources": run.sources.iter().map(|source| json!({
            "path": source.path, "member": source.member, "sheet": source.sheet,
        })).collect::<Value>(),
        "rows": books.rows,
        "closed": report::closed_json(closed),
        "records": books.records,
        "requests": books.requests,
        "seconds": books.seconds,
    })
}
