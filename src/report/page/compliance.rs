//! What an agency answers for: opt-outs, agents of record, policies ended and customers created.

use maud::{Markup, html};

use super::{
    Page,
    figures::{figure, figure_or},
    section,
};
use crate::{journal::ChangeKind, report::grouped};

impl Page {
    pub(super) fn compliance(&self) -> Markup {
        let content = html! {
            (self.opt_outs())
            (self.agents())
            (self.effects())
        };
        section("compliance", "Compliance", &content)
    }

    /// The first rows whose opt-outs were not delivered, in words; none where there is no such row.
    pub(super) fn undelivered_rows(&self) -> Option<String> {
        let books = &self.summary.opt_outs;
        if books.undelivered == 0 {
            return None;
        }
        let several = self.findings().sources.len() > 1;
        let rows: Vec<String> = (books.first.iter())
            .map(|(source, row)| {
                let file = self.findings().sources.get(*source as usize);
                match file.filter(|_| several) {
                    Some(file) => format!("{file}:{row}"),
                    None => row.to_string(),
                }
            })
            .collect();
        let noun = if books.undelivered == 1 {
            "row"
        } else {
            "rows"
        };
        let more = if books.undelivered > rows.len() as u64 {
            " …"
        } else {
            ""
        };
        Some(format!("{noun} {}{more}", rows.join(", ")))
    }

    fn opt_outs(&self) -> Markup {
        let books = &self.summary.opt_outs;
        html! {
            h3 { "Opt-outs" }
            @if let Some(rows) = self.undelivered_rows() {
                p.loud role="alert" {
                    strong { (figure("opt_outs.undelivered", books.undelivered)) " not delivered" }
                    ": people ask not to be contacted, and the API does not know. See " (rows) "."
                }
            } @else {
                p { "Not delivered: " (figure("opt_outs.undelivered", 0)) "." }
            }
            p {
                (figure("opt_outs.delivered", books.delivered)) " newly delivered, "
                (figure("opt_outs.pending", books.pending)) " still to be delivered."
            }
        }
    }

    fn agents(&self) -> Markup {
        let lost = self.change_count(ChangeKind::AgentLost);
        let agents = &self.summary.agents_lost;
        html! {
            h3 { "Agents of record" }
            p {
                "Policies whose agent of record was one of your own, and is not any more: "
                (figure("changes.agent_lost", lost)) "."
            }
            @if !agents.is_empty() {
                table.narrow {
                    caption.hidden { "Policies lost, by agent" }
                    thead { tr { th scope="col" { "Agent (NPN)" } th.number scope="col" { "Policies lost" } } }
                    tbody {
                        @for (agent, count) in agents {
                            tr { th scope="row" { (agent) } td.number { (grouped(*count)) } }
                        }
                    }
                }
            }
        }
    }

    /// What the API did beside what was foreseen.
    fn effects(&self) -> Markup {
        let effects = self.summary.effects;
        let foreseen = self.summary.forecast;
        let (ended_by_itself, _) = self.summary.surprises;
        let lines = [
            (
                "Policies ended",
                figure_or("delivered.policies_ended", effects.policies_ended),
                figure_or(
                    "forecast.policies_ending",
                    foreseen.map(|it| it.policies_ending),
                ),
            ),
            (
                "Customers created",
                figure_or("delivered.customers_created", effects.customers_created),
                figure_or(
                    "forecast.customers_new",
                    foreseen.map(|it| it.customers_new),
                ),
            ),
            (
                "Policies created",
                figure_or("delivered.policies_created", effects.policies_created),
                html! {
                    (figure_or("forecast.policies_new", foreseen.map(|it| it.policies_new)))
                    @if let Some(unknown) = foreseen.map(|it| it.policies_unknown).filter(|count| *count > 0) {
                        " and up to " (figure("forecast.policies_unknown", unknown)) " more"
                    }
                },
            ),
        ];
        let unknown = foreseen.map_or(0, |it| it.customers_unknown);
        html! {
            h3 { "What the API did, beside what was foreseen" }
            table.narrow {
                caption.hidden { "What the API did, beside what was foreseen" }
                thead { tr {
                    th scope="col" { "What" } th.number scope="col" { "Done" } th.number scope="col" { "Foreseen" }
                } }
                tbody {
                    @for (name, done, foreseen) in lines {
                        tr { th scope="row" { (name) } td.number { (done) } td.number { (foreseen) } }
                    }
                }
            }
            @if ended_by_itself > 0 {
                p { "Policies that the API ended by itself: " (figure("changes.ended_by_api", ended_by_itself)) "." }
            }
            @if unknown > 0 {
                p.faint {
                    "Customers of whom it could not be foreseen what ends, as their past is not known here: "
                    (figure("forecast.customers_unknown", unknown)) "."
                }
            }
        }
    }

    pub(super) fn change_count(&self, kind: ChangeKind) -> u64 {
        let mut changes = self.summary.changes.iter();
        let found = changes.find(|(known, _)| *known == kind);
        found.map_or(0, |(_, count)| *count)
    }
}
