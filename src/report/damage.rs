//! What spreadsheets did to a file on its way, column by column, beside the file before it.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

use super::{Findings, counted, findings};
use crate::{
    journal::{Books, Error, Journal, Run, RunState},
    problem::{Code, Repair},
    record::RunId,
};

/// Damaged cells by column, the worst column first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Damage {
    columns: Vec<DamagedColumn>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
struct DamagedColumn {
    name: String,
    now: Share,
    /// The same in the last file, where its counts are kept.
    last: Option<Share>,
}

/// Damaged cells among all of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Share {
    damaged: u64,
    cells: u64,
}

/// Finds the damage in a run, and what it was in the last finished whole run of the same mapping, account
/// and target: the last that `remembered` knows, or the last before the run that stands beside it.
///
/// # Errors
///
/// When the journal cannot be read.
pub fn damage(
    (run, findings_now, books): (&Run, &Findings, &Books),
    remembered: Option<(&Journal, Option<RunId>)>,
) -> Result<Damage, Error> {
    let now = damaged_cells(findings_now);
    if now.is_empty() {
        return Ok(Damage::default());
    }
    let last = match remembered {
        Some(remembered) => last_like(remembered, run)?,
        None => None,
    };
    let share = |of: &BTreeMap<String, u64>, books: &Books, column: &str| {
        let cells = books.rows.read.saturating_sub(books.rows.skipped);
        // A cell that was mended twice is one.
        let damaged = of.get(column).copied().unwrap_or_default().min(cells);
        Share { damaged, cells }
    };
    let mut columns: Vec<DamagedColumn> = now
        .keys()
        .map(|column| DamagedColumn {
            name: column.clone(),
            now: share(&now, books, column),
            last: last
                .as_ref()
                .map(|(cells, books)| share(cells, books, column)),
        })
        .collect();
    columns.sort_by_key(|column| std::cmp::Reverse(column.now.damaged));
    Ok(Damage { columns })
}

type Cells = BTreeMap<String, u64>;

fn last_like(
    (journal, before): (&Journal, Option<RunId>),
    run: &Run,
) -> Result<Option<(Cells, Books)>, Error> {
    let is_like = |other: &Run| {
        (&other.mapping, &other.account, &other.target) == (&run.mapping, &run.account, &run.target)
            && other.state == RunState::Finished
            && !other.sampled
            && before.is_none_or(|before| other.id < before)
    };
    let Some(last) = journal.runs()?.into_iter().rfind(is_like) else {
        return Ok(None);
    };
    let cells = damaged_cells(&findings(journal, &last)?);
    Ok(Some((cells, journal.books(last.id)?)))
}

/// Damaged cells by column: mended ones, ones left out, ones for which a row was rejected.
fn damaged_cells(findings: &Findings) -> Cells {
    let refused = findings.rejected().iter();
    let refused = refused.map(|group| (&group.column, &group.code, group.count));
    let mended = findings.counted().iter();
    let mended = mended.map(|group| (&group.column, &group.code, group.count));
    let mut cells = Cells::new();
    for (column, code, count) in refused.chain(mended) {
        if !column.is_empty() && is_damage(code) {
            *cells.entry(column.clone()).or_default() += count;
        }
    }
    cells
}

fn is_damage(code: &str) -> bool {
    let repair = Repair::from_text(code).is_some_and(|repair| {
        matches!(
            repair,
            Repair::FloatTail | Repair::LeadingZero | Repair::TextProtection
        )
    });
    repair
        || Code::from_text(code).is_some_and(|code| {
            matches!(
                code,
                Code::PhoneScientific
                    | Code::NumberScientific
                    | Code::IdentifierScientific
                    | Code::SpreadsheetError
                    | Code::NotCalculated
                    | Code::DateAmbiguous
            )
        })
}

impl Damage {
    /// The damage as text; nothing where there is none.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if !self.columns.is_empty() {
            text.push_str("\ndamaged by a spreadsheet\n");
        }
        for DamagedColumn { name, now, last } in &self.columns {
            let beside = match last {
                Some(last) if last.damaged == 0 => " since the last file".to_owned(),
                Some(last) => format!(", {} in the last file", last.percent()),
                None => String::new(),
            };
            let _ = writeln!(
                text,
                "  {name}: {} damaged{beside} ({} of {}); ask for the CSV",
                now.percent(),
                super::grouped(now.damaged),
                counted(now.cells, "cell")
            );
        }
        text
    }

    /// The damage as JSON.
    pub fn json(&self) -> Value {
        let column = |column: &DamagedColumn| {
            json!({
                "column": column.name,
                "damaged": column.now.damaged,
                "cells": column.now.cells,
                "share": column.now.fraction(),
                "last_share": column.last.map(Share::fraction),
            })
        };
        self.columns.iter().map(column).collect()
    }
}

impl Share {
    /// To a hundredth of a percent.
    #[expect(
        clippy::cast_precision_loss,
        reason = "at most 10,000, so nothing is lost"
    )]
    fn fraction(self) -> f64 {
        self.hundredths_of_percent() as f64 / 10_000.0
    }

    fn hundredths_of_percent(self) -> u64 {
        let cells = u128::from(self.cells.max(1));
        let share = (u128::from(self.damaged) * 10_000 + cells / 2) / cells;
        u64::try_from(share).unwrap_or(u64::MAX)
    }

    fn percent(self) -> String {
        match (self.hundredths_of_percent() + 50) / 100 {
            0 => "less than 1 %".to_owned(),
            100 if self.damaged < self.cells => "99 %".to_owned(),
            percent => format!("{percent} %"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Damage, DamagedColumn, Share};

    #[test]
    fn a_share_is_told_beside_the_last_one() {
        let share = |damaged, cells| Share { damaged, cells };
        let column = |name: &str, now, last| DamagedColumn {
            name: name.to_owned(),
            now,
            last,
        };
        let damage = Damage {
            columns: vec![
                column("phone", share(456, 1_200), Some(share(0, 1_000))),
                column("zip_code", share(1_199, 1_200), Some(share(1, 1_000))),
                column("dob", share(1, 1_200), None),
            ],
        };

        assert_eq!(
            damage.text(),
            "\ndamaged by a spreadsheet\n  \
             phone: 38 % damaged since the last file (456 of 1,200 cells); ask for the CSV\n  \
             zip_code: 99 % damaged, less than 1 % in the last file (1,199 of 1,200 cells); ask for the CSV\n  \
             dob: less than 1 % damaged (1 of 1,200 cells); ask for the CSV\n"
        );
        assert_eq!(damage.json()[0]["share"], 0.38);
        assert_eq!(damage.json()[1]["last_share"], 0.001);
        assert!(damage.json()[2]["last_share"].is_null());
    }
}
