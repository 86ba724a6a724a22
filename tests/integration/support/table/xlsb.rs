//! The table as a binary workbook of Excel: parts of BIFF12 records in an archive.
//!
//! Numbers of records and their fields as in [MS-XLSB] 2.3 and 2.4.

use super::{
    Cell, Epoch, SHEET, Table,
    number::{DATE_FORMAT, has_own_date_format, rk},
    strings::Strings,
    zipped::zip,
};

const CONTENT_TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/worksheets/sheet1.bin" ContentType="application/vnd.ms-excel.worksheet"/><Override PartName="/xl/styles.bin" ContentType="application/vnd.ms-excel.styles"/><Override PartName="/xl/sharedStrings.bin" ContentType="application/vnd.ms-excel.sharedStrings"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.bin"/></Relationships>"#;
const BOOK_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.bin"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.bin"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.bin"/></Relationships>"#;

/// The format number of the workbook's own date format.
const OWN_DATE: u16 = 164;
const BUILT_IN_DATE: u16 = 14;
/// Colours: the automatic one, and those in front and behind of a fill.
const AUTOMATIC: [u8; 8] = [1, 0, 0, 0, 0, 0, 0, 0];
const FOREGROUND: [u8; 8] = [3, 64, 0, 0, 0, 0, 0, 255];
const BACKGROUND: [u8; 8] = [3, 65, 0, 0, 255, 255, 255, 255];

/// The table in one sheet.
pub(crate) fn xlsb(table: &Table, epoch: Epoch) -> Vec<u8> {
    let mut strings = Strings::default();
    let sheet = sheet(table, epoch, &mut strings);
    zip(&[
        ("[Content_Types].xml", CONTENT_TYPES.as_bytes()),
        ("_rels/.rels", RELATIONS.as_bytes()),
        ("xl/workbook.bin", &book(epoch)),
        ("xl/_rels/workbook.bin.rels", BOOK_RELATIONS.as_bytes()),
        ("xl/worksheets/sheet1.bin", &sheet),
        ("xl/styles.bin", &styles()),
        ("xl/sharedStrings.bin", &shared_strings(&strings)),
    ])
}

fn book(epoch: Epoch) -> Vec<u8> {
    let mut part = Part::default();
    part.record(131, &[]); // BrtBeginBook
    let flags = u32::from(epoch == Epoch::Y1904);
    part.record(153, &[&long(flags), &long(0), &wide("")]); // BrtWbProp
    part.record(143, &[]); // BrtBeginBundleShs
    part.record(156, &[&long(0), &long(1), &wide("rId1"), &wide(SHEET)]); // BrtBundleSh
    part.record(144, &[]); // BrtEndBundleShs
    part.record(132, &[]); // BrtEndBook
    part.0
}

fn sheet(table: &Table, epoch: Epoch, strings: &mut Strings) -> Vec<u8> {
    let lines = table.lines();
    let last_row = u32::try_from(lines.len() - 1).unwrap();
    let last_column = u32::try_from(table.columns() - 1).unwrap();
    let mut part = Part::default();
    part.record(129, &[]); // BrtBeginSheet
    part.record(
        148, // BrtWsDim
        &[&long(0), &long(last_row), &long(0), &long(last_column)],
    );
    part.record(145, &[]); // BrtBeginSheetData
    for (row, line) in (0..).zip(&lines) {
        // A row without cells is absent.
        if line.iter().all(Cell::is_blank) {
            continue;
        }
        let height_and_flags = [44, 1, 0, 0, 0];
        let columns = [long(1), long(0), long(last_column)].concat();
        part.record(0, &[&long(row), &long(0), &height_and_flags, &columns]); // BrtRowHdr
        for (column, cell) in line.iter().enumerate() {
            push_cell(&mut part, column, cell, epoch, strings);
        }
    }
    part.record(146, &[]); // BrtEndSheetData
    part.record(130, &[]); // BrtEndSheet
    part.0
}

fn push_cell(part: &mut Part, column: usize, cell: &Cell, epoch: Epoch, strings: &mut Strings) {
    let place = |style: u32| [long(u32::try_from(column).unwrap()), long(style)].concat();
    match cell {
        Cell::Blank => part.record(1, &[&place(0)]), // BrtCellBlank
        Cell::Text(text) => part.record(7, &[&place(0), &long(strings.index(text))]), // BrtCellIsst
        Cell::Boolean(value) => part.record(4, &[&place(0), &[u8::from(*value)]]), // BrtCellBool
        Cell::Number(number) => push_number(part, &place(0), *number),
        Cell::Date(year, month, day) => {
            let style = 1 + u32::from(has_own_date_format(column));
            push_number(part, &place(style), epoch.serial(*year, *month, *day));
        }
    }
}

fn push_number(part: &mut Part, place: &[u8], number: f64) {
    match rk(number) {
        Some(short) => part.record(2, &[place, &long(short)]), // BrtCellRk
        None => part.record(5, &[place, &number.to_le_bytes()]), // BrtCellReal
    }
}

fn shared_strings(strings: &Strings) -> Vec<u8> {
    let mut part = Part::default();
    part.record(159, &[&long(strings.uses()), &long(strings.len())]); // BrtBeginSst
    for text in strings.texts() {
        part.record(19, &[&[0], &wide(text)]); // BrtSSTItem
    }
    part.record(160, &[]); // BrtEndSst
    part.0
}

fn styles() -> Vec<u8> {
    let mut part = Part::default();
    part.record(278, &[]); // BrtBeginStyleSheet
    part.group(
        (615, 616),
        44,
        &[[&word(OWN_DATE)[..], &wide(DATE_FORMAT)].concat()],
    ); // Fmts
    part.group((611, 612), 43, &[font()]); // Fonts
    part.group((603, 604), 45, &[fill(0), fill(17)]); // Fills: none, a grey
    part.group((613, 614), 46, &[border()]); // Borders
    part.group((626, 627), 47, &[format(u16::MAX, 0)]); // CellStyleXFs
    let cell_formats = [format(0, 0), format(0, BUILT_IN_DATE), format(0, OWN_DATE)];
    part.group((617, 618), 47, &cell_formats); // CellXFs
    let normal = [&long(0)[..], &word(1), &[0, 255], &wide("Normal")].concat();
    part.group((619, 620), 48, &[normal]); // Styles
    part.record(279, &[]); // BrtEndStyleSheet
    part.0
}

fn font() -> Vec<u8> {
    let [height, flags, weight, script] = [word(220), word(0), word(400), word(0)];
    let plain = [0_u8; 4];
    let parts: [&[u8]; 8] = [
        &height,
        &flags,
        &weight,
        &script,
        &plain,
        &AUTOMATIC,
        &[0],
        &wide("Calibri"),
    ];
    parts.concat()
}

fn fill(pattern: u32) -> Vec<u8> {
    let no_gradient = [0; 48];
    [&long(pattern)[..], &FOREGROUND, &BACKGROUND, &no_gradient].concat()
}

fn border() -> Vec<u8> {
    let no_line = [&[0, 0][..], &AUTOMATIC].concat();
    [vec![0], no_line.repeat(5)].concat()
}

/// A cell's format: its parent, its number format, everything else as it is by default.
fn format(parent: u16, number_format: u16) -> Vec<u8> {
    let font_fill_border = [0; 6];
    let aligned_below_and_locked = [0, 0, 0x10, 0x10];
    let has_own_number_format = word(u16::from(number_format != 0));
    [
        &word(parent)[..],
        &word(number_format),
        &font_fill_border,
        &aligned_below_and_locked,
        &has_own_number_format,
    ]
    .concat()
}

/// A part of the archive under way.
#[derive(Default)]
struct Part(Vec<u8>);

impl Part {
    /// A record: its number in one or two bytes, its length in as many as it takes, seven bits each.
    fn record(&mut self, number: u16, fields: &[&[u8]]) {
        let body = fields.concat();
        self.push_sevens(u32::from(number));
        self.push_sevens(u32::try_from(body.len()).unwrap());
        self.0.extend(body);
    }

    /// Records of one kind between those that open and close their group; the opening one counts them.
    fn group(&mut self, (opening, closing): (u16, u16), number: u16, bodies: &[Vec<u8>]) {
        self.record(opening, &[&long(u32::try_from(bodies.len()).unwrap())]);
        for body in bodies {
            self.record(number, &[body]);
        }
        self.record(closing, &[]);
    }

    fn push_sevens(&mut self, mut value: u32) {
        while value > 0x7f {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }
}

fn word(value: u16) -> [u8; 2] {
    value.to_le_bytes()
}

fn long(value: u32) -> [u8; 4] {
    value.to_le_bytes()
}

/// A string of 16-bit characters behind their number.
fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let bytes = units.iter().flat_map(|unit| unit.to_le_bytes());
    let length = u32::try_from(units.len()).unwrap();
    length.to_le_bytes().into_iter().chain(bytes).collect()
}
