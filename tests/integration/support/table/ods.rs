//! The table as a spreadsheet of ODF, with the repetitions that office programs write.

use std::fmt::Write;

use super::{Cell, SHEET, Table, xlsx::escape, zipped::zip};

const MIME: &str = "application/vnd.oasis.opendocument.spreadsheet";

/// How wide and how long the sheets of office programs are.
const MAX_COLUMNS: usize = 16_384;
const MAX_ROWS: usize = 1_048_576;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" office:version="1.3"><office:automatic-styles><number:date-style style:name="N84"><number:year number:style="long"/><number:text>-</number:text><number:month number:style="long"/><number:text>-</number:text><number:day number:style="long"/></number:date-style><style:style style:name="ce1" style:family="table-cell" style:data-style-name="N84"/></office:automatic-styles><office:body><office:spreadsheet>"#;
const TAIL: &str = "</office:spreadsheet></office:body></office:document-content>";

/// The table in one sheet.
pub(crate) fn ods(table: &Table) -> Vec<u8> {
    let manifest = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MIME}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"#
    );
    zip(&[
        ("mimetype", MIME.as_bytes()),
        ("META-INF/manifest.xml", manifest.as_bytes()),
        ("content.xml", content(table).as_bytes()),
    ])
}

fn content(table: &Table) -> String {
    let lines = table.lines();
    let mut xml = HEAD.to_owned();
    write!(xml, r#"<table:table table:name="{SHEET}">"#).unwrap();
    let columns = table.columns();
    write!(
        xml,
        r#"<table:table-column table:number-columns-repeated="{columns}"/>"#
    )
    .unwrap();
    let rows: Vec<String> = lines.iter().map(|line| row(line)).collect();
    for run in rows.chunk_by(|a, b| a == b) {
        push_row(&mut xml, run.len(), &run[0]);
    }
    // The rest of the sheet.
    push_row(&mut xml, MAX_ROWS - lines.len(), &row(&[]));
    xml.push_str("</table:table>");
    xml.push_str(TAIL);
    xml
}

fn push_row(xml: &mut String, times: usize, cells: &str) {
    let repeated = repeated("rows", times);
    write!(xml, "<table:table-row{repeated}>{cells}</table:table-row>").unwrap();
}

/// A row's cells to the end of the sheet, like neighbours taken together.
fn row(cells: &[Cell]) -> String {
    let mut written: Vec<(String, String)> = cells.iter().map(cell).collect();
    written.resize(MAX_COLUMNS, cell(&Cell::Blank));
    let mut xml = String::new();
    for run in written.chunk_by(|a, b| a == b) {
        let (attributes, content) = &run[0];
        let repeated = repeated("columns", run.len());
        write!(
            xml,
            "<table:table-cell{repeated}{attributes}>{content}</table:table-cell>"
        )
        .unwrap();
    }
    xml
}

fn repeated(what: &str, times: usize) -> String {
    match times {
        1 => String::new(),
        _ => format!(r#" table:number-{what}-repeated="{times}""#),
    }
}

/// A cell's attributes and content.
fn cell(cell: &Cell) -> (String, String) {
    let shown = |text: String| format!("<text:p>{text}</text:p>");
    let typed = |kind: &str, rest: &str| {
        format!(r#" office:value-type="{kind}"{rest} calcext:value-type="{kind}""#)
    };
    let text = cell.expected();
    match cell {
        Cell::Blank => (String::new(), String::new()),
        Cell::Text(_) => (
            typed("string", ""),
            text.split('\n').map(|line| shown(spaced(line))).collect(),
        ),
        Cell::Number(_) => {
            let value = format!(r#" office:value="{text}""#);
            (typed("float", &value), shown(text))
        }
        Cell::Boolean(_) => {
            let value = format!(r#" office:boolean-value="{}""#, text.to_lowercase());
            (typed("boolean", &value), shown(text))
        }
        Cell::Date(year, month, day) => {
            let value = format!(r#" office:date-value="{text}""#);
            let attributes = r#" table:style-name="ce1""#.to_owned() + &typed("date", &value);
            (attributes, shown(format!("{month:02}/{day:02}/{year:04}")))
        }
    }
}

/// A line of text, with elements for what XML would take for layout.
fn spaced(line: &str) -> String {
    let mut text = escape(line)
        .replace('\t', "<text:tab/>")
        .replace("   ", r#" <text:s text:c="2"/>"#)
        .replace("  ", " <text:s/>");
    if let Some(rest) = text.strip_prefix(' ') {
        text = format!("<text:s/>{rest}");
    }
    if let Some(rest) = text.strip_suffix(' ') {
        text = format!("{rest}<text:s/>");
    }
    text
}
