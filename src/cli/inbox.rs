//! The files that a command's FILE arguments mean, with a word on what was taken and what was not.

use std::{path::PathBuf, thread, time::Duration};

use super::{console::Console, failure::Failure, settings::Settings};
use crate::inbox::{self, Because, Found, Watch};

/// A file that was not written to for so long is complete; also the longest wait to find that out.
pub(super) const REST: Duration = Duration::from_secs(3);

/// Finds the files, and tells people what a folder or a pattern was taken to mean.
pub(super) fn find(
    arguments: &[PathBuf],
    settings: &Settings,
    console: Console,
) -> Result<Found, Failure> {
    let mut watch = Watch {
        now: (settings.clock)(),
        rest: REST,
        wait: &mut thread::sleep,
    };
    let found = inbox::find(arguments, &mut watch)?;
    for taken in &found.taken {
        let files: Vec<String> = taken
            .files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        console.remark(&format!("taking {} from {}", files.join(", "), taken.from));
    }
    for one in &found.passed_over {
        if one.because == Because::Unfinished {
            console.remark(&format!("passed over {one}"));
        }
    }
    Ok(found)
}
