//! `results`: the rows of a run in three files, by what became of them.

use std::{fmt::Write as _, ops::ControlFlow, path::Path};

use serde_json::{Map, Value, json};

use crate::{
    cli::{
        console::Console,
        exit::Exit,
        failure::Failure,
        rerun_args::{ResultsArgs, ResultsFormat},
        settings::Settings,
    },
    format::Separator,
    header::Header,
    journal::{Journal, RowEnd, RowProblem, Run},
    origin::Origin,
    platform,
    problem::Code,
    record::{RunId, State},
    report::{self, ApartForm, ApartLayout},
};

use super::{
    apart_file::{ApartFile, Complete, exists},
    look::put_on_record,
};

/// What became of a row, by the file that it goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Succeeded,
    Failed,
    Unprocessed,
}

impl Fate {
    const ALL: [Self; 3] = [Self::Succeeded, Self::Failed, Self::Unprocessed];

    const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unprocessed => "unprocessed",
        }
    }

    /// A row that waits for a rejected row of its customer goes with that one: corrected without it, the
    /// customer's record would lack what it says. A cell that holds several ids has to be corrected itself.
    fn of(end: RowEnd, problems: &[RowProblem]) -> Self {
        let to_correct = [Code::RecordRowRejected, Code::IdentifierSeveral].map(Code::as_str);
        let is_to_correct = |problem: &RowProblem| to_correct.contains(&problem.code.as_str());
        match end {
            RowEnd::Staged(State::Succeeded | State::Unchanged) => Self::Succeeded,
            RowEnd::Rejected | RowEnd::Staged(State::Failed) => Self::Failed,
            RowEnd::Staged(State::Held) if problems.iter().any(is_to_correct) => Self::Failed,
            RowEnd::Skipped | RowEnd::Closed | RowEnd::Staged(_) => Self::Unprocessed,
        }
    }
}

/// What was written.
struct Results {
    run: RunId,
    files: Vec<(Fate, Complete)>,
    /// Rows that were passed over and of which nothing but their count is known any more.
    only_counted: u64,
    has_cells: bool,
    form: ApartForm,
}

/// Runs the command.
pub(in crate::cli) fn run(
    args: &ResultsArgs,
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let sandbox = args.place.sandbox;
    let journal = Journal::open_to_read(&settings.journal_path(sandbox))?;
    let run = journal.run(args.run.map(RunId))?;
    if journal.is_purged(run.id)? {
        return Err(purged(&run));
    }
    make_room(args)?;
    let results = Results::write(args, &journal, &run)?;
    // Who takes people's data out is on record before they have it.
    let details = format!("{} to {}", results.counts(), args.out.display());
    put_on_record(("results", Some(run.id), &details), sandbox, settings)?;
    let (text, json) = (results.text(&settings.place_flags(sandbox)), results.json());
    for (_, file) in results.files {
        file.place(args.force)?;
    }
    platform::sync_folder(&args.out).map_err(|error| no_folder(&args.out, &error))?;
    if console.json {
        Console::object(&json);
    } else if !console.quiet {
        Console::result(&text);
    }
    Ok(Exit::Done)
}

fn purged(run: &Run) -> Failure {
    Failure::new(
        Exit::Journal,
        format!(
            "the rows of run {} were purged, and only its counts are left: nothing was written\n\nhint: correct the rows in the source, and sync it",
            run.id.0
        ),
    )
}

/// Makes the folder, and refuses files that are there already.
fn make_room(args: &ResultsArgs) -> Result<(), Failure> {
    platform::create_private_folder(&args.out).map_err(|error| no_folder(&args.out, &error))?;
    let taken = Fate::ALL.iter().map(|fate| args.path(*fate));
    let mut taken = taken.filter(|path| path.symlink_metadata().is_ok());
    match taken.next() {
        Some(path) if !args.force => Err(exists(
            &path,
            "name another folder with --out, or write over it with --force",
        )),
        _ => Ok(()),
    }
}

fn no_folder(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        Exit::Usage,
        format!(
            "{}: the files cannot be put here: {error}\n\nhint: name a folder that you may write to",
            path.display()
        ),
    )
}

impl ResultsArgs {
    fn path(&self, fate: Fate) -> std::path::PathBuf {
        let ending = match self.format {
            ResultsFormat::Csv => "csv",
            ResultsFormat::Xlsx => "xlsx",
        };
        self.out.join(format!("{}.{ending}", fate.name()))
    }

    /// A file that comes back is read as the source was: where the mapping names the separator, it is that one.
    fn form(&self, read_as: &str) -> ApartForm {
        let is_it = |separator: &&Separator| read_as.starts_with(&format!("{separator}-"));
        let separator = Separator::ALL.iter().find(is_it).copied();
        match self.format {
            ResultsFormat::Csv => ApartForm::Text(separator.unwrap_or(Separator::Comma)),
            ResultsFormat::Xlsx => ApartForm::Workbook,
        }
    }
}

/// The files being written, by fate.
struct Files<'a>(Vec<(Fate, ApartFile<'a>)>);

impl<'a> Files<'a> {
    fn begin(args: &ResultsArgs, layout: &'a ApartLayout) -> Result<Self, Failure> {
        let begin = |fate: &Fate| {
            let file = ApartFile::begin(&args.path(*fate), layout, fate.name())?;
            Ok((*fate, file))
        };
        Fate::ALL
            .iter()
            .map(begin)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn of(&mut self, fate: Fate) -> Result<&mut ApartFile<'a>, Failure> {
        let mut files = self.0.iter_mut();
        let found = files.find(|(known, _)| *known == fate);
        found
            .map(|(_, file)| file)
            .ok_or_else(|| Failure::new(Exit::Internal, "a file of results is missing"))
    }

    fn finish(self) -> Result<Vec<(Fate, Complete)>, Failure> {
        let finish = |(fate, file): (Fate, ApartFile<'_>)| Ok((fate, file.finish()?));
        self.0.into_iter().map(finish).collect()
    }
}

impl Results {
    /// Writes the files; none of them has its name yet.
    fn write(args: &ResultsArgs, journal: &Journal, run: &Run) -> Result<Self, Failure> {
        let (columns, read_as) = journal.columns_of(run.id)?;
        let layout = ApartLayout {
            header: Header::new(columns),
            files: run.sources.iter().map(Origin::short).collect(),
            run: Some(run.id),
            form: args.form(&read_as),
            has_cells: journal.keeps_rows(run.id)?,
        };
        let mut files = Files::begin(args, &layout)?;
        fill(&mut files, (journal, run), layout.has_cells)?;
        let files = files.finish()?;
        let rows = journal.books(run.id)?.rows;
        let only_counted = if layout.has_cells { 0 } else { rows.skipped };
        let counted = files.iter().map(|(_, file)| file.rows).sum::<u64>() + only_counted;
        if counted != rows.read {
            return Err(Failure::new(
                Exit::Internal,
                format!(
                    "{} rows were read and {counted} would be written; nothing was written, please report it",
                    rows.read
                ),
            ));
        }
        Ok(Self {
            run: run.id,
            files,
            only_counted,
            has_cells: layout.has_cells,
            form: layout.form,
        })
    }

    fn rows(&self, fate: Fate) -> u64 {
        let mut files = self.files.iter();
        let found = files.find(|(known, _)| *known == fate);
        found.map_or(0, |(_, file)| file.rows)
    }

    fn counts(&self) -> String {
        let parts = Fate::ALL.map(|fate| format!("{} {}", self.rows(fate), fate.name()));
        parts.join(" + ")
    }

    /// What was written where, for people.
    fn text(&self, place: &str) -> String {
        let all = Fate::ALL.iter().map(|fate| self.rows(*fate)).sum::<u64>() + self.only_counted;
        let mut text = format!(
            "run {}: {} = {}",
            self.run.0,
            report::counted(all, "row"),
            self.counts()
        );
        if self.only_counted > 0 {
            let _ = write!(text, " + {} skipped, in no file", self.only_counted);
        }
        for (fate, file) in &self.files {
            let (name, path) = (fate.name(), file.path().display());
            let _ = write!(text, "\n  {:>9}  {name:<12} {path}", file.rows);
        }
        text.push('\n');
        text.push_str(if !self.has_cells {
            "the rows of this run are not kept any more: the files hold row numbers, states, codes, reasons and the API's ids of customers; correct the rows in the source"
        } else if self.form == ApartForm::Workbook {
            "values are written as the source has them, and every cell is text"
        } else {
            "values are written as the source has them: a cell that looks like a formula is one for a spreadsheet (--format xlsx: never)"
        });
        text.push_str("\nthis is people's data, and nothing removes it but you");
        let failed = self.files.iter().find(|(fate, _)| *fate == Fate::Failed);
        if let Some((_, file)) = failed.filter(|(_, file)| self.has_cells && file.rows > 0) {
            let (run, path) = (self.run.0, file.path().display());
            let _ = write!(
                text,
                "\nnext: correct {path} and sync it with the same mapping; `aca-sync retry {run}{place}` sends again what needs no correction"
            );
        }
        text
    }

    /// The same as JSON.
    fn json(&self) -> Value {
        let file = |(fate, file): &(Fate, Complete)| {
            let path = file.path().display().to_string();
            (
                fate.name().to_owned(),
                json!({ "path": path, "rows": file.rows }),
            )
        };
        let members = json!({
            "run": self.run.0.to_string(),
            "files": self.files.iter().map(file).collect::<Map<_, _>>(),
            "skipped_in_no_file": self.only_counted,
            "has_cells": self.has_cells,
        });
        report::object(Exit::Done.code(), members)
    }
}

fn fill(
    files: &mut Files<'_>,
    (journal, run): (&Journal, &Run),
    has_cells: bool,
) -> Result<(), Failure> {
    let mut failed = Ok(());
    let mut note = |written: Result<(), Failure>| {
        failed = written;
        if failed.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    if has_cells {
        journal.kept_rows(run.id, &mut |row| {
            let file = files.of(Fate::of(row.end, row.problems));
            note(file.and_then(|file| file.write(row)))
        })?;
    } else {
        journal.ended_rows(run.id, &mut |row| {
            let file = files.of(Fate::of(row.end, row.problems));
            note(file.and_then(|file| file.write_ended(row)))
        })?;
    }
    failed
}
