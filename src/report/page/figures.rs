//! Numbers on the page, each with the name that the JSON gives it, and the books as a picture.

use maud::{Markup, html};

use super::{
    Page,
    chart::{Part, bar},
    section,
};
use crate::report::{duration, grouped};

/// A number that says which one it is.
pub(super) fn figure(name: &str, count: u64) -> Markup {
    html! { span data-figure=(name) { (grouped(count)) } }
}

/// A number that says which one it is, with its noun.
pub(super) fn counted_figure(name: &str, count: u64, noun: &str) -> Markup {
    html! { (figure(name, count)) " " (noun) @if count != 1 { "s" } }
}

/// A number that may not be known.
pub(super) fn figure_or(name: &str, count: Option<u64>) -> Markup {
    count.map_or_else(
        || html! { span.faint { "not told" } },
        |count| figure(name, count),
    )
}

impl Page {
    pub(super) fn books_picture(&self) -> Markup {
        let books = self.summary.books;
        let (rows, records, requests) = (books.rows, books.records, books.requests);
        let row_parts = [
            Part::of("staged", "good", rows.staged),
            Part::of("rejected", "bad", rows.rejected),
            Part::of("skipped", "calm", rows.skipped),
        ];
        let record_parts = [
            Part::of("succeeded", "good", records.succeeded),
            Part::of("unchanged", "calm", records.unchanged),
            Part::of("failed", "bad", records.failed),
            Part::of("held", "warn", records.held),
            Part::of("in doubt", "doubt", records.in_doubt),
            Part::of("pending", "wait", records.pending),
            Part::of("in flight", "wait", records.in_flight),
            Part::of("superseded", "faint", records.superseded),
        ];
        let content = html! {
            p { "Each row of the file ends in exactly one place, and so does each record that the rows become: a customer with its policies." }
            div.pair {
                (book(("rows", "Rows", "read"), rows.read, &row_parts))
                (book(("records", "Records", "total"), records.total, &record_parts))
            }
            p {
                (counted_figure("requests.sent", requests.sent, "request")) " sent, "
                (figure("requests.throttled", requests.throttled)) " answered with “wait” (429), "
                (figure("requests.retried", requests.retried)) " sent again; staged in "
                (duration(books.seconds.stage)) ", sent in " (duration(books.seconds.send)) ". "
                (counted_figure("requests_saved", self.summary.requests_saved(), "request"))
                " saved by not sending what did not change."
            }
        };
        section("books", "The books", &content)
    }
}

/// A bar with its table.
fn book((id, title, total): (&str, &str, &str), count: u64, parts: &[Part]) -> Markup {
    html! {
        figure {
            figcaption { (title) ": " (figure(&format!("{id}.{total}"), count)) }
            (bar(&format!("bar-{id}"), title, parts))
            table {
                caption.hidden { (title) " by how they ended" }
                thead { tr { th scope="col" { "How they ended" } th.number scope="col" { "Count" } } }
                tbody {
                    @for part in parts {
                        @let name = format!("{id}.{}", part.name.replace(' ', "_"));
                        tr {
                            th scope="row" { span class={ "swatch " (part.tone) } {} (part.name) }
                            td.number { (figure(&name, part.count)) }
                        }
                    }
                }
            }
        }
    }
}
