//! `explain`: one row or one customer, from its cells to the API's words.

use super::{forget::keys_of, look::put_look_on_record};
use crate::{
    cli::{
        console::Console, exit::Exit, failure::Failure, mapping_file, seeing_args::ExplainArgs,
        settings::Settings,
    },
    journal::{Journal, Run},
    mapping::Mapping,
    record::RunId,
    report::{self, Asked, Cells, Explained},
};

/// What the one argument means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meant<'a> {
    /// A row, perhaps of a certain file. It may be an id as well, where no file is named.
    Row { file: Option<&'a str>, row: u32 },
    /// The id of a customer.
    Customer(&'a str),
}

/// Begins what is an id although it looks like a row.
const KEY: &str = "key:";

/// Runs the command.
pub(in crate::cli) fn run(
    args: &ExplainArgs,
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let sandbox = args.place.sandbox;
    let journal = Journal::open_to_read(&settings.journal_path(sandbox))?;
    let mapping = match &args.mapping {
        Some(path) => Some(mapping(path, settings)?),
        None => None,
    };
    let cells = if args.show_values {
        Cells::Values
    } else {
        Cells::Shapes
    };
    let asked = Asked {
        run: args.run.map(RunId),
        mapping: mapping.as_ref(),
        cells,
    };
    let (explained, run, about) = find(&journal, Meant::of(&args.what), asked)?;
    if args.show_values {
        put_look_on_record(("explain", run, &about), sandbox, settings)?;
    }
    if console.json {
        let members = explained.members().into();
        Console::object(&report::object(Exit::Done.code(), members));
    } else {
        Console::result(&explained.text());
    }
    Ok(Exit::Done)
}

/// The mapping alone counts; whose agents are its own does not matter here.
fn mapping(path: &std::path::Path, settings: &Settings) -> Result<Mapping, Failure> {
    let path = mapping_file::find(path, settings.mappings.as_deref())?;
    mapping_file::read(&path)
}

impl<'a> Meant<'a> {
    fn of(text: &'a str) -> Self {
        if let Some(id) = text.strip_prefix(KEY) {
            return Self::Customer(id);
        }
        let (file, row) = match text.rsplit_once(':') {
            Some((file, row)) if !file.is_empty() => (Some(file), row),
            _ => (None, text),
        };
        match row.parse() {
            Ok(row) if row > 0 => Self::Row { file, row },
            _ => Self::Customer(text),
        }
    }
}

/// What is known, the run, and what it is about in words for the audit, without any id.
fn find(
    journal: &Journal,
    meant: Meant<'_>,
    asked: Asked<'_>,
) -> Result<(Explained, Option<RunId>, String), Failure> {
    let keys = |id: &str| keys_of(&journal.hasher(), id.trim());
    let Meant::Row { file, row } = meant else {
        let Meant::Customer(id) = meant else {
            return Err(unknown_customer());
        };
        let found = report::explain_customer(journal, &keys(id), asked)?;
        return found
            .map(|found| (found, asked.run, CUSTOMER.to_owned()))
            .ok_or_else(unknown_customer);
    };
    let run = journal.run(asked.run)?;
    let mut sources = report::sources_with_row(journal, &run, row)?;
    if let Some(file) = file {
        sources.retain(|source| is_named(&run, *source, file));
    }
    match sources.as_slice() {
        [source] => {
            let spot = (*source, row);
            let found = report::explain_row(journal, &run, spot, asked)?;
            let about = format!("row {row} of run {}", run.id.0);
            found
                .map(|found| (found, Some(run.id), about))
                .ok_or_else(|| unknown_row(&run, row))
        }
        [] if file.is_none() => {
            // Ids may be numbers, too.
            let found = report::explain_customer(journal, &keys(&row.to_string()), asked)?;
            found
                .map(|found| (found, asked.run, CUSTOMER.to_owned()))
                .ok_or_else(|| unknown_row(&run, row))
        }
        [] => Err(unknown_row(&run, row)),
        several => Err(several_files(&run, row, several)),
    }
}

/// Stands in the audit for whoever was looked at.
const CUSTOMER: &str = "one customer";

/// True when that source of the run is called so: by its path, its file's name, or as it is shown.
fn is_named(run: &Run, source: u32, name: &str) -> bool {
    let origin = run.sources.get(source as usize);
    origin.is_some_and(|origin| {
        let file = origin.path.file_name().map(|file| file.to_string_lossy());
        origin.short() == name
            || origin.to_string() == name
            || origin.path.to_string_lossy() == name
            || file.is_some_and(|file| file == name)
    })
}

fn unknown_row(run: &Run, row: u32) -> Failure {
    let files: Vec<String> = run
        .sources
        .iter()
        .map(crate::origin::Origin::short)
        .collect();
    Failure::new(
        Exit::Usage,
        format!(
            "run {0} tells nothing of a row {row}; it read {1}\n\nhint: what is passed over is known only while cells are kept; name another run with --run, or an id with {KEY}{row}",
            run.id.0,
            files.join(", ")
        ),
    )
}

fn unknown_customer() -> Failure {
    Failure::new(
        Exit::Usage,
        "no run knows a customer of that id\n\nhint: write the id as it is sent, with its leading zeros; a row is a number, or FILE:12",
    )
}

fn several_files(run: &Run, row: u32, sources: &[u32]) -> Failure {
    let names = sources
        .iter()
        .filter_map(|source| run.sources.get(*source as usize));
    let names: Vec<String> = names
        .map(|origin| format!("{}:{row}", origin.short()))
        .collect();
    Failure::new(
        Exit::Usage,
        format!(
            "several files of run {} have a row {row}\n\nhint: name one of {}",
            run.id.0,
            names.join(", ")
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::Meant;

    #[test]
    fn a_number_is_a_row_and_everything_else_an_id() {
        let row = |file, row| Meant::Row { file, row };
        for (text, expected) in [
            ("12", row(None, 12)),
            ("in/clients.csv:12", row(Some("in/clients.csv"), 12)),
            ("C:\\in\\book.xlsx:3", row(Some("C:\\in\\book.xlsx"), 3)),
            ("key:12", Meant::Customer("12")),
            ("0", Meant::Customer("0")),
            ("A-12", Meant::Customer("A-12")),
            ("AB:CD", Meant::Customer("AB:CD")),
        ] {
            assert_eq!(Meant::of(text), expected, "{text}");
        }
    }
}
