//! A file of rows written apart, as another reader sees it, and corrected by a person.

use std::{fs, path::Path};

use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::Workbook;

/// The columns that are added.
pub(crate) const ADDED: [&str; 7] = [
    "_file", "_run", "_row", "_state", "_column", "_code", "_message",
];

/// A file of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Apart {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Apart {
    pub(crate) fn read(path: &Path) -> Self {
        if path.extension().is_some_and(|ending| ending == "xlsx") {
            Self::read_workbook(path)
        } else {
            Self::read_text(path)
        }
    }

    fn read_text(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap();
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
        let fields = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
        Self {
            header: fields(reader.headers().unwrap()),
            rows: reader.records().map(|row| fields(&row.unwrap())).collect(),
        }
    }

    /// Every cell has to be text.
    fn read_workbook(path: &Path) -> Self {
        let mut book: Xlsx<_> = calamine::open_workbook(path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let sheet = book.worksheet_range(name).unwrap();
        assert!(book.worksheet_formula(name).unwrap().is_empty());
        let mut rows = sheet.rows().map(|row| {
            let cells = row.iter().map(|cell| match cell {
                Data::String(text) => text.clone(),
                other => {
                    assert_eq!(*other, Data::Empty, "no text");
                    String::new()
                }
            });
            cells.collect::<Vec<_>>()
        });
        Self {
            header: rows.next().unwrap(),
            rows: rows.collect(),
        }
    }

    /// Writes what a person has saved: CSV, or a workbook of text.
    pub(crate) fn save(&self, path: &Path) {
        let all = std::iter::once(&self.header).chain(&self.rows);
        if path.extension().is_none_or(|ending| ending != "xlsx") {
            let mut writer = csv::WriterBuilder::new()
                .flexible(true)
                .from_path(path)
                .unwrap();
            all.for_each(|row| writer.write_record(row).unwrap());
            return;
        }
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (row, cells) in (0..).zip(all) {
            for (column, cell) in (0..).zip(cells) {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
        book.save(path).unwrap();
    }

    fn place(&self, column: &str) -> usize {
        self.header.iter().position(|name| name == column).unwrap()
    }

    pub(crate) fn cell(&self, row: usize, column: &str) -> &str {
        let at = self.place(column);
        self.rows.get(row).and_then(|cells| cells.get(at)).unwrap()
    }

    pub(crate) fn column(&self, column: &str) -> Vec<&str> {
        let rows = 0..self.rows.len();
        rows.map(|row| self.cell(row, column)).collect()
    }

    /// The row that was that one in the source.
    pub(crate) fn row_of(&self, number: u32) -> usize {
        let number = number.to_string();
        let rows = self.column("_row").into_iter();
        rows.into_iter().position(|row| row == number).unwrap()
    }

    /// Writes a value into the row that was that one in the source.
    pub(crate) fn correct(&mut self, number: u32, column: &str, value: &str) {
        let (row, at) = (self.row_of(number), self.place(column));
        let cells = self.rows.get_mut(row).unwrap();
        value.clone_into(cells.get_mut(at).unwrap());
    }

    /// Removes the row that was that one in the source.
    pub(crate) fn remove(&mut self, number: u32) {
        let row = self.row_of(number);
        self.rows.remove(row);
    }
}
