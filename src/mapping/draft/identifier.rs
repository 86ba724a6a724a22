//! Which columns could identify a customer or a policy, for a person to decide.

use super::{
    choose::{Choice, Column, caveat_of},
    fit::Fit,
    sample::percent,
};
use crate::contract::{Contract, Kind};

/// How many candidates are shown.
const SHOWN: usize = 6;

/// Words in the names of ids.
const ID_WORDS: &[&str] = &[
    "id", "ids", "number", "no", "num", "key", "uid", "uuid", "guid",
];

/// Words in the names of what is no id of a customer or a policy.
const NO_ID_WORDS: &[&str] = &[
    "ssn",
    "social",
    "security",
    "npn",
    "phone",
    "fax",
    "zip",
    "agent",
    "broker",
    "producer",
    "agency",
    "plan",
    "hios",
    "spouse",
    "other",
    "dependent",
    "dependents",
    "tax",
    "unit",
    "members",
    "lives",
    "count",
    "license",
    "group",
];

/// Words in the names of ids of policies.
const POLICY_WORDS: &[&str] = &["policy", "policies", "contract"];

/// The columns that could be one of these ids, those first that differ most and are filled best, each with
/// what speaks for and against it.
pub(super) fn candidates(
    (contract, ids): (&Contract, &[&str]),
    columns: &[Column<'_>],
    chosen: &[Choice<'_, '_>],
    rows: usize,
) -> Vec<String> {
    let is_of_customer = contract.matching.customer == ids;
    let could_be = |column: &&Column<'_>| {
        let feeds = chosen
            .iter()
            .find(|choice| std::ptr::eq(choice.column, *column));
        let is_free = feeds.is_none_or(|choice| {
            let is_code = matches!(choice.field.kind, Kind::Identifier { .. });
            ids.contains(&choice.field.name) || (!choice.is_taken() && is_code)
        });
        let is_of_other = is_of_customer && column.name.has_word(POLICY_WORDS);
        is_free && !is_of_other && column.cells.filled > 0 && could_be_id(column)
    };
    let mut found: Vec<&Column<'_>> = columns.iter().filter(could_be).collect();
    let rank = |column: &&Column<'_>| (column.cells.difference(), column.cells.filled);
    found.sort_by_key(|column| std::cmp::Reverse(rank(column)));
    let shown = found.into_iter().take(SHOWN);
    shown.map(|column| describe(column, rows)).collect()
}

/// How much a column's cells differ, and how many there are.
pub(super) fn figures(column: &Column<'_>, rows: usize) -> String {
    let difference = match column.cells.difference() {
        100 => "unique in the sample".to_owned(),
        percent => format!("{percent} % different"),
    };
    let filled = percent(column.cells.filled, rows);
    format!("{difference}, filled in {filled} %")
}

fn describe(column: &Column<'_>, rows: usize) -> String {
    let figures = figures(column, rows);
    match caveat_of(&column.name) {
        Some(caveat) => format!("{:?} ({figures}; {caveat})", column.title),
        None => format!("{:?} ({figures})", column.title),
    }
}

fn could_be_id(column: &Column<'_>) -> bool {
    if column.name.has_word(NO_ID_WORDS) {
        return false;
    }
    let codes = Fit::of(column.cells, is_code);
    column.name.has_word(ID_WORDS) && codes.percent() >= 50
}

fn is_code(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit()) && !text.contains(char::is_whitespace)
}
