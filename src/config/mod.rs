//! The configuration file: a text made checked settings, for all profiles and for each.
//!
//! ```text
//! text ──Config::from_text──▶ Config: what all profiles share, and a Layer for each profile
//!                             Layer.or(Layer …) ──▶ what is in force, key by key
//! ```
//!
//! Nothing here reads files, flags or the environment; where files lie is told by [`Roots`]. A file is checked as
//! a whole, profiles that nobody asked for included, so that a mistake shows before its night comes. No message
//! shows a line or a value of the file: it may hold secret URLs, and somebody may have put the key itself there.
//!
//! | key | where | says |
//! |---|---|---|
//! | `rate` | top level, profile | requests that the API takes from the key: `60/min`, `10/s`, `1000/h` |
//! | `concurrency` | top level, profile | requests under way at the same time, at most |
//! | `base_url` | top level, profile | the API's address |
//! | `state_folder` | top level, profile | the folder for journal, ledger and sandbox |
//! | `[exit] standing` | top level, profile | `0`: only new problems make exit code 3; `3` (default): all do |
//! | `[notify] ping`, `webhook`, `timeout` | top level, profile | whom to tell how a command ended, and how long to try |
//! | `default_profile` | top level | the profile where none is named |
//! | `account` | profile | the account's name in the journal; the profile's name when absent |
//! | `api_key_file` | profile | a file that holds the API key |
//! | `journal` | profile | the journal; `journal.db` in the state folder when absent |
//! | `mappings` | profile | the folder where mappings are found by name |
//! | `npns` | profile | the agency's National Producer Numbers, for mappings that name none |
//! | `suppress` | profile | a file of people who are not to be called |

mod error;
mod layer;
mod notify;
mod read;
mod value;

use std::{collections::BTreeMap, path::PathBuf};

pub use error::Error;
pub use layer::Layer;
pub use notify::NotifyLayer;

use crate::toml_file::mistakes::Mistakes;

/// Requests under way at the same time: none, or more than these, cannot be asked for.
pub const CONCURRENCY: std::ops::RangeInclusive<u16> = 1..=64;

/// Where the paths of a file count from.
#[derive(Debug, Clone)]
pub struct Roots {
    /// The folder of the file itself.
    pub folder: PathBuf,
    /// The home folder, for which a leading `~/` stands.
    pub home: Option<PathBuf>,
}

/// A configuration file that holds no mistake.
#[derive(Debug, Clone, Default)]
pub struct Config {
    default_profile: Option<String>,
    shared: Layer,
    profiles: BTreeMap<String, Layer>,
}

impl Config {
    /// Reads a file's text. `file_name` is for messages only.
    ///
    /// # Errors
    ///
    /// With every mistake in the text, in its order.
    pub fn from_text(text: &str, file_name: &str, roots: &Roots) -> Result<Self, Error> {
        let mut mistakes = Mistakes::new(text, false, "texts stand between quotes");
        match read::read(text, roots, &mut mistakes) {
            Some(config) if mistakes.is_empty() => Ok(config),
            _ => Err(Error {
                file: file_name.to_owned(),
                mistakes: mistakes.into_list(),
            }),
        }
    }

    /// The profile where none is named.
    pub fn default_profile(&self) -> Option<&str> {
        self.default_profile.as_deref()
    }

    /// What all profiles share.
    pub const fn shared(&self) -> &Layer {
        &self.shared
    }

    /// What a profile says by itself.
    pub fn profile(&self, name: &str) -> Option<&Layer> {
        self.profiles.get(name)
    }

    /// The profiles' names, in alphabetical order.
    pub fn profiles(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }
}
