//! The cell that is being looked at in the XML of a worksheet, and where it stands.

use quick_xml::events::BytesStart;

use super::{marks::Marks, xml_survey::attribute};

/// The cell of a worksheet that is being looked at.
#[derive(Default)]
pub(super) struct SurveyedCell {
    row: u32,
    /// The last place that was named in this row, and how many cells came since.
    named: String,
    since: Option<u32>,
    pub(super) kind: String,
    pub(super) has_formula: bool,
    pub(super) has_value: bool,
    pub(super) is_in_value: bool,
}

impl SurveyedCell {
    pub(super) fn start_row(&mut self, element: &BytesStart<'_>) {
        let number = attribute(element, "r").and_then(|text| text.parse::<u32>().ok());
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

    pub(super) fn start(&mut self, element: &BytesStart<'_>, marks: &Marks) {
        self.has_formula = false;
        self.has_value = false;
        self.is_in_value = false;
        self.kind.clear();
        let mut is_named = false;
        for attribute in element.attributes().with_checks(false).flatten() {
            match attribute.key.as_ref() {
                "r" => {
                    self.named.clear();
                    self.named.push_str(&attribute.value);
                    is_named = true;
                }
                "t" => self.kind.push_str(&attribute.value),
                _ => {}
            }
        }
        if is_named {
            self.since = Some(0);
        } else {
            marks.imply_places();
            self.since = Some(self.since.map_or(0, |since| since.saturating_add(1)));
        }
    }

    /// Its row and column, counted from 0.
    pub(super) fn place(&self) -> Option<(u32, u32)> {
        let (row, column) = if self.named.is_empty() {
            (self.row, 0)
        } else {
            place(&self.named)?
        };
        Some((row, column.checked_add(self.since?)?))
    }
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
