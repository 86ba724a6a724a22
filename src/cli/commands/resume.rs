//! `resume`: go on where a run stopped.

use crate::{
    cli::{
        args::ResumeArgs,
        console::Console,
        exit::Exit,
        failure::Failure,
        guards::allowances,
        outside::Outside,
        sending::{Caution, Sender, destination},
        settings::Settings,
    },
    engine::Destination,
    journal::{Journal, Run, RunState},
    record::RunId,
};

use super::sync::{nothing_to_do, open_existing};

/// Runs the command.
pub(in crate::cli) async fn run(
    args: &ResumeArgs,
    settings: &Settings,
    (console, outside): (Console, &Outside),
) -> Result<Exit, Failure> {
    let sandbox = args.send.place.sandbox;
    // Without the mapping only those guards are asked that need none.
    let caution = Caution {
        allowed: allowances(&args.allow)?,
        ..Caution::default()
    };
    let mut journal = open_existing("resume", sandbox, settings)?;
    let here = destination(settings, sandbox);
    let run = match chosen(&journal, args.run, &here)? {
        Some(run) if run.state != RunState::Finished => run,
        finished => {
            let which = match args.run {
                Some(number) => format!("run {number}"),
                None => "every run".to_owned(),
            };
            let text = format!("nothing to do: {which} is finished");
            return nothing_to_do(&journal, finished.as_ref(), text, (console, outside));
        }
    };
    expect_same_destination(&run, &here)?;
    outside.note_mapping(&run.mapping);
    let mut sender = Sender::open("resume", (settings, &args.send), (console, outside)).await?;
    sender.send(&mut journal, &run, &caution).await
}

/// The run of that number; else the latest that is not finished, those to `here` first; else the latest.
fn chosen(
    journal: &Journal,
    number: Option<u32>,
    here: &Destination,
) -> Result<Option<Run>, Failure> {
    if let Some(number) = number {
        return Ok(Some(journal.run(Some(RunId(number)))?));
    }
    let mut runs = journal.runs()?;
    let is_open = |run: &Run| run.state != RunState::Finished;
    let found = runs
        .iter()
        .rposition(|run| is_open(run) && is_to(run, here))
        .or_else(|| runs.iter().rposition(is_open));
    Ok(match found {
        Some(place) => Some(runs.swap_remove(place)),
        None => runs.pop(),
    })
}

pub(super) fn is_to(run: &Run, here: &Destination) -> bool {
    (&run.account, &run.address) == (&here.account, &here.address)
}

/// A rehearsal can never go to production, nor one account's records to another's.
pub(super) fn expect_same_destination(run: &Run, here: &Destination) -> Result<(), Failure> {
    if is_to(run, here) {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Usage,
        format!(
            "run {} belongs to the account {} at {}, not to {} at {}\n\nhint: name them with --profile, or --account and --base-url, or --sandbox",
            run.id.0, run.account, run.address, here.account, here.address
        ),
    ))
}
