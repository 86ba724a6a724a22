//! The head of the page: how it went, where to, and how old the file is.

use maud::{Markup, html};

use super::{
    Page,
    figures::{counted_figure, figure},
};
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

impl Verdict {
    fn good(text: impl Into<String>) -> Self {
        Self::of("is-good", "✓", text)
    }

    fn bad(text: impl Into<String>) -> Self {
        Self::of("is-bad", "✕", text)
    }

    fn of(tone: &'static str, mark: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { tone, mark, text }
    }
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
                    (counted_figure("rows.read", books.rows.read, "row")) " read, "
                    (counted_figure("records.succeeded", books.records.succeeded, "record")) " delivered in "
                    (counted_figure("requests.sent", books.requests.sent, "request")) ", "
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
        if self.summary.books.imbalance().is_some() {
            return Verdict::bad("The books of this run do not balance");
        }
        let undelivered = self.summary.undelivered_opt_outs();
        if undelivered > 0 {
            return Verdict::bad(format!("{} not delivered", counted(undelivered, "opt-out")));
        }
        if self.run.state == RunState::Finished {
            return self.verdict_at_the_end();
        }
        let records = self.summary.books.records;
        let open = counted(records.pending + records.in_flight, "record");
        let text = if self.run.sampled {
            "A sample was sent; the rest waits"
        } else {
            "Not finished"
        };
        Verdict::of("is-warn", "…", format!("{text}: {open} still to be sent"))
    }

    fn verdict_at_the_end(&self) -> Verdict {
        let (fresh, standing) = self.summary.problems();
        let known = self.summary.acknowledged();
        let missed = self.summary.open();
        if missed == 0 {
            return Verdict::good("All is well: every row is accounted for");
        }
        if known == missed {
            return Verdict::good(format!("Nothing to do; {} acknowledged", grouped(known)));
        }
        let text = if fresh + standing + known != missed {
            format!("{} left to look at", grouped(missed))
        } else if fresh == 0 {
            format!(
                "Nothing new is wrong; {} as before",
                counted(standing, "problem")
            )
        } else {
            let all = grouped(fresh + standing);
            format!("{all} to look at, {} of them new", grouped(fresh))
        };
        Verdict::of("is-warn", "!", text)
    }
}
