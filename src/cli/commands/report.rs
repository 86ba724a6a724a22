//! `report`: a run as one page, to be read, mailed and kept.

use std::io::Write as _;

use serde_json::json;

use super::look::put_on_record;
use crate::{
    cli::{
        console::Console, exit::Exit, failure::Failure, new_file, seeing_args::ReportArgs,
        settings::Settings,
    },
    journal::{self, Journal},
    record::RunId,
    report::{self, Page},
};

/// Runs the command.
pub(in crate::cli) fn run(
    args: &ReportArgs,
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let sandbox = args.place.sandbox;
    new_file::expect_free(&args.out)?;
    let journal = Journal::open_to_read(&settings.journal_path(sandbox))?;
    let run = journal.run(args.run.map(RunId))?;
    let page = Page::of(
        &journal,
        &run,
        settings.local_now(),
        &settings.named_place(sandbox),
    )?;
    let html = page.html();
    new_file::write_new(&args.out, |file| file.write_all(html.as_bytes()))?;
    let file = args.out.display().to_string();
    let details = format!("report to {file}");
    // Nothing in it is anybody's data, so it is made whether or not that can be written down.
    let recorded = put_on_record(("report", Some(run.id), &details), sandbox, settings);
    if let Err(error) = &recorded {
        let why = match error {
            journal::Error::Locked { .. } => "a run has the journal".to_owned(),
            error => error.to_string(),
        };
        console.remark(&format!(
            "the journal's audit does not tell of this report: {why}"
        ));
    }
    if console.json {
        let members = json!({
            "run": run.id.0.to_string(),
            "file": file,
            "bytes": html.len(),
            "on_record": recorded.is_ok(),
        });
        Console::object(&report::object(Exit::Done.code(), members));
    } else if !console.quiet {
        Console::result(&format!("run {}: {file}", run.id.0));
    }
    Ok(Exit::Done)
}
