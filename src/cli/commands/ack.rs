//! `ack`: a problem that somebody has looked at, and that may stay as it is.

use chrono::{Days, Local, NaiveDate, NaiveTime};
use serde_json::{Value, json};

use crate::{
    cli::{
        actor::Actor, console::Console, exit::Exit, failure::Failure, settings::Settings,
        upkeep_args::AckArgs,
    },
    journal::{Acknowledged, Acknowledgement, Because, Journal, Run},
    record::RunId,
    report,
};

use super::{forget::keys_of, sync::open_journal};

/// Runs the command.
pub(in crate::cli) fn run(
    args: &AckArgs,
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let sandbox = args.place.sandbox;
    let journal = Journal::open_to_read(&settings.journal_path(sandbox))?;
    let run = journal.run(args.run.map(RunId))?;
    let Some(text) = args.what.as_deref() else {
        list(&journal.acknowledgements(run.id, settings.now())?, console);
        return Ok(Exit::Done);
    };
    let until = args.until.map(|day| end_of(day, settings.now()));
    let until = until.transpose()?;
    let what = meant(&journal, &run, text)?;
    drop(journal);
    let mut journal = open_journal("ack", sandbox, settings)?;
    let now = settings.now();
    // A customer's id is not put on record.
    let about = match &what {
        Acknowledged::Code(code) => code.as_str(),
        Acknowledged::Customer(_) => "a customer",
    };
    let because = args.because.as_deref().unwrap_or_default();
    let details = if args.withdraw {
        format!("taken back: {about}")
    } else {
        format!("{about}: {because}")
    };
    let actor = Actor::here();
    let entry = actor.did("ack", run.id, &details);
    let is_done = if args.withdraw {
        journal.withdraw_acknowledgement((run.id, &what), &entry, now)?
    } else {
        let because = Because { because, until };
        journal.acknowledge((run.id, &what), because, &entry, now)?
    };
    if !is_done {
        let place = settings.place_flags(sandbox);
        return Err(unknown(&run, args.withdraw, &place));
    }
    let standing = journal.acknowledgements(run.id, now)?;
    list(&standing, console);
    Ok(Exit::Done)
}

/// A code that the run has, or a customer.
fn meant(journal: &Journal, run: &Run, text: &str) -> Result<Acknowledged, Failure> {
    let troubles = journal.troubles(run.id)?;
    let stands = journal.acknowledgements(run.id, i64::MIN)?;
    let is_code = troubles.iter().any(|trouble| trouble.code == text)
        || stands.iter().any(|one| one.code.as_deref() == Some(text));
    Ok(if is_code {
        Acknowledged::Code(text.to_owned())
    } else {
        Acknowledged::Customer(keys_of(&journal.hasher(), text.trim()))
    })
}

fn unknown(run: &Run, is_withdrawn: bool, place: &str) -> Failure {
    let number = run.id.0;
    Failure::new(
        Exit::Usage,
        if is_withdrawn {
            format!(
                "nothing of that code is acknowledged, and no customer of that id\n\nhint: `aca-sync ack --list{place}` lists what is"
            )
        } else {
            format!(
                "run {number} has no problem of that code, and none with a customer of that id\n\nhint: `aca-sync show {number}{place}` lists them with their codes"
            )
        },
    )
}

/// The end of that day here, in milliseconds since 1970; it is still to come.
fn end_of(day: NaiveDate, now: i64) -> Result<i64, Failure> {
    let next = day.checked_add_days(Days::new(1));
    let end = next.and_then(|next| {
        let midnight = next.and_time(NaiveTime::MIN);
        midnight.and_local_timezone(Local).earliest()
    });
    let end = end.map(|end| end.timestamp_millis()).ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            format!("--until {day}: no clock shows that day's end"),
        )
    })?;
    if end <= now {
        let text = format!(
            "--until {day}: that day is over, and nothing would stand acknowledged\n\nhint: name a day to come, or leave --until out; --withdraw takes back what stands"
        );
        return Err(Failure::new(Exit::Usage, text));
    }
    Ok(end)
}

fn list(standing: &[Acknowledgement], console: Console) {
    if console.json {
        let entries: Vec<Value> = standing
            .iter()
            .map(|one| {
                json!({
                    "code": one.code, "because": one.because, "until_ms": one.until,
                    "user": one.user, "at_ms": one.at,
                })
            })
            .collect();
        let members = json!({ "acknowledged": entries });
        Console::object(&report::object(Exit::Done.code(), members));
    } else if !console.quiet {
        Console::result(&report::acknowledgements_text(standing));
    }
}
