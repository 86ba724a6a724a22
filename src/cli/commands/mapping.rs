//! `mapping`: check, test and explain mappings, and the schema of their files.

use std::{fmt::Write as _, path::Path};

use serde_json::{Value, json};

use crate::{
    cli::{console::Console, exit::Exit, failure::Failure, mapping_file, settings::Settings},
    contract::{Contract, Evidence, Field, Presence, Target},
    engine::Inputs,
    mapping::{self, Mapping, TestOutcome},
    report,
};

/// `mapping check MAP [FILE]`.
pub(in crate::cli) fn check(
    path: &Path,
    file: Option<&Path>,
    console: Console,
) -> Result<Exit, Failure> {
    let mapping = mapping_file::read(path)?;
    let unused = match file {
        Some(file) => Some(Inputs::open(mapping.clone(), &[file.to_owned()])?.unused_columns()),
        None => None,
    };
    let outcomes = mapping.run_tests(Settings::today());
    let exit = exit_of(&outcomes);
    if console.json {
        let notes = mapping.notes();
        let notes = notes
            .iter()
            .map(|note| json!({ "key": note.key, "text": note.text }));
        let members = json!({
            "mapping": path.display().to_string(),
            "name": mapping.name(),
            "target": mapping.target().name(),
            "notes": notes.collect::<Value>(),
            "file": file.map(|file| file.display().to_string()),
            "unused_columns": unused,
            "tests": tests_json(&outcomes),
        });
        Console::object(&report::object(exit.code(), members));
    } else {
        let mut text = checked_text(path, &mapping, file.zip(unused));
        write_failed(&mut text, &outcomes);
        Console::result(&text);
    }
    Ok(exit)
}

/// `mapping test MAP`.
pub(in crate::cli) fn test(path: &Path, console: Console) -> Result<Exit, Failure> {
    let mapping = mapping_file::read(path)?;
    let outcomes = mapping.run_tests(Settings::today());
    let exit = exit_of(&outcomes);
    let failed = failed(&outcomes).count();
    let passed = outcomes.len() - failed;
    if console.json {
        let members = json!({
            "mapping": path.display().to_string(),
            "passed": passed,
            "failed": failed,
            "tests": tests_json(&outcomes),
        });
        Console::object(&report::object(exit.code(), members));
    } else {
        let mut text = String::new();
        write_failed(&mut text, &outcomes);
        let all = outcomes.len();
        let _ = writeln!(text, "{all} tests, {passed} passed, {failed} failed");
        Console::result(&text);
    }
    Ok(exit)
}

/// `mapping fields TARGET`.
pub(in crate::cli) fn fields(name: &str, console: Console) -> Result<Exit, Failure> {
    let contract = target(name)?.contract();
    if console.json {
        let members = report::contract_json(contract);
        Console::object(&report::object(Exit::Done.code(), members));
    } else {
        Console::result(&fields_text(contract));
    }
    Ok(Exit::Done)
}

fn fields_text(contract: &Contract) -> String {
    let mut text = format!(
        "{}: {} {}, {}\n",
        contract.name,
        contract.method,
        contract.path,
        match contract.max_records {
            1 => "one record a request".to_owned(),
            most => format!("at most {most} records a request"),
        }
    );
    let (path, _) = contract.fields.split_at(contract.path_ids.len());
    for (section, fields) in [("path", path), ("fields", contract.body_fields())] {
        if !fields.is_empty() {
            let _ = writeln!(text, "\n[{section}]");
            write_fields(&mut text, fields);
        }
    }
    if let Some(list) = &contract.custom_fields {
        let _ = writeln!(
            text,
            "\n[custom_fields]  at most {}, by the keys of your settings page",
            list.max
        );
    }
    if let Some(list) = &contract.policies {
        let most = if list.inline {
            "the record is one".to_owned()
        } else {
            format!(
                "at most {} a record; a customer with more is sent in parts",
                list.max
            )
        };
        let _ = writeln!(text, "\n[policy]  {most}");
        write_fields(&mut text, list.fields);
    }
    text
}

/// `mapping schema`.
pub(in crate::cli) fn schema() -> Exit {
    Console::result(&format!("{:#}", mapping::schema()));
    Exit::Done
}

/// The target of that name.
pub(in crate::cli) fn target(name: &str) -> Result<Target, Failure> {
    Target::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = Target::ALL.iter().map(|target| target.name()).collect();
        Failure::new(
            Exit::Usage,
            format!(
                "there is no target {name}\n\nhint: the targets are {}",
                known.join(", ")
            ),
        )
    })
}

fn write_fields(text: &mut String, fields: &[Field]) {
    let width = fields
        .iter()
        .map(|field| field.name.len())
        .max()
        .unwrap_or_default();
    for field in fields {
        let required = if field.presence == Presence::Required {
            "required; "
        } else {
            ""
        };
        let inferred = if field.evidence == Evidence::Inferred {
            "; inferred"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "  {:width$}  {} ({required}{}; pages {}{inferred})",
            field.name,
            field.about,
            field.kind.describe(),
            field.pages
        );
    }
}

/// That the mapping is valid, what is worth knowing of it, and which columns of a file it does not take.
fn checked_text(path: &Path, mapping: &Mapping, file: Option<(&Path, Vec<String>)>) -> String {
    let mut text = format!(
        "{} is a valid mapping for {}\n",
        path.display(),
        mapping.target().name()
    );
    for note in mapping.notes() {
        let _ = writeln!(text, "  note: {note}");
    }
    if let Some((file, unused)) = file {
        let _ = writeln!(text, "{} has every column that it asks for", file.display());
        if !unused.is_empty() {
            let unused = unused.join(", ");
            let _ = writeln!(text, "  note: columns that no field takes: {unused}");
        }
    }
    text
}

fn failed(outcomes: &[TestOutcome]) -> impl Iterator<Item = &TestOutcome> {
    outcomes.iter().filter(|outcome| !outcome.is_passed())
}

/// A mapping that fails its own tests is not fit to be used.
fn exit_of(outcomes: &[TestOutcome]) -> Exit {
    if outcomes.iter().all(TestOutcome::is_passed) {
        Exit::Done
    } else {
        Exit::Configuration
    }
}

/// Writes what the failed tests say.
fn write_failed(text: &mut String, outcomes: &[TestOutcome]) {
    for outcome in failed(outcomes) {
        let why = outcome
            .why
            .as_deref()
            .map(|why| format!(" ({why})"))
            .unwrap_or_default();
        let _ = writeln!(text, "failed: the test on line {}{why}", outcome.line);
        for failure in &outcome.failures {
            let _ = writeln!(text, "  {failure}");
        }
    }
}

/// All tests; what failed is said in the mapping's own words and values.
fn tests_json(outcomes: &[TestOutcome]) -> Value {
    let tests = outcomes.iter().map(|outcome| {
        json!({
            "line": outcome.line, "why": outcome.why,
            "passed": outcome.is_passed(), "failures": outcome.failures,
        })
    });
    tests.collect()
}
