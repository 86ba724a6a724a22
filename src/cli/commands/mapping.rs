//! `mapping`: check, test and explain mappings, and the schema of their files.

use std::{fmt::Write as _, path::Path};

use crate::{
    cli::{console::Console, exit::Exit, failure::Failure, mapping_file, settings::Settings},
    contract::{Evidence, Field, Presence, Target},
    engine::Inputs,
    mapping::{self, TestOutcome},
};

/// `mapping check MAP [FILE]`.
pub(in crate::cli) fn check(path: &Path, file: Option<&Path>) -> Result<Exit, Failure> {
    let mapping = mapping_file::read(path)?;
    let mut text = format!(
        "{} is a valid mapping for {}\n",
        path.display(),
        mapping.target().name()
    );
    for note in mapping.notes() {
        let _ = writeln!(text, "  note: {note}");
    }
    if let Some(file) = file {
        let inputs = Inputs::open(mapping.clone(), &[file.to_owned()])?;
        let _ = writeln!(text, "{} has every column that it asks for", file.display());
        let unused = inputs.unused_columns();
        if !unused.is_empty() {
            let _ = writeln!(
                text,
                "  note: columns that no field takes: {}",
                unused.join(", ")
            );
        }
    }
    let failed = failed_tests(&mapping.run_tests(Settings::today()), &mut text);
    Console::result(&text);
    Ok(if failed == 0 {
        Exit::Done
    } else {
        Exit::Configuration
    })
}

/// `mapping test MAP`.
pub(in crate::cli) fn test(path: &Path) -> Result<Exit, Failure> {
    let mapping = mapping_file::read(path)?;
    let outcomes = mapping.run_tests(Settings::today());
    let mut text = String::new();
    let failed = failed_tests(&outcomes, &mut text);
    let _ = writeln!(
        text,
        "{} tests, {} passed, {failed} failed",
        outcomes.len(),
        outcomes.len() - failed
    );
    Console::result(&text);
    Ok(if failed == 0 {
        Exit::Done
    } else {
        Exit::Configuration
    })
}

/// `mapping fields TARGET`.
pub(in crate::cli) fn fields(name: &str) -> Result<Exit, Failure> {
    let contract = target(name)?.contract();
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
    Console::result(&text);
    Ok(Exit::Done)
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

/// Writes what the failed tests say, and counts them.
fn failed_tests(outcomes: &[TestOutcome], text: &mut String) -> usize {
    let failed: Vec<&TestOutcome> = outcomes
        .iter()
        .filter(|outcome| !outcome.is_passed())
        .collect();
    for outcome in &failed {
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
    failed.len()
}
