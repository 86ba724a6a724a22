//! The door to the street: what was typed becomes settings, a command, and an exit code.

mod actor;
mod archive;
mod args;
mod check_args;
mod commands;
mod configuration;
mod console;
mod deadline;
mod door;
mod ended;
mod exit;
mod failure;
mod guards;
mod inbox;
mod logging;
mod mapping_file;
mod metrics;
mod new_file;
mod notices;
mod notify_args;
mod offline_args;
mod outside;
mod progress;
mod rerun_args;
mod sandbox_host;
mod seeing_args;
mod sending;
mod settings;
mod signal;
mod typed_place;
mod upkeep_args;
mod version;

use std::{ffi::OsString, panic::Location, process::ExitCode};

use args::{Cli, Command, Global};
use check_args::LookArgs;
use configuration::Configuration;
use console::Console;
pub use exit::Exit;
use failure::Failure;
use offline_args::MappingCommand;
use outside::Outside;
use settings::Settings;
use upkeep_args::JournalCommand;

use crate::panic_guard::{caught, say_only_where};

/// Runs the command that the arguments name, and gives its exit code.
///
/// The process's panics are told by their place from here on: their words may quote people's data.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    say_only_where(say_where);
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::of(&arguments) {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error, &arguments).code().into(),
    };
    let console = Console {
        json: cli.global.json,
        quiet: cli.global.quiet,
    };
    logging::start(&cli.global, Console::is_watched());
    exit_of(whole(|| dispatch(cli, console)), console)
        .code()
        .into()
}

/// What the work came to; a panic is an internal error.
fn whole(work: impl FnOnce() -> Result<Exit, Failure>) -> Result<Exit, Failure> {
    caught(work).unwrap_or_else(|| {
        Err(Failure::new(
            Exit::Internal,
            "internal error: the command broke off\n\nhint: what was done is kept; run the same command again, and report the place above",
        ))
    })
}

fn say_where(place: &Location<'_>) {
    Console::alarm(&format!(
        "internal error at {place}; its words are not shown, as they may quote a cell"
    ));
}

/// Says what is wrong with the command line, also as the one object where its words ask for that.
fn not_understood(error: &clap::Error, arguments: &[OsString]) -> Exit {
    let _ = error.print();
    // Help and version are what was asked for, not errors.
    if !error.use_stderr() {
        return Exit::Done;
    }
    let mut words = arguments.iter().take_while(|word| *word != "--");
    if words.any(|word| word == "--json") {
        let text = error.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
        let failure = Failure::new(Exit::Usage, text);
        Console::object(&failure.object());
    }
    Exit::Usage
}

/// The exit code of what a command came to; why it failed is said.
fn exit_of(ended: Result<Exit, Failure>, console: Console) -> Exit {
    ended.unwrap_or_else(|failure| {
        console.error(&failure);
        failure.exit
    })
}

fn dispatch(cli: Cli, console: Console) -> Result<Exit, Failure> {
    match cli.command {
        Command::Mapping(MappingCommand::Check { mapping, file }) => {
            let mapping = mapping_file::find_alone(&mapping, &cli.global)?;
            commands::mapping::check(&mapping, file.as_deref(), console)
        }
        Command::Mapping(MappingCommand::Test { mapping }) => {
            let mapping = mapping_file::find_alone(&mapping, &cli.global)?;
            commands::mapping::test(&mapping, console)
        }
        Command::Mapping(MappingCommand::Fields { target }) => {
            commands::mapping::fields(&target, console)
        }
        Command::Mapping(MappingCommand::New { file, target, out }) => {
            let target = commands::mapping::target(&target)?;
            commands::mapping_new::run(&file, target, out.as_deref(), console)
        }
        Command::Mapping(MappingCommand::Schema) => Ok(commands::mapping::schema()),
        Command::Completions { shell } => commands::completions::completions(shell),
        Command::Man { out } => commands::completions::man(out.as_deref(), console),
        Command::Doctor(args) => Ok(commands::doctor::run(&args, cli.global, console)),
        Command::Sandbox(args) => {
            in_runtime(commands::sandbox::run(&args, Settings::clock(), console))
        }
        command => {
            let configuration = Configuration::read(&cli.global);
            let account = account(&configuration, &cli.global);
            let mut outside = Outside::of(&command, &account, console);
            let named = configuration.as_ref().ok();
            let begun = outside.begin(&command, named.map(|found| &found.layer.notify));
            let settings = begun.and_then(|()| Settings::from_flags(&cli.global, &configuration?));
            let ended = settings.and_then(|settings| {
                let journal = settings.journal_path(command.is_rehearsal());
                whole(|| with_settings(command, &settings, (console, &outside)))
                    .map_err(|failure| failure.in_journal(&journal))
            });
            // People first: those outside may take their time.
            let exit = exit_of(ended, console);
            outside.end(exit, Settings::system_now());
            Ok(exit)
        }
    }
}

/// The account's name, also where the configuration cannot be used: by what was asked for then.
fn account(configuration: &Result<Configuration, configuration::Error>, global: &Global) -> String {
    let asked = || Configuration {
        profile: global.profile.clone(),
        ..Configuration::default()
    };
    match configuration {
        Ok(configuration) => configuration.account(global),
        Err(_) => asked().account(global),
    }
}

fn with_settings(
    command: Command,
    settings: &Settings,
    told: (Console, &Outside),
) -> Result<Exit, Failure> {
    let (console, _) = told;
    match command {
        Command::Ack(args) => commands::ack::run(&args, settings, console),
        Command::Audit(args) => commands::audit::run(&args, settings, console),
        Command::Purge(args) => commands::purge::run(&args, settings, console),
        Command::Forget(args) => commands::forget::run(&args, settings, console),
        Command::Runs(args) => commands::runs::run(&args, settings, console),
        Command::Show(args) => commands::show::run(&args, settings, console),
        Command::Explain(args) => commands::explain::run(&args, settings, console),
        Command::Report(args) => commands::report::run(&args, settings, console),
        Command::Journal(JournalCommand::Backup(args)) => {
            commands::journal_backup::run(&args, settings, console)
        }
        Command::Sync(args) if args.dry_run => in_runtime(async {
            let look = LookArgs::default();
            let asked = (&args.files, &args.send.place, &look);
            commands::check::run(asked, settings, console).await
        }),
        Command::Check(args) => in_runtime(async {
            let asked = (&args.files, &args.place, &args.look);
            commands::check::run(asked, settings, console).await
        }),
        Command::Sync(args) => in_runtime(commands::sync::run(&args, settings, told)),
        Command::Verify(args) => in_runtime(commands::verify::run(&args, settings, console)),
        Command::Customer(args) => in_runtime(commands::customer::run(&args, settings, console)),
        Command::Resolve(args) => in_runtime(commands::resolve::run(&args, settings, told)),
        Command::Results(args) => commands::results::run(&args, settings, console),
        Command::Retry(args) => in_runtime(commands::retry::run(&args, settings, told)),
        Command::Resume(args) => in_runtime(commands::resume::run(&args, settings, told)),
        Command::Mapping(_)
        | Command::Doctor(_)
        | Command::Sandbox(_)
        | Command::Completions { .. }
        | Command::Man { .. } => Err(Failure::new(
            Exit::Internal,
            "this command needs no settings",
        )),
    }
}

/// Runs a command that waits for the network or for signals. The command itself stays on this thread,
/// so that the journal's writes never hold up requests under way.
fn in_runtime(command: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(Exit::Internal, format!("no threads to work with: {error}"))
        })?;
    let exit = runtime.block_on(command);
    runtime.shutdown_background();
    exit
}
