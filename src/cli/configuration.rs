//! Which configuration files there are, which profile is in force, and what they say together.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use super::{
    args::Global,
    exit::Exit,
    failure::{Failure, mistakes_json},
    settings::Settings,
};
use crate::{
    config::{self, Config, Layer, Roots},
    platform::folder_of,
    toml_file::suggest::did_you_mean,
};

/// The project's file, in the working directory.
pub(super) const PROJECT_FILE: &str = "aca-sync.toml";
/// No configuration is longer; a longer file is some other file.
const LONGEST: u64 = 1 << 20;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The file that was named is not there.
    #[error("{}: there is no such configuration file\n\nhint: look at --config and ACA_SYNC_CONFIG", path.display())]
    Missing {
        /// As it was named.
        path: PathBuf,
    },
    /// A file is there and cannot be read.
    #[error("{}: the configuration cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file holds mistakes.
    #[error(transparent)]
    Mistakes(#[from] config::Error),
    /// No file knows the profile.
    #[error("there is no profile {name}\n\nhint: {hint}")]
    UnknownProfile {
        /// As it was named.
        name: String,
        /// Those that there are, or where one is to be written.
        hint: String,
    },
    /// There are profiles, and nothing says which is meant.
    #[error(
        "there are profiles, and none is named\n\nhint: name one with --profile or ACA_SYNC_PROFILE, or write default_profile = \"{first}\" at the top of {}; the profiles are {names}",
        file.display()
    )]
    NoProfileNamed {
        /// The first of them.
        first: String,
        /// All of them.
        names: String,
        /// The file that goes first.
        file: PathBuf,
    },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let failure = Self::new(Exit::Configuration, error.to_string());
        match error {
            Error::Mistakes(found) => {
                failure.with("mistakes", mistakes_json(&found.file, &found.mistakes))
            }
            _ => failure,
        }
    }
}

/// A file that is there.
pub(super) struct ConfigFile {
    /// As it was named, or as it was found.
    pub(super) path: PathBuf,
    /// What it says.
    pub(super) config: Config,
}

/// The files that are there; what an earlier one says goes before what a later one says.
#[derive(Default)]
pub(super) struct ConfigFiles(Vec<ConfigFile>);

/// What the files say of the profile in force.
#[derive(Default)]
pub(super) struct Configuration {
    /// The profile's name, where one is in force.
    pub(super) profile: Option<String>,
    /// What is said, the profile's own words first.
    pub(super) layer: Layer,
}

impl ConfigFiles {
    /// Reads the file that was named; else the project's and the user's, where they are there.
    pub(super) fn read(global: &Global) -> Result<Self, Error> {
        if let Some(path) = &global.config {
            let file = read(path)?.ok_or_else(|| Error::Missing { path: path.clone() })?;
            return Ok(Self(vec![file]));
        }
        let user = Settings::user_config_file();
        let paths = [Some(PathBuf::from(PROJECT_FILE)), user];
        let found = paths
            .iter()
            .flatten()
            .filter_map(|path| read(path).transpose());
        found.collect::<Result<_, _>>().map(Self)
    }

    /// The files, the one that goes first at the front.
    pub(super) fn files(&self) -> &[ConfigFile] {
        &self.0
    }

    /// The names of all profiles, in alphabetical order.
    pub(super) fn profiles(&self) -> Vec<&str> {
        let files = self.0.iter();
        let mut names: Vec<&str> = files.flat_map(|file| file.config.profiles()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What is in force for the profile that is named by flag, by environment, or by the files.
    pub(super) fn choose(&self, global: &Global) -> Result<Configuration, Error> {
        let mut defaults = self.0.iter().map(|file| file.config.default_profile());
        let name = global
            .profile
            .as_deref()
            .filter(|name| !name.is_empty())
            .or_else(|| defaults.find_map(|name| name));
        let known = self.profiles();
        match name {
            Some(name) if !known.contains(&name) => Err(self.unknown(name, &known)),
            Some(name) => Ok(self.of(Some(name))),
            None => match (known.first(), self.0.first()) {
                (Some(first), Some(file)) => Err(Error::NoProfileNamed {
                    first: (*first).to_owned(),
                    names: known.join(", "),
                    file: file.path.clone(),
                }),
                _ => Ok(self.of(None)),
            },
        }
    }

    /// What they say of a profile: a file's profile goes before its top level, and both before the next file.
    pub(super) fn of(&self, profile: Option<&str>) -> Configuration {
        let mut layer = Layer::default();
        for ConfigFile { config, .. } in &self.0 {
            if let Some(own) = profile.and_then(|name| config.profile(name)) {
                layer = layer.or(own);
            }
            layer = layer.or(config.shared());
        }
        Configuration {
            profile: profile.map(str::to_owned),
            layer,
        }
    }

    fn unknown(&self, name: &str, known: &[&str]) -> Error {
        let hint = if known.is_empty() {
            let file = self.0.first().map(|file| file.path.as_path());
            let file = file.unwrap_or(Path::new(PROJECT_FILE)).display();
            format!("there is none at all; write [profile.{name}] into {file}")
        } else {
            let list = format!("the profiles are {}", known.join(", "));
            match did_you_mean(name, known.iter().copied()) {
                Some(question) => format!("{question} {list}"),
                None => list,
            }
        };
        Error::UnknownProfile {
            name: name.to_owned(),
            hint,
        }
    }
}

impl Configuration {
    /// Reads the files and chooses the profile.
    pub(super) fn read(global: &Global) -> Result<Self, Error> {
        ConfigFiles::read(global)?.choose(global)
    }

    /// The account's name: the one that was asked for, else the profile's, else the profile itself.
    pub(super) fn account(&self, global: &Global) -> String {
        let asked = global.account.as_ref();
        let named = asked.or(self.layer.account.as_ref());
        named
            .or(self.profile.as_ref())
            .map_or_else(|| Settings::DEFAULT_ACCOUNT.to_owned(), ToOwned::to_owned)
    }
}

/// The file at a path; none where it is not there.
fn read(path: &Path) -> Result<Option<ConfigFile>, Error> {
    let unreadable = |source| Error::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if is_absent(&error, path) => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let mut text = String::new();
    let length = file.take(LONGEST + 1).read_to_string(&mut text);
    if length.map_err(unreadable)? as u64 > LONGEST {
        let source = io::Error::new(
            io::ErrorKind::InvalidData,
            "too long to be a configuration file",
        );
        return Err(unreadable(source));
    }
    let whole = std::path::absolute(path).map_err(unreadable)?;
    let roots = Roots {
        folder: folder_of(&whole).to_owned(),
        home: Settings::home(),
    };
    let config = Config::from_text(&text, &path.to_string_lossy(), &roots)?;
    Ok(Some(ConfigFile {
        path: path.to_owned(),
        config,
    }))
}

/// True where nothing is there, or nobody lets us know: a service that is locked out of all homes has no file
/// in one.
fn is_absent(error: &io::Error, path: &Path) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    match error.kind() {
        NotFound | NotADirectory => true,
        PermissionDenied => path.symlink_metadata().is_err(),
        _ => false,
    }
}
