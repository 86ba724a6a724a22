//! What the engine needs to stage and send an export, without the command line around it.

use std::path::Path;

use aca_sync::{
    client::StopSignal,
    engine::{Destination, Inputs, Pace, StageOptions, stage},
    journal::Journal,
    mapping::Mapping,
    record::RunId,
};
use chrono::NaiveDate;

use crate::export;

/// The day of all benchmarks.
pub(crate) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 20).unwrap_or_default()
}

/// The shipped mapping.
pub(crate) fn mapping() -> Mapping {
    let text = std::fs::read_to_string(export::mapping()).unwrap();
    Mapping::from_text(&text, export::MAPPING).unwrap()
}

/// Stages a file into a new journal in the folder.
pub(crate) fn stage_into(folder: &Path, file: &Path) -> (Journal, RunId) {
    let mut journal = Journal::open(&folder.join("journal.db"), "a benchmark", 0).unwrap();
    let mut inputs = Inputs::open(mapping(), &[file.to_owned()]).unwrap();
    let destination = Destination {
        account: "benchmark".to_owned(),
        address: "benchmark".to_owned(),
    };
    let plan = inputs.plan(&destination, false, "benchmark".to_owned());
    let options = StageOptions {
        today: today(),
        now: 0,
        ahead: 0,
        allowed: Vec::new(),
        missing_parts: Vec::new(),
        pace: Pace::default(),
    };
    let stop = StopSignal::new();
    let run = stage(
        &mut journal,
        (&mut inputs, &plan),
        &options,
        &stop,
        &mut |_| (),
    );
    (journal, run.unwrap().run)
}
