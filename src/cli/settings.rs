//! What was typed, what the environment and the configuration say, made into checked settings. The only place
//! that reads the environment.

use std::{
    env,
    ffi::OsString,
    path::PathBuf,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, Local, NaiveDate};

use super::{
    args::Global,
    configuration::Configuration,
    exit::Exit,
    failure::Failure,
    typed_place::{TypedPlace, quoted},
};
use crate::{
    client::{Address, ApiKey, Rate, WallClock},
    platform,
};

/// Checked settings of one command.
#[derive(Clone)]
pub(super) struct Settings {
    /// The folder for journal, ledger and sandbox.
    pub(super) state_folder: PathBuf,
    /// The journal that flag or environment name.
    pub(super) journal: Option<PathBuf>,
    /// The journal of the profile.
    profile_journal: Option<PathBuf>,
    /// The profile in force.
    pub(super) profile: Option<String>,
    /// What was typed of all this.
    typed: TypedPlace,
    /// The account's configured name.
    pub(super) account: String,
    /// The API's address.
    pub(super) address: Address,
    /// Where the key is, if flag or environment name a file.
    api_key_file: Option<PathBuf>,
    /// Where the profile says that the key is.
    profile_key_file: Option<PathBuf>,
    /// Requests that the API takes from the key.
    pub(super) rate: Rate,
    /// Requests under way at the same time.
    pub(super) concurrency: usize,
    /// The folder where mappings are found by name.
    pub(super) mappings: Option<PathBuf>,
    /// The agency's National Producer Numbers, for mappings that name none.
    pub(super) npns: Vec<String>,
    /// A file of people who are not to be called.
    pub(super) suppress: Option<PathBuf>,
    /// False where problems that stand since earlier runs raise no alarm.
    pub(super) standing_alarms: bool,
    /// The wall clock.
    pub(super) clock: WallClock,
}

/// The variable that may hold the key itself.
const KEY_VARIABLE: &str = "ACA_SYNC_API_KEY";
/// The name of the key's file in a service manager's credentials folder.
const CREDENTIAL: &str = "aca-sync-api-key";

/// The state folder's name in the folder for what programs remember.
const STATE_FOLDER: &str = "aca-sync";
/// The user's configuration file in the folder for what users configure.
const USER_FILE: &str = "aca-sync/config.toml";
/// Requests under way at the same time where nothing else is said.
const DEFAULT_CONCURRENCY: u16 = 8;
/// Variables of others that commands count on.
const COUNTED_ON: [&str; 5] = [
    "CREDENTIALS_DIRECTORY",
    "TMPDIR",
    "TZ",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
];

impl Settings {
    /// The API's address where nothing else is said.
    pub(super) const API_ADDRESS: &str = "https://api.carecycle.ai";
    /// The account's name where nothing else is said.
    pub(super) const DEFAULT_ACCOUNT: &str = "default";

    /// Checks the flags that all commands share, over what the configuration says.
    pub(super) fn from_flags(
        global: &Global,
        configuration: &Configuration,
    ) -> Result<Self, Failure> {
        let layer = configuration.layer.clone();
        let typed_address = global.base_url.as_deref();
        let typed_rate = global.rate.as_deref().map(Rate::parse).transpose()?;
        let concurrency = global.concurrency.or(layer.concurrency);
        Ok(Self {
            state_folder: match global.state_folder.clone().or(layer.state_folder) {
                Some(folder) => folder,
                None => state_folder()?,
            },
            journal: global.journal.clone(),
            profile_journal: layer.journal,
            profile: configuration.profile.clone(),
            typed: global.typed.clone(),
            account: configuration.account(global),
            address: match (typed_address, layer.base_url) {
                (Some(typed), _) => Address::parse(typed)?,
                (None, Some(address)) => address,
                (None, None) => Address::parse(Self::API_ADDRESS)?,
            },
            api_key_file: global.api_key_file.clone(),
            profile_key_file: layer.api_key_file,
            rate: typed_rate.or(layer.rate).unwrap_or_default(),
            concurrency: concurrency.unwrap_or(DEFAULT_CONCURRENCY).into(),
            mappings: layer.mappings,
            npns: layer.npns.unwrap_or_default(),
            suppress: layer.suppress,
            standing_alarms: layer.standing_alarms.unwrap_or(true),
            clock: Self::clock(),
        })
    }

    /// The wall clock that is handed down.
    pub(super) fn clock() -> WallClock {
        Arc::new(wall_clock)
    }

    /// The journal: the one asked for, else the profile's, else the state folder's. The sandbox has one of its
    /// own, beside the profile's or in the state folder.
    pub(super) fn journal_path(&self, sandbox: bool) -> PathBuf {
        if let Some(journal) = &self.journal {
            return journal.clone();
        }
        let usual = || self.state_folder.join("journal.db");
        let journal = self.profile_journal.clone().unwrap_or_else(usual);
        match journal.file_name() {
            Some(name) if sandbox => {
                let mut own = OsString::from("sandbox-");
                own.push(name);
                journal.with_file_name(own)
            }
            _ => journal,
        }
    }

    /// The flags that lead another command to the same journal, as they stand in what is said to people: those
    /// that were typed, the profile and the sandbox.
    pub(super) fn place_flags(&self, sandbox: bool) -> String {
        format!("{}{}", self.typed.as_str(), self.named_place(sandbox))
    }

    /// The same without paths, for what is mailed.
    pub(super) fn named_place(&self, sandbox: bool) -> String {
        let profile = self.profile.as_ref();
        let profile =
            profile.map_or_else(String::new, |name| format!(" --profile {}", quoted(name)));
        let sandbox = if sandbox { " --sandbox" } else { "" };
        format!("{profile}{sandbox}")
    }

    /// The API key: from the file that flag or environment name, the credentials folder, the environment, or
    /// the profile's file.
    pub(super) fn api_key(&self) -> Result<ApiKey, Failure> {
        if let Some(path) = &self.api_key_file {
            return Ok(ApiKey::from_file(path)?);
        }
        let credential =
            variable("CREDENTIALS_DIRECTORY").map(|folder| PathBuf::from(folder).join(CREDENTIAL));
        if let Some(path) = credential.filter(|path| path.exists()) {
            return Ok(ApiKey::from_file(&path)?);
        }
        if let Some(text) = variable(KEY_VARIABLE) {
            return Ok(ApiKey::from_text(&text)?);
        }
        if let Some(path) = &self.profile_key_file {
            return Ok(ApiKey::from_file(path)?);
        }
        let profile = self.profile.as_ref();
        let whose = profile.map_or_else(String::new, |name| format!(" for the profile {name}"));
        Err(Failure::new(
            Exit::Configuration,
            format!(
                "there is no API key{whose}\n\nhint: put it into a file that only you can read and name it with --api-key-file or the profile's api_key_file, or set {KEY_VARIABLE}; to rehearse without one, add --sandbox"
            ),
        ))
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

    /// The home folder.
    pub(super) fn home() -> Option<PathBuf> {
        let home = variable("HOME").or_else(|| variable("USERPROFILE"));
        home.map(PathBuf::from)
    }

    /// The user's configuration file, whether it is there or not.
    pub(super) fn user_config_file() -> Option<PathBuf> {
        let named = variable("XDG_CONFIG_HOME").map(PathBuf::from);
        let folder = named.filter(|folder| folder.is_absolute()).or_else(|| {
            if cfg!(windows) {
                return variable("APPDATA").map(PathBuf::from);
            }
            Self::home().map(|home| home.join(".config"))
        });
        folder.map(|folder| folder.join(USER_FILE))
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
        ["USER", "LOGNAME", "USERNAME"]
            .into_iter()
            .find_map(variable)
            .or_else(platform::user_by_number)
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
