//! How the files that a command names become the files of one run: several of them, the newest export
//! of a folder or a pattern, the parts of an export, standard input.
//!
//! # Which file is taken
//!
//! * A file is taken as it is, and nothing is taken in silently beside it.
//! * `-` is standard input, alone in its run.
//! * A folder (without the folders in it), or a pattern where there is no file of that very name, stands
//!   for the newest export there, with all its parts. Where all names say when they were exported, that
//!   decides, else when the files were last written; of names that say the same, the file written last.
//! * Unfinished downloads, lock files, hidden files and, in a folder, what is no table are passed over.
//!
//! The newest alone counts. When it was sent before, there is nothing to do; while it is growing, there is
//! nothing to take yet. An older one is never taken instead: an older file must not overwrite what a
//! newer one delivered.

mod error;
mod export_name;
mod newest;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use self::newest::newest;
pub use self::{
    error::{Because, Error, LookedIn, PassedOver},
    export_name::{ExportName, ExportTime, Part},
};
use crate::origin::STANDARD_INPUT;

/// The files of a run.
#[derive(Debug, Default)]
pub struct Found {
    /// The files in the order in which they are read: as they were named, the parts of an export together
    /// and ascending.
    pub files: Vec<PathBuf>,
    /// What was taken for each folder and each pattern.
    pub taken: Vec<Taken>,
    /// What was there too.
    pub passed_over: Vec<PassedOver>,
    /// Exports of which parts are not there.
    pub missing_parts: Vec<MissingParts>,
}

/// What was taken for a folder or a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The folder or the pattern.
    pub from: LookedIn,
    /// The newest export there, its parts ascending.
    pub files: Vec<PathBuf>,
}

/// An export of which parts are not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingParts {
    /// The name that its parts share.
    pub set: String,
    /// Which parts are not there, ascending.
    pub numbers: Vec<u16>,
    /// How many parts it has.
    pub of: u16,
}

/// How files are watched that may still grow.
pub struct Watch<'w> {
    /// The wall clock.
    pub now: SystemTime,
    /// A file that was not written to for so long has come to rest.
    pub rest: Duration,
    /// Lets so much time pass, never more than `rest`.
    pub wait: &'w mut dyn FnMut(Duration),
}

/// What belongs together: a file by itself, or the parts of one export in one folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whole {
    File(PathBuf),
    Parts { folder: PathBuf, set: String },
}

/// Finds the files of a run; see the rules above.
///
/// # Errors
///
/// When a folder or a pattern holds nothing that can be taken, two of its exports are equally new, two
/// files are the same part of an export or disagree on how many there are, `-` is not alone, or a folder
/// cannot be read. A file that is named and not there is left to whoever opens it.
pub fn find(arguments: &[PathBuf], watch: &mut Watch<'_>) -> Result<Found, Error> {
    let is_standard_input = |argument: &PathBuf| argument.as_os_str() == STANDARD_INPUT;
    if arguments.len() > 1 && arguments.iter().any(is_standard_input) {
        return Err(Error::NotAlone);
    }
    let mut found = Found::default();
    for argument in arguments {
        let Some(looked_in) = LookedIn::meant_by(argument) else {
            found.files.push(argument.clone());
            continue;
        };
        let newest = newest(&looked_in, watch)?;
        found.files.extend_from_slice(&newest.files);
        found.passed_over.extend(newest.passed_over);
        found.taken.push(Taken {
            from: looked_in,
            files: newest.files,
        });
    }
    let exports = exports(found.files)?;
    found.missing_parts = exports.iter().filter_map(Export::missing_parts).collect();
    let files = exports.into_iter().flat_map(|export| export.files);
    found.files = files.map(|(_, path)| path).collect();
    Ok(found)
}

impl LookedIn {
    /// A folder or a pattern; none for what is a file, and for what is nothing at all.
    fn meant_by(argument: &Path) -> Option<Self> {
        if argument.as_os_str() == STANDARD_INPUT {
            return None;
        }
        match fs::metadata(argument) {
            Ok(metadata) => metadata.is_dir().then(|| Self::Folder(argument.to_owned())),
            Err(_) => argument
                .to_str()
                .filter(|text| text.contains(['*', '?', '[']))
                .map(|text| Self::Pattern(text.to_owned())),
        }
    }
}

impl Watch<'_> {
    /// How long it takes until a file has come to rest; none when it has. One that was written to in the
    /// future, by a clock that differs, was written to just now.
    pub(super) fn unsettled_for(&self, modified: SystemTime) -> Option<Duration> {
        let age = self.now.duration_since(modified).unwrap_or_default();
        self.rest.checked_sub(age).filter(|left| !left.is_zero())
    }
}

impl Whole {
    pub(super) fn of(path: &Path, name: &ExportName) -> Self {
        match name.part {
            None => Self::File(path.to_owned()),
            Some(_) => Self::Parts {
                // `./x` and `x` are in one folder.
                folder: Path::new(".").join(path.parent().unwrap_or(path)),
                set: name.set.clone(),
            },
        }
    }
}

/// The files of one export, parts ascending.
struct Export {
    whole: Whole,
    files: Vec<(Option<Part>, PathBuf)>,
}

/// Puts the parts of each export together, where the first of them stood.
fn exports(files: Vec<PathBuf>) -> Result<Vec<Export>, Error> {
    let mut exports: Vec<Export> = Vec::new();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = ExportName::read(&name);
        let whole = Whole::of(&path, &name);
        let file = (name.part, path);
        // A file that is named twice is refused when contents are compared.
        let known = exports
            .iter_mut()
            .find(|export| export.whole == whole && name.part.is_some());
        match known {
            Some(export) => export.files.push(file),
            None => exports.push(Export {
                whole,
                files: vec![file],
            }),
        }
    }
    for export in &mut exports {
        export
            .files
            .sort_by_key(|(part, _)| part.map(|part| part.number));
        export.expect_to_agree()?;
    }
    Ok(exports)
}

impl Export {
    fn expect_to_agree(&self) -> Result<(), Error> {
        for (one, next) in self.files.iter().zip(self.files.iter().skip(1)) {
            let ((Some(part), first), (Some(other_part), other)) = (one, next) else {
                continue;
            };
            let (first, other) = (first.clone(), other.clone());
            if part.of != other_part.of {
                return Err(Error::PartsDiffer { first, other });
            }
            if part.number == other_part.number {
                let number = part.number;
                return Err(Error::SamePart {
                    first,
                    other,
                    number,
                });
            }
        }
        Ok(())
    }

    fn missing_parts(&self) -> Option<MissingParts> {
        let (Whole::Parts { set, .. }, Some((Some(part), _))) = (&self.whole, self.files.first())
        else {
            return None;
        };
        let is_there = |number: u16| {
            let mut parts = self.files.iter().filter_map(|(part, _)| *part);
            parts.any(|part| part.number == number)
        };
        let numbers: Vec<u16> = (1..=part.of).filter(|number| !is_there(*number)).collect();
        (!numbers.is_empty()).then(|| MissingParts {
            set: set.clone(),
            numbers,
            of: part.of,
        })
    }
}

impl fmt::Display for MissingParts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.numbers.iter().map(u16::to_string).collect();
        let (parts, are) = match numbers.len() {
            1 => ("part", "is"),
            _ => ("parts", "are"),
        };
        let (numbers, of, set) = (numbers.join(", "), self.of, &self.set);
        write!(
            formatter,
            "{parts} {numbers} of {of} of the export {set} {are} missing"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::MissingParts;

    #[test]
    fn missing_parts_are_named() {
        let missing = |numbers: &[u16]| MissingParts {
            set: "clients".to_owned(),
            numbers: numbers.to_vec(),
            of: 4,
        };

        assert_eq!(
            missing(&[2]).to_string(),
            "part 2 of 4 of the export clients is missing"
        );
        assert_eq!(
            missing(&[2, 3]).to_string(),
            "parts 2, 3 of 4 of the export clients are missing"
        );
    }
}
