//! Why a command failed: a message for people and the exit code for machines.

use std::{error::Error, path::Path};

use super::exit::Exit;
use crate::{
    client,
    engine::{self, GuardReport},
    inbox, journal, mapping, notify, sandbox, source,
};

/// Why a command failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// The exit code.
    pub(super) exit: Exit,
    /// What happened, where, and what to do.
    pub(super) message: String,
    /// What the guards said, where one of them stopped the command.
    pub(super) guards: Vec<GuardReport>,
}

impl Failure {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            guards: Vec::new(),
        }
    }

    /// The error with the causes below it, before what to do about it.
    fn of(exit: Exit, error: &dyn Error) -> Self {
        let said = error.to_string();
        let (what, hint) = match said.split_once("\n\nhint: ") {
            Some((what, hint)) => (what, format!("\n\nhint: {hint}")),
            None => (said.as_str(), String::new()),
        };
        let mut message = what.to_owned();
        let mut cause = error.source();
        while let Some(below) = cause {
            let text = below.to_string();
            if !said.contains(&text) && !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            cause = below.source();
        }
        Self::new(exit, message + &hint)
    }

    /// Says of which journal, where the message names no file of it.
    pub(super) fn in_journal(mut self, path: &Path) -> Self {
        let path = path.display().to_string();
        if self.exit == Exit::Journal && !self.message.contains(&path) {
            self.message = format!("{path}: {}", self.message);
        }
        self
    }
}

impl From<engine::Error> for Failure {
    fn from(error: engine::Error) -> Self {
        let mut failure = Self::of((&error).into(), &error);
        if let engine::Error::Guard(stop) = error {
            failure.guards = stop.guards;
        }
        failure
    }
}

impl From<journal::Error> for Failure {
    fn from(error: journal::Error) -> Self {
        Self::of((&error).into(), &error)
    }
}

impl From<source::Error> for Failure {
    fn from(error: source::Error) -> Self {
        Self::of((&error).into(), &error)
    }
}

impl From<inbox::Error> for Failure {
    fn from(error: inbox::Error) -> Self {
        Self::of((&error).into(), &error)
    }
}

impl From<client::Error> for Failure {
    fn from(error: client::Error) -> Self {
        let exit = match error {
            client::Error::Ledger { .. } => Exit::Journal,
            _ => Exit::Configuration,
        };
        Self::of(exit, &error)
    }
}

impl From<sandbox::Error> for Failure {
    fn from(error: sandbox::Error) -> Self {
        Self::of(Exit::Configuration, &error)
    }
}

impl From<notify::Error> for Failure {
    fn from(error: notify::Error) -> Self {
        let place = match error {
            notify::Error::Address { whose: "ping", .. } => {
                "--notify-ping, else in ACA_SYNC_NOTIFY_PING"
            }
            notify::Error::Address { .. } => "--notify-webhook, else in ACA_SYNC_NOTIFY_WEBHOOK",
            notify::Error::Timeout => "--notify-timeout, else in ACA_SYNC_NOTIFY_TIMEOUT",
        };
        let text = format!("{error}\n\nhint: correct what stands in {place}");
        Self::new(Exit::Configuration, text)
    }
}

impl From<mapping::Error> for Failure {
    fn from(error: mapping::Error) -> Self {
        Self::of(Exit::Configuration, &error)
    }
}
