//! All dresses of one table, each by the name of its file.

use super::{
    Encoding, Epoch, LineEnd, Table, delimited, gzip, ods, xls, xlsb, xlsm, xlsx, xlsx_inline, zip,
};

/// A file that holds the table.
pub(crate) struct Dress {
    /// The file's name, which says how the table is written.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

const SEPARATORS: [(&str, u8, &str); 4] = [
    ("comma", b',', "csv"),
    ("tab", b'\t', "tsv"),
    ("semicolon", b';', "csv"),
    ("pipe", b'|', "txt"),
];

/// The table in every dress that is a file of its own or the only one in its archive.
pub(crate) fn dresses(table: &Table) -> Vec<Dress> {
    let mut dresses = texts(table);
    dresses.extend(workbooks(table));
    dresses.extend(packed(table));
    dresses
}

fn texts(table: &Table) -> Vec<Dress> {
    let mut dresses = Vec::new();
    for (separator, byte, extension) in SEPARATORS {
        for encoding in Encoding::ALL {
            for line_end in LineEnd::ALL {
                let name = format!("{separator}-{encoding:?}-{line_end:?}.{extension}");
                let bytes = delimited(table, byte, encoding, line_end);
                dresses.push(Dress { name, bytes });
            }
        }
    }
    dresses
}

/// The table in every kind of workbook.
fn workbooks(table: &Table) -> Vec<Dress> {
    [
        ("shared-strings.xlsx", xlsx(table, Epoch::Y1900)),
        ("since-1904.xlsx", xlsx(table, Epoch::Y1904)),
        ("inline-strings.xlsx", xlsx_inline(table)),
        ("macros.xlsm", xlsm(table)),
        ("binary.xlsb", xlsb(table, Epoch::Y1900)),
        ("binary-since-1904.xlsb", xlsb(table, Epoch::Y1904)),
        ("old.xls", xls(table, Epoch::Y1900)),
        ("old-since-1904.xls", xls(table, Epoch::Y1904)),
        ("open-document.ods", ods(table)),
    ]
    .map(|(name, bytes)| Dress::new(name, bytes))
    .into()
}

fn packed(table: &Table) -> Vec<Dress> {
    let plain = delimited(table, b',', Encoding::Utf8, LineEnd::CrLf);
    let wide = delimited(table, b'\t', Encoding::Utf16LeMarked, LineEnd::CrLf);
    let book = xlsx(table, Epoch::Y1900);
    [
        ("plain.csv.gz", gzip(&plain)),
        ("wide.tsv.gz", gzip(&wide)),
        ("plain.csv.zip", zip(&[("export.csv", &plain)])),
        ("wide.tsv.zip", zip(&[("folder/export.tsv", &wide)])),
        ("book.xlsx.zip", zip(&[("book.xlsx", &book)])),
    ]
    .map(|(name, bytes)| Dress::new(name, bytes))
    .into()
}

impl Dress {
    fn new(name: &str, bytes: Vec<u8>) -> Self {
        Self {
            name: name.to_owned(),
            bytes,
        }
    }

    /// True for workbooks that are not packed in anything.
    pub(crate) fn is_workbook(&self) -> bool {
        let extension = self.name.rsplit('.').next();
        extension.is_some_and(|name| ["xlsx", "xlsm", "xlsb", "xls", "ods"].contains(&name))
    }
}
