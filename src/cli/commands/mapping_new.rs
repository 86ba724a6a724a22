//! `mapping new`: a first mapping for a file that nobody has mapped yet.

use std::{io::Write as _, path::Path};

use serde_json::json;

use crate::{
    cli::{
        console::Console, exit::Exit, failure::Failure, new_file::write_new, settings::Settings,
    },
    contract::Target,
    mapping::draft::{About, Draft, DraftError, Sample, draft, names_lacking},
    origin::STANDARD_INPUT,
    report,
    source::{self, ReadAs, Source, Wanted},
};

/// Runs the command.
pub(in crate::cli) fn run(
    file: &Path,
    target: Target,
    out: Option<&Path>,
    console: Console,
) -> Result<Exit, Failure> {
    expect_draftable(target)?;
    let mut source = open(file, target, console)?;
    let mut sample = Sample::new(source.header());
    let _enough = source.read_rows(&mut |chunk, _| sample.add(&chunk))?;
    let sheet = ambiguous_sheet(file, &source);
    let about = About {
        file_stem: &stem(file),
        read_as: &source.read_as().to_string(),
        header_row: source.header_place().number,
        sheet: sheet.as_deref(),
    };
    let drafted = draft(target, &sample, &about, Settings::today()).map_err(|error| {
        let exit = match error {
            DraftError::NoNames => Exit::Input,
            DraftError::Unreadable(_) | DraftError::Unfit(_) => Exit::Internal,
        };
        Failure::new(exit, format!("{}: {}", source.origin(), told(&error)))
    })?;
    if let Some(out) = out {
        // A mapping that somebody has worked on is never lost.
        write_new(out, |file| file.write_all(drafted.text.as_bytes()))?;
    }
    if console.json {
        // Where the draft is not written into a file, it is in the object.
        let text = out.is_none().then_some(&drafted.text);
        let members = json!({
            "file": source.origin().to_string(),
            "target": target.name(),
            "columns": source.header().len(),
            "fields": drafted.fed,
            "decide": drafted.to_decide,
            "missing": drafted.missing,
            "out": out.map(|out| out.display().to_string()),
            "draft": text,
        });
        Console::object(&report::object(Exit::Done.code(), members));
    } else if out.is_none() {
        Console::result(&drafted.text);
    }
    console.remark(&summary(&drafted, source.header().len(), out));
    Ok(Exit::Done)
}

/// Ids of the API are in few files, and nobody can tell them from others by their looks.
fn expect_draftable(target: Target) -> Result<(), Failure> {
    if target.contract().path_ids.is_empty() {
        return Ok(());
    }
    let name = target.name();
    Err(Failure::new(
        Exit::Usage,
        format!(
            "there are no drafts for {name}\n\nhint: begin with mappings/{name}.toml; `aca-sync mapping fields {name}` lists its fields"
        ),
    ))
}

/// Opens the first table of the file, whose header is the row with most of the names that exports use.
fn open(file: &Path, target: Target, console: Console) -> Result<Source, Failure> {
    let wanted = Wanted {
        lacks: &|header| names_lacking(target, header),
        ..Wanted::anything()
    };
    let mut sources = source::open(file, 0, &wanted)?.into_iter();
    let first = sources
        .next()
        .ok_or_else(|| Failure::new(Exit::Input, format!("{}: no table in it", file.display())))?;
    let others = sources.count();
    if others > 0 {
        console.remark(&format!(
            "drafting from {}; {others} more are in the archive",
            first.origin()
        ));
    }
    Ok(first)
}

/// The sheet's name, where another sheet has the same columns and would be taken for it.
fn ambiguous_sheet(file: &Path, source: &Source) -> Option<String> {
    let sheet = source.origin().sheet.clone()?;
    if file.as_os_str() == STANDARD_INPUT || !matches!(source.read_as(), ReadAs::Workbook(_)) {
        return None;
    }
    let columns = source.header().clone();
    let wanted = Wanted {
        lacks: &|header| {
            let names = columns.names().iter();
            names.filter(|name| header.find(name).is_empty()).count()
        },
        ..Wanted::anything()
    };
    let again = source::open(file, 0, &wanted).ok()?;
    let mut others = again.iter().flat_map(Source::other_sheets);
    let is_first = again
        .first()
        .and_then(|first| first.origin().sheet.as_ref())
        == Some(&sheet);
    (others.next().is_some() || !is_first).then_some(sheet)
}

fn stem(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    if stem == STANDARD_INPUT {
        String::new()
    } else {
        stem.into_owned()
    }
}

fn told(error: &DraftError) -> String {
    match error {
        DraftError::NoNames => error.to_string(),
        DraftError::Unreadable(cause) => format!("{error}\n\n{cause}"),
        DraftError::Unfit(cause) => format!("{error}\n\n{cause}"),
    }
}

/// What there is, and what has to be decided before it is of use.
fn summary(drafted: &Draft, columns: usize, out: Option<&Path>) -> String {
    let place = out.map_or_else(String::new, |out| format!("{}: ", out.display()));
    let fed = drafted.fed;
    let mut lines = vec![format!(
        "{place}a draft that feeds {fed} fields from {columns} columns"
    )];
    let to_decide: Vec<String> = drafted.to_decide.iter().map(usize::to_string).collect();
    if !to_decide.is_empty() {
        let to_decide = to_decide.join(", ");
        lines.push(format!("to decide, marked DECIDE in the lines {to_decide}"));
    }
    if !drafted.missing.is_empty() {
        let missing = drafted.missing.join(", ");
        lines.push(format!(
            "`check` does not accept it before it says where these come from: {missing}"
        ));
    }
    lines.join("\n")
}
