//! How the API will find the customers and policies of a run: what a first run has to be sure of.

use std::fmt::Write as _;

use super::{Findings, counted, grouped};
use crate::{
    contract::{Contract, Resend},
    journal::{BY_FALLBACK, BY_NOTHING, Books},
};

/// The columns that identify customers and policies, each with the field it feeds, in the API's order.
pub struct Columns<'m> {
    /// What identifies a customer.
    pub customer: Vec<(&'static str, &'m str)>,
    /// What identifies a policy.
    pub policy: Vec<(&'static str, &'m str)>,
    /// The ids in the request's path, and by which field each is looked up, if it is.
    pub path: Vec<(&'static str, &'m str, Option<&'static str>)>,
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
    if !contract.path_ids.is_empty() {
        write_path(&mut text, contract, &columns.path);
        return text;
    }
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

/// Says what names customer and policy in a request's path, and what is done about what it makes anew.
fn write_path(
    text: &mut String,
    contract: &Contract,
    path: &[(&'static str, &str, Option<&'static str>)],
) {
    let _ = writeln!(
        text,
        "  {} {}, one record a request:",
        contract.method, contract.path
    );
    for (id, column, lookup) in path {
        let _ = match lookup {
            None => writeln!(text, "    the {id} by the API's id in column {column}"),
            Some(field) => writeln!(
                text,
                "    the {id} by the id that the API's earlier answers told for the {field} in column {column}"
            ),
        };
    }
    if contract.resend == Resend::ReadBack {
        let _ = writeln!(
            text,
            "    each customer is read first, and a policy that is there already is held; what gets no answer is read back before it goes again"
        );
    }
}
