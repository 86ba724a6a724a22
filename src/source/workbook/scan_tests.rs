//! The fast look through a sheet against the one of an XML reader: where it comes to the end, both say the same.

use std::io::Write as _;

use flate2::Crc;
use proptest::prelude::*;

use super::{
    limits::WorkbookLimits,
    marks::{Mark, Marks},
    package::Part,
    sheet_scan::{Scanned, scan_sheet},
    unpacked::{SharedFile, Told, Unpacked},
    xml_survey::{Role, survey_xml},
};

struct Nobody;

impl Told for Nobody {
    fn passed(&self, _place: u64) -> bool {
        true
    }
}

/// What sheets are made of, and what they should not be made of.
const PIECES: &[&str] = &[
    "<row>",
    "<row r=\"3\">",
    "<row r='5' spans=\"1:2\">",
    "</row>",
    "<row/>",
    "<c>",
    "<c r=\"B3\" t=\"e\">",
    "<c r=\"A4\" s=\"1\">",
    "<c t=\"str\">",
    "<c r=\"C9\"/>",
    "</c>",
    "<f>1+2</f>",
    "<f/>",
    "<f t=\"shared\" si=\"0\">",
    "</f>",
    "<v>3</v>",
    "<v/>",
    "<v>",
    "</v>",
    "#SPILL!",
    "#N/A",
    "<is>",
    "<t>",
    "Ana",
    "</t>",
    "</is>",
    "<r>",
    "</r>",
    "<rPr/>",
    "&amp;",
    "&#10;",
    " ",
    "<!-- c -->",
    "<![CDATA[x]]>",
    "<?pi?>",
    "<x:c>",
    "\u{e9}",
    "<c r=\"a>b\">",
    "]]>",
];

fn sheet_of(pieces: &[usize]) -> String {
    let rows: String = pieces
        .iter()
        .map(|piece| PIECES[piece % PIECES.len()])
        .collect();
    format!("<?xml version=\"1.0\"?><worksheet><sheetData>{rows}</sheetData></worksheet>")
}

/// Rows and cells in order, so that many samples are whole; a few pieces are strewn in.
fn sound_sheet(cells: &[(usize, usize)]) -> String {
    const CELLS: &[&str] = &[
        "<v>3</v>",
        "<f>1+2</f>",
        "<f>1+2</f><v>3</v>",
        "<f/><v/>",
        "<f>A1</f><v></v>",
        "<is><t>Ana</t></is>",
        "",
        "<v>#SPILL!</v>",
        "<is><r><rPr/><t>A</t></r><r><t>na</t></r></is>",
    ];
    const STARTS: &[&str] = &[
        "<c>",
        "<c r=\"B3\">",
        "<c t=\"e\">",
        "<c t=\"str\" s=\"2\">",
        "</row><row><c>",
        "</row><row r=\"9\"><c>",
    ];
    let mut row = String::new();
    for (start, cell) in cells {
        row.push_str(STARTS[start % STARTS.len()]);
        row.push_str(CELLS[cell % CELLS.len()]);
        row.push_str("</c>");
    }
    format!("<worksheet><dimension ref=\"A1\"/><sheetData><row>{row}</row></sheetData></worksheet>")
}

fn with_part<T>(xml: &str, look: impl FnOnce(&mut Unpacked<'_>) -> T) -> T {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(xml.as_bytes()).unwrap();
    let mut checksum = Crc::new();
    checksum.update(xml.as_bytes());
    let part = Part {
        name: "sheet1.xml".to_owned(),
        data: 0..xml.len() as u64,
        is_deflated: false,
        checksum: checksum.sum(),
    };
    let limits = WorkbookLimits::default();
    look(&mut Unpacked::new(
        &part,
        SharedFile::new(file),
        0,
        &limits,
        &Nobody,
    ))
}

/// The marks of all cells that a small sheet can have, and whether places were implied.
fn told(marks: &Marks) -> (Vec<Option<Mark>>, bool) {
    let places = (0..64).flat_map(|row| (0..64).map(move |column| (row, column)));
    (
        places.map(|place| marks.take(place)).collect(),
        marks.are_places_implied(),
    )
}

/// True when the scan came to the end of the rows.
fn compare(xml: &str) -> bool {
    let (by_scan, by_survey) = (Marks::default(), Marks::default());
    let scanned = with_part(xml, |unpacked| scan_sheet(unpacked, &by_scan));
    if !matches!(scanned, Ok(Scanned::Whole)) {
        return false;
    }
    let limits = WorkbookLimits::default();
    let surveyed = with_part(xml, |unpacked| {
        survey_xml(unpacked, &limits, Role::Sheet(&by_survey))
    });

    assert!(surveyed.is_ok(), "{surveyed:?}: {xml}");
    assert_eq!(told(&by_scan), told(&by_survey), "{xml}");
    true
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn what_is_scanned_whole_an_xml_reader_understands_alike(pieces in prop::collection::vec(0_usize..64, 0..14)) {
        compare(&sheet_of(&pieces));
    }

    #[test]
    fn sound_sheets_are_scanned_whole_and_marked_alike(cells in prop::collection::vec((0_usize..64, 0_usize..64), 0..12)) {
        prop_assert!(compare(&sound_sheet(&cells)));
    }
}
