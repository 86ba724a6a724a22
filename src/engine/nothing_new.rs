//! A night without a new export: the newest file is one that was sent before. That must not pass for a good
//! night where the mapping says how old an export may be.

use super::{Error, GuardStop, Inputs, StageOptions, export_age::Now, judge};
use crate::journal::{Journal, Run, RunPlan};

/// Why files that `run` has sent already are no sign of a good night; none where they are young enough, or
/// nothing is asked of their age.
///
/// # Errors
///
/// When the journal cannot be read.
pub fn nothing_new(
    journal: &Journal,
    run: &Run,
    (inputs, plan): (&Inputs, &RunPlan),
    options: &StageOptions,
) -> Result<Option<GuardStop>, Error> {
    if inputs.watch.is_child() {
        return Ok(None);
    }
    let last = journal.last_sent_run(plan)?;
    let newest = last.filter(|last| last.id == run.id);
    let newest = newest.and_then(|last| last.newest);
    let times = inputs.export_times(newest, options.today);
    let Some(sight) = judge::max_age(&inputs.mapping, times, Now::of(options)) else {
        return Ok(None);
    };
    let mut report = sight.judged(&options.allowed);
    report.figures = format!(
        "run {} has sent this file already; {}",
        run.id.0, report.figures
    );
    Ok(GuardStop::of(&[report]))
}
