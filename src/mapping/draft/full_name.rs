//! First and last name out of one cell that holds both.

use regex::Regex;

use super::{
    choose::{Choice, Column, Sure},
    fit::{Fit, Reading},
    known_names::FULL_NAMES,
};
use crate::contract::Contract;

/// A field of a name, and the part of the cell that it takes.
type Part = (&'static str, &'static str);

const LAST_FIRST: [Part; 2] = [("firstName", r",\s*(.+)$"), ("lastName", r"^([^,]+),")];
const FIRST_LAST: [Part; 2] = [("firstName", r"^(\S+)\s"), ("lastName", r"\s(\S.*)$")];

/// Rules for both names, where a column holds them together.
pub(super) fn parts<'c, 's>(
    contract: &'static Contract,
    columns: &'c [Column<'s>],
) -> Vec<Choice<'c, 's>> {
    let is_full = |column: &&Column<'_>| {
        column.cells.filled > 0 && column.name.among(FULL_NAMES, true).is_some()
    };
    let Some(column) = columns.iter().find(is_full) else {
        return Vec::new();
    };
    let comma = Fit::of(column.cells, |text| text.contains(','));
    let parts = if comma.percent() >= 50 {
        LAST_FIRST
    } else {
        FIRST_LAST
    };
    let choices = parts.iter().filter_map(|(name, pattern)| {
        let field = contract.fields.iter().find(|field| field.name == *name)?;
        let regex = Regex::new(pattern).ok()?;
        let fit = Fit::of(column.cells, |text| regex.is_match(text));
        Some(Choice {
            field,
            column,
            reading: Reading {
                capture: Some(pattern),
                ..fit.into()
            },
            sure: if fit.percent() >= 50 {
                Sure::Likely
            } else {
                Sure::Doubtful
            },
            caveat: None,
        })
    });
    choices.collect()
}
