//! The sheets of an XLSX or XLSM workbook, cell by cell.

use std::{io::BufReader, ops::ControlFlow, sync::Arc};

use calamine::{
    Cell, DataRef, ExcelDateTime, Reader, Sheet as SheetMetadata, Xlsx, XlsxCellReader, XlsxError,
};

use super::{
    Book,
    cell_text::{self, UNKNOWN_ERROR},
    date_text::{self, Moment},
    failure::{DAMAGED, WorkbookFailure},
    gate::{Gate, GatedFile},
    marks::{Mark, Marks},
    number_format::Shown,
    sheet_row::{Cells, Placed, SheetRow, give_rows},
};
use crate::{normalize::UNCALCULATED, panic_guard::guarded};

type File = BufReader<GatedFile>;

/// An opened XLSX or XLSM workbook.
pub(super) struct XlsxWorkbook {
    workbook: Xlsx<File>,
    gate: Arc<Gate>,
}

impl XlsxWorkbook {
    pub(super) fn open(file: GatedFile, gate: Arc<Gate>) -> Result<Self, WorkbookFailure> {
        let workbook = Xlsx::new(BufReader::new(file))?;
        Ok(Self { workbook, gate })
    }
}

impl Book for XlsxWorkbook {
    fn sheets(&self) -> &[SheetMetadata] {
        self.workbook.sheets_metadata()
    }

    fn read_rows(
        &mut self,
        sheet: &str,
        give: &mut dyn FnMut(&SheetRow<'_>) -> ControlFlow<()>,
    ) -> Result<bool, WorkbookFailure> {
        let is_1904 = self.workbook.has_1904_epoch();
        let reader = guarded(|| self.workbook.worksheet_cells_reader(sheet)).ok_or(DAMAGED)??;
        let shown = reader.styles().iter().map(|style| {
            let format = style.number_format.as_ref();
            format.map_or(Shown::Plain, |format| Shown::by(&format.format_code))
        });
        let mut cells = XlsxCells {
            shown: shown.collect(),
            rows: reader.dimensions().end.0.saturating_add(1),
            marks: &self.gate.marks,
            last: None,
            is_1904,
            reader,
        };
        give_rows(&mut cells, give)
    }
}

struct XlsxCells<'w> {
    reader: XlsxCellReader<'w, File>,
    /// By style id, what becomes of a number.
    shown: Vec<Shown>,
    marks: &'w Marks,
    last: Option<(u32, u32)>,
    is_1904: bool,
    rows: u32,
}

/// What a used cell holds.
enum Held<'w> {
    Value(Cell<DataRef<'w>>, usize),
    Marked(Mark),
}

impl<'w> Cells for XlsxCells<'w> {
    type Cell = Held<'w>;

    fn next_used(&mut self) -> Result<Option<Placed<Held<'w>>>, WorkbookFailure> {
        loop {
            let (place, held) = match self.reader.next_cell_with_style_id() {
                Ok(None) => return Ok(None),
                Ok(Some((cell, style))) => {
                    let place = cell.get_position();
                    let mark = match cell.get_value() {
                        DataRef::Empty => self.marks.take(place).map(Held::Marked),
                        _ => Some(Held::Value(cell, style)),
                    };
                    (place, mark)
                }
                Err(XlsxError::CellError(_)) => {
                    // The reading goes on behind this cell. Cells that do not name their places would
                    // move by one.
                    let place = self.marks.take_unknown_error(self.last).ok_or(DAMAGED)?;
                    if self.marks.are_places_implied() {
                        return Err(DAMAGED.at_row(place.0.saturating_add(1)));
                    }
                    (place, Some(Held::Marked(Mark::UnknownError)))
                }
                Err(other) => return Err(other.into()),
            };
            // Checked for empty cells, too: a sheet that goes back is damaged whatever it holds.
            if self.last.replace(place).is_some_and(|last| last >= place) {
                return Err(DAMAGED);
            }
            if let Some(cell) = held {
                let (row, column) = place;
                return Ok(Some(Placed { row, column, cell }));
            }
        }
    }

    fn write(&self, held: &Held<'w>, text: &mut String) {
        let (cell, style) = match held {
            Held::Value(cell, style) => (cell, *style),
            Held::Marked(Mark::Uncalculated) => return text.push_str(UNCALCULATED),
            Held::Marked(Mark::UnknownError) => return text.push_str(UNKNOWN_ERROR),
        };
        let shown = self.shown.get(style).unwrap_or(&Shown::Plain);
        write_value(cell.get_value(), shown, self.is_1904, text);
    }

    fn declared_rows(&self) -> u32 {
        self.rows
    }
}

/// Appends a value's text.
pub(super) fn write_value(value: &DataRef<'_>, shown: &Shown, is_1904: bool, text: &mut String) {
    match value {
        DataRef::SharedString(value) => text.push_str(value),
        DataRef::String(value) => text.push_str(value),
        DataRef::Float(number) => write_number(*number, shown, text),
        DataRef::Int(number) => cell_text::push_int(text, *number),
        DataRef::Bool(value) => cell_text::push_bool(text, *value),
        DataRef::DateTime(moment) => write_moment(moment, shown, is_1904, text),
        DataRef::DateTimeIso(iso) => date_text::push_iso(text, iso),
        DataRef::DurationIso(iso) => date_text::push_iso_duration(text, iso),
        DataRef::Error(error) => cell_text::push_error(text, error),
        DataRef::Empty => {}
    }
}

fn write_number(number: f64, shown: &Shown, text: &mut String) {
    if let Shown::Mask(mask) = shown {
        let whole = cell_text::whole(number).and_then(|whole| u64::try_from(whole).ok());
        if whole.is_some_and(|whole| mask.write(whole, text)) {
            return;
        }
    }
    cell_text::push_float(text, number);
}

pub(super) fn write_moment(
    moment: &ExcelDateTime,
    shown: &Shown,
    is_1904: bool,
    text: &mut String,
) {
    if moment.is_duration() {
        return date_text::push_duration(text, moment.as_f64());
    }
    let what = if *shown == Shown::Clock {
        Moment::Clock
    } else {
        Moment::Day
    };
    date_text::push_serial(text, moment.as_f64(), is_1904, what);
}
