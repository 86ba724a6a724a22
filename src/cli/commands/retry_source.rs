//! `retry --from source`: the open rows of a run mapped anew, as a run of their own.

use std::{collections::HashSet, fs, ops::ControlFlow, path::PathBuf};

use crate::{
    cli::{
        console::Console,
        exit::Exit,
        failure::Failure,
        guards::allowances,
        mapping_file,
        outside::Outside,
        rerun_args::{AnewArgs, RetryArgs},
        sending::{Caution, Sender, destination},
        settings::Settings,
    },
    engine::{Pace, StageOptions},
    format::Separator,
    header::Header,
    journal::{Journal, Run, RunState},
    mapping::Mapping,
    origin::Origin,
    report::{ApartForm, ApartLayout, counted},
};

use super::{
    apart_file::ApartFile,
    sync::{begin, nothing_to_do, open_inputs, suppress},
};

/// The file of rows; gone with the command, or at the journal's next opening.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Runs the command for that run.
pub(super) async fn run(
    args: &RetryArgs,
    (mut journal, old): (Journal, Run),
    settings: &Settings,
    (console, outside): (Console, &Outside),
) -> Result<Exit, Failure> {
    let anew = &args.anew;
    let mapping = mapping_file::load(anew.expect_mapping()?, settings)?;
    let caution = Caution {
        guards: mapping.guards().clone(),
        allowed: allowances(&anew.allow)?,
    };
    let wanted = journal.open_rows(old.id)?;
    if wanted.is_empty() {
        let text = format!("nothing to do: no row of run {} is open", old.id.0);
        return nothing_to_do(&journal, Some(&old), text, (console, outside));
    }
    let scratch = write_rows((&journal, &old), &wanted, &mapping)?;
    let rows = counted(wanted.len() as u64, "row");
    console.remark(&format!("{rows} of run {} mapped anew", old.id.0));
    let mut inputs = open_inputs(mapping, std::slice::from_ref(&scratch.0), console)?;
    suppress(&mut inputs, anew.suppress.as_deref(), console)?;
    let command = format!("retry {} --from source", old.id.0);
    let plan = inputs.plan(
        &destination(settings, args.send.place.sandbox),
        false,
        command,
    );
    let mut sender = Sender::open("retry", (settings, &args.send), (console, outside)).await?;
    let run = match journal.run_with_identity(&plan.identity)? {
        Some(run) if run.state == RunState::Finished => {
            let text = format!("nothing to do: run {} has mapped these rows so", run.id.0);
            return nothing_to_do(&journal, Some(&run), text, (console, outside));
        }
        Some(run) => run,
        None => {
            let options = stage_options(args, &caution, settings);
            let files = (&mut inputs, &plan);
            begin(&mut journal, files, &mut sender, &options, None)?
        }
    };
    drop((inputs, scratch));
    sender.send(&mut journal, &run, &caution).await
}

fn stage_options(args: &RetryArgs, caution: &Caution, settings: &Settings) -> StageOptions {
    StageOptions {
        today: Settings::today(),
        now: settings.now(),
        ahead: Settings::ahead(),
        allowed: caution.allowed.clone(),
        missing_parts: Vec::new(),
        pace: Pace {
            batch_size: args.send.batch_size.into(),
            rate: settings.rate,
        },
    }
}

/// Writes these rows as a file that comes back, so that all that is true of one holds for them.
fn write_rows(
    (journal, run): (&Journal, &Run),
    wanted: &HashSet<(u32, u32)>,
    mapping: &Mapping,
) -> Result<Scratch, Failure> {
    let (columns, _) = journal.columns_of(run.id)?;
    let separator = mapping.format().separator.unwrap_or(Separator::Comma);
    let layout = ApartLayout {
        header: Header::new(columns),
        files: run.sources.iter().map(Origin::short).collect(),
        run: Some(run.id),
        form: ApartForm::Text(separator),
        has_cells: true,
    };
    let folder = journal.scratch_folder().unwrap_or_default();
    let path = folder.join(format!("run-{}.rows.csv", run.id.0));
    let mut file = ApartFile::begin(&path, &layout, "rows")?;
    let mut failed = Ok(());
    journal.kept_rows(run.id, &mut |row| {
        if wanted.contains(&(row.source, row.row.number())) {
            failed = file.write(row);
        }
        if failed.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    failed?;
    file.finish()?.place(true)?;
    Ok(Scratch(path))
}

impl AnewArgs {
    /// The mapping, which has to be named.
    fn expect_mapping(&self) -> Result<&std::path::Path, Failure> {
        self.mapping.as_deref().ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                "--from source maps rows anew, and no mapping is named\n\nhint: name it with --mapping MAP",
            )
        })
    }
}
