//! How the file differs from what was delivered before: statuses, and what vanished.

use maud::{Markup, html};

use super::{Page, figures::figure, section};
use crate::{
    journal::ChangeKind,
    report::{
        ChangedRow,
        changes::{ENDED_BY_API, STATUS_OVERWRITTEN},
        grouped,
    },
};

/// How many changes are listed.
const LISTED: usize = 25;

impl Page {
    pub(super) fn differences(&self) -> Markup {
        let (ended, overwritten) = self.summary.surprises;
        let counts = [
            (
                ChangeKind::StatusChanged.as_str(),
                self.change_count(ChangeKind::StatusChanged),
            ),
            (
                ChangeKind::PolicyVanished.as_str(),
                self.change_count(ChangeKind::PolicyVanished),
            ),
            (
                ChangeKind::CustomerVanished.as_str(),
                self.change_count(ChangeKind::CustomerVanished),
            ),
            (STATUS_OVERWRITTEN, overwritten),
            (ENDED_BY_API, ended),
        ];
        let listed: Vec<&ChangedRow> = self.changes.iter().take(LISTED).collect();
        let more = self.changes.len() - listed.len();
        let content = html! {
            table.narrow {
                caption.hidden { "What changed, by kind" }
                thead { tr { th scope="col" { "What" } th.number scope="col" { "Count" } } }
                tbody {
                    @for (kind, count) in counts {
                        tr {
                            th scope="row" { (words(kind)) }
                            td.number { (figure(&format!("changes.{kind}"), count)) }
                        }
                    }
                }
            }
            @if !listed.is_empty() { (self.listed(&listed)) }
            @if more > 0 {
                p {
                    (grouped(more as u64)) " more: " code { "aca-sync show " (self.run.id.0) (self.place) " --changes OUT.csv" }
                    " writes all of them."
                }
            }
        };
        section("changes", "What changed", &content)
    }

    fn listed(&self, rows: &[&ChangedRow]) -> Markup {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
        html! {
            details {
                summary { "Where: the first " (grouped(rows.len() as u64)) }
                div.wide {
                    table {
                        caption.hidden { "What changed, row by row" }
                        thead { tr {
                            th scope="col" { "What" } th scope="col" { "File and row" }
                            th scope="col" { "Before" } th scope="col" { "Now" }
                        } }
                        tbody {
                            @for row in rows {
                                tr {
                                    th scope="row" { (words(row.kind)) }
                                    td data-label="Where" {
                                        (row.file) ", row " (row.row)
                                        @if row.run != self.run.id.0 { " (run " (row.run) ")" }
                                    }
                                    td data-label="Before" { (text(&row.before)) } td data-label="Now" { (text(&row.after)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn words(kind: &str) -> &str {
    match kind {
        "status_changed" => "policies with another status than was delivered last",
        "agent_lost" => "policies that lost an agent of your own",
        "policy_vanished" => "policies gone from their customers",
        "customer_vanished" => "customers gone from the export, left alone",
        STATUS_OVERWRITTEN => "policies whose status had been changed in the API",
        ENDED_BY_API => "policies that the API ended by itself",
        other => other,
    }
}
