//! The journal: whether it opens and is sound, who has it, and what earlier runs have left to be done.

use std::path::Path;

use super::{Check, place::expect_writable};
use crate::{
    cli::{failure::Failure, settings::Settings},
    journal::{Error, Health, Journal},
    report::counted,
};

/// The journal's checks, and how it is where it can be read.
pub(super) fn checks(
    path: &Path,
    (settings, sandbox): (&Settings, bool),
) -> (Vec<Check>, Option<Health>) {
    let place = settings.place_flags(sandbox);
    let mut checks = vec![lock(path)];
    match Journal::health(path) {
        Ok(health) => {
            checks.push(opened(path, &health));
            checks.push(unfinished(&health, &place));
            checks.push(waiting(&health, &place));
            (checks, Some(health))
        }
        Err(error) => {
            checks.push(match error {
                Error::Missing { .. } => missing(path, sandbox),
                error => Check::of_failure("journal", Failure::from(error).in_journal(path)),
            });
            (checks, None)
        }
    }
}

fn lock(path: &Path) -> Check {
    let advice = "a run that starts before it ends does nothing and ends with 75";
    Journal::holder(path).map_or_else(
        || Check::ok("lock", "nobody is at work on the journal"),
        |holder| {
            Check::warn(
                "lock",
                format!("{holder}, is at work on the journal"),
                advice,
            )
        },
    )
}

fn missing(path: &Path, sandbox: bool) -> Check {
    let finding = format!("there is none at {}", path.display());
    if sandbox {
        return Check::ok("journal", format!("{finding}; the first run makes it"));
    }
    Check::warn(
        "journal",
        finding,
        "the first `sync` makes it, with --first-run; where this account was synced before, bring its journal",
    )
}

fn opened(path: &Path, health: &Health) -> Check {
    if let Err(error) = expect_writable(path) {
        let finding = format!("{} cannot be written: {error}", path.display());
        let advice = "it has to belong to whoever runs the job, with the rights 0600";
        return Check::fail("journal", finding, advice);
    }
    let runs = counted(health.runs as u64, "run");
    let version = health.version;
    let mut finding = format!("sound (quick_check), schema version {version}, {runs}");
    if version < health.newest_version {
        finding += "; the next run brings it up to date";
    }
    Check::ok("journal", finding)
}

fn unfinished(health: &Health, place: &str) -> Check {
    let runs: Vec<String> = health
        .unfinished
        .iter()
        .map(|run| run.0.to_string())
        .collect();
    if runs.is_empty() {
        return Check::ok("runs", "every run is finished");
    }
    let finding = format!("not finished: run {}", runs.join(", "));
    let advice = format!("`aca-sync resume{place}` goes on");
    Check::warn("runs", finding, &advice)
}

fn waiting(health: &Health, place: &str) -> Check {
    let Some((last, _)) = health.waiting.last() else {
        return Check::ok("in doubt", "no record waits for a word");
    };
    let of_runs = health.waiting.iter();
    let of_runs: Vec<String> = of_runs
        .map(|(run, count)| format!("{} of run {}", counted(*count, "record"), run.0))
        .collect();
    let finding = format!("{} waits for a word", of_runs.join(", "));
    let advice = format!("`aca-sync resolve {} --verify{place}`", last.0);
    Check::warn("in doubt", finding, &advice)
}
