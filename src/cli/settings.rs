//! What was typed and what the environment says, made into checked settings. The only place that reads
//! the environment.

use std::{
    env,
    path::PathBuf,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, Local, NaiveDate};

use super::{args::Global, exit::Exit, failure::Failure};
use crate::client::{Address, ApiKey, Rate, WallClock};

/// Checked settings of one command.
#[derive(Clone)]
pub(super) struct Settings {
    /// The folder for journal, ledger and sandbox.
    pub(super) state_folder: PathBuf,
    /// The journal that was asked for by name.
    pub(super) journal: Option<PathBuf>,
    /// The account's configured name.
    pub(super) account: String,
    /// The API's address.
    pub(super) address: Address,
    /// Where the key is, if a file was named.
    api_key_file: Option<PathBuf>,
    /// Requests that the API takes from the key.
    pub(super) rate: Rate,
    /// Requests under way at the same time.
    pub(super) concurrency: usize,
    /// The wall clock.
    pub(super) clock: WallClock,
}

/// The variable that may hold the key itself.
const KEY_VARIABLE: &str = "ACA_SYNC_API_KEY";
/// The name of the key's file in a service manager's credentials folder.
const CREDENTIAL: &str = "aca-sync-api-key";

/// The state folder's name in the folder for what programs remember.
const STATE_FOLDER: &str = "aca-sync";
/// Variables of others that commands count on.
const COUNTED_ON: [&str; 4] = ["CREDENTIALS_DIRECTORY", "TMPDIR", "TZ", "XDG_STATE_HOME"];

impl Settings {
    /// Checks the flags that all commands share.
    pub(super) fn from_flags(global: &Global) -> Result<Self, Failure> {
        let wrong =
            |error: crate::client::Error| Failure::new(Exit::Configuration, error.to_string());
        Ok(Self {
            state_folder: match &global.state_folder {
                Some(folder) => folder.clone(),
                None => state_folder()?,
            },
            journal: global.journal.clone(),
            account: global.account.clone(),
            address: Address::parse(&global.base_url).map_err(wrong)?,
            api_key_file: global.api_key_file.clone(),
            rate: Rate::parse(&global.rate).map_err(wrong)?,
            concurrency: global.concurrency.into(),
            clock: Arc::new(wall_clock),
        })
    }

    /// The journal: the one asked for, else the state folder's; the sandbox has one of its own.
    pub(super) fn journal_path(&self, sandbox: bool) -> PathBuf {
        let name = if sandbox {
            "sandbox-journal.db"
        } else {
            "journal.db"
        };
        self.journal
            .clone()
            .unwrap_or_else(|| self.state_folder.join(name))
    }

    /// The API key: from the file that was named, the credentials folder, or the environment.
    pub(super) fn api_key(&self) -> Result<ApiKey, Failure> {
        let wrong =
            |error: crate::client::Error| Failure::new(Exit::Configuration, error.to_string());
        if let Some(path) = &self.api_key_file {
            return ApiKey::from_file(path).map_err(wrong);
        }
        let credential =
            variable("CREDENTIALS_DIRECTORY").map(|folder| PathBuf::from(folder).join(CREDENTIAL));
        if let Some(path) = credential.filter(|path| path.exists()) {
            return ApiKey::from_file(&path).map_err(wrong);
        }
        match variable(KEY_VARIABLE) {
            Some(text) => ApiKey::from_text(&text).map_err(wrong),
            None => Err(Failure::new(
                Exit::Configuration,
                format!(
                    "there is no API key\n\nhint: put it into a file that only you can read and name it with --api-key-file, or set {KEY_VARIABLE}; to rehearse without one, add --sandbox"
                ),
            )),
        }
    }

    /// Now, in milliseconds since 1970.
    pub(super) fn now(&self) -> i64 {
        milliseconds((self.clock)())
    }

    /// The same, for who has no settings.
    pub(super) fn system_now() -> i64 {
        milliseconds(wall_clock())
    }

    /// Now, on the clock of this place.
    pub(super) fn local_now(&self) -> DateTime<Local> {
        (self.clock)().into()
    }

    /// The day that it is here.
    pub(super) fn today() -> NaiveDate {
        Local::now().date_naive()
    }

    /// How far the clock here is ahead of UTC, in seconds.
    pub(super) fn ahead() -> i64 {
        Local::now().offset().local_minus_utc().into()
    }

    /// The names of the variables that are set here and that commands count on; `HOME` is everywhere.
    pub(super) fn set_in_environment() -> Vec<String> {
        let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let mut names: Vec<String> = names
            .filter(|name| name.starts_with("ACA_SYNC_") || COUNTED_ON.contains(&name.as_str()))
            .collect();
        names.sort();
        names
    }

    /// The state folder of a process that knows nothing but `HOME`.
    pub(super) fn home_state_folder() -> Option<PathBuf> {
        let state = variable("HOME").map(|home| PathBuf::from(home).join(".local/state"));
        state.map(|state| state.join(STATE_FOLDER))
    }

    /// True when `XDG_STATE_HOME` is set, and is passed over.
    pub(super) fn has_relative_state_home() -> bool {
        variable("XDG_STATE_HOME").is_some_and(|folder| PathBuf::from(folder).is_relative())
    }

    /// The time zone that the environment names.
    pub(super) fn zone_name() -> Option<String> {
        variable("TZ")
    }

    /// The system's name of who runs the command, for the audit.
    pub(super) fn user() -> String {
        variable("USER")
            .or_else(|| variable("USERNAME"))
            .unwrap_or_else(|| "unknown".to_owned())
    }

    /// The machine's name, for the audit.
    pub(super) fn host() -> String {
        let file = std::fs::read_to_string("/etc/hostname").ok();
        let named = file
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty());
        named
            .or_else(|| variable("HOSTNAME"))
            .or_else(|| variable("COMPUTERNAME"))
            .unwrap_or_else(|| "unknown".to_owned())
    }
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// `aca-sync` in the folder for what programs remember.
fn state_folder() -> Result<PathBuf, Failure> {
    let base = variable("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(STATE_FOLDER))
        .or_else(Settings::home_state_folder)
        .or_else(|| {
            variable("LOCALAPPDATA").map(|folder| PathBuf::from(folder).join(STATE_FOLDER))
        });
    base.ok_or_else(|| {
        Failure::new(
            Exit::Configuration,
            "there is no home folder to keep the journal in\n\nhint: name one with --state-folder"
                .to_owned(),
        )
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "the clock that is handed down")]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}
