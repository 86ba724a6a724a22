//! A run as one page for an agency's owner: self-contained, to be read, mailed, printed and kept.
//!
//! No script, nothing from the network, and nothing of what cells say: counts, codes, rows, names of columns
//! and files. Numbers carry `data-figure` with the name that `show --json` gives them.

mod chart;
mod compliance;
mod differences;
mod figures;
mod held;
mod proof;
mod style;
mod tasks;
mod top;
mod traffic;
mod trend;

use chrono::{DateTime, Local};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{ChangedRow, PaceBooks, Summary, changes, findings, findings::Findings};
use crate::journal::{Acknowledgement, Audited, Error, Evidence, Journal, Run, Traffic};
use tasks::Task;
use trend::Night;

/// Everything that the page of a run tells.
#[derive(Debug, Clone)]
pub struct Page {
    run: Run,
    summary: Summary,
    findings: Findings,
    /// All kinds of problems.
    tasks: Vec<Task>,
    /// Those that nothing has closed since.
    open: Vec<Task>,
    changes: Vec<ChangedRow>,
    nights: Vec<Night>,
    traffic: Option<Traffic>,
    pace: PaceBooks,
    evidence: Evidence,
    audited: Vec<Audited>,
    acknowledgements: Vec<Acknowledgement>,
    /// The flags that lead a command to the same journal.
    place: String,
}

/// How many runs before this one are shown beside it.
const NIGHTS: usize = 14;
/// How many columns a chart of requests has at most.
const STRETCHES: i64 = 60;

impl Page {
    /// Reads what there is to tell of a run. `now` is the time here; `place` holds the flags that lead other
    /// commands to the same journal.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn of(
        journal: &Journal,
        run: &Run,
        now: DateTime<Local>,
        place: &str,
    ) -> Result<Self, Error> {
        let summary = Summary::of(journal, run, now)?;
        let findings = findings(journal, run)?;
        let open = findings
            .clone()
            .with_rejected(journal.open_rejections(run.id)?);
        Ok(Self {
            tasks: tasks::tasks(&findings, &summary.troubles),
            open: tasks::tasks(&open, &summary.troubles),
            findings,
            changes: changes(journal, run)?,
            nights: trend::nights(journal, run, NIGHTS)?,
            traffic: journal.traffic(run.id, STRETCHES)?,
            pace: PaceBooks::of(&summary.books, journal.pauses(run.id)?),
            evidence: journal.evidence(run.id)?,
            audited: journal.audited(Some(run.id), None)?,
            acknowledgements: journal.acknowledgements(run.id, now.timestamp_millis())?,
            run: run.clone(),
            place: place.to_owned(),
            summary,
        })
    }

    /// The page as HTML.
    pub fn html(&self) -> String {
        let title = format!("aca-sync: run {} to {}", self.run.id.0, self.run.account);
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="no-referrer";
                    meta http-equiv="Content-Security-Policy"
                        content="default-src 'none'; style-src 'unsafe-inline'";
                    title { (title) }
                    style { (PreEscaped(style::STYLE)) }
                }
                body {
                    (self.top())
                    main {
                        (self.to_do())
                        (self.compliance())
                        (self.books_picture())
                        (self.failures())
                        (self.differences())
                        (self.trend())
                        (self.held())
                        (self.requests())
                        (self.proof())
                    }
                    footer {
                        p { "This page holds counts, codes and row numbers; no name, no phone number and no cell of a file." }
                    }
                }
            }
        };
        page.into_string()
    }

    fn findings(&self) -> &Findings {
        &self.findings
    }

    fn now(&self) -> DateTime<Local> {
        self.summary.now
    }

    /// A moment on the clock of this place. Milliseconds since 1970.
    fn clock(&self, at: i64) -> String {
        let time = DateTime::from_timestamp_millis(at);
        let here = time.map(|time| time.with_timezone(&self.now().timezone()));
        here.map_or_else(
            || "?".to_owned(),
            |time| time.format("%Y-%m-%d %H:%M").to_string(),
        )
    }
}

/// A part of the page under a heading.
fn section(id: &str, heading: &str, content: &Markup) -> Markup {
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (heading) }
            (content)
        }
    }
}
