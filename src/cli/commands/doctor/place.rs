//! Where a run writes: the folders' rights, the room on their disk, and the folder for temporary files.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
};

use super::Check;
use crate::{cli::settings::Settings, platform};

/// Room that a run needs beside its spool: its tables, SQLite's log, lists.
const BESIDE_SPOOL: u64 = 64 << 20;

/// The folders and their disk; `last_spool` is the size of what the last run has kept.
pub(super) fn checks(settings: &Settings, journal: &Path, last_spool: Option<u64>) -> Vec<Check> {
    let beside = journal
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let beside = beside.unwrap_or(Path::new("."));
    let mut checks = vec![folder("state folder", &settings.state_folder)];
    if beside != settings.state_folder {
        checks.push(folder("journal's folder", beside));
    }
    checks.push(rights(&[
        &settings.state_folder,
        journal,
        &with_ending(journal, ".spools"),
    ]));
    checks.push(space(beside, last_spool));
    checks.push(temporary());
    checks
}

fn folder(name: &'static str, path: &Path) -> Check {
    let there = nearest(path);
    let shown = there.display();
    if !there.is_dir() {
        let finding = format!("{shown} is no folder");
        return Check::fail(name, finding, "name another one, or move that file away");
    }
    // A file without a name: nothing of it is ever seen.
    match tempfile::tempfile_in(&there) {
        Err(error) => Check::fail(
            name,
            format!("{shown} cannot be written: {error}"),
            "it has to belong to whoever runs the job, with the rights 0700",
        ),
        Ok(_) if there == path => Check::ok(name, format!("{shown} can be written")),
        Ok(_) => {
            let finding = format!(
                "{} is not there yet; the first run makes it",
                path.display()
            );
            Check::ok(name, finding)
        }
    }
}

/// The folder itself, or the nearest above it that is there.
fn nearest(path: &Path) -> PathBuf {
    let there = path
        .ancestors()
        .find(|folder| folder.symlink_metadata().is_ok());
    match there {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn rights(paths: &[&Path]) -> Check {
    let is_exposed = |path: &&&Path| {
        File::open(path).is_ok_and(|file| platform::is_readable_by_others(&file).unwrap_or(false))
    };
    let exposed: Vec<String> = paths
        .iter()
        .filter(is_exposed)
        .map(|path| path.display().to_string())
        .collect();
    if exposed.is_empty() {
        return Check::ok("rights", "what is kept is its owner's alone");
    }
    let finding = format!("others than you may enter or read {}", exposed.join(", "));
    Check::warn("rights", finding, "chmod 700 folders and 600 files")
}

fn space(folder: &Path, last_spool: Option<u64>) -> Check {
    let Some(free) = platform::free_space(&nearest(folder)) else {
        return Check::ok("space", "this system does not say how much room there is");
    };
    let spool = last_spool.unwrap_or(0);
    let needed = spool.saturating_add(BESIDE_SPOOL);
    let beside = match spool.div_ceil(1 << 20) {
        0 => String::new(),
        size => format!("; the last run keeps {size} MiB"),
    };
    let finding = format!("{} MiB are free{beside}", free >> 20);
    if free < needed {
        Check::fail(
            "space",
            finding,
            "make room: a run as large as that would not find it",
        )
    } else if free / 4 < needed {
        Check::warn("space", finding, "make room before it is needed")
    } else {
        Check::ok("space", finding)
    }
}

fn temporary() -> Check {
    let folder = env::temp_dir();
    let shown = folder.display();
    match tempfile::tempfile_in(&folder) {
        Ok(_) => Check::ok("temporary files", format!("{shown} can be written")),
        Err(error) => Check::fail(
            "temporary files",
            format!("{shown} cannot be written: {error}"),
            "set TMPDIR to a folder that can be",
        ),
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// True when the file can be opened to be written; nothing is.
pub(super) fn expect_writable(path: &Path) -> std::io::Result<()> {
    fs::OpenOptions::new().write(true).open(path).map(drop)
}
