//! Guards on the command line: which are let pass, what they said, and what is written down of that.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{exit::Exit, failure::Failure};
use crate::engine::{Allowance, Guard, GuardReport};

/// What `--allow` takes, for its help.
pub(super) fn allow_help() -> String {
    let mut text = String::from(
        "Let a guard pass once, by its name; with a number only up to that figure.\n\nGuards, and what their number counts:\n",
    );
    for guard in Guard::ALL {
        let number = guard.number().unwrap_or("takes no number");
        let _ = writeln!(text, "  {:<17} {number}", guard.name());
    }
    text
}

/// The guards that were let pass: `NAME` or `NAME=N`.
pub(super) fn allowances(texts: &[String]) -> Result<Vec<Allowance>, Failure> {
    texts.iter().map(|text| allowance(text)).collect()
}

fn allowance(text: &str) -> Result<Allowance, Failure> {
    let usage = |message: String| Failure::new(Exit::Usage, message);
    let (name, number) = match text.split_once('=') {
        Some((name, number)) => (name, Some(number)),
        None => (text, None),
    };
    let guard = Guard::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = Guard::ALL.iter().map(|guard| guard.name()).collect();
        usage(format!(
            "there is no guard {name}\n\nhint: the guards are {}",
            known.join(", ")
        ))
    })?;
    let up_to = number.map(|number| match guard.number() {
        None => Err(usage(format!(
            "the guard {name} takes no number\n\nhint: write --allow {name}"
        ))),
        Some(unit) => number.parse().map_err(|_| {
            usage(format!(
                "--allow {text}: `{number}` is no whole number\n\nhint: N in --allow {name}=N counts {unit}"
            ))
        }),
    });
    let up_to = up_to.transpose()?;
    Ok(Allowance { guard, up_to })
}

/// What the guards said of a file, a line each.
pub(super) fn guards_text(guards: &[GuardReport]) -> String {
    let mut text = String::from("guards\n");
    for report in guards {
        let word = match report {
            GuardReport { stopped: true, .. } => "would stop",
            GuardReport { allowed: true, .. } => "let pass",
            GuardReport { .. } => "passed",
        };
        let (name, figures) = (report.guard.name(), &report.figures);
        let _ = writeln!(text, "  {word:<11} {name:<17} {figures}");
    }
    let flags = stopping(guards);
    if !flags.is_empty() {
        let _ = writeln!(
            text,
            "  what is as it should be passes once with --allow {}; =N after a name lets it pass up to a figure only",
            flags.join(" --allow ")
        );
    }
    text
}

/// The same as JSON.
pub(super) fn guards_json(guards: &[GuardReport]) -> Value {
    guards
        .iter()
        .map(|report| {
            json!({
                "name": report.guard.name(), "stopped": report.stopped,
                "allowed": report.allowed, "figures": report.figures,
            })
        })
        .collect()
}

/// The names of those that stop a run.
pub(super) fn stopping(guards: &[GuardReport]) -> Vec<&'static str> {
    let stopped = guards.iter().filter(|report| report.stopped);
    stopped.map(|report| report.guard.name()).collect()
}

/// What is said and written down of a guard that was let pass.
pub(super) fn let_pass_text(report: &GuardReport) -> String {
    format!(
        "the guard {} was let pass: {}",
        report.guard.name(),
        report.figures
    )
}
