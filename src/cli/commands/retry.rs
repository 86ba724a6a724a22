//! `retry`: what a run did not deliver, sent again as it is.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

use crate::{
    cli::{
        actor::Actor,
        console::Console,
        exit::Exit,
        failure::Failure,
        outside::Outside,
        rerun_args::{Only, Origin, RetryArgs},
        sending::{Before, Caution, Sender, destination},
        settings::Settings,
    },
    engine::Destination,
    journal::{Journal, OpenKind, OpenRecord, Retried, Run, RunState},
    record::RunId,
    report::counted,
};

use super::{
    resume::{expect_same_destination, is_to},
    retry_source,
    sync::{nothing_to_do, open_existing},
};

/// Runs the command.
pub(in crate::cli) async fn run(
    args: &RetryArgs,
    settings: &Settings,
    (console, outside): (Console, &Outside),
) -> Result<Exit, Failure> {
    let sandbox = args.send.place.sandbox;
    let mut journal = open_existing("retry", sandbox, settings)?;
    let here = destination(settings, sandbox);
    let run = chosen_run(&journal, args, &here)?;
    expect_same_destination(&run, &here)?;
    outside.note_mapping(&run.mapping);
    if args.from == Origin::Source {
        return retry_source::run(args, (journal, run), settings, (console, outside)).await;
    }
    if args.anew.mapping.is_some() {
        let text = "the same bodies need no mapping

hint: --from source maps rows anew";
        return Err(Failure::new(Exit::Usage, text));
    }
    let open = journal.open_records(run.id)?;
    let place = settings.place_flags(sandbox);
    let chosen = chosen(&open, args, (&run, &place))?;
    let left = Left::of(&open, &chosen);
    // A run that is not finished has something to send all the same.
    if chosen.is_empty() && run.state == RunState::Finished {
        let which = args.which();
        let text = format!("nothing to do: no {which} of run {}", run.id.0);
        let text = text + &left.text(&run, &place);
        if console.json {
            console.remark(&text);
        }
        return nothing_to_do(&journal, Some(&run), text, (console, outside));
    }
    // What is not kept any more cannot be sent.
    journal.pending(run.id)?;
    let mut sender = Sender::open("retry", (settings, &args.send), (console, outside)).await?;
    let retried = if chosen.is_empty() {
        Retried::default()
    } else {
        requeue((&mut journal, &run), &chosen, args, settings)?
    };
    sender.before = Some(Before {
        text: text(retried, args, &chosen) + &left.text(&run, &place),
        name: "retry",
        json: as_json(retried, args, (open.len(), &left)),
    });
    sender.send(&mut journal, &run, &Caution::default()).await
}

/// The run of that number; else the latest to `here` of which something is meant; else the latest.
fn chosen_run(journal: &Journal, args: &RetryArgs, here: &Destination) -> Result<Run, Failure> {
    if args.run.is_some() || args.from == Origin::Source {
        return Ok(journal.run(args.run.map(RunId))?);
    }
    for run in journal.runs()?.into_iter().rev() {
        let records = journal.books(run.id)?.records;
        if is_to(&run, here) && records.failed + records.held + records.in_doubt > 0 {
            let open = journal.open_records(run.id)?;
            if open.iter().any(|record| args.means(record)) {
                return Ok(run);
            }
        }
    }
    Ok(journal.run(None)?)
}

/// The records that are meant; every row that is named has to be in an open one.
fn chosen<'o>(
    open: &'o [OpenRecord],
    args: &RetryArgs,
    (run, place): (&Run, &str),
) -> Result<Vec<&'o OpenRecord>, Failure> {
    let is_there = |row: &&u32| open.iter().any(|record| record.rows.contains(*row));
    if let Some(row) = args.row.iter().find(|row| !is_there(row)) {
        let text = format!(
            "row {row} of run {0} is in no open record\n\nhint: `aca-sync show {0}{place}` lists those that are",
            run.id.0
        );
        return Err(Failure::new(Exit::Usage, text));
    }
    Ok(open.iter().filter(|record| args.means(record)).collect())
}

fn requeue(
    (journal, run): (&mut Journal, &Run),
    chosen: &[&OpenRecord],
    args: &RetryArgs,
    settings: &Settings,
) -> Result<Retried, Failure> {
    let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
    for record in chosen {
        *codes.entry(&record.code).or_default() += 1;
    }
    let codes: Vec<String> = codes
        .iter()
        .map(|(code, count)| format!("{code} {count}"))
        .collect();
    let details = format!(
        "--only {}: {} ({})",
        args.only.name(),
        counted(chosen.len() as u64, "record"),
        codes.join(", ")
    );
    let actor = Actor::here();
    let entry = actor.did("retry", run.id, &details);
    Ok(journal.retry(chosen, &entry, settings.now())?)
}

impl RetryArgs {
    fn means(&self, record: &OpenRecord) -> bool {
        let is_of_kind = match self.only {
            Only::Transient => record.kind == OpenKind::Transient,
            Only::Refused => record.kind == OpenKind::Refused,
            Only::Held => record.kind == OpenKind::Held,
            Only::All => matches!(
                record.kind,
                OpenKind::Transient | OpenKind::Refused | OpenKind::Held
            ),
        };
        let is_of_row = || record.rows.iter().any(|row| self.row.contains(row));
        is_of_kind
            && self.code.as_ref().is_none_or(|code| *code == record.code)
            && (self.row.is_empty() || is_of_row())
    }

    /// What is asked for, in words.
    fn which(&self) -> String {
        let mut which = match self.only {
            Only::Transient => "transient failure",
            Only::Refused => "refused record",
            Only::Held => "held record",
            Only::All => "open record",
        }
        .to_owned();
        if let Some(code) = &self.code {
            let _ = write!(which, " with the code {code}");
        }
        if !self.row.is_empty() {
            which.push_str(" in these rows");
        }
        which
    }
}

impl Only {
    const fn name(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Refused => "refused",
            Self::Held => "held",
            Self::All => "all",
        }
    }
}

/// Open records that are not sent again now, by what could close them.
struct Left(BTreeMap<OpenKind, u64>);

impl Left {
    fn of(open: &[OpenRecord], chosen: &[&OpenRecord]) -> Self {
        let mut left = BTreeMap::new();
        let mut chosen = chosen.iter().map(|record| record.id).peekable();
        for record in open {
            if chosen.next_if_eq(&record.id).is_none() {
                *left.entry(record.kind).or_default() += 1;
            }
        }
        Self(left)
    }

    fn text(&self, run: &Run, place: &str) -> String {
        let mut text = String::new();
        let number = run.id.0;
        for (kind, count) in &self.0 {
            let what = match kind {
                OpenKind::Transient => "transient: --only transient sends them again".to_owned(),
                OpenKind::Refused => {
                    "refused by the API: correct them, or --only refused".to_owned()
                }
                OpenKind::Held => {
                    "held back: correct them, or --only held sends them on your word".to_owned()
                }
                OpenKind::InDoubt => format!(
                    "in doubt, or held because of one that is, and not harmless to send again: `aca-sync resolve {number}{place}` settles them"
                ),
                OpenKind::ToCorrect => {
                    "held back, and no word lets them go: correct their cells".to_owned()
                }
                OpenKind::Left => {
                    "left at their doubt: the next file that holds them is sent as usual".to_owned()
                }
            };
            let _ = write!(text, "\n  {count:>9}  {what}");
        }
        text
    }

    fn json(&self) -> Value {
        let count = |kind| self.0.get(&kind).copied().unwrap_or_default();
        json!({
            "transient": count(OpenKind::Transient),
            "refused": count(OpenKind::Refused),
            "held": count(OpenKind::Held),
            "in_doubt": count(OpenKind::InDoubt),
            "to_correct": count(OpenKind::ToCorrect),
            "skipped": count(OpenKind::Left),
        })
    }
}

fn text(retried: Retried, args: &RetryArgs, chosen: &[&OpenRecord]) -> String {
    let mut text = format!(
        "retry --only {}: {} = {} to be sent again",
        args.only.name(),
        counted(chosen.len() as u64, "record"),
        retried.pending
    );
    if retried.superseded > 0 {
        let _ = write!(text, " + {} left to a newer run", retried.superseded);
    }
    text
}

fn as_json(retried: Retried, args: &RetryArgs, (open, left): (usize, &Left)) -> Value {
    json!({
        "only": args.only.name(),
        "open": open,
        "pending": retried.pending,
        "superseded": retried.superseded,
        "left": left.json(),
    })
}
