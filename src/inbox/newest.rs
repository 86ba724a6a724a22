//! The newest export in a folder or among the files of a pattern.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use chrono::NaiveDateTime;
use glob::glob;

use super::{
    Watch, Whole,
    error::{Because, Error, LookedIn, PassedOver},
    export_name::{ExportName, ExportTime, ending, is_table_ending},
};

/// The files of the newest export, parts in ascending order, and what was not taken.
pub(super) struct Newest {
    pub(super) files: Vec<PathBuf>,
    pub(super) passed_over: Vec<PassedOver>,
}

/// A file that could be taken.
#[derive(Clone, PartialEq, Eq)]
struct Candidate {
    path: PathBuf,
    size: u64,
    modified: SystemTime,
    name: ExportName,
}

/// What there is to choose from at one moment.
#[derive(Default)]
struct Look {
    candidates: Vec<Candidate>,
    passed_over: Vec<PassedOver>,
}

/// Names that a browser or a file transfer gives to what it has not finished.
const UNFINISHED: &[&str] = &[
    "crdownload",
    "download",
    "filepart",
    "opdownload",
    "part",
    "partial",
    "tmp",
];

/// Finds the newest export. One that was written to just now is looked at again when it has had time
/// to grow; while it does, there is none to take.
pub(super) fn newest(looked_in: &LookedIn, watch: &mut Watch<'_>) -> Result<Newest, Error> {
    let (mut chosen, mut passed_over) = look(looked_in)?.choose()?;
    let unsettled = chosen
        .iter()
        .filter_map(|candidate| watch.unsettled_for(candidate.modified))
        .max();
    if let Some(wait) = unsettled {
        (watch.wait)(wait);
        let before = chosen;
        (chosen, passed_over) = look(looked_in)?.choose()?;
        let growing = chosen
            .extract_if(.., |candidate| !before.contains(candidate))
            .map(|candidate| candidate.passed_over(Because::StillGrowing));
        let count = passed_over.len();
        passed_over.extend(growing);
        if passed_over.len() > count {
            chosen.clear();
        }
    }
    if chosen.is_empty() {
        return Err(Error::Nothing {
            looked_in: looked_in.clone(),
            passed_over,
        });
    }
    chosen.sort_by_key(|candidate| candidate.name.part.map(|part| part.number));
    Ok(Newest {
        files: chosen.into_iter().map(|candidate| candidate.path).collect(),
        passed_over,
    })
}

fn look(looked_in: &LookedIn) -> Result<Look, Error> {
    let mut look = Look::default();
    match looked_in {
        LookedIn::Folder(folder) => {
            let entries = fs::read_dir(folder).map_err(Error::unreadable(folder))?;
            for entry in entries {
                let entry = entry.map_err(Error::unreadable(folder))?;
                look.add(entry.path(), true)?;
            }
        }
        LookedIn::Pattern(pattern) => {
            let wrong = |error| Error::Pattern {
                pattern: pattern.clone(),
                error,
            };
            for entry in glob(pattern).map_err(wrong)? {
                let path = entry.map_err(|error| {
                    let path = error.path().to_owned();
                    Error::unreadable(&path)(error.into())
                })?;
                look.add(path, false)?;
            }
        }
    }
    Ok(look)
}

impl Look {
    fn add(&mut self, path: PathBuf, has_to_be_table: bool) -> Result<(), Error> {
        let name = file_name(&path);
        let metadata = fs::metadata(&path);
        let is_folder = metadata.as_ref().is_ok_and(fs::Metadata::is_dir);
        // Some browsers keep an unfinished download in a folder.
        let because = objection(&name, has_to_be_table)
            .filter(|because| !is_folder || *because == Because::Unfinished);
        if let Some(because) = because {
            self.passed_over.push(PassedOver { because, path });
            return Ok(());
        }
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let because = Because::Gone;
                self.passed_over.push(PassedOver { because, path });
                return Ok(());
            }
            Err(error) => return Err(Error::unreadable(&path)(error)),
        };
        if metadata.is_file() {
            self.candidates.push(Candidate {
                modified: metadata.modified().map_err(Error::unreadable(&path))?,
                size: metadata.len(),
                name: ExportName::read(&name),
                path,
            });
        }
        Ok(())
    }

    /// The files of the newest export, if there is any, and all that is passed over.
    fn choose(self) -> Result<(Vec<Candidate>, Vec<PassedOver>), Error> {
        let clock = NameClock::of(&self.candidates);
        let mut exports: BTreeMap<Whole, Vec<Candidate>> = BTreeMap::new();
        for candidate in self.candidates {
            let whole = Whole::of(&candidate.path, &candidate.name);
            exports.entry(whole).or_default().push(candidate);
        }
        let mut exports: Vec<Vec<Candidate>> = exports.into_values().collect();
        let age = |files: &Vec<Candidate>| files.iter().map(|file| clock.time(file)).max();
        exports.sort_by_cached_key(|files| Reverse(age(files)));
        if let [newest, next, ..] = exports.as_slice()
            && age(newest) == age(next)
            && let ([first, ..], [other, ..]) = (newest.as_slice(), next.as_slice())
        {
            return Err(Error::EquallyNew {
                first: first.path.clone(),
                other: other.path.clone(),
            });
        }
        let mut exports = exports.into_iter();
        let newest = exports.next().unwrap_or_default();
        let mut passed_over = self.passed_over;
        passed_over.extend(
            exports
                .flatten()
                .map(|file| file.passed_over(Because::Older)),
        );
        Ok((newest, passed_over))
    }
}

impl Candidate {
    fn passed_over(self, because: Because) -> PassedOver {
        PassedOver {
            because,
            path: self.path,
        }
    }
}

/// How far the names of all candidates say when they were exported: like is compared with like.
#[derive(Clone, Copy)]
enum NameClock {
    Moment,
    Day,
    Silent,
}

impl NameClock {
    fn of(candidates: &[Candidate]) -> Self {
        let times = || candidates.iter().map(|candidate| candidate.name.exported);
        if times().all(|time| time.is_some_and(|time| time.moment().is_some())) {
            Self::Moment
        } else if times().all(|time| time.is_some()) {
            Self::Day
        } else {
            Self::Silent
        }
    }

    /// What decides first, and what decides between equals.
    fn time(self, candidate: &Candidate) -> (Option<NaiveDateTime>, SystemTime) {
        let exported = candidate.name.exported;
        let time = match self {
            Self::Moment => exported.and_then(ExportTime::moment),
            Self::Day => exported.map(|time| time.day().into()),
            Self::Silent => None,
        };
        (time, candidate.modified)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// What a name alone says against a file.
fn objection(name: &str, has_to_be_table: bool) -> Option<Because> {
    let is_unfinished = ending(name).is_some_and(|ending| {
        UNFINISHED
            .iter()
            .any(|known| known.eq_ignore_ascii_case(ending))
    });
    if name.starts_with("~$") || name.starts_with(".~lock.") {
        Some(Because::LockFile)
    } else if is_unfinished {
        Some(Because::Unfinished)
    } else if name.starts_with('.') {
        Some(Because::Hidden)
    } else {
        let is_table = ending(name).is_some_and(is_table_ending);
        (has_to_be_table && !is_table).then_some(Because::NoTable)
    }
}
