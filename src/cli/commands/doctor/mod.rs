//! `doctor`: what would make tonight's run fail, asked beforehand. Sends nothing, changes nothing, takes no lock.

mod clock;
mod configuration;
mod files;
mod journal;
mod place;
mod profiles;

use serde_json::{Value, json};

use crate::{
    cli::{
        args::Global, console::Console, exit::Exit, failure::Failure, settings::Settings,
        upkeep_args::DoctorArgs,
    },
    report,
};

/// What was found of one thing, on one line.
struct Check {
    name: &'static str,
    level: Level,
    finding: String,
    advice: Option<String>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// As it should be.
    Ok,
    /// A run goes all the same; somebody should look.
    Warn,
    /// A run fails.
    Fail,
}

/// Runs the command.
pub(in crate::cli) fn run(args: &DoctorArgs, mut global: Global, console: Console) -> Exit {
    let sandbox = args.place.sandbox;
    let (mut checks, in_force) = profiles::checks(&global);
    let layer = &in_force.layer;
    checks.extend(configuration::mend(&mut global, layer, sandbox));
    checks.extend(configuration::notify(&args.notify, &layer.notify));
    match Settings::from_flags(&global, &in_force) {
        Ok(settings) => {
            checks.push(configuration::environment(&settings, layer));
            checks.extend(with_settings(args, &settings));
        }
        // Nothing that lies in the state folder can be asked for then.
        Err(failure) => checks.push(Check::of_failure("environment", failure)),
    }
    // What fails here is configuration and surroundings, so it is 78 whatever it is; a run ends with the code
    // of what has stopped it, by the precedence of `Exit`.
    let exit = if checks.iter().any(|check| check.level == Level::Fail) {
        Exit::Configuration
    } else {
        Exit::Done
    };
    show(&checks, exit, console);
    exit
}

fn with_settings(args: &DoctorArgs, settings: &Settings) -> Vec<Check> {
    let sandbox = args.place.sandbox;
    let journal = settings.journal_path(sandbox);
    let (mut checks, in_ledger) = configuration::key_and_ledger(settings, sandbox);
    let (of_journal, health) = journal::checks(&journal, (settings, sandbox));
    let last_spool = health.as_ref().and_then(|health| health.last_spool);
    checks.extend(place::checks(settings, &journal, last_spool));
    checks.extend(of_journal);
    let in_journal = health.and_then(|health| health.latest);
    checks.extend(clock::checks(settings, in_journal, in_ledger));
    let mapping = args.mapping.as_deref();
    let mapping = mapping.map(|path| files::mapping(path, settings));
    let (of_mapping, max_age) = mapping.unzip();
    checks.extend(of_mapping);
    if let Some(inbox) = &args.inbox {
        checks.extend(files::inbox(inbox, settings, max_age.flatten()));
    }
    checks
}

fn show(checks: &[Check], exit: Exit, console: Console) {
    if console.json {
        let list: Value = checks.iter().map(Check::json).collect();
        let object = report::object(exit.code(), json!({ "checks": list }));
        return Console::object(&object);
    }
    let told = |check: &&Check| !console.quiet || check.level != Level::Ok;
    let lines: Vec<String> = checks.iter().filter(told).map(Check::line).collect();
    if !lines.is_empty() {
        Console::result(&lines.join("\n"));
    }
}

impl Check {
    fn ok(name: &'static str, finding: impl Into<String>) -> Self {
        Self {
            name,
            level: Level::Ok,
            finding: on_one_line(&finding.into()),
            advice: None,
        }
    }

    fn warn(name: &'static str, finding: impl Into<String>, advice: &str) -> Self {
        Self {
            level: Level::Warn,
            ..Self::ok(name, finding).advising(advice)
        }
    }

    fn fail(name: &'static str, finding: impl Into<String>, advice: &str) -> Self {
        Self {
            level: Level::Fail,
            ..Self::ok(name, finding).advising(advice)
        }
    }

    /// What a command would have said; its hint is the advice.
    fn of_failure(name: &'static str, failure: impl Into<Failure>) -> Self {
        let message = failure.into().message;
        match message.split_once("\n\nhint: ") {
            Some((finding, hint)) => Self::fail(name, finding, hint),
            None => match message.split_once("; ") {
                Some((finding, advice)) => Self::fail(name, finding, advice),
                None => Self::fail(name, message, "mend that, and ask again"),
            },
        }
    }

    fn advising(self, advice: &str) -> Self {
        Self {
            advice: Some(on_one_line(advice)),
            ..self
        }
    }

    fn line(&self) -> String {
        let level = format!("{:<4}", self.level.name());
        let advice = self.advice.iter().map(|advice| format!("; {advice}"));
        let advice: String = advice.collect();
        format!("{level}  {}: {}{advice}", self.name, self.finding)
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name, "level": self.level.name(),
            "finding": self.finding, "advice": self.advice,
        })
    }
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

fn on_one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}
