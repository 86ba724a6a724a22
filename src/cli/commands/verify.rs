//! `verify`: what a run has delivered, read back and compared with what was sent.

use crate::{
    cli::{
        args::VerifyArgs,
        console::Console,
        door::Door,
        ended::Circumstances,
        exit::Exit,
        failure::Failure,
        progress::Reporter,
        sending::{destination, target_of},
        settings::Settings,
        signal::Signals,
    },
    engine::{ReadBack, Stopped},
    journal::{Journal, Run, Spot},
    read_back::Tally,
    record::RunId,
    report::{Verdict, Verified},
};

use super::{look::put_on_record, resume::expect_same_destination};

/// How many findings are shown with their values.
const MOST_EXAMPLES: usize = 20;

/// Runs the command.
pub(in crate::cli) async fn run(
    args: &VerifyArgs,
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let sandbox = args.read.place.sandbox;
    let journal = Journal::open_to_read(&settings.journal_path(sandbox))?;
    let run = journal.run(args.run.map(RunId))?;
    expect_same_destination(&run, &destination(settings, sandbox))?;
    let read_back = ReadBack::of(&journal, run.id, args.sample)?;
    let signals = Signals::listen();
    let (tally, stopped) = if read_back.counts.customers == 0 {
        (Tally::before(read_back.counts), None)
    } else {
        ask(
            args,
            (settings, console, &signals),
            (&journal, &run),
            &read_back,
        )
        .await?
    };
    let circumstances = Circumstances {
        place: settings.place_flags(sandbox),
        interrupted: signals.exit(),
        standing_alarms: true,
    };
    let found = Verified {
        tally: &tally,
        sources: &run.sources,
        shows_values: args.show_values,
    };
    let (exit, text) = circumstances.read_back(&found.headline(), &tally.counts, stopped.as_ref());
    let verdict = Verdict {
        run: Some(run.id.0),
        exit: exit.code(),
        text: format!("run {}: {text}", run.id.0),
    };
    if console.json {
        Console::object(&found.json(&verdict));
    } else if !console.quiet || exit != Exit::Done {
        Console::result(&found.text(&verdict));
    }
    Ok(exit)
}

/// Opens the door, puts on record who reads back what, and asks.
async fn ask(
    args: &VerifyArgs,
    (settings, console, signals): (&Settings, Console, &Signals),
    (journal, run): (&Journal, &Run),
    read_back: &ReadBack,
) -> Result<(Tally<Spot>, Option<Stopped>), Failure> {
    let sandbox = args.read.place.sandbox;
    let contract = target_of(run)?.contract();
    let door = Door::open(settings, (sandbox, &[]), args.read.give_up_after, console).await?;
    let values = if args.show_values {
        "; --show-values"
    } else {
        ""
    };
    let details = format!(
        "reads back {} customers{values}",
        read_back.counts.customers
    );
    put_on_record(("verify", Some(run.id), &details), sandbox, settings)?;
    let examples = if args.show_values { MOST_EXAMPLES } else { 0 };
    let mut reporter = Reporter::new(Console::is_watched() && !console.quiet);
    Signals::answer(reporter.last());
    let found = read_back
        .ask(
            (journal, contract),
            (&door.client, &signals.stop),
            examples,
            &mut |event| reporter.tell(&event),
        )
        .await;
    reporter.finish();
    Ok(found?)
}
