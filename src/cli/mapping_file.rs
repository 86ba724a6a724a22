//! Which mapping file is meant, by its path or by its name in the profile's folder, and the reading of it.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use super::{
    args::Global, configuration::Configuration, exit::Exit, failure::Failure, settings::Settings,
};
use crate::{mapping::Mapping, toml_file::suggest::did_you_mean};

/// The ending of mapping files.
const ENDING: &str = "toml";

/// The mapping that a command works with, with the agency's numbers where it names none.
pub(super) fn load(typed: &Path, settings: &Settings) -> Result<Mapping, Failure> {
    let path = find(typed, settings.mappings.as_deref())?;
    let mapping = read(&path)?.with_own_npns(&settings.npns);
    if mapping.lacks_own_npns() {
        return Err(Failure::new(
            Exit::Configuration,
            format!(
                "{}: the guard `foreign_agent` needs `own_npns`: the agency's own numbers\n\nhint: own_npns = [\"12345678\"] in the mapping's [guard], or npns = [\"12345678\"] in the profile",
                path.display()
            ),
        ));
    }
    Ok(mapping)
}

/// The file that a command means that works on mappings alone. The configuration is asked for only where there
/// is no such file, so that no mistake in it keeps anybody from looking at a mapping.
pub(super) fn find_alone(typed: &Path, global: &Global) -> Result<PathBuf, Failure> {
    if is_there(typed) {
        return Ok(typed.to_owned());
    }
    let configuration = Configuration::read(global)?;
    find(typed, configuration.layer.mappings.as_deref())
}

/// The file at the path as it was typed; else the one of that name in the folder.
pub(super) fn find(typed: &Path, folder: Option<&Path>) -> Result<PathBuf, Failure> {
    let is_name = |path: &Path| {
        let mut parts = path.components();
        parts.all(|part| matches!(part, Component::Normal(_)))
    };
    // What cannot be a name in the folder is told as a path that cannot be read.
    let Some(folder) = folder.filter(|_| is_name(typed) && !is_there(typed)) else {
        return Ok(typed.to_owned());
    };
    let beside = folder.join(typed);
    let mut with_ending = beside.clone().into_os_string();
    with_ending.push(format!(".{ENDING}"));
    let candidates = [beside, with_ending.into()];
    let mut candidates = candidates.into_iter();
    candidates
        .find(|path| is_there(path))
        .ok_or_else(|| nowhere(typed, folder))
}

/// Reads a mapping file.
pub(super) fn read(path: &Path) -> Result<Mapping, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::new(
            Exit::Configuration,
            format!("{}: the mapping cannot be read: {error}", path.display()),
        )
    })?;
    Ok(Mapping::from_text(&text, &path.to_string_lossy())?)
}

/// A pipe will do as well as a file.
fn is_there(path: &Path) -> bool {
    path.exists() && !path.is_dir()
}

fn nowhere(typed: &Path, folder: &Path) -> Failure {
    let names = names_in(folder);
    let name = typed.with_extension("");
    let hint = match did_you_mean(&name.to_string_lossy(), names.iter().map(String::as_str)) {
        Some(question) => question,
        None if names.is_empty() => "the folder holds no mapping, or cannot be read".to_owned(),
        None => format!("the folder has {}", names.join(", ")),
    };
    let (typed, folder) = (typed.display(), folder.display());
    Failure::new(
        Exit::Configuration,
        format!(
            "{typed}: the mapping cannot be read: there is no such file, here or in {folder}\n\nhint: {hint}"
        ),
    )
}

/// The names of the mappings in a folder, in alphabetical order.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let mut names: Vec<String> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == ENDING))
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    names.sort_unstable();
    names
}
