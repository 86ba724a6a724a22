//! This run beside the last ones: rows, what was sent, what did not change, what is wrong.

use maud::{Markup, html};

use super::{
    Page,
    chart::{Column, Part, columns},
    section,
};
use crate::{
    journal::{Books, Error, Journal, Run},
    record::RunId,
    report::grouped,
};

/// One run of the trend.
#[derive(Debug, Clone, Copy)]
pub(super) struct Night {
    run: RunId,
    /// In milliseconds since 1970.
    started_at: i64,
    /// Rows, records sent, records unchanged, problems.
    figures: [u64; 4],
}

/// What is counted: its id, its name, and its colour.
const KINDS: [(&str, &str, &str); 4] = [
    ("rows", "Rows", "plain"),
    ("sent", "Records sent", "good"),
    ("unchanged", "Unchanged", "calm"),
    ("problems", "Problems", "bad"),
];

/// The last whole runs before a run, at most `most`, and the run itself.
pub(super) fn nights(journal: &Journal, run: &Run, most: usize) -> Result<Vec<Night>, Error> {
    let mut runs = journal.whole_runs_before(run, most)?;
    runs.push((run.id, run.started_at));
    let nights = runs.into_iter().map(|(run, started_at)| {
        Ok(Night {
            run,
            started_at,
            figures: figures(&journal.books(run)?),
        })
    });
    nights.collect()
}

const fn figures(books: &Books) -> [u64; 4] {
    let records = books.records;
    [
        books.rows.read,
        records.succeeded + records.failed + records.in_doubt,
        records.unchanged,
        books.rows.rejected + records.failed + records.held + records.in_doubt,
    ]
}

impl Page {
    pub(super) fn trend(&self) -> Markup {
        let before = self.nights.len().saturating_sub(1);
        let content = html! {
            @if before == 0 {
                p { "There is no earlier whole run of this mapping and account to compare with." }
            } @else {
                div.quarters {
                    @for (place, kind) in KINDS.iter().enumerate() { (self.picture(place, *kind)) }
                }
                details {
                    summary { "The same as a table" }
                    div.wide { (self.trend_table()) }
                }
            }
        };
        section("trend", &heading(before), &content)
    }

    fn picture(
        &self,
        place: usize,
        (id, name, tone): (&str, &'static str, &'static str),
    ) -> Markup {
        let count = |night: &Night| night.figures.get(place).copied().unwrap_or_default();
        let drawn: Vec<Column> = (self.nights.iter())
            .map(|night| {
                let tone = if night.run == self.run.id {
                    tone
                } else {
                    "past"
                };
                Column::of(vec![Part::of(name, tone, count(night))])
            })
            .collect();
        let most = self.nights.iter().map(count).max().unwrap_or_default();
        let now = self.nights.last().map(count).unwrap_or_default();
        html! {
            figure {
                figcaption { (name) ": " b { (grouped(now)) } }
                (columns(&format!("trend-{id}"), name, &drawn))
                p.faint { "oldest left, this run right; highest " (grouped(most)) }
            }
        }
    }

    fn trend_table(&self) -> Markup {
        html! {
            table {
                caption.hidden { "This run beside the ones before it" }
                thead { tr {
                    th scope="col" { "Run" } th scope="col" { "Started" }
                    @for (_, name, _) in KINDS { th.number scope="col" { (name) } }
                } }
                tbody {
                    @for night in self.nights.iter().rev() {
                        tr {
                            th scope="row" { (night.run.0) }
                            td data-label="Started" { (self.clock(night.started_at)) }
                            @for ((_, name, _), count) in KINDS.iter().zip(night.figures) { td.number data-label=(name) { (grouped(count)) } }
                        }
                    }
                }
            }
        }
    }
}

fn heading(before: usize) -> String {
    match before {
        0 => "Beside earlier runs".to_owned(),
        1 => "Beside the last run".to_owned(),
        count => format!("Beside the last {count} runs"),
    }
}
