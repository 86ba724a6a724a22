//! The cell that is being looked at in the XML of a worksheet, and where it stands.

use std::borrow::Cow;

use calamine::CellErrorType;
use quick_xml::events::attributes::Attributes;

use super::{
    failure::{DAMAGED, WorkbookFailure},
    marks::{Mark, Marks},
};

/// The cell of a worksheet that is being looked at.
#[derive(Default)]
pub(super) struct SurveyedCell {
    row: u32,
    /// Its attributes. They are taken apart when somebody asks, which is seldom.
    attributes: String,
    /// The attributes of the last cell of this row that names its place, and how many cells came since.
    named: String,
    since: Option<u32>,
    has_formula: bool,
    pub(super) has_value: bool,
}

impl SurveyedCell {
    pub(super) fn start_row(&mut self, attributes: &str) {
        let number = value_of("r", attributes).and_then(|text| text.parse::<u32>().ok());
        self.row = number.map_or(self.row, |number| number.saturating_sub(1));
        self.start_cells();
    }

    pub(super) fn end_row(&mut self) {
        self.row = self.row.saturating_add(1);
        self.start_cells();
    }

    fn start_cells(&mut self) {
        self.named.clear();
        self.since = None;
    }

    pub(super) fn start(&mut self, attributes: &str, marks: &Marks) {
        self.has_formula = false;
        self.has_value = false;
        self.attributes.clear();
        self.attributes.push_str(attributes);
        if attributes.starts_with(" r=\"") || value_of("r", attributes).is_some() {
            self.named.clear();
            self.named.push_str(attributes);
            self.since = Some(0);
        } else {
            marks.imply_places();
            self.since = Some(self.since.map_or(0, |since| since.saturating_add(1)));
        }
    }

    pub(super) fn start_formula(&mut self) {
        self.has_formula = true;
        // The library forgets a value that comes before its formula.
        self.has_value = false;
    }

    /// A formula whose value is an empty text was calculated nevertheless.
    pub(super) fn start_value(&mut self) {
        self.has_value = self.has_formula && self.is_of("str");
    }

    /// Looks at the text of a value.
    pub(super) fn add_value(&mut self, text: &[u8], marks: &Marks) -> Result<(), WorkbookFailure> {
        if text.is_empty() {
            return Ok(());
        }
        let is_first = !self.has_value;
        self.has_value = true;
        // Numbers and places of shared strings are no error words, and need no closer look.
        let is_number = |byte: &u8| *byte == b'-' || byte.is_ascii_digit();
        if !is_first || text.first().is_some_and(is_number) || !self.is_of("e") {
            return Ok(());
        }
        let word = std::str::from_utf8(text).map_err(|_| DAMAGED)?;
        if word.parse::<CellErrorType>().is_err() {
            marks.add(self.place().ok_or(DAMAGED)?, Mark::UnknownError)?;
        }
        Ok(())
    }

    pub(super) fn end(&self, marks: &Marks) -> Result<(), WorkbookFailure> {
        if self.has_formula && !self.has_value {
            marks.add(self.place().ok_or(DAMAGED)?, Mark::Uncalculated)?;
        }
        Ok(())
    }

    /// True when the type that the cell says it has is this one.
    fn is_of(&self, kind: &str) -> bool {
        value_of("t", &self.attributes).is_some_and(|value| value == kind)
    }

    /// Its row and column, counted from 0.
    fn place(&self) -> Option<(u32, u32)> {
        let (row, column) = match value_of("r", &self.named) {
            Some(named) => place(&named)?,
            None => (self.row, 0),
        };
        Some((row, column.checked_add(self.since?)?))
    }
}

fn value_of<'t>(name: &str, attributes: &'t str) -> Option<Cow<'t, str>> {
    let mut attributes = Attributes::new(attributes, 0);
    let mut attributes = attributes.with_checks(false).flatten();
    let found = attributes.find(|attribute| attribute.key.as_ref() == name);
    found.map(|attribute| attribute.value)
}

/// The row and column that a text like `AB12` names.
fn place(named: &str) -> Option<(u32, u32)> {
    let digits = named.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = named.split_at_checked(digits)?;
    let mut column = 0_u32;
    for letter in letters.bytes() {
        let value = u32::from(letter.to_ascii_uppercase().checked_sub(b'A')?) + 1;
        column = column.checked_mul(26)?.checked_add(value)?;
    }
    Some((
        digits.parse::<u32>().ok()?.checked_sub(1)?,
        column.checked_sub(1)?,
    ))
}
