//! `check --valid` and `--invalid`: rows written apart into new files, whole or not at all.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    cli::{check_args::LookArgs, exit::Exit, failure::Failure},
    engine::Inputs,
    format::Separator,
    header::Header,
    journal::{Books, Journal, KeptRow, RowEnd, Run},
    origin::Origin,
    platform::folder_of,
    record::State,
    report::{self, ApartForm, ApartLayout},
    source::Source,
};

use super::apart_file::{ApartFile, exists};

/// What was written.
pub(super) struct Written {
    valid: Option<(PathBuf, u64)>,
    invalid: Option<(PathBuf, u64)>,
    skipped: u64,
}

/// Refuses files that are there already, before any time is spent on reading.
pub(super) fn expect_free(look: &LookArgs) -> Result<(), Failure> {
    let named = [look.valid.as_deref(), look.invalid.as_deref()];
    for path in named.into_iter().flatten() {
        if path.symlink_metadata().is_ok() {
            return Err(exists(path, "name another file, or move that one away"));
        }
        if !folder_of(path).is_dir() {
            let folder = folder_of(path).display();
            return Err(Failure::new(
                Exit::Usage,
                format!("{}: there is no folder {folder}", path.display()),
            ));
        }
    }
    if look.valid.is_some() && look.valid == look.invalid {
        return Err(Failure::new(
            Exit::Usage,
            "--valid and --invalid name the same file\n\nhint: give each a file of its own",
        ));
    }
    Ok(())
}

/// Writes the files that were asked for; none when none was.
pub(super) fn write(
    look: &LookArgs,
    (journal, run, books): (&Journal, &Run, &Books),
    inputs: &Inputs,
) -> Result<Option<Written>, Failure> {
    if look.valid.is_none() && look.invalid.is_none() {
        return Ok(None);
    }
    let header = inputs.sources().first().map(Source::header);
    let separator = inputs.mapping().format().separator;
    let layout = ApartLayout {
        header: header.cloned().unwrap_or_else(Header::default),
        files: run.sources.iter().map(Origin::short).collect(),
        run: None,
        form: ApartForm::Text(separator.unwrap_or(Separator::Comma)),
        has_cells: true,
    };
    let valid = Half::begin(look.valid.as_deref(), &layout)?;
    let invalid = Half::begin(look.invalid.as_deref(), &layout)?;
    let (mut halves, mut skipped) = ([valid, invalid], 0);
    let mut failed = Ok(());
    journal.kept_rows(run.id, &mut |kept| {
        let [valid, invalid] = &mut halves;
        let half = match kept.end {
            RowEnd::Skipped => {
                skipped += 1;
                return ControlFlow::Continue(());
            }
            RowEnd::Rejected | RowEnd::Closed | RowEnd::Staged(State::Held) => invalid,
            RowEnd::Staged(_) => valid,
        };
        failed = half.take(kept);
        if failed.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    failed?;
    let [valid, invalid] = halves;
    let counted = valid.rows + invalid.rows + skipped;
    if counted != books.rows.read {
        return Err(Failure::new(
            Exit::Internal,
            format!(
                "{} rows were read and {counted} would be written apart or left out; nothing was written, please report it",
                books.rows.read
            ),
        ));
    }
    Ok(Some(Written {
        valid: valid.finish()?,
        invalid: invalid.finish()?,
        skipped,
    }))
}

/// The rows of one kind, and the file that they go to, if any.
struct Half<'a> {
    file: Option<ApartFile<'a>>,
    rows: u64,
}

impl<'a> Half<'a> {
    fn begin(path: Option<&Path>, layout: &'a ApartLayout) -> Result<Self, Failure> {
        let begin = |path| ApartFile::begin(path, layout, "rows");
        Ok(Self {
            file: path.map(begin).transpose()?,
            rows: 0,
        })
    }

    fn take(&mut self, kept: &KeptRow<'_>) -> Result<(), Failure> {
        self.rows += 1;
        match &mut self.file {
            Some(file) => file.write(kept),
            None => Ok(()),
        }
    }

    fn finish(self) -> Result<Option<(PathBuf, u64)>, Failure> {
        let place = |file: ApartFile<'_>| file.finish()?.place(false);
        self.file.map(place).transpose()
    }
}

impl Written {
    /// What was written where, for people.
    pub(super) fn text(&self) -> String {
        let file = |kind: &str, file: &Option<(PathBuf, u64)>| {
            let (path, rows) = file.as_ref()?;
            let rows = report::counted(*rows, &format!("{kind} row"));
            Some(format!("{rows} to {}", path.display()))
        };
        let mut parts: Vec<String> = Vec::new();
        parts.extend(file("valid", &self.valid));
        parts.extend(file("invalid", &self.invalid));
        format!(
            "wrote {}; {} in neither; this is people's data, and nothing removes it but you",
            parts.join(", "),
            report::counted(self.skipped, "skipped row")
        )
    }

    /// The same as JSON.
    pub(super) fn json(&self) -> Value {
        let file = |file: &Option<(PathBuf, u64)>| {
            let (path, rows) = file.as_ref()?;
            Some(json!({ "path": path.display().to_string(), "rows": rows }))
        };
        json!({
            "valid": file(&self.valid), "invalid": file(&self.invalid), "skipped": self.skipped,
        })
    }
}
