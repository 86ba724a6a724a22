//! What somebody outside is told of a command's end: counts and codes, as a line and as the object of `--json`.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

use super::books::{Verdict, books_json, figures};
use crate::journal::Books;

/// What there is to tell of a command.
#[derive(Debug, Clone, Default)]
pub struct Notice {
    /// The command, such as `sync`.
    pub verb: &'static str,
    /// The account's configured name.
    pub account: String,
    /// The mapping's name; none where the command did not come to know it.
    pub mapping: Option<String>,
    /// The machine's name.
    pub host: String,
    /// Number and books of the run that the command was about; none where it came to none.
    pub run: Option<(u32, Books)>,
    /// Further members of the result's object, by name.
    pub members: Map<String, Value>,
    /// The exit code.
    pub exit: u8,
    /// When the command ended, in milliseconds since 1970.
    pub at: i64,
}

impl Notice {
    /// One line for those who are told that a command has started.
    pub fn start_line(&self) -> String {
        format!("{} started", self.verb)
    }

    /// One line of counts.
    pub fn line(&self) -> String {
        let ended = format!("{} ended with {}", self.verb, self.exit);
        let Some((number, books)) = &self.run else {
            return format!("{ended} before there was a run");
        };
        let [rows, records, requests] = figures(books);
        format!("{ended}; run {number}; rows: {rows}; records: {records}; requests: {requests}")
    }

    /// The object of `--json`, with who tells it. Without a run all counts are zero.
    pub fn json(&self) -> Value {
        let (number, books) = match self.run {
            Some((number, books)) => (Some(number), books),
            None => (None, Books::default()),
        };
        let verdict = Verdict {
            run: number,
            exit: self.exit,
            text: String::new(),
        };
        let mut object = books_json(&verdict, &books, None);
        if let (Some(members), Value::Object(teller)) = (object.as_object_mut(), self.teller()) {
            members.extend(self.members.clone());
            members.extend(teller);
        }
        object
    }

    fn teller(&self) -> Value {
        let at = DateTime::from_timestamp_millis(self.at).unwrap_or_default();
        json!({
            "verb": self.verb,
            "mapping": self.mapping,
            "account": self.account,
            "host": self.host,
            "program": concat!("aca-sync ", env!("CARGO_PKG_VERSION")),
            "at": at.to_rfc3339_opts(SecondsFormat::Secs, true),
        })
    }
}
