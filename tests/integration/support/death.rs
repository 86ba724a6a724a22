//! A process that ends itself at a named step, by a real `SIGKILL`, and what it left.

use std::{os::unix::process::ExitStatusExt, process::Stdio};

use super::{Workdir, workdir::PANIC};

/// The signal that nobody can handle.
const KILL: i32 = 9;

/// How a command that was told to die ended.
#[derive(Debug)]
pub(crate) enum Fate {
    /// It came to that step, and was killed there.
    Died(String),
    /// It came to its own end, with this exit code and these words.
    Ended(i32, String),
}

impl Workdir {
    /// Runs the command, which dies at the first of these steps that it comes to; `claim.committed:3` is
    /// the third time that it comes there.
    pub(crate) fn run_to_death(&self, line: &str, steps: &[&str]) -> Fate {
        let output = self
            .command(line)
            .env("ACA_SYNC_DIE_AT", steps.join(","))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        for words in PANIC {
            assert!(!said.contains(words), "{line} {steps:?}\n{said}");
        }
        if let Some(code) = output.status.code() {
            return Fate::Ended(code, said);
        }
        assert_eq!(output.status.signal(), Some(KILL), "{line} {steps:?}");
        let at = said.lines().find_map(|line| line.strip_prefix("died at "));
        Fate::Died(at.unwrap().to_owned())
    }
}
