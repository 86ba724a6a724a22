//! A run in at most fifteen lines, for a person who asks whether last night was fine: what is new, what was
//! delivered, what was not, and what to do next. The worst stands last.

use std::cmp::Ordering;

use chrono::{DateTime, Local};

use super::{
    Findings, Verdict, books::figures, changes::surprises, counted, delivered::delivered_text,
    export_age::ExportAge, grouped,
};
use crate::{
    contract::Target,
    journal::{
        Books, ChangeKind, ClosedRows, EffectsBooks, Error, Forecast, Journal, OptOutBooks, Run,
        Trouble, TroubleKind,
    },
    origin::Origin,
};

/// What there is to say of a run at a glance.
#[derive(Debug, Clone)]
pub struct Summary {
    pub(super) books: Books,
    pub(super) to: String,
    pub(super) file: String,
    /// How many records a request of the run's target holds.
    full_batch: u64,
    pub(super) troubles: Vec<Trouble>,
    pub(super) effects: EffectsBooks,
    pub(super) forecast: Option<Forecast>,
    pub(super) opt_outs: OptOutBooks,
    pub(super) changes: Vec<(ChangeKind, u64)>,
    /// Policies that the API ended by itself, and those that had another status there.
    pub(super) surprises: (u64, u64),
    /// By agent: how many policies are theirs no longer.
    pub(super) agents_lost: Vec<(String, u64)>,
    /// How many rows the last whole file had.
    pub(super) rows_before: Option<u64>,
    /// Rejected rows that later runs have closed.
    closed: ClosedRows,
    pub(super) now: DateTime<Local>,
}

/// How many lines a person reads.
const MOST_LINES: usize = 15;
/// How many kinds of problems are named.
const MOST_KINDS: usize = 3;
/// How many agents are.
const MOST_AGENTS: usize = 3;

impl Summary {
    /// Reads what there is to say of a run. `now` is the time here.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn of(journal: &Journal, run: &Run, now: DateTime<Local>) -> Result<Self, Error> {
        let rows_before = journal.rows_of_last(run)?;
        let books = journal.books(run.id)?;
        Ok(Self {
            to: format!(
                "{} at {}, mapping {}",
                run.account, run.address, run.mapping
            ),
            file: file(journal, run, now)?,
            full_batch: Target::from_name(&run.target)
                .map_or(1, |target| target.contract().max_records as u64),
            troubles: journal.troubles(run.id)?,
            effects: journal.effects(run.id)?,
            forecast: journal.forecast(run.id)?,
            opt_outs: journal.opt_outs(run.id)?,
            changes: journal.change_counts(run.id)?,
            surprises: surprises(journal, run)?,
            agents_lost: journal.agents_lost(run.id)?,
            rows_before,
            closed: journal.closed_rows(run.id)?,
            books,
            now,
        })
    }

    /// The books of the run.
    pub const fn books(&self) -> &Books {
        &self.books
    }

    /// How many of the problems are new, and how many were there before.
    pub fn problems(&self) -> (u64, u64) {
        let kinds = self.troubles.iter().filter(|one| one.code.is_empty());
        kinds.fold((0, 0), |(fresh, standing), one| {
            (fresh + one.fresh, standing + one.standing)
        })
    }

    /// How many of the problems somebody has looked at and leaves as they are.
    pub fn acknowledged(&self) -> u64 {
        let kinds = self.troubles.iter().filter(|one| one.code.is_empty());
        kinds.map(|one| one.acknowledged).sum()
    }

    /// Rejected rows that later runs have closed.
    pub const fn closed(&self) -> &ClosedRows {
        &self.closed
    }

    /// Rows that cannot be used and that nothing has closed, and records that have not arrived or are held, as
    /// they stand now.
    pub const fn open(&self) -> u64 {
        let records = self.books.records;
        let rejected = self.books.rows.rejected.saturating_sub(self.closed.rows);
        rejected + records.failed + records.held + records.in_doubt
    }

    /// Rows and records whose opt-out was not delivered.
    pub const fn undelivered_opt_outs(&self) -> u64 {
        self.opt_outs.undelivered
    }

    /// How many requests it saved not to send what was delivered before, or was refused for good: full
    /// batches for the former, and for the latter one at least for as many.
    pub fn requests_saved(&self) -> u64 {
        let Some(forecast) = &self.forecast else {
            return 0;
        };
        let all = forecast.pending + forecast.unchanged + forecast.refused_before;
        let batches = |records: u64| records.div_ceil(self.full_batch);
        // A request of its own is refused with its record, and nobody has to be told from others.
        let to_tell_apart = if self.full_batch > 1 {
            batches(forecast.refused_before)
        } else {
            0
        };
        batches(all) - batches(forecast.pending) + to_tell_apart
    }

    /// The run in one line, for a night of which nothing else has to be said.
    pub fn line(&self, verdict: &Verdict) -> String {
        let records = self.books.records;
        format!(
            "{}; {}, {} delivered in {}, {} unchanged",
            first_line(&verdict.text),
            counted(self.books.rows.read, "row"),
            grouped(records.succeeded),
            counted(self.books.requests.sent, "request"),
            grouped(records.unchanged),
        )
    }

    /// The run in at most fifteen lines. `next` says how to go on, `findings` what is to be fixed; where opt-outs
    /// were not delivered, that is the last line.
    pub fn text(&self, verdict: &Verdict, next: &str, findings: &Findings) -> String {
        let [rows, records, requests] = figures(&self.books);
        let headline = verdict.text.lines().filter(|line| !line.is_empty());
        let mut lines: Vec<String> = headline.map(str::to_owned).collect();
        let mut add = |name: &str, text: String| lines.push(format!("  {name:<9} {text}"));
        add("to", self.to.clone());
        add("file", self.file_text());
        add("rows", rows);
        add("records", records);
        add("requests", requests + &self.saved_text());
        for (name, text) in self.parts() {
            add(name, text);
        }
        let mut last = vec![format!("  {:<9} {next}", "next")];
        last.extend(self.undelivered_text());
        let room = MOST_LINES.saturating_sub(lines.len() + last.len());
        let kinds = findings.in_short(room.clamp(1, MOST_KINDS), &self.troubles);
        for (index, text) in kinds.into_iter().enumerate() {
            let name = if index == 0 { "to fix" } else { "" };
            lines.push(format!("  {name:<9} {text}"));
        }
        lines.extend(last);
        lines.join("\n")
    }

    /// What is said of a run beside its books and findings: which problems are new, what sending does, which
    /// opt-outs it brings, what changed.
    fn parts(&self) -> Vec<(&'static str, String)> {
        let delivered = delivered_text(&self.effects, self.books.records.succeeded);
        let (delivered, foreseen) = match (delivered, self.forecast_text()) {
            (Some(delivered), Some(foreseen)) => {
                (Some(format!("{delivered}; foreseen: {foreseen}")), None)
            }
            told => told,
        };
        let parts = [
            ("delivered", delivered),
            ("foreseen", foreseen),
            ("problems", self.problems_text()),
            ("opt-outs", self.opt_outs_text()),
            ("changes", self.changes_text()),
        ];
        let told = parts.into_iter();
        told.filter_map(|(name, text)| Some((name, text?)))
            .collect()
    }

    /// The same as lines of text, for a report that tells the rest at length.
    pub fn parts_text(&self) -> String {
        let parts = self.parts().into_iter();
        let mut lines: Vec<String> = parts
            .map(|(name, text)| format!("  {name:<9} {text}\n"))
            .collect();
        lines.extend(self.undelivered_text().map(|line| line + "\n"));
        lines.concat()
    }

    pub(super) fn file_text(&self) -> String {
        let before = self.rows_before.map(|rows| {
            let now = self.books.rows.read;
            let more_or_fewer = match now.cmp(&rows) {
                Ordering::Less => "fewer",
                Ordering::Equal => return ", as many rows as the last one".to_owned(),
                Ordering::Greater => "more",
            };
            let rows = now.abs_diff(rows);
            let noun = if rows == 1 { "row" } else { "rows" };
            format!(
                ", {} {more_or_fewer} {noun} than the last one",
                grouped(rows)
            )
        });
        format!("{}{}", self.file, before.unwrap_or_default())
    }

    fn saved_text(&self) -> String {
        match self.requests_saved() {
            0 => String::new(),
            saved => format!("; {} saved", grouped(saved)),
        }
    }

    fn problems_text(&self) -> Option<String> {
        let (fresh, standing) = self.problems();
        let known = self.acknowledged();
        if fresh + standing + known == 0 {
            return None;
        }
        let oldest = self.troubles.iter().filter_map(|one| one.oldest).min();
        let age =
            oldest
                .filter(|_| standing > 0)
                .map(|since| match days_between(since, self.now) {
                    0 => ", the oldest since today".to_owned(),
                    days => format!(", the oldest for {}", counted(days, "day")),
                });
        let parts = self.troubles.iter().filter(|one| one.code.is_empty());
        let parts: Vec<String> = parts
            .map(|one| {
                let count = grouped(one.fresh + one.standing + one.acknowledged);
                let of = if one.fresh == 0 || one.standing == 0 {
                    String::new()
                } else {
                    format!(" ({} new)", grouped(one.fresh))
                };
                let all = one.fresh + one.standing + one.acknowledged;
                format!("{count} {}{of}", words(one.kind, all))
            })
            .collect();
        Some(format!(
            "{} new, {} standing{}{}: {}",
            grouped(fresh),
            grouped(standing),
            age.unwrap_or_default(),
            if known > 0 {
                format!(", {} acknowledged", grouped(known))
            } else {
                String::new()
            },
            parts.join(", ")
        ))
    }

    fn forecast_text(&self) -> Option<String> {
        let forecast = self.forecast.filter(|forecast| forecast.pending > 0)?;
        let mut parts = Vec::new();
        if forecast.customers_new > 0 {
            parts.push(format!(
                "{} not delivered before",
                counted(forecast.customers_new, "customer")
            ));
        }
        if forecast.policies_new > 0 {
            parts.push(format!(
                "{} new to their customers",
                policies(forecast.policies_new)
            ));
        }
        if forecast.policies_ending > 0 {
            parts.push(format!(
                "{} to be ended by that",
                policies(forecast.policies_ending)
            ));
        }
        if forecast.customers_unknown > 0 {
            parts.push(format!(
                "unknown what ends for {}",
                counted(forecast.customers_unknown, "customer")
            ));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    fn opt_outs_text(&self) -> Option<String> {
        let OptOutBooks {
            delivered, pending, ..
        } = self.opt_outs;
        let parts = [
            (delivered, "newly delivered"),
            (pending, "still to be delivered"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts
            .map(|(count, what)| format!("{} {what}", grouped(*count)))
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// The loudest line.
    fn undelivered_text(&self) -> Option<String> {
        let count = self.opt_outs.undelivered;
        if count == 0 {
            return None;
        }
        let rows: Vec<String> = (self.opt_outs.first.iter())
            .map(|(_, row)| row.to_string())
            .collect();
        let more = if count > rows.len() as u64 {
            " …"
        } else {
            ""
        };
        let (who, noun) = if count == 1 {
            ("1 person asks", "row")
        } else {
            (&*format!("{} people ask", grouped(count)), "rows")
        };
        Some(format!(
            "  UNDELIVERED OPT-OUTS: {who} not to be contacted, and the API does not know: {noun} {}{more}",
            rows.join(", ")
        ))
    }

    fn changes_text(&self) -> Option<String> {
        let count = |kind| {
            let found = self.changes.iter().find(|(known, _)| *known == kind);
            found.map_or(0, |(_, count)| *count)
        };
        let mut parts = Vec::new();
        let lost = count(ChangeKind::AgentLost);
        if lost > 0 {
            let agents = self.agents_lost.iter().take(MOST_AGENTS);
            let agents: Vec<String> = agents
                .map(|(agent, count)| format!("{agent}: {}", grouped(*count)))
                .collect();
            let more = if self.agents_lost.len() > MOST_AGENTS {
                " …"
            } else {
                ""
            };
            parts.push(format!(
                "{} lost an own agent ({}{more})",
                policies(lost),
                agents.join(", ")
            ));
        }
        for (kind, what) in [
            (ChangeKind::StatusChanged, "with another status"),
            (ChangeKind::PolicyVanished, "gone from their customers"),
        ] {
            if count(kind) > 0 {
                parts.push(format!("{} {what}", policies(count(kind))));
            }
        }
        let (_, overwritten) = self.surprises;
        if overwritten > 0 {
            let what = policies(overwritten);
            parts.push(format!("{what} whose status had been changed in the API"));
        }
        let vanished = count(ChangeKind::CustomerVanished);
        if vanished > 0 {
            parts.push(format!(
                "{} gone from the export, left alone",
                counted(vanished, "customer")
            ));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// The files' names, and how old the export is.
fn file(journal: &Journal, run: &Run, now: DateTime<Local>) -> Result<String, Error> {
    let names: Vec<String> = run.sources.iter().map(Origin::short).collect();
    let name = match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    };
    let tables = journal.tables(run.id)?;
    let first = tables.first();
    let age = first.and_then(|(origin, modified)| ExportAge::of(origin, *modified, now));
    let age = age.map(|age| format!(", {}", age.text()));
    Ok(format!("{name}{}", age.unwrap_or_default()))
}

/// How many midnights lie between a time in milliseconds since 1970 and now: a job that starts at the same hour
/// each night counts its nights.
fn days_between(since: i64, now: DateTime<Local>) -> u64 {
    let since = DateTime::from_timestamp_millis(since).unwrap_or_default();
    let since = since.with_timezone(&Local).date_naive();
    let days = now.date_naive().signed_duration_since(since).num_days();
    u64::try_from(days).unwrap_or_default()
}

const fn words(kind: TroubleKind, count: u64) -> &'static str {
    match kind {
        TroubleKind::Rejected if count == 1 => "row rejected",
        TroubleKind::Rejected => "rows rejected",
        TroubleKind::Failed => "failed",
        TroubleKind::Held => "held",
        TroubleKind::InDoubt => "in doubt",
    }
}

fn policies(count: u64) -> String {
    if count == 1 {
        "1 policy".to_owned()
    } else {
        format!("{} policies", grouped(count))
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
