//! `resolve`: records in doubt settled, and what is pending again sent.

use std::{fmt::Write as _, time::Duration};

use serde_json::{Value, json};

use crate::{
    cli::{
        actor::Actor,
        args::{ResolveArgs, WordArgs},
        console::Console,
        ended::Ended,
        exit::Exit,
        failure::Failure,
        outside::Outside,
        sending::{Before, Caution, Sender, destination, target_of},
        settings::Settings,
    },
    engine::{self, Asking, Destination, Resolved, Stopped, Word},
    journal::{self, Doubtful, Journal, Run},
    record::RunId,
    report::counted,
};

use super::{
    resume::{expect_same_destination, is_to},
    sync::{nothing_to_do, open_existing},
};

/// Runs the command.
pub(in crate::cli) async fn run(
    args: &ResolveArgs,
    settings: &Settings,
    (console, outside): (Console, &Outside),
) -> Result<Exit, Failure> {
    let sandbox = args.send.place.sandbox;
    let mut journal = open_existing("resolve", sandbox, settings)?;
    let here = destination(settings, sandbox);
    let run = chosen(&journal, args.run, &here)?;
    expect_same_destination(&run, &here)?;
    outside.note_mapping(&run.mapping);
    let doubtful = of_rows(
        journal.doubtful(run.id)?,
        &args.row,
        (&run, &settings.place_flags(sandbox)),
    )?;
    if doubtful.is_empty() {
        let text = format!("nothing to do: no record of run {} is in doubt", run.id.0);
        return nothing_to_do(&journal, Some(&run), text, (console, outside));
    }
    let mut sender = Sender::open("resolve", (settings, &args.send), (console, outside)).await?;
    let resolved = match args.word.word() {
        None => by_reading((&mut journal, &run), &doubtful, &mut sender).await?,
        Some(word) => by_word((&mut journal, &run), &doubtful, word, settings)?,
    };
    sender.before = Some(Before {
        text: text(&resolved, args.word.name()),
        name: "resolved",
        json: as_json(&resolved, args.word.name()),
    });
    go_on((&mut journal, &run), &resolved, &mut sender).await
}

/// The run of that number; else the latest to `here` that has records in doubt; else the latest.
fn chosen(journal: &Journal, number: Option<u32>, here: &Destination) -> Result<Run, Failure> {
    if number.is_some() {
        return Ok(journal.run(number.map(RunId))?);
    }
    for run in journal.runs()?.into_iter().rev() {
        if is_to(&run, here) && journal.books(run.id)?.records.in_doubt > 0 {
            return Ok(run);
        }
    }
    Ok(journal.run(None)?)
}

/// The records that came from these rows; all when no row is named.
fn of_rows(
    doubtful: Vec<Doubtful>,
    rows: &[u32],
    (run, place): (&Run, &str),
) -> Result<Vec<Doubtful>, Failure> {
    if rows.is_empty() {
        return Ok(doubtful);
    }
    let is_there = |row: &&u32| doubtful.iter().any(|one| one.rows.contains(*row));
    if let Some(row) = rows.iter().find(|row| !is_there(row)) {
        let text = format!(
            "row {row} of run {0} is in no record in doubt\n\nhint: `aca-sync show {0}{place}` lists those that are",
            run.id.0
        );
        return Err(Failure::new(Exit::Usage, text));
    }
    let is_meant = |one: &Doubtful| one.rows.iter().any(|row| rows.contains(row));
    Ok(doubtful.into_iter().filter(is_meant).collect())
}

/// Reads the customers back; who does that is on record before, what came of it after.
async fn by_reading(
    (journal, run): (&mut Journal, &Run),
    doubtful: &[Doubtful],
    sender: &mut Sender<'_>,
) -> Result<Resolved, Failure> {
    let contract = target_of(run)?.contract();
    expect_bodies(journal, run)?;
    announce_wait(doubtful, sender);
    let count = counted(doubtful.len() as u64, "record");
    sender.write_down(journal, run, &format!("--verify: {count} in doubt"))?;
    let asking = Asking {
        client: &sender.door.client,
        contract,
        resend_after: sender.args.resend_after,
        clock: &sender.settings.clock,
        stop: &sender.signals.stop,
    };
    let reporter = &mut sender.reporter;
    let outside = sender.outside;
    let observe = &mut |event| {
        outside.note_event(&event);
        reporter.tell(&event);
    };
    let resolved = engine::resolve_by_reading(journal, run.id, doubtful, &asking, observe).await;
    sender.reporter.finish();
    let resolved = resolved?;
    let details = format!(
        "--verify: applied {}, pending {}, superseded {}, still in doubt {}",
        resolved.applied,
        resolved.pending,
        resolved.superseded,
        resolved.left.total()
    );
    sender.write_down(journal, run, &details)?;
    Ok(resolved)
}

/// What is not kept any more can neither be compared nor sent again.
fn expect_bodies(journal: &Journal, run: &Run) -> Result<(), Failure> {
    match journal.pending(run.id) {
        Err(error @ journal::Error::Erased { .. }) => Err(Failure::new(
            Exit::from(&error),
            format!(
                "{error}\nhint: what is in doubt can still be left: `aca-sync resolve {} --skip`",
                run.id.0
            ),
        )),
        bodies => bodies.map(drop).map_err(Failure::from),
    }
}

/// Says why nothing happens for a while.
fn announce_wait(doubtful: &[Doubtful], sender: &Sender<'_>) {
    let last = doubtful.iter().map(|one| one.since).max().unwrap_or(0);
    let passed = Duration::from_millis(u64::try_from(sender.settings.now() - last).unwrap_or(0));
    let wait = sender.args.resend_after.saturating_sub(passed);
    if !wait.is_zero() {
        let seconds = wait.as_secs() + 1;
        sender.console.remark(&format!(
            "the API may still be at work on what was sent: it is asked within {seconds} s (--resend-after)"
        ));
    }
}

fn by_word(
    (journal, run): (&mut Journal, &Run),
    doubtful: &[Doubtful],
    word: Word,
    settings: &Settings,
) -> Result<Resolved, Failure> {
    if word == Word::Resend {
        expect_bodies(journal, run)?;
    }
    let name = match word {
        Word::Resend => "--resend",
        Word::Skip => "--skip",
    };
    let details = format!("{name}: {}", counted(doubtful.len() as u64, "record"));
    let actor = Actor::here();
    let entry = actor.did("resolve", run.id, &details);
    let now = settings.now();
    Ok(engine::resolve_by_word(
        journal,
        doubtful,
        word,
        (&entry, now),
    )?)
}

/// Sends what is pending again, as `resume` does, unless the reading was stopped.
async fn go_on(
    (journal, run): (&mut Journal, &Run),
    resolved: &Resolved,
    sender: &mut Sender<'_>,
) -> Result<Exit, Failure> {
    if let Some(stopped) = &resolved.stopped {
        let ended = stopped_early(run, stopped, sender);
        sender.print(journal, run, &ended)?;
        return Ok(ended.exit);
    }
    match journal.pending(run.id) {
        // Left alone after their bodies were erased.
        Err(journal::Error::Erased { .. }) => return sender.end(journal, run),
        bodies => _ = bodies?,
    }
    let mut later: Vec<RunId> = resolved.released.iter().map(|id| id.run).collect();
    later.sort();
    later.dedup();
    let later: Vec<Run> = later
        .into_iter()
        .map(|id| journal.run(Some(id)))
        .collect::<Result<_, _>>()?;
    sender
        .send_and_then(journal, run, &later, &Caution::default())
        .await
}

fn stopped_early(run: &Run, stopped: &Stopped, sender: &Sender<'_>) -> Ended {
    let circumstances = sender.circumstances();
    let (exit, why) = circumstances.explain_reading(stopped);
    let text = format!("run {}: not all was read back: {why}", run.id.0);
    let next = format!("exit {}: run the same command again", exit.code());
    Ended {
        exit,
        text,
        next,
        stopped: Some(circumstances.word(stopped)),
    }
}

impl WordArgs {
    /// A person's word; none when the API is to be asked.
    const fn word(&self) -> Option<Word> {
        if self.resend {
            Some(Word::Resend)
        } else if self.skip {
            Some(Word::Skip)
        } else {
            None
        }
    }

    const fn name(&self) -> &'static str {
        match self.word() {
            None => "verify",
            Some(Word::Resend) => "resend",
            Some(Word::Skip) => "skip",
        }
    }
}

fn text(resolved: &Resolved, name: &str) -> String {
    let parts = [
        (resolved.applied, "had been applied"),
        (resolved.pending, "to be sent again"),
        (resolved.superseded, "left to a newer run"),
        (resolved.skipped, "left as failed"),
        (resolved.left.total(), "still in doubt"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let mut text = format!(
        "resolve --{name}: {} in doubt = {}",
        counted(resolved.in_doubt, "record"),
        parts.join(" + ")
    );
    for (_, why, count) in resolved.left.reasons() {
        if count > 0 {
            let _ = write!(text, "\n  {count:>9}  {why}");
        }
    }
    for (count, what) in [
        (
            resolved.released.len() as u64,
            "held in a newer run because of these, and sent now",
        ),
        (
            resolved.waiting,
            "held in a newer run; the next sync judges them anew",
        ),
    ] {
        if count > 0 {
            let _ = write!(text, "\n  {count:>9}  {what}");
        }
    }
    text
}

fn as_json(resolved: &Resolved, name: &str) -> Value {
    let left = resolved.left.reasons();
    let left: Value = left
        .iter()
        .map(|(reason, _, count)| ((*reason).to_owned(), Value::from(*count)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    json!({
        "by": name,
        "in_doubt": resolved.in_doubt,
        "applied": resolved.applied,
        "pending": resolved.pending,
        "superseded": resolved.superseded,
        "skipped": resolved.skipped,
        "left": left,
        "released": resolved.released.len(),
        "waiting": resolved.waiting,
    })
}
