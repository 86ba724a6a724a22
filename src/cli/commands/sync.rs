//! `sync`: read, then send.

use std::path::{Path, PathBuf};

use crate::{
    cli::{
        archive::Archive,
        args::SyncArgs,
        console::Console,
        exit::Exit,
        failure::Failure,
        guards::allowances,
        inbox, mapping_file,
        outside::Outside,
        sending::{Caution, Sender, destination},
        settings::Settings,
    },
    engine::{
        self, Guard, GuardReport, GuardStop, Inputs, Pace, StageOptions, Staged, Suppression,
    },
    inbox::MissingParts,
    journal::{self, Journal, Run, RunPlan, RunState},
    mapping::Mapping,
    report,
};

/// Runs the command.
pub(in crate::cli) async fn run(
    args: &SyncArgs,
    settings: &Settings,
    (console, outside): (Console, &Outside),
) -> Result<Exit, Failure> {
    let sandbox = args.send.place.sandbox;
    let mapping = mapping_file::load(&args.files.mapping, settings)?;
    outside.note_mapping(mapping.name());
    let caution = Caution {
        guards: mapping.guards().clone(),
        allowed: allowances(&args.files.allow)?,
    };
    let found = inbox::find(&args.files.files, settings, console)?;
    let archive = Archive::of(args.archive_to.as_deref(), &found.files);
    let mut inputs = open_inputs(mapping, &found.files, console)?;
    suppress(&mut inputs, args.files.suppress(settings), console)?;
    let destination = destination(settings, sandbox);
    let plan = inputs.plan(&destination, args.files.full, command_line(args));
    let first_run = expect_meant(args, (settings, &caution), &plan)?;
    let mut journal = open_journal("sync", sandbox, settings)?;
    let mut sender = Sender::open("sync", (settings, &args.send), (console, outside)).await?;
    let options = stage_options(args, (settings, &caution), found.missing_parts);
    let run = match journal.run_with_identity(&plan.identity)? {
        Some(run) if run.state != RunState::Finished => {
            console.remark(&format!(
                "going on with run {}, which read the same file",
                run.id.0
            ));
            run
        }
        Some(run) if !args.files.full => {
            if let Some(stop) = engine::nothing_new(&journal, &run, (&inputs, &plan), &options)? {
                return Err(engine::Error::Guard(stop).into());
            }
            let text = format!("nothing to do: run {} has sent this file", run.id.0);
            let exit = nothing_to_do(&journal, Some(&run), text, (console, outside))?;
            tell_how_it_stands(&journal, &run, (settings, outside))?;
            drop(inputs);
            archive.take((&mut journal, &run), exit, settings, console);
            return Ok(exit);
        }
        _ => {
            let files = (&mut inputs, &plan);
            begin(&mut journal, files, &mut sender, &options, first_run)?
        }
    };
    // Windows does not let go of a file that is open.
    drop(inputs);
    let exit = sender.send(&mut journal, &run, &caution).await?;
    archive.take((&mut journal, &run), exit, settings, console);
    Ok(exit)
}

/// What staging goes by.
fn stage_options(
    args: &SyncArgs,
    (settings, caution): (&Settings, &Caution),
    missing_parts: Vec<MissingParts>,
) -> StageOptions {
    StageOptions {
        today: Settings::today(),
        now: settings.now(),
        ahead: Settings::ahead(),
        allowed: caution.allowed.clone(),
        missing_parts,
        pace: Pace {
            batch_size: args.send.batch_size.into(),
            rate: settings.rate,
        },
    }
}

/// Stages a run, and says what was let pass for it.
pub(in crate::cli) fn begin(
    journal: &mut Journal,
    (inputs, plan): (&mut Inputs, &RunPlan),
    sender: &mut Sender<'_>,
    options: &StageOptions,
    first_run: Option<GuardReport>,
) -> Result<Run, Failure> {
    let staged = stage(journal, (inputs, plan), sender, options)?;
    let run = journal.run(Some(staged.run))?;
    sender.note_let_pass(journal, &run, &staged.guards)?;
    if let Some(report) = first_run {
        explain_first_run(journal, inputs, &run)?;
        sender.note_let_pass(journal, &run, &[report])?;
    }
    Ok(run)
}

/// The reading pass, shown on the terminal.
fn stage(
    journal: &mut Journal,
    files: (&mut Inputs, &RunPlan),
    sender: &mut Sender<'_>,
    options: &StageOptions,
) -> Result<Staged, Failure> {
    let (reporter, stop) = (&mut sender.reporter, &sender.signals.stop);
    let staged = engine::stage(journal, files, options, stop, &mut |event| {
        reporter.tell(&event);
    });
    reporter.finish();
    match staged {
        Err(engine::Error::Stopped) if sender.signals.exit() == Exit::TryLater => {
            let text = "the deadline came while files were read; nothing was staged or sent\n\nhint: run the same command again";
            Err(Failure::new(Exit::TryLater, text))
        }
        Err(error @ engine::Error::Stopped) => {
            Err(Failure::new(sender.signals.exit(), error.to_string()))
        }
        staged => Ok(staged?),
    }
}

/// Opens the journal to work with it.
pub(in crate::cli) fn open_journal(
    verb: &str,
    sandbox: bool,
    settings: &Settings,
) -> Result<Journal, Failure> {
    let now = settings.now();
    let started = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default();
    let holder = format!(
        "`aca-sync {verb}`, started {}",
        started.format("%Y-%m-%d %H:%M:%S UTC")
    );
    Ok(Journal::open(
        &settings.journal_path(sandbox),
        &holder,
        now,
    )?)
}

/// Opens the files, and says where a workbook leaves a choice.
pub(in crate::cli) fn open_inputs(
    mapping: Mapping,
    files: &[PathBuf],
    console: Console,
) -> Result<Inputs, Failure> {
    let inputs = Inputs::open(mapping, files)?;
    for source in inputs.sources() {
        if !source.other_sheets().is_empty() {
            let text = report::other_sheets_text(source.origin(), source.other_sheets());
            console.remark(&text);
        }
    }
    Ok(inputs)
}

/// The same where there is a journal already: one that is not there is not made to find nothing in it.
pub(in crate::cli) fn open_existing(
    verb: &str,
    sandbox: bool,
    settings: &Settings,
) -> Result<Journal, Failure> {
    let path = settings.journal_path(sandbox);
    if !path.exists() {
        return Err(journal::Error::Missing { path }.into());
    }
    open_journal(verb, sandbox, settings)
}

/// Reads the list of people whom nobody may call, if there is one.
pub(in crate::cli) fn suppress(
    inputs: &mut Inputs,
    list: Option<&Path>,
    console: Console,
) -> Result<(), Failure> {
    let Some(path) = list else { return Ok(()) };
    let list = Suppression::read(path)?;
    if list.entries() == 0 {
        console.remark(&format!(
            "{}: the suppress list names nobody",
            path.display()
        ));
    }
    inputs.suppress(list);
    Ok(())
}

/// A second journal by mistake would send the whole book again, so the first run has to be meant. Gives
/// the guard that was let pass when this is the first.
fn expect_meant(
    args: &SyncArgs,
    (settings, caution): (&Settings, &Caution),
    plan: &RunPlan,
) -> Result<Option<GuardReport>, Failure> {
    if args.send.place.sandbox || settings.address.is_loopback() {
        return Ok(None);
    }
    let path = settings.journal_path(false);
    let is_known = match Journal::open_to_read(&path) {
        Err(journal::Error::Missing { .. }) => false,
        opened => opened?.has_run_of(&plan.account, &plan.address)?,
    };
    if is_known {
        return Ok(None);
    }
    let guard = Guard::FirstRun;
    let figures = format!(
        "the journal {} has never sent to the account {} at {}",
        path.display(),
        plan.account,
        plan.address
    );
    let mut allowances = caution.allowed.iter();
    if !args.first_run && !allowances.any(|allowance| allowance.guard == guard) {
        return Err(engine::Error::Guard(GuardStop::by(guard, figures)).into());
    }
    Ok(Some(GuardReport {
        guard,
        stopped: false,
        allowed: true,
        figures,
    }))
}

/// Tells others how a run stands that was done before: whoever is woken up by it is not to sleep again because of
/// a later start.
fn tell_how_it_stands(
    journal: &Journal,
    run: &Run,
    (settings, outside): (&Settings, &Outside),
) -> Result<(), Failure> {
    if run.exit != Some(Exit::Attention.code()) {
        return Ok(());
    }
    let summary = report::Summary::of(journal, run, settings.local_now())?;
    if summary.open() > summary.acknowledged() {
        outside.note_standing(Exit::Attention, &summary);
    }
    Ok(())
}

/// Says that everything was done before, with the books of the run that did it.
pub(in crate::cli) fn nothing_to_do(
    journal: &Journal,
    run: Option<&Run>,
    text: String,
    (console, outside): (Console, &Outside),
) -> Result<Exit, Failure> {
    let books = run.map(|run| journal.books(run.id)).transpose()?;
    if let (Some(run), Some(books)) = (run, &books) {
        outside.note_run(run, books);
    }
    let verdict = report::Verdict {
        run: run.map(|run| run.id.0),
        exit: Exit::Done.code(),
        text,
    };
    let books = books.unwrap_or_default();
    let effects = run.map(|run| journal.effects(run.id)).transpose()?;
    let effects = effects.unwrap_or_default();
    if console.json {
        Console::object(&report::books_json(&verdict, &books, Some(&effects)));
    } else if !console.quiet {
        Console::result(&report::books_text(&verdict, &books, Some(&effects)));
    }
    Ok(Exit::Done)
}

fn explain_first_run(journal: &Journal, inputs: &Inputs, run: &Run) -> Result<(), Failure> {
    let mapping = inputs.mapping();
    let columns = report::Columns {
        customer: mapping.customer_id_columns(),
        policy: mapping.policy_id_columns(),
        path: mapping.path_columns(),
    };
    let findings = report::findings(journal, run)?;
    let books = journal.books(run.id)?;
    let text = report::identification(mapping.target().contract(), &columns, &findings, &books);
    Console::message(&text);
    Ok(())
}

/// What was asked for, for the journal: names of files and flags, never a key.
fn command_line(args: &SyncArgs) -> String {
    let files: Vec<String> = args
        .files
        .files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let full = if args.files.full { " --full" } else { "" };
    format!(
        "sync {} --mapping {}{full}",
        files.join(" "),
        args.files.mapping.display()
    )
}
