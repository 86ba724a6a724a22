//! `check`: what is wrong with files and what a sync would do, before anything is sent.

use crate::{
    cli::{
        args::FileArgs,
        console::Console,
        exit::Exit,
        failure::Failure,
        guards::{allowances, guards_json, guards_text, stopping},
        inbox,
        progress::Reporter,
        sending::destination,
        settings::Settings,
        signal::Signals,
    },
    engine::{self, GuardReport, Inputs, StageOptions},
    journal::{Journal, Run, SourcePlan},
    report::{self, Verdict},
};

use super::sync::{load_mapping, open_inputs};

/// Runs the command: a sync's reading pass into a journal that is thrown away.
pub(in crate::cli) fn run(
    args: &FileArgs,
    sandbox: bool,
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let allowed = allowances(&args.allow)?;
    let mapping = load_mapping(&args.mapping)?;
    let found = inbox::find(&args.files, settings, console)?;
    let mut inputs = open_inputs(mapping, &found.files, console)?;
    let plan = inputs.plan(
        &destination(settings, sandbox),
        args.full,
        "check".to_owned(),
    );
    let mut journal = Journal::temporary(Some(&settings.journal_path(sandbox)))?;
    let options = StageOptions {
        today: Settings::today(),
        now: settings.now(),
        ahead: Settings::ahead(),
        allowed,
        missing_parts: found.missing_parts,
    };
    let signals = Signals::listen();
    let mut reporter = Reporter::new(Console::is_watched() && !console.quiet);
    let staged = engine::stage(
        &mut journal,
        (&mut inputs, &plan),
        &options,
        &signals.stop,
        &mut |event| {
            reporter.tell(&event);
        },
    );
    reporter.finish();
    let staged = match staged {
        Err(engine::Error::Stopped) => {
            return Err(Failure::new(signals.exit(), "stopped while reading"));
        }
        staged => staged?,
    };
    let run = journal.run(Some(staged.run))?;
    print(
        (&journal, &run, &staged.guards),
        (&inputs, &plan.sources),
        (settings, console),
    )
}

fn print(
    (journal, run, guards): (&Journal, &Run, &[GuardReport]),
    (inputs, sources): (&Inputs, &[SourcePlan]),
    (settings, console): (&Settings, Console),
) -> Result<Exit, Failure> {
    let books = journal.books(run.id)?;
    let stopping = stopping(guards);
    let (exit, text) = match books.imbalance() {
        Some(_) => (Exit::Internal, "some rows need a look".to_owned()),
        None if !stopping.is_empty() => (
            Exit::Guard,
            format!("a sync would be stopped by {}", stopping.join(", ")),
        ),
        None if books.needs_attention() => (Exit::Attention, "some rows need a look".to_owned()),
        None => (Exit::Done, "nothing is wrong with it".to_owned()),
    };
    let verdict = Verdict {
        run: None,
        exit: exit.code(),
        text,
    };
    let findings = report::findings(journal, run)?;
    let contract = inputs.mapping().target().contract();
    let requests = books.records.pending.div_ceil(contract.max_records as u64);
    let expected = settings.rate.time_for(requests);
    if console.json {
        let mut object = report::books_json(&verdict, &books);
        if let Some(members) = object.as_object_mut() {
            members.insert("sources".to_owned(), report::reading_json(sources));
            members.insert("findings".to_owned(), findings.json());
            members.insert("guards".to_owned(), guards_json(guards));
            members.insert(
                "plan".to_owned(),
                serde_json::json!({ "requests": requests, "seconds": expected.as_secs_f64() }),
            );
        }
        Console::result(&object.to_string());
        return Ok(exit);
    }
    let mapping = inputs.mapping();
    let columns = report::Columns {
        customer: mapping.customer_id_columns(),
        policy: mapping.policy_id_columns(),
    };
    let mut text = report::reading_text(sources);
    text.push_str(&report::books_text(&verdict, &books));
    text.push('\n');
    text.push_str(&findings.text(usize::MAX));
    text.push_str(&findings.counted_text());
    text.push_str(&findings.merging_text());
    text.push('\n');
    text.push_str(&report::identification(
        contract, &columns, &findings, &books,
    ));
    text.push('\n');
    text.push_str(&guards_text(guards));
    text.push('\n');
    text.push_str(&report::plan_text(&books, requests, expected));
    Console::result(&text);
    Ok(exit)
}
