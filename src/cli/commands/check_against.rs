//! `check --against`: what another mapping makes of the same files, to be held against this one.

use std::path::{Path, PathBuf};

use crate::{
    cli::{console::Console, exit::Exit, failure::Failure, mapping_file, settings::Settings},
    engine::{Destination, Inputs},
    journal::{Compared, Journal, Run, RunPlan},
    mapping::Mapping,
    origin::STANDARD_INPUT,
    report::Alteration,
};

use super::sync::{open_inputs, suppress};

/// The files once more, read with the other mapping.
pub(super) struct Other {
    /// The mapping as it was named.
    pub(super) name: String,
    pub(super) inputs: Inputs,
    pub(super) plan: RunPlan,
}

/// The account that the other mapping's records are staged for: nothing is known of it, and nothing of
/// the checked account changes its records.
const NOBODY: &str = "(compared with)";

impl Other {
    /// Opens the files with the other mapping.
    pub(super) fn open(
        (path, mapping): (&Path, &Mapping),
        (files, list): (&[PathBuf], Option<&Path>),
        (settings, console): (&Settings, Console),
    ) -> Result<Self, Failure> {
        if files.iter().any(|file| file.as_os_str() == STANDARD_INPUT) {
            return Err(Failure::new(
                Exit::Usage,
                "--against reads the files twice, and standard input can be read once\n\nhint: write it to a file first",
            ));
        }
        let other = mapping_file::load(path, settings)?;
        if other.target() != mapping.target() {
            return Err(Failure::new(
                Exit::Usage,
                format!("{}: the mapping has another target", path.display()),
            ));
        }
        let quiet = Console {
            quiet: true,
            ..console
        };
        let mut inputs = open_inputs(other, files, quiet)?;
        suppress(&mut inputs, list, quiet)?;
        let nobody = Destination {
            account: NOBODY.to_owned(),
            address: NOBODY.to_owned(),
        };
        let plan = inputs.plan(&nobody, true, "check --against".to_owned());
        Ok(Self {
            name: path.display().to_string(),
            inputs,
            plan,
        })
    }
}

/// Holds the records of both mappings against each other.
pub(super) fn compare(
    journal: &Journal,
    (other, run): (&Run, &Run),
    mapping: &Mapping,
) -> Result<(Compared, Alteration), Failure> {
    let mut alteration = Alteration::new(mapping.target().contract());
    let compared = journal.compare((other.id, run.id), &mut |before, now| {
        alteration.add(before, now);
    })?;
    Ok((compared, alteration))
}
