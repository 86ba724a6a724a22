//! What a file is, told from its first bytes; its name says nothing.

use std::fmt;

/// How much of a file is looked at, in bytes.
pub(super) const LOOKED_AT: usize = 8 << 10;

/// What the first bytes of a file show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing speaks against text, in whatever encoding.
    Text,
    /// A ZIP archive; today's workbooks are that too.
    Zip,
    /// The container of workbooks of before 2007, and of encrypted ones.
    Ole,
    Gzip,
    /// Something that holds no table we read.
    Foreign(FileKind),
}

/// A kind of file that people hand over for a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A PDF document.
    Pdf,
    /// A web page, often a table saved under a workbook's name.
    Html,
    /// XML, such as Excel's "XML Spreadsheet 2003".
    Xml,
    /// JSON.
    Json,
    /// A ZIP or OLE file of another program, such as a Word document.
    Document,
    /// An archive inside an archive.
    NestedArchive,
    /// None of these, and no text.
    Binary,
}

impl Look {
    /// What the first bytes of a file show.
    pub(super) fn at(bytes: &[u8]) -> Self {
        let bytes = bytes.get(..LOOKED_AT).unwrap_or(bytes);
        let signed = SIGNATURES
            .iter()
            .find(|(signature, _)| bytes.starts_with(signature));
        if let Some((_, look)) = signed {
            return *look;
        }
        if let Some(kind) = marked_up(bytes) {
            return Self::Foreign(kind);
        }
        if is_dense_in_nul(bytes) && utf16_side(bytes).is_none() {
            return Self::Foreign(FileKind::Binary);
        }
        Self::Text
    }
}

/// Which byte of each pair is the zero one, where that makes a text UTF-16: the first in big-endian text.
/// A few NUL bytes may be damage to a few rows; a tenth of a file is its nature.
pub(super) fn utf16_side(bytes: &[u8]) -> Option<Utf16Side> {
    let bytes = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let (even, odd) = nul_bytes(bytes);
    if !is_dense_in_nul(bytes) || even.min(odd) * 10 > even.max(odd) {
        return None;
    }
    Some(if even > odd {
        Utf16Side::BigEndian
    } else {
        Utf16Side::LittleEndian
    })
}

/// The order of the two bytes of a UTF-16 unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Utf16Side {
    LittleEndian,
    BigEndian,
}

fn is_dense_in_nul(bytes: &[u8]) -> bool {
    let (even, odd) = nul_bytes(bytes);
    (even + odd) * 10 > bytes.len()
}

/// How many NUL bytes stand at even and at odd places.
fn nul_bytes(bytes: &[u8]) -> (usize, usize) {
    let count = |parity: usize| {
        let side = bytes.iter().skip(parity).step_by(2);
        side.filter(|byte| **byte == 0).count()
    };
    (count(0), count(1))
}

const SIGNATURES: &[(&[u8], Look)] = &[
    (b"PK\x03\x04", Look::Zip),
    (b"PK\x05\x06", Look::Zip),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Look::Ole),
    (b"\x1f\x8b", Look::Gzip),
    (b"%PDF-", Look::Foreign(FileKind::Pdf)),
    (b"\xff\xfe\0\0", Look::Foreign(FileKind::Binary)),
];

/// What the first characters show of a text that is marked up, and no table.
fn marked_up(bytes: &[u8]) -> Option<FileKind> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = text.trim_ascii_start();
    let starts = |start: &str| {
        let beginning = text.get(..start.len());
        beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(start.as_bytes()))
    };
    let is_html = |text: &[u8]| {
        let beginning = text.get(..512).unwrap_or(text).to_ascii_lowercase();
        memchr::memmem::find(&beginning, b"<html").is_some()
    };
    if starts("<?xml") {
        // Spreadsheets write web pages as XML too.
        return Some(if is_html(text) {
            FileKind::Html
        } else {
            FileKind::Xml
        });
    }
    let html = [
        "<!doctype html",
        "<html",
        "<table",
        "<head",
        "<body",
        "<meta",
        "<style",
    ];
    if html.iter().any(|tag| starts(tag)) {
        return Some(FileKind::Html);
    }
    ["{\"", "[{"]
        .iter()
        .any(|json| starts(json))
        .then_some(FileKind::Json)
}

impl FileKind {
    /// What to do with such a file.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Pdf | Self::Json => "export the data as CSV or as a workbook",
            Self::Html | Self::Xml => {
                "open it in Excel and save it again as an Excel workbook (.xlsx)"
            }
            Self::Document => "save the table in it as CSV or as a workbook",
            Self::NestedArchive => "unpack it and give the files inside",
            Self::Binary => "export it again as CSV or as a workbook",
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Pdf => "a PDF document",
            Self::Html => "a web page (HTML), whatever its name says",
            Self::Xml => "an XML file",
            Self::Json => "a JSON file",
            Self::Document => "a document of another program",
            Self::NestedArchive => "an archive inside an archive",
            Self::Binary => "a binary file",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{FileKind, Look, Utf16Side, utf16_side};

    #[test]
    fn first_bytes_tell_what_a_file_is() {
        let utf16: Vec<u8> = "first_name,last_name\n"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        let cases: &[(&[u8], Look)] = &[
            (b"PK\x03\x04....clients.csv", Look::Zip),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Look::Ole),
            (b"\x1f\x8b\x08", Look::Gzip),
            (b"%PDF-1.7", Look::Foreign(FileKind::Pdf)),
            (
                b"\xef\xbb\xbf \n<!DOCTYPE HTML><html>",
                Look::Foreign(FileKind::Html),
            ),
            (
                b"<?xml version=\"1.0\"?>\n<html xmlns",
                Look::Foreign(FileKind::Html),
            ),
            (
                b"<?xml version=\"1.0\"?><Workbook>",
                Look::Foreign(FileKind::Xml),
            ),
            (b"[{\"id\": 1}]", Look::Foreign(FileKind::Json)),
            (b"\xff\xfea\0,\0b\0", Look::Text),
            (&utf16, Look::Text),
            (b"ab\0\0\0\0\x01\x02", Look::Foreign(FileKind::Binary)),
            (b"a,b\n1,2\n", Look::Text),
            (b"first_name,last_name,phone\nAna,Le\0e,\n", Look::Text),
            (b"", Look::Text),
        ];

        for (bytes, look) in cases {
            assert_eq!(Look::at(bytes), *look, "{}", bytes.escape_ascii());
        }
        assert_eq!(utf16_side(&utf16), Some(Utf16Side::BigEndian));
        assert_eq!(utf16_side(b"a\0,\0"), Some(Utf16Side::LittleEndian));
        assert_eq!(utf16_side(b"a,b\n"), None);
    }
}
