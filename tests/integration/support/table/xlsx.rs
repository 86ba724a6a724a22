//! The table as a workbook of Excel: with shared strings, with strings in the cells, with macros' name.

use std::fmt::Write;

use rust_xlsxwriter::{Format, Workbook, Worksheet};

use super::{
    Cell, Epoch, SHEET, Table,
    number::{DATE_FORMAT, has_own_date_format},
    zipped::{edit, zip},
};

const BUILT_IN_DATE: u8 = 14;

/// The table in one sheet, texts in the shared strings.
pub(crate) fn xlsx(table: &Table, epoch: Epoch) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(SHEET).unwrap();
    write_table(sheet, 0, table, epoch);
    let bytes = book.save_to_buffer().unwrap();
    match epoch {
        Epoch::Y1900 => bytes,
        Epoch::Y1904 => edit(&bytes, "xl/workbook.xml", |xml| {
            xml.replace("<workbookPr ", r#"<workbookPr date1904="1" "#)
        }),
    }
}

/// The same as a workbook that may hold macros.
pub(crate) fn xlsm(table: &Table) -> Vec<u8> {
    let plain = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";
    let with_macros = "application/vnd.ms-excel.sheet.macroEnabled.main+xml";
    edit(&xlsx(table, Epoch::Y1900), "[Content_Types].xml", |xml| {
        xml.replace(plain, with_macros)
    })
}

/// Writes the header into `first_row`, counted from 0, and the rows below it. Blank cells are absent.
pub(super) fn write_table(sheet: &mut Worksheet, first_row: u32, table: &Table, epoch: Epoch) {
    for (row, line) in (first_row..).zip(table.lines()) {
        for (column, cell) in (0..).zip(&line) {
            write_cell(sheet, (row, column), cell, epoch);
        }
    }
}

fn write_cell(sheet: &mut Worksheet, at: (u32, u16), cell: &Cell, epoch: Epoch) {
    let (row, column) = at;
    let written = match cell {
        Cell::Blank => return,
        Cell::Text(text) => sheet.write_string(row, column, text),
        Cell::Number(number) => sheet.write_number(row, column, *number),
        Cell::Boolean(value) => sheet.write_boolean(row, column, *value),
        Cell::Date(year, month, day) => {
            let format = if has_own_date_format(column.into()) {
                Format::new().set_num_format(DATE_FORMAT)
            } else {
                Format::new().set_num_format_index(BUILT_IN_DATE)
            };
            let serial = epoch.serial(*year, *month, *day);
            sheet.write_number_with_format(row, column, serial, &format)
        }
    };
    written.unwrap();
}

const CONTENT_TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/></numFmts><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"#;
const NAMESPACE: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// The table as programs write it that keep no shared strings: every text in its own cell.
pub(crate) fn xlsx_inline(table: &Table) -> Vec<u8> {
    let mut rows = String::new();
    for (number, line) in (1..).zip(table.lines()) {
        write!(rows, r#"<row r="{number}">"#).unwrap();
        for (column, cell) in line.iter().enumerate() {
            rows.push_str(&inline_cell(column, number, cell));
        }
        rows.push_str("</row>");
    }
    xlsx_of_rows(&rows)
}

/// A workbook of one sheet with these `<row>` elements. It has no shared strings.
pub(super) fn xlsx_of_rows(rows: &str) -> Vec<u8> {
    let book = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="{NAMESPACE}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="{SHEET}" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    );
    let sheet = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="{NAMESPACE}"><sheetData>{rows}</sheetData></worksheet>"#
    );
    zip(&[
        ("[Content_Types].xml", CONTENT_TYPES.as_bytes()),
        ("_rels/.rels", RELATIONS.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", BOOK_RELATIONS.as_bytes()),
        ("xl/styles.xml", STYLES.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

fn inline_cell(column: usize, row: u32, cell: &Cell) -> String {
    let place = format!("{}{row}", column_letters(column));
    match cell {
        Cell::Blank => String::new(),
        Cell::Text(text) => format!(
            r#"<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>"#,
            escape(text)
        ),
        Cell::Number(number) => format!(r#"<c r="{place}"><v>{number}</v></c>"#),
        Cell::Boolean(value) => {
            format!(r#"<c r="{place}" t="b"><v>{}</v></c>"#, u8::from(*value))
        }
        Cell::Date(year, month, day) => {
            let style = 1 + u8::from(has_own_date_format(column));
            let serial = Epoch::Y1900.serial(*year, *month, *day);
            format!(r#"<c r="{place}" s="{style}"><v>{serial}</v></c>"#)
        }
    }
}

/// The name of one of the first 26 columns.
fn column_letters(column: usize) -> char {
    char::from(b'A' + u8::try_from(column).unwrap())
}

/// Text for between the tags of XML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
