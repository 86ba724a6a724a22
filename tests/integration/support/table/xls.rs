//! The table as a workbook of Excel 97 to 2003: BIFF8 records in a stream of a compound file.
//!
//! Numbers of records and their fields as in [MS-XLS] 2.4.

use std::io::{Cursor, Write};

use cfb::{CompoundFile, Version};
use uuid::Uuid;

use super::{
    Cell, Epoch, SHEET, Table,
    number::{DATE_FORMAT, has_own_date_format, rk},
    strings::Strings,
};

/// A record's longest body; what is longer goes on in `CONTINUE` records.
const LONGEST: usize = 8_224;
const CONTINUE: u16 = 0x003C;

/// The class of Excel's workbooks.
const CLASS: Uuid = Uuid::from_u128(0x0002_0820_0000_0000_C000_0000_0000_0046);

/// Formats of cells: fifteen of styles come first, then those that cells have.
const STYLES: usize = 15;
const PLAIN: u16 = 15;
const OWN_DATE: u16 = 164;
const BUILT_IN_DATE: u16 = 14;

/// The table in one sheet.
pub(crate) fn xls(table: &Table, epoch: Epoch) -> Vec<u8> {
    let mut strings = Strings::default();
    let sheet = sheet(table, epoch, &mut strings);
    // Where the sheet starts is part of the globals and does not change their length.
    let start = globals(epoch, &strings, 0).len();
    let globals = globals(epoch, &strings, u32::try_from(start).unwrap());
    compound(&[("/Workbook", &[globals, sheet].concat())])
}

/// A compound file of these streams.
pub(super) fn compound(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let buffer = Cursor::new(Vec::new());
    let mut file = CompoundFile::create_with_version(Version::V3, buffer).unwrap();
    file.set_storage_clsid("/", CLASS).unwrap();
    for (name, bytes) in streams {
        file.create_stream(name).unwrap().write_all(bytes).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn globals(epoch: Epoch, strings: &Strings, sheet_start: u32) -> Vec<u8> {
    let mut stream = Stream::default();
    stream.begin(0x0005);
    stream.record(0x0042, &word(1200)); // CODEPAGE: UTF-16
    let window = [0, 0, 0x4000, 0x2000, 0x38, 0, 0, 1, 600].map(word);
    stream.record(0x003D, &window.concat()); // WINDOW1
    stream.record(0x0022, &word(u16::from(epoch == Epoch::Y1904))); // DATEMODE
    for _ in 0..4 {
        let plain = [200, 0, 0x7FFF, 400, 0, 0, 0].map(word).concat();
        stream.record(0x0031, &[plain, short("Arial")].concat()); // FONT
    }
    let own_format = [word(OWN_DATE).to_vec(), long_string(DATE_FORMAT)].concat();
    stream.record(0x041E, &own_format); // FORMAT
    for _ in 0..STYLES {
        stream.record(0x00E0, &style_format());
    }
    for number_format in [0, BUILT_IN_DATE, OWN_DATE] {
        stream.record(0x00E0, &cell_format(number_format));
    }
    stream.record(0x0293, &[0, 0x80, 0, 0xFF]); // STYLE: Normal
    let start = sheet_start.to_le_bytes().to_vec();
    stream.record(0x0085, &[start, vec![0, 0], short(SHEET)].concat()); // BOUNDSHEET
    stream.strings(strings);
    stream.end();
    stream.0
}

/// XF of a style.
fn style_format() -> Vec<u8> {
    let font_number_flags = [0, 0, 0xFFF5].map(word);
    [
        &font_number_flags.concat()[..],
        &[0x20, 0, 0, 0],
        &[0; 8],
        &word(0x20C0),
    ]
    .concat()
}

/// XF of cells.
fn cell_format(number_format: u16) -> Vec<u8> {
    let font_number_flags = [0, number_format, 1].map(word);
    let has_own_number_format = if number_format == 0 { 0 } else { 4 };
    let layout = [0x20, 0, 0, has_own_number_format];
    [
        &font_number_flags.concat()[..],
        &layout,
        &[0; 8],
        &word(0x20C0),
    ]
    .concat()
}

fn sheet(table: &Table, epoch: Epoch, strings: &mut Strings) -> Vec<u8> {
    let lines = table.lines();
    let mut stream = Stream::default();
    stream.begin(0x0010);
    let rows = u32::try_from(lines.len()).unwrap();
    let columns = u16::try_from(table.columns()).unwrap();
    let dimensions = [0_u32.to_le_bytes(), rows.to_le_bytes()].concat();
    let width = [0, columns, 0].map(word).concat();
    stream.record(0x0200, &[dimensions, width].concat()); // DIMENSIONS
    for (row, line) in (0..).zip(&lines) {
        // A row without cells is absent.
        if line.iter().all(Cell::is_blank) {
            continue;
        }
        let height_and_flags = [0x00FF, 0, 0, 0x0100, PLAIN];
        let fields = [&[row, 0, columns], &height_and_flags[..]].concat();
        let fields: Vec<u8> = fields.into_iter().flat_map(word).collect();
        stream.record(0x0208, &fields); // ROW
    }
    for (row, line) in (0..).zip(&lines) {
        for (column, cell) in (0..).zip(line) {
            stream.cell((row, column), cell, epoch, strings);
        }
    }
    let view = [0x06B6, 0, 0, 0x40, 0, 0, 0, 0, 0].map(word);
    stream.record(0x023E, &view.concat()); // WINDOW2
    stream.end();
    stream.0
}

/// Records under way.
#[derive(Default)]
struct Stream(Vec<u8>);

impl Stream {
    fn record(&mut self, number: u16, body: &[u8]) {
        assert!(body.len() <= LONGEST);
        self.0.extend(word(number));
        self.0.extend(word(u16::try_from(body.len()).unwrap()));
        self.0.extend(body);
    }

    /// BOF of BIFF8.
    fn begin(&mut self, kind: u16) {
        let fields = [0x0600, kind, 0x0DBB, 0x07CC, 0x00C1, 0, 0x0006, 0];
        self.record(0x0809, &fields.map(word).concat());
    }

    fn end(&mut self) {
        self.record(0x000A, &[]);
    }

    fn cell(&mut self, place: (u16, u16), cell: &Cell, epoch: Epoch, strings: &mut Strings) {
        let (row, column) = place;
        let place = |format: u16| [row, column, format].map(word).concat();
        match cell {
            Cell::Blank => {}
            Cell::Text(text) => {
                let index = strings.index(text).to_le_bytes();
                self.record(0x00FD, &[&place(PLAIN)[..], &index].concat()); // LABELSST
            }
            Cell::Boolean(value) => {
                let value = [u8::from(*value), 0];
                self.record(0x0205, &[&place(PLAIN)[..], &value].concat()); // BOOLERR
            }
            Cell::Number(number) => self.number(&place(PLAIN), *number),
            Cell::Date(year, month, day) => {
                let format = PLAIN + 1 + u16::from(has_own_date_format(column.into()));
                self.number(&place(format), epoch.serial(*year, *month, *day));
            }
        }
    }

    fn number(&mut self, place: &[u8], number: f64) {
        match rk(number) {
            Some(short) => self.record(0x027E, &[place, &short.to_le_bytes()].concat()), // RK
            None => self.record(0x0203, &[place, &number.to_le_bytes()].concat()),       // NUMBER
        }
    }

    /// SST, and CONTINUE where it is long. A string's head stays whole; where its characters are cut,
    /// how they are written is said again.
    fn strings(&mut self, strings: &Strings) {
        let mut bodies = vec![[strings.uses().to_le_bytes(), strings.len().to_le_bytes()].concat()];
        for text in strings.texts() {
            let characters = Characters::of(text);
            let head = [&characters.count()[..], &[characters.flag()]].concat();
            // At least one character after the head, so that the cut is seen to be in the string.
            make_room(&mut bodies, head.len() + 2);
            bodies.last_mut().unwrap().extend(head);
            for character in characters.each() {
                if make_room(&mut bodies, character.len()) {
                    bodies.last_mut().unwrap().push(characters.flag());
                }
                bodies.last_mut().unwrap().extend(character);
            }
        }
        let (first, rest) = bodies.split_first().unwrap();
        self.record(0x00FC, first);
        for body in rest {
            self.record(CONTINUE, body);
        }
    }
}

/// Begins another body when the last has no room for so many bytes; true if it did.
fn make_room(bodies: &mut Vec<Vec<u8>>, bytes: usize) -> bool {
    let is_full = bodies.last().unwrap().len() + bytes > LONGEST;
    if is_full {
        bodies.push(Vec::new());
    }
    is_full
}

/// A string's characters: in one byte each where all of them fit, else in two.
enum Characters {
    Narrow(Vec<u8>),
    Wide(Vec<u16>),
}

impl Characters {
    fn of(text: &str) -> Self {
        let units: Vec<u16> = text.encode_utf16().collect();
        let narrow: Result<Vec<u8>, _> = units.iter().map(|unit| u8::try_from(*unit)).collect();
        narrow.map_or(Self::Wide(units), Self::Narrow)
    }

    fn count(&self) -> [u8; 2] {
        word(u16::try_from(self.each().len()).unwrap())
    }

    fn flag(&self) -> u8 {
        u8::from(matches!(self, Self::Wide(_)))
    }

    fn each(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Narrow(bytes) => bytes.iter().map(|byte| vec![*byte]).collect(),
            Self::Wide(units) => units.iter().map(|unit| word(*unit).to_vec()).collect(),
        }
    }
}

/// A string behind its length in one byte and how it is written.
fn short(text: &str) -> Vec<u8> {
    let characters = Characters::of(text);
    let head = vec![characters.count()[0], characters.flag()];
    [vec![head], characters.each()].concat().concat()
}

/// A string behind its length in two bytes and how it is written.
fn long_string(text: &str) -> Vec<u8> {
    let characters = Characters::of(text);
    let head = [&characters.count()[..], &[characters.flag()]].concat();
    [vec![head], characters.each()].concat().concat()
}

fn word(value: u16) -> [u8; 2] {
    value.to_le_bytes()
}
