//! What a command tells Prometheus at its end: counts, seconds, times and an exit code, in its text format.

use std::{
    fmt::{Display, Write as _},
    time::Duration,
};

use crate::journal::Books;

/// What a command has to tell.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    /// The account's configured name.
    pub account: String,
    /// The mapping's name; none where the command did not come to know it.
    pub mapping: Option<String>,
    /// When the run that the books are of was started, in milliseconds since 1970.
    pub started: Option<i64>,
    /// The books of the run that the command was about; none where it came to none.
    pub books: Option<Books>,
    /// Problems of the run that are new, and that were there before.
    pub problems: Option<(u64, u64)>,
    /// Rows and records of the run whose opt-out was not delivered.
    pub undelivered_opt_outs: Option<u64>,
    /// How often the API has asked this command to wait.
    pub pauses: u64,
    /// How long it has asked this command to wait, in all.
    pub paused: Duration,
    /// The exit code.
    pub exit: u8,
    /// Every row is accounted for and none failed, or there was nothing to do.
    pub is_success: bool,
    /// The command came to its end, whatever became of single rows.
    pub is_complete: bool,
    /// When the command ended, in milliseconds since 1970.
    pub ended: i64,
}

const EXIT_CODE: &str = "aca_sync_exit_code";
const LAST_SUCCESS: &str = "aca_sync_last_success_timestamp_seconds";
const LAST_COMPLETION: &str = "aca_sync_last_completion_timestamp_seconds";

impl Metrics {
    /// The text of a file of metrics. `before` is what the file says so far: the time of the last success is
    /// kept from it, and the mapping's name where this command did not come to know it.
    ///
    /// All are gauges: each run starts them anew, so none of them is a counter.
    pub fn text(&self, before: &str) -> String {
        let mut page = Page {
            labels: self.labels(before),
            text: String::new(),
        };
        if let Some(books) = &self.books {
            page.books(books);
        }
        self.add_undelivered(&mut page);
        page.one(
            (
                "aca_sync_pauses",
                "Pauses that the API asked the command for (429).",
            ),
            self.pauses,
        );
        page.one(
            (
                "aca_sync_pauses_duration_seconds",
                "How long the API asked the command to pause, in all.",
            ),
            self.paused.as_secs_f64(),
        );
        if let Some(started) = self.started {
            page.one(
                (
                    "aca_sync_run_start_timestamp_seconds",
                    "When the run was started; an old one where there was nothing to do.",
                ),
                Time(started),
            );
        }
        page.one((EXIT_CODE, "The exit code of the last command."), self.exit);
        page.one(
            (
                "aca_sync_end_timestamp_seconds",
                "When the last command ended.",
            ),
            Time(self.ended),
        );
        page.last(
            (
                LAST_SUCCESS,
                "When a command last ended with 0; 0 where none has yet.",
            ),
            (self.is_success, self.ended),
            before,
        );
        page.last(
            (
                LAST_COMPLETION,
                "When a command last ended with 0 or 3; 0 where none has yet.",
            ),
            (self.is_complete, self.ended),
            before,
        );
        page.text
    }

    /// What is not delivered.
    fn add_undelivered(&self, page: &mut Page) {
        if let Some((fresh, standing)) = self.problems {
            page.family(
                (
                    "aca_sync_problems",
                    "Rows and records of the run that are not delivered, by whether they were so in the last one.",
                ),
                "age",
                &[("new", fresh), ("standing", standing)],
            );
        }
        if let Some(undelivered) = self.undelivered_opt_outs {
            page.one(
                (
                    "aca_sync_opt_outs_undelivered",
                    "Rows and records whose opt-out the API is not known to have.",
                ),
                undelivered,
            );
        }
    }

    /// The labels of all samples. Those of the file so far hold where the mapping is not known, or else a
    /// failure would show beside the job and not in it.
    fn labels(&self, before: &str) -> String {
        let account = format!("account=\"{}\"", escaped(&self.account));
        if let Some(mapping) = &self.mapping {
            return format!("{account},mapping=\"{}\"", escaped(mapping));
        }
        let start = format!("{EXIT_CODE}{{");
        let mut samples = before.split('\n').filter_map(|line| {
            let (labels, _) = line.strip_prefix(&start)?.rsplit_once("} ")?;
            labels.starts_with(&format!("{account},")).then_some(labels)
        });
        samples.next().map_or(account, str::to_owned)
    }
}

/// The text as it grows.
struct Page {
    labels: String,
    text: String,
}

/// A metric's name, and what it is.
type Family = (&'static str, &'static str);

impl Page {
    fn books(&mut self, books: &Books) {
        let (rows, records, requests) = (books.rows, books.records, books.requests);
        self.family(
            (
                "aca_sync_rows",
                "Rows of the run's sources, by where they ended.",
            ),
            "state",
            &[
                ("skipped", rows.skipped),
                ("rejected", rows.rejected),
                ("staged", rows.staged),
            ],
        );
        self.family(
            ("aca_sync_records", "Records of the run, by state."),
            "state",
            &[
                ("unchanged", records.unchanged),
                ("held", records.held),
                ("succeeded", records.succeeded),
                ("failed", records.failed),
                ("in_doubt", records.in_doubt),
                ("pending", records.pending),
                ("in_flight", records.in_flight),
                ("superseded", records.superseded),
            ],
        );
        for (family, count) in [
            (
                (
                    "aca_sync_requests_sent",
                    "Requests that left for the run, every try counted.",
                ),
                requests.sent,
            ),
            (
                (
                    "aca_sync_requests_throttled",
                    "Answers that asked to wait (429).",
                ),
                requests.throttled,
            ),
            (
                (
                    "aca_sync_requests_retried",
                    "Requests that sent records in doubt again.",
                ),
                requests.retried,
            ),
        ] {
            self.one(family, count);
        }
        self.family(
            (
                "aca_sync_phase_duration_seconds",
                "How long the run took, by phase, over all commands that worked on it.",
            ),
            "phase",
            &[("stage", books.seconds.stage), ("send", books.seconds.send)],
        );
    }

    /// A metric with a sample for each word of a label.
    fn family(&mut self, family: Family, label: &str, samples: &[(&str, impl Display)]) {
        self.head(family);
        let (name, labels) = (family.0, &self.labels);
        for (word, value) in samples {
            let _ = writeln!(self.text, "{name}{{{labels},{label}=\"{word}\"}} {value}");
        }
    }

    /// A metric with one sample.
    fn one(&mut self, family: Family, value: impl Display) {
        self.head(family);
        let _ = writeln!(self.text, "{}{{{}}} {value}", family.0, self.labels);
    }

    /// When something last happened: `now` if it did, else what the file says so far.
    fn last(&mut self, family: Family, (happened, now): (bool, i64), before: &str) {
        if happened {
            return self.one(family, Time(now));
        }
        let start = format!("{}{{{}}} ", family.0, self.labels);
        let mut told = before.split('\n').filter_map(|line| {
            let value = line.strip_prefix(&start)?.trim();
            value.parse::<f64>().ok().filter(|time| time.is_finite())?;
            Some(value)
        });
        self.one(family, told.next().unwrap_or("0"));
    }

    fn head(&mut self, (name, help): Family) {
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} gauge");
    }
}

/// Milliseconds since 1970, shown in seconds.
struct Time(i64);

impl Display for Time {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (seconds, rest) = (self.0.div_euclid(1000), self.0.rem_euclid(1000));
        write!(formatter, "{seconds}.{rest:03}")
    }
}

/// A label's value as it stands between quotes.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
