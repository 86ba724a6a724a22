//! Workbooks of every kind, written here and read as rows of text.

use std::{
    fs::File,
    io::{Cursor, Seek, Write},
    ops::ControlFlow,
};

use rust_xlsxwriter::{Format, Formula, Workbook as Written};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{Sheet, Workbook, WorkbookFailure, WorkbookKind, WorkbookLimits};

/// A row's number and its cells.
pub(super) type Row = (u32, Vec<String>);

pub(super) fn open(
    bytes: &[u8],
    kind: WorkbookKind,
    limits: &WorkbookLimits,
) -> Result<Workbook, WorkbookFailure> {
    let mut file: File = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    Workbook::open(file, kind, bytes.len() as u64, limits)
}

pub(super) fn rows_of(workbook: &mut Workbook, sheet: &str) -> Result<Vec<Row>, WorkbookFailure> {
    let mut rows = Vec::new();
    workbook.read_rows(sheet, &mut |row| {
        let mut start = 0;
        let cells = row.ends.iter().map(|end| {
            let cell = row.text[start..*end].to_owned();
            start = *end;
            cell
        });
        rows.push((row.number, cells.collect()));
        assert_eq!(row.ends.last(), Some(&row.text.len()));
        assert!((0.0..=1.0).contains(&row.progress));
        ControlFlow::Continue(())
    })?;
    Ok(rows)
}

pub(super) fn read(bytes: &[u8], kind: WorkbookKind) -> Result<Vec<Row>, WorkbookFailure> {
    let mut workbook = open(bytes, kind, &WorkbookLimits::default())?;
    let name = workbook.sheets()[0].name.clone();
    rows_of(&mut workbook, &name)
}

/// A package of these parts.
pub(super) fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub(super) const RELATIONSHIPS: &[u8] = br#"<Relationships><Relationship Id="rId1" Type="x/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
pub(super) const WORKBOOK: &[u8] =
    br#"<workbook><sheets><sheet name="Clients" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
pub(super) const WORKBOOK_RELATIONSHIPS: &[u8] = br#"<Relationships><Relationship Id="rId1" Type="x/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

/// An XLSX workbook whose one sheet has these rows, and these shared strings.
pub(super) fn xlsx(rows: &str, strings: &str) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    zipped(&[
        ("_rels/.rels", RELATIONSHIPS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONSHIPS),
        (
            "xl/sharedStrings.xml",
            format!("<sst>{strings}</sst>").as_bytes(),
        ),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

/// An ODS workbook of one sheet with these rows.
pub(super) fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        r#"<office:document-content><office:body><office:spreadsheet><table:table table:name="Clients">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
    );
    zipped(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.spreadsheet",
        ),
        ("META-INF/manifest.xml", b"<manifest:manifest/>"),
        ("content.xml", content.as_bytes()),
    ])
}

fn row(number: u32, cells: &[&str]) -> Row {
    (
        number,
        cells.iter().map(|cell| (*cell).to_owned()).collect(),
    )
}

#[test]
fn cells_read_as_a_person_would_have_typed_them() {
    let mut written = Written::new();
    let sheet = written.add_worksheet();
    sheet.write(0, 0, "name").unwrap();
    sheet.write(0, 2, true).unwrap();
    let result = |text| Formula::new("=A1").set_result(text);
    sheet.write(0, 3, result("Ana")).unwrap();
    sheet.write(0, 4, result("#DIV/0!")).unwrap();
    let cents = Format::new().set_num_format("0.00");
    sheet.write_blank(0, 9, &cents).unwrap();
    sheet.write_blank(1, 0, &cents).unwrap();
    let numbers = [
        (10_072_723.0, "General", "10072723"),
        (199.99, "General", "199.99"),
        (1_234_567_890_123_456.0, "0", "1.234567890123456E+15"),
        (1_234.0, "00000", "01234"),
        (12_345_678.0, "000-00-0000", "012-34-5678"),
        (1_234.5, "00000", "1234.5"),
        (-5.0, "00000", "-5"),
        (
            7_135_550_123.0,
            "[<=9999999]###-####;(###) ###-####",
            "(713) 555-0123",
        ),
        (1_234.5, "#,##0.00", "1234.5"),
        (0.25, "0%", "0.25"),
        (45_322.0, "m/d/yyyy", "2024-01-31"),
        (45_322.5, "m/d/yy h:mm", "2024-01-31T12:00:00"),
        (45_322.5, "h:mm", "12:00:00"),
        (1.5, "[h]:mm:ss", "36:00:00"),
        (60.0, "m/d/yyyy", "1900-02-29"),
        (59.0, "m/d/yyyy", "1900-02-28"),
        (-1.0, "m/d/yyyy", "-1"),
    ];
    for (column, (number, format, _)) in (0..).zip(numbers) {
        let format = Format::new().set_num_format(format);
        sheet.write_with_format(3, column, number, &format).unwrap();
    }

    let rows = read(&written.save_to_buffer().unwrap(), WorkbookKind::Xlsx).unwrap();

    let texts = numbers.map(|(_, _, text)| text);
    assert_eq!(
        rows,
        [
            row(1, &["name", "", "TRUE", "Ana", "#DIV/0!"]),
            row(4, &texts)
        ]
    );
}

#[test]
fn sheets_are_listed_in_order_and_read_again_and_again() {
    let mut written = Written::new();
    for name in ["Notes", "Clients", "Old"] {
        let sheet = written.add_worksheet().set_name(name).unwrap();
        for at in 0..6_000 {
            sheet
                .write(at, 0, format!("{name} {at} {}", at * 7919 % 1009))
                .unwrap();
            sheet.write(at, 1, at * 104_729).unwrap();
        }
        sheet.set_row_hidden(1).unwrap();
        sheet.set_hidden(name == "Old");
    }
    let bytes = written.save_to_buffer().unwrap();
    let mut workbook = open(&bytes, WorkbookKind::Xlsx, &WorkbookLimits::default()).unwrap();
    let sheet = |name: &str, is_hidden| Sheet {
        name: name.to_owned(),
        is_hidden,
    };
    assert_eq!(
        workbook.sheets(),
        [
            sheet("Notes", false),
            sheet("Clients", false),
            sheet("Old", true)
        ]
    );
    assert_eq!(format!("{workbook:?}"), "Workbook(3 sheets)");

    for name in ["Clients", "Old", "Notes", "Notes"] {
        let mut first = Vec::new();
        workbook
            .read_rows(name, &mut |row| {
                first.push((row.number, row.progress));
                if row.number == 3 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
            .unwrap();
        assert_eq!(
            first,
            [(1, 1.0 / 6_000.0), (2, 2.0 / 6_000.0), (3, 3.0 / 6_000.0)]
        );
        let rows = rows_of(&mut workbook, name).unwrap();
        assert_eq!(rows.len(), 6_000);
        assert_eq!(rows[1], row(2, &[&format!("{name} 1 856"), "104729"]));
    }
    let missing = workbook.read_rows("Gone", &mut |_| ControlFlow::Continue(()));
    assert!(matches!(missing, Err(WorkbookFailure::NoSuchSheet)));
}

#[test]
fn a_formula_that_was_never_calculated_is_no_blank() {
    let rows = r#"<row r="1"><c r="A1"><f>B1</f></c><c r="B1"/><c r="C1" t="str"><f>B1</f><v></v></c>
        <c r="D1"><f>B1</f><v/></c><c r="E1"><f>B1</f><v>5</v></c><c r="F1" s="1"></c></row>
        <row><c><f t="shared" si="0"/></c><c><v>7</v></c><c><f/></c></row>"#;

    assert_eq!(
        read(&xlsx(rows, ""), WorkbookKind::Xlsx).unwrap(),
        [
            row(1, &["#UNCALCULATED!", "", "", "#UNCALCULATED!", "5"]),
            row(2, &["#UNCALCULATED!", "7", "#UNCALCULATED!"]),
        ]
    );
}

#[test]
fn an_error_that_the_library_does_not_know_is_told() {
    let rows = r#"<row r="1"><c r="A1" t="e"><v>#N/A</v></c><c r="B1" t="e"><v>#SPILL!</v></c><c r="C1" t="e"><v>#BUSY!</v></c>
        <c r="D1"><v>7</v></c></row><row r="2"><c r="A2" t="e"><f>X</f><v>#CALC!</v></c></row>"#;

    assert_eq!(
        read(&xlsx(rows, ""), WorkbookKind::Xlsx).unwrap(),
        [
            row(1, &["#N/A", "#ERROR!", "#ERROR!", "7"]),
            row(2, &["#ERROR!"])
        ]
    );
    let unnamed = r#"<row><c t="e"><v>#SPILL!</v></c><c><v>7</v></c></row>"#;
    let failure = read(&xlsx(unnamed, ""), WorkbookKind::Xlsx);
    assert!(matches!(
        failure,
        Err(WorkbookFailure::Damaged { row: Some(1) })
    ));
}

/// Rich text is joined, phonetic text left out, and `_x000D_` is the character it stands for. Space at the
/// ends of a text is kept only where the file says so.
#[test]
fn strings_are_what_a_spreadsheet_shows() {
    let strings = r#"<si><r><rPr><b/></rPr><t>Ana </t></r><r><t xml:space="preserve"> Lee</t></r></si>
        <si><t>Lee</t><rPh sb="0" eb="1"><t>lee</t></rPh></si><si><t>a_x000D_b &amp; c</t></si><si/>"#;
    let rows = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c>
        <c r="D1" t="s"><v>3</v></c><c r="E1" t="inlineStr"><is><t>in line</t></is></c><c r="F1" t="d"><v>2024-01-31T00:00:00</v></c></row>"#;

    assert_eq!(
        read(&xlsx(rows, strings), WorkbookKind::Xlsx).unwrap(),
        [row(
            1,
            &["Ana Lee", "Lee", "a\rb & c", "", "in line", "2024-01-31"]
        )]
    );
}

#[test]
fn ods_sheets_read_like_others() {
    let rows = r#"<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
        <table:table-row><table:table-cell/><table:table-cell office:value-type="string"><text:p>Ana<text:s text:c="2"/>Lee</text:p></table:table-cell>
        <table:table-cell office:value-type="float" office:value="7" table:number-columns-repeated="2"/>
        <table:table-cell office:value-type="date" office:date-value="2024-01-31"/><table:table-cell office:value-type="time" office:time-value="PT08H30M00S"/>
        <table:table-cell office:value-type="boolean" office:boolean-value="true"/><table:table-cell table:formula="of:=[.A1]"/>
        <table:table-cell table:number-columns-repeated="16376"/></table:table-row>
        <table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>"#;
    // The library takes the space between elements for an element that does not belong there.
    let rows = rows.replace(">\n        <", "><");

    assert_eq!(
        read(&ods(&rows), WorkbookKind::Ods).unwrap(),
        [row(
            3,
            &[
                "",
                "Ana  Lee",
                "7",
                "7",
                "2024-01-31",
                "08:30:00",
                "TRUE",
                "#UNCALCULATED!"
            ]
        )]
    );
}
