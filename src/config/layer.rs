//! What one place says, be it a file's top level or a profile, and layers put over one another.

use std::path::PathBuf;

use super::NotifyLayer;
use crate::client::{Address, Rate};

/// What one place says; what it does not say is left to the layers below it.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    /// Requests that the API takes from the key.
    pub rate: Option<Rate>,
    /// Requests under way at the same time, within [`super::CONCURRENCY`].
    pub concurrency: Option<u16>,
    /// The API's address.
    pub base_url: Option<Address>,
    /// The folder for journal, ledger and sandbox.
    pub state_folder: Option<PathBuf>,
    /// False where problems that stand since earlier runs raise no alarm.
    pub standing_alarms: Option<bool>,
    /// Whom to tell how a command ended.
    pub notify: NotifyLayer,
    /// The account's name; in a profile only, as all below.
    pub account: Option<String>,
    /// A file that holds the API key.
    pub api_key_file: Option<PathBuf>,
    /// The journal.
    pub journal: Option<PathBuf>,
    /// The folder where mappings are found by name.
    pub mappings: Option<PathBuf>,
    /// The agency's National Producer Numbers, without leading zeros; never an empty list.
    pub npns: Option<Vec<String>>,
    /// A file of people who are not to be called.
    pub suppress: Option<PathBuf>,
}

impl Layer {
    /// This one over another, key by key.
    #[must_use]
    pub fn or(self, below: &Self) -> Self {
        Self {
            rate: self.rate.or(below.rate),
            concurrency: self.concurrency.or(below.concurrency),
            base_url: self.base_url.or_else(|| below.base_url.clone()),
            state_folder: self.state_folder.or_else(|| below.state_folder.clone()),
            standing_alarms: self.standing_alarms.or(below.standing_alarms),
            notify: self.notify.or(&below.notify),
            account: self.account.or_else(|| below.account.clone()),
            api_key_file: self.api_key_file.or_else(|| below.api_key_file.clone()),
            journal: self.journal.or_else(|| below.journal.clone()),
            mappings: self.mappings.or_else(|| below.mappings.clone()),
            npns: self.npns.or_else(|| below.npns.clone()),
            suppress: self.suppress.or_else(|| below.suppress.clone()),
        }
    }
}
