//! Sheets that the library loads whole: XLS and ODS. It tells no number formats here, only dates.

use std::ops::ControlFlow;

use calamine::{Data, Range};

use super::{
    cell_text, date_text,
    failure::WorkbookFailure,
    number_format::Shown,
    sheet_row::{Cells, Placed, SheetRow, give_rows},
    xlsx::write_moment,
};
use crate::normalize::UNCALCULATED;

/// Gives the rows of a loaded sheet. Where a formula stands and no value, the formula was never
/// calculated.
pub(super) fn read_loaded(
    values: &Range<Data>,
    formulas: &Range<String>,
    is_1904: bool,
    give: &mut dyn FnMut(&SheetRow<'_>) -> ControlFlow<()>,
) -> Result<bool, WorkbookFailure> {
    let end = |end: Option<(u32, u32)>| end.map_or((0, 0), |(row, column)| (row + 1, column + 1));
    let (values_end, formulas_end) = (end(values.end()), end(formulas.end()));
    let mut cells = LoadedCells {
        values,
        formulas,
        is_1904,
        rows: values_end.0.max(formulas_end.0),
        columns: values_end.1.max(formulas_end.1),
        next: (0, 0),
    };
    give_rows(&mut cells, give)
}

struct LoadedCells<'w> {
    values: &'w Range<Data>,
    formulas: &'w Range<String>,
    is_1904: bool,
    rows: u32,
    columns: u32,
    next: (u32, u32),
}

enum Held<'w> {
    Value(&'w Data),
    Uncalculated,
}

impl<'w> Cells for LoadedCells<'w> {
    type Cell = Held<'w>;

    fn next_used(&mut self) -> Result<Option<Placed<Held<'w>>>, WorkbookFailure> {
        while self.next.0 < self.rows {
            let place = self.next;
            self.next.1 += 1;
            if self.next.1 >= self.columns {
                self.next = (place.0 + 1, 0);
            }
            let value = self
                .values
                .get_value(place)
                .filter(|value| **value != Data::Empty);
            let formula = || {
                self.formulas
                    .get_value(place)
                    .filter(|text| !text.is_empty())
            };
            let cell = match value {
                Some(value) => Held::Value(value),
                None if formula().is_some() => Held::Uncalculated,
                None => continue,
            };
            let (row, column) = place;
            return Ok(Some(Placed { row, column, cell }));
        }
        Ok(None)
    }

    fn write(&self, cell: &Held<'w>, text: &mut String) {
        let Held::Value(value) = cell else {
            return text.push_str(UNCALCULATED);
        };
        match value {
            Data::String(value) => text.push_str(value),
            Data::Float(number) => cell_text::push_float(text, *number),
            Data::Int(number) => cell_text::push_int(text, *number),
            Data::Bool(value) => cell_text::push_bool(text, *value),
            Data::DateTime(moment) => write_moment(moment, &Shown::Plain, self.is_1904, text),
            Data::DateTimeIso(iso) => date_text::push_iso(text, iso),
            Data::DurationIso(iso) => date_text::push_iso_duration(text, iso),
            Data::Error(error) => cell_text::push_error(text, error),
            Data::Empty => {}
        }
    }

    fn declared_rows(&self) -> u32 {
        self.rows
    }
}
