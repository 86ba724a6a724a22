//! `resume`: go on where a run stopped.

use crate::{
    cli::{
        args::ResumeArgs,
        console::Console,
        exit::Exit,
        failure::Failure,
        sending::{Caution, Sender, destination},
        settings::Settings,
    },
    journal::{Journal, Run, RunState},
    record::RunId,
};

use super::sync::open_journal;

/// Runs the command.
pub(in crate::cli) async fn run(
    args: &ResumeArgs,
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let sandbox = args.send.place.sandbox;
    let path = settings.journal_path(sandbox);
    if !path.exists() {
        return Err(crate::journal::Error::Missing { path }.into());
    }
    let mut journal = open_journal("resume", sandbox, settings)?;
    let Some(run) = chosen(&journal, args.run)? else {
        Console::result("nothing to do: every run is finished");
        return Ok(Exit::Done);
    };
    expect_same_destination(&run, settings, sandbox)?;
    let mut sender = Sender::open("resume", (settings, &args.send), console).await?;
    // Nothing older is ever sent over something newer, so what was left before goes first.
    let mut runs = journal.unfinished_runs(&run.account, &run.target, &run.address)?;
    runs.retain(|other| other.id <= run.id);
    sender.send(&mut journal, &runs, &Caution::default()).await
}

fn chosen(journal: &Journal, number: Option<u32>) -> Result<Option<Run>, Failure> {
    if let Some(number) = number {
        let run = journal.run(Some(RunId(number)))?;
        return Ok(Some(run).filter(|run| run.state == RunState::Sending));
    }
    let runs = journal.runs()?;
    Ok(runs.into_iter().rfind(|run| run.state == RunState::Sending))
}

/// A rehearsal can never go to production, nor one account's records to another's.
fn expect_same_destination(run: &Run, settings: &Settings, sandbox: bool) -> Result<(), Failure> {
    let here = destination(settings, sandbox);
    if (run.account.as_str(), run.address.as_str())
        == (here.account.as_str(), here.address.as_str())
    {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Usage,
        format!(
            "run {} belongs to the account {} at {}, not to {} at {}\n\nhint: name them with --account and --base-url, or --sandbox",
            run.id.0, run.account, run.address, here.account, here.address
        ),
    ))
}
