//! What a job reads: its mapping, and the folder or pattern where the newest export is looked for.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use super::Check;
use crate::{
    cli::{failure::Failure, inbox::REST, mapping_file, settings::Settings},
    inbox::{self, Because, Found, PassedOver, Watch},
    report::duration,
};

/// The mapping by itself, as `mapping check` sees it, and the age that it lets an export have.
pub(super) fn mapping(path: &Path, settings: &Settings) -> (Check, Option<Duration>) {
    let shown = path.display();
    let advice = format!("`aca-sync mapping check {shown}` says where");
    let mapping = match mapping_file::load(path, settings) {
        Ok(mapping) => mapping,
        Err(failure) => return (unusable(failure, &advice), None),
    };
    let outcomes = mapping.run_tests(Settings::today());
    let failed = outcomes.iter().filter(|test| !test.is_passed()).count();
    let check = if failed == 0 {
        Check::ok("mapping", format!("{shown} is valid, and its tests pass"))
    } else {
        let finding = format!("{shown}: {failed} of its {} tests fail", outcomes.len());
        Check::fail("mapping", finding, &advice)
    };
    (check, mapping.guards().max_age)
}

/// A mapping that cannot be used: what the failure itself advises, else where its mistakes are told.
fn unusable(failure: Failure, advice: &str) -> Check {
    if failure.message.contains("\n\nhint: ") {
        return Check::of_failure("mapping", failure);
    }
    let first = failure.message.lines().next().unwrap_or_default();
    Check::fail("mapping", first, advice)
}

/// The newest export as `sync` would find it, and downloads that are not finished.
pub(super) fn inbox(path: &Path, settings: &Settings, max_age: Option<Duration>) -> Vec<Check> {
    let now = (settings.clock)();
    let mut watch = Watch {
        now,
        rest: REST,
        wait: &mut thread::sleep,
    };
    match inbox::find(&[path.to_owned()], &mut watch) {
        Ok(found) => {
            let mut checks = vec![newest(&found, now, max_age)];
            checks.extend(unfinished(&found.passed_over));
            checks
        }
        Err(inbox::Error::Nothing {
            looked_in,
            passed_over,
        }) => {
            let finding = format!("no export can be taken from {looked_in}");
            let advice = "bring the export, or name another folder or pattern";
            let mut checks = vec![Check::fail("inbox", finding, advice)];
            checks.extend(unfinished(&passed_over));
            checks
        }
        Err(error) => vec![Check::of_failure("inbox", error)],
    }
}

fn newest(found: &Found, now: SystemTime, max_age: Option<Duration>) -> Check {
    let names: Vec<String> = found
        .files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let names = names.join(", ");
    let mut written = Vec::new();
    for file in &found.files {
        match written_at(file) {
            Ok(at) => written.push(at),
            Err(error) => {
                let finding = format!("{}: {error}", file.display());
                return Check::fail("inbox", finding, "bring the export, or name another one");
            }
        }
    }
    let age = written.iter().max().map_or(Duration::ZERO, |at| {
        now.duration_since(*at).unwrap_or_default()
    });
    let finding = format!("{names}, last written {} ago", duration(age.as_secs_f64()));
    if let Some(missing) = found.missing_parts.first() {
        let advice = "bring it, or let the guard pass with --allow missing_part";
        return Check::fail("inbox", format!("{finding}; {missing}"), advice);
    }
    match max_age {
        // Nothing in the file can be younger than its last writing.
        Some(limit) if age > limit => {
            let advice = "the guard max_age stops the run: bring a newer export";
            Check::fail("inbox", finding, advice)
        }
        _ => Check::ok("inbox", finding),
    }
}

/// When the file was last written; it has to be one that can be opened.
fn written_at(file: &PathBuf) -> std::io::Result<SystemTime> {
    fs::File::open(file)?.metadata()?.modified()
}

fn unfinished(passed_over: &[PassedOver]) -> Option<Check> {
    let names: Vec<String> = passed_over
        .iter()
        .filter(|one| matches!(one.because, Because::Unfinished | Because::StillGrowing))
        .map(|one| one.path.display().to_string())
        .collect();
    let advice = "it is passed over; see whether its download has broken off";
    (!names.is_empty()).then(|| Check::warn("unfinished downloads", names.join(", "), advice))
}
