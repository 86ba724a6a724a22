//! `show`: a run's books, what is wrong, what to do next.

use std::collections::BTreeSet;

use crate::{
    cli::{args::ShowArgs, console::Console, exit::Exit, failure::Failure, settings::Settings},
    journal::{Books, Journal, OpenKind, RecordBooks, Run, RunState},
    record::RunId,
    report::{self, Cells, PaceBooks, Summary, Verdict},
};

use super::{changes_file, look::put_look_on_record};

/// Runs the command.
pub(in crate::cli) fn run(
    args: &ShowArgs,
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let journal = Journal::open_to_read(&settings.journal_path(args.place.sandbox))?;
    let run = journal.run(args.run.map(RunId))?;
    let books = journal.books(run.id)?;
    let imbalance = books.imbalance();
    let exit = imbalance.as_ref().map_or(Exit::Done, |_| Exit::Internal);
    let cells = if args.show_values {
        let about = format!("run {}", run.id.0);
        put_look_on_record(("show", Some(run.id), &about), args.place.sandbox, settings)?;
        Cells::Values
    } else {
        Cells::Shapes
    };
    let pace = PaceBooks::of(&books, journal.pauses(run.id)?);
    let findings = report::findings_with_cells(&journal, &run, cells)?;
    let summary = Summary::of(&journal, &run, settings.local_now())?;
    if let Some(path) = &args.changes {
        changes_file::write(path, (&journal, &run), console)?;
    }
    let damage = report::damage((&run, &findings, &books), Some((&journal, Some(run.id))))?;
    let verdict = verdict(&run, imbalance);
    if console.json {
        let mut object = report::books_json(&verdict, &books, None);
        if let Some(members) = object.as_object_mut() {
            members.extend(summary.members());
            members.extend(pace.members());
            members.insert("findings".to_owned(), findings.json());
            members.insert("damage".to_owned(), damage.json());
            members.insert("closed".to_owned(), report::closed_json(summary.closed()));
            members.insert(
                "finished".to_owned(),
                (run.state == RunState::Finished).into(),
            );
        }
        Console::object(&object);
        return Ok(exit);
    }
    let is_stuck = findings.has_stuck();
    // What later runs have closed needs no look any more.
    let findings = findings.with_rejected(journal.open_rejections(run.id)?);
    let parts = [
        report::books_text(&verdict, &books, None),
        "\n".to_owned(),
        pace.text(),
        report::closed_text(summary.closed(), &books),
        summary.parts_text(),
        findings.text(usize::MAX),
        findings.counted_text(),
        findings.merging_text(),
        damage.text(),
        "\n".to_owned(),
    ];
    let open = Open::of((&journal, &run), &summary, is_stuck)?;
    let flags = settings.place_flags(args.place.sandbox);
    Console::result(&(parts.concat() + &next_step(&run, &books, &open, &flags)));
    Ok(exit)
}

fn verdict(run: &Run, imbalance: Option<String>) -> Verdict {
    let number = run.id.0;
    let text = match imbalance {
        Some(what) => {
            format!("run {number}: the books do not balance: {what}; please report it")
        }
        None => headline(run),
    };
    Verdict {
        run: Some(number),
        exit: run.exit.unwrap_or_default(),
        text,
    }
}

fn headline(run: &Run) -> String {
    let state = match run.state {
        RunState::Finished => "finished",
        RunState::Sending if run.sampled => "sampled: a limit left the rest pending",
        RunState::Sending | RunState::Staging => "not finished",
    };
    let files: Vec<String> = run.sources.iter().map(ToString::to_string).collect();
    format!(
        "run {} to {} (account {}), mapping {}: {state}\n  from      {}",
        run.id.0,
        run.address,
        run.account,
        run.mapping,
        files.join(", ")
    )
}

/// What could close the records of a run that are open.
fn kinds_of_open(
    journal: &Journal,
    run: &Run,
    records: &RecordBooks,
) -> Result<BTreeSet<OpenKind>, Failure> {
    // A long look where there is much.
    if records.failed + records.held == 0 {
        return Ok(BTreeSet::new());
    }
    let open = journal.open_records(run.id)?;
    Ok(open.iter().map(|record| record.kind).collect())
}

/// What is left of a run for somebody to look at.
struct Open {
    /// Rejected rows that nothing has closed, and records that failed, are held or in doubt.
    count: u64,
    /// How many of these somebody has looked at and leaves as they are.
    acknowledged: u64,
    /// Some of it is in doubt, and only `resolve` settles it.
    is_stuck: bool,
    /// What could close the records.
    kinds: BTreeSet<OpenKind>,
    /// Nobody can send or correct any of it any more.
    is_purged: bool,
}

impl Open {
    fn of(
        (journal, run): (&Journal, &Run),
        summary: &Summary,
        is_stuck: bool,
    ) -> Result<Self, Failure> {
        Ok(Self {
            count: summary.open(),
            acknowledged: summary.acknowledged(),
            is_stuck,
            kinds: kinds_of_open(journal, run, &summary.books().records)?,
            is_purged: journal.is_purged(run.id)?,
        })
    }

    /// The commands that send open records again as they are, each with what it sends.
    fn retries(&self, run: u32, place: &str) -> String {
        let ways = [
            (OpenKind::Transient, "", "what failed"),
            (OpenKind::Refused, " --only refused", "what the API refused"),
            (OpenKind::Held, " --only held", "what is held, on your word"),
        ];
        let ways = ways.iter().filter(|(kind, ..)| self.kinds.contains(kind));
        let ways: Vec<String> = ways
            .map(|(_, only, what)| format!("; `aca-sync retry {run}{only}{place}` sends {what}"))
            .collect();
        ways.concat()
    }
}

fn next_step(run: &Run, books: &Books, open: &Open, place: &str) -> String {
    match run.state {
        _ if open.is_purged => "next: nothing: its rows were purged".to_owned(),
        RunState::Finished if open.is_stuck => format!(
            "next: `aca-sync resolve {0} --verify{place}` reads back what is in doubt; else --resend or --skip",
            run.id.0
        ),
        // Whatever may be sent again without a word has been, when a run is over.
        RunState::Finished if books.records.in_doubt > 0 => {
            format!(
                "next: `aca-sync retry {}{place}` sends again what is in doubt",
                run.id.0
            )
        }
        RunState::Finished if open.count > 0 && open.acknowledged >= open.count => {
            "next: nothing; all that is open is acknowledged".to_owned()
        }
        RunState::Finished if open.count > 0 => format!(
            "next: `aca-sync results {0} --out DIR{place}` writes the rows apart; correct `failed` and sync it, or correct source or mapping{1}",
            run.id.0,
            open.retries(run.id.0, place)
        ),
        RunState::Finished => "next: nothing".to_owned(),
        RunState::Sending | RunState::Staging if open.is_stuck => format!(
            "next: `aca-sync resume {0}{place}`, and `aca-sync resolve {0} --verify{place}` for what is not harmless to send again",
            run.id.0
        ),
        RunState::Sending | RunState::Staging => {
            format!("next: `aca-sync resume {}{place}`", run.id.0)
        }
    }
}
