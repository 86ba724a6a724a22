//! How the API will find the customers and policies of a run: what a first run has to be sure of.

use std::fmt::Write as _;

use super::{Findings, counted, grouped};
use crate::{
    contract::Contract,
    journal::{BY_FALLBACK, BY_NOTHING, Books},
};

/// The columns that identify customers and policies, each with the field it feeds, in the API's order.
pub struct Columns<'m> {
    /// What identifies a customer.
    pub customer: Vec<(&'static str, &'m str)>,
    /// What identifies a policy.
    pub policy: Vec<(&'static str, &'m str)>,
}

/// Says which columns identify customers and policies, how many rows have them, and what the API does
/// with the rest.
pub fn identification(
    contract: &Contract,
    columns: &Columns<'_>,
    findings: &Findings,
    books: &Books,
) -> String {
    let mut text = String::from("how the API finds what is sent\n");
    let rows = books.rows.read.saturating_sub(books.rows.skipped);
    let mut list = |title: &str, columns: &[(&str, &str)], without: &str| {
        let _ = writeln!(text, "  {title}");
        for (place, (field, column)) in columns.iter().enumerate() {
            let have = findings.identified(field);
            let _ = writeln!(
                text,
                "    {}. {field}, from column {column}: {} of {} rows have it",
                place + 1,
                grouped(have),
                grouped(rows)
            );
        }
        let _ = writeln!(text, "    {without}");
    };
    let fallback = contract.matching.fallback.join(" + ");
    list(
        "a customer by the first of these that a record has:",
        &columns.customer,
        &format!(
            "without any: by {fallback} together: {}; without all of those, each send may make another customer: {}",
            counted(findings.identified(BY_FALLBACK), "row"),
            counted(findings.identified(BY_NOTHING), "row"),
        ),
    );
    list(
        "a policy by the first of these that it has:",
        &columns.policy,
        "without any: it is held back, as each send may make another policy and end older ones",
    );
    text
}
