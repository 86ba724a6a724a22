//! Why a command failed: a message for people and the exit code for machines.

use std::{error::Error, path::Path};

use serde_json::{Map, Value, json};

use super::{exit::Exit, guards::guards_json};
use crate::{
    client, engine, inbox, journal,
    mapping::{self, BindError, Mistake, Unmet},
    notify, report, sandbox, source,
};

/// Why a command failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// The exit code.
    pub(super) exit: Exit,
    /// What happened, where, and what to do.
    pub(super) message: String,
    /// The same in parts, for machines: what guards said, mistakes in a file, columns of a header.
    details: Map<String, Value>,
}

impl Failure {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            details: Map::new(),
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

    /// The same, with one more member for machines.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.details.insert(name.to_owned(), value);
        self
    }

    /// The object of `--json` in the place of a result.
    pub(super) fn object(&self) -> Value {
        let mut members = self.details.clone();
        members.insert("error".to_owned(), self.message.clone().into());
        report::object(self.exit.code(), members.into())
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
        let failure = Self::of((&error).into(), &error);
        match error {
            engine::Error::Guard(stop) => failure.with("guards", guards_json(&stop.guards)),
            engine::Error::Header { error, .. } => failure.with("columns", columns_json(&error)),
            _ => failure,
        }
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
        let mistakes = mistakes_json(&error.file, &error.mistakes);
        Self::of(Exit::Configuration, &error).with("mistakes", mistakes)
    }
}

/// Mistakes in a file that people write. Its lines are not shown: the configuration's may hold secrets.
pub(super) fn mistakes_json(file: &str, mistakes: &[Mistake]) -> Value {
    let mistake = |one: &Mistake| {
        json!({
            "file": file, "line": one.line, "column": one.column, "key": one.key,
            "message": one.message, "hint": one.hint,
        })
    };
    mistakes.iter().map(mistake).collect()
}

/// Columns that a mapping asks for and a header does not have, or has several times.
fn columns_json(error: &BindError) -> Value {
    let columns = error.columns.iter().map(|column| {
        let (what, similar, numbers) = match &column.what {
            Unmet::Missing { similar } => ("missing", similar.as_deref(), [].as_slice()),
            Unmet::Doubled { numbers } => ("doubled", None, numbers.as_slice()),
        };
        json!({
            "keys": column.keys, "columns": column.columns, "what": what,
            "similar": similar, "numbers": numbers,
        })
    });
    columns.collect()
}
