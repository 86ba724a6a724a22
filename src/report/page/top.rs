//! The head of the page: how it went, where to, and how old the file is.

use maud::{Markup, html};

use super::{Page, figures::figure};
use crate::{
    journal::RunState,
    origin::Origin,
    report::{counted, grouped},
};

/// How it went.
struct Verdict {
    /// The colour, by the name that the style gives it.
    tone: &'static str,
    /// So that it is not told by colour alone.
    mark: &'static str,
    text: String,
}

impl Page {
    pub(super) fn top(&self) -> Markup {
        let verdict = self.verdict();
        let run = &self.run;
        let files: Vec<String> = run.sources.iter().map(Origin::short).collect();
        let books = self.summary.books;
        html! {
            header class=(verdict.tone) {
                p.kicker { "aca-sync, run " span data-figure="run" { (run.id.0) } }
                h1 { span aria-hidden="true" { (verdict.mark) " " } (verdict.text) }
                p.lead {
                    (figure("rows.read", books.rows.read)) " rows read, "
                    (figure("records.succeeded", books.records.succeeded)) " records delivered in "
                    (figure("requests.sent", books.requests.sent)) " requests, "
                    (figure("records.unchanged", books.records.unchanged)) " unchanged."
                }
                dl {
                    dt { "To" } dd { (run.account) " at " (run.address) ", " (run.target) }
                    dt { "File" }
                    dd {
                        (self.summary.file_text())
                        @if files.len() > 1 { " (" (files.join("; ")) ")" }
                    }
                    dt { "Mapping" } dd { (run.mapping) }
                    dt { "Started" } dd { (self.clock(run.started_at)) }
                    dt { "Ended" }
                    dd { @match run.finished_at { Some(at) => (self.clock(at)), None => "not yet" } }
                    dt { "Report made" }
                    dd { (self.now().format("%Y-%m-%d %H:%M (UTC%:z)")) "; all times are of that clock" }
                }
            }
        }
    }

    fn verdict(&self) -> Verdict {
        let books = self.summary.books;
        let records = books.records;
        let open = records.pending + records.in_flight;
        let bad = |text: String| Verdict {
            tone: "is-bad",
            mark: "✕",
            text,
        };
        if books.imbalance().is_some() {
            return bad("The books of this run do not balance".to_owned());
        }
        let undelivered = self.summary.undelivered_opt_outs();
        if undelivered > 0 {
            return bad(format!("{} not delivered", counted(undelivered, "opt-out")));
        }
        if self.run.state != RunState::Finished {
            let text = if self.run.sampled {
                "A sample was sent; the rest waits"
            } else {
                "Not finished"
            };
            return Verdict {
                tone: "is-warn",
                mark: "…",
                text: format!("{text}: {} still to be sent", counted(open, "record")),
            };
        }
        let (fresh, standing) = self.summary.problems();
        let missed = self.summary.missed();
        if missed == 0 {
            return Verdict {
                tone: "is-good",
                mark: "✓",
                text: "All is well: every row is accounted for".to_owned(),
            };
        }
        let text = if fresh + standing != missed {
            format!("{} left to look at", grouped(missed))
        } else if fresh == 0 {
            format!(
                "Nothing new is wrong; {} stand as before",
                grouped(standing)
            )
        } else {
            format!(
                "{} to look at, {} of them new",
                grouped(fresh + standing),
                grouped(fresh)
            )
        };
        Verdict {
            tone: "is-warn",
            mark: "!",
            text,
        }
    }
}
