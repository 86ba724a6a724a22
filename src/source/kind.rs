//! What a file is that is no CSV text, told from its first bytes.

use std::fmt;

/// How much of a file is looked at, in bytes.
pub(super) const LOOKED_AT: usize = 8 << 10;

/// A kind of file that people hand over for a CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// An Excel workbook of today.
    Workbook,
    /// An Excel workbook of before 2007.
    OldWorkbook,
    /// A ZIP archive.
    Zip,
    /// A gzip file.
    Gzip,
    /// A PDF document.
    Pdf,
    /// A web page, often a table saved under another name.
    Html,
    /// UTF-16 text, which spreadsheets call "Unicode text".
    Utf16,
    /// Text whose header is not UTF-8.
    OtherText,
    /// None of these, and no text.
    Binary,
}

impl FileKind {
    /// What the first bytes of a file show; none when nothing speaks against CSV text.
    pub(super) fn told_by(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..LOOKED_AT).unwrap_or(bytes);
        SIGNATURES
            .iter()
            .find(|(signature, _)| bytes.starts_with(signature))
            .map(|(_, kind)| *kind)
            .map(|kind| kind.looked_into(bytes))
            .or_else(|| is_html(bytes).then_some(Self::Html))
            .or_else(|| Self::told_by_nul_bytes(bytes))
    }

    /// The kind of a file that has a NUL byte in its header.
    pub(super) fn told_by_header_with_nul(bytes: &[u8]) -> Self {
        Self::told_by_nul_bytes(bytes).unwrap_or(Self::Binary)
    }

    /// A few NUL bytes may be damage to a few rows. A tenth of a file is its nature, and in UTF-16 they
    /// stand on one side of each pair of bytes.
    fn told_by_nul_bytes(bytes: &[u8]) -> Option<Self> {
        let count = |parity: usize| {
            let side = bytes.iter().skip(parity).step_by(2);
            side.filter(|byte| **byte == 0).count()
        };
        let (even, odd) = (count(0), count(1));
        if (even + odd) * 10 <= bytes.len() {
            return None;
        }
        let is_one_sided = even.min(odd) * 10 <= even.max(odd);
        Some(if is_one_sided {
            Self::Utf16
        } else {
            Self::Binary
        })
    }

    /// A workbook is a ZIP archive whose first entries have well-known names.
    fn looked_into(self, bytes: &[u8]) -> Self {
        let holds = |name: &[u8]| memchr::memmem::find(bytes, name).is_some();
        match self {
            Self::Zip if holds(b"[Content_Types].xml") || holds(b"xl/") => Self::Workbook,
            kind => kind,
        }
    }

    /// What to do with such a file.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Workbook | Self::OldWorkbook => "save the sheet as \"CSV UTF-8\"",
            Self::Zip | Self::Gzip => "unpack it and give the file inside",
            Self::Pdf => "export the data as CSV",
            Self::Html => "open it in a spreadsheet and save it as \"CSV UTF-8\"",
            Self::Utf16 | Self::OtherText => "save it as \"CSV UTF-8\"",
            Self::Binary => "export it again as CSV",
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Workbook => "an Excel workbook (XLSX)",
            Self::OldWorkbook => "an old Excel workbook (XLS)",
            Self::Zip => "a ZIP archive",
            Self::Gzip => "a gzip file",
            Self::Pdf => "a PDF document",
            Self::Html => "a web page (HTML)",
            Self::Utf16 => "UTF-16 text",
            Self::OtherText => "text in another encoding than UTF-8",
            Self::Binary => "a binary file",
        })
    }
}

const SIGNATURES: &[(&[u8], FileKind)] = &[
    (b"PK\x03\x04", FileKind::Zip),
    (b"PK\x05\x06", FileKind::Zip),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind::OldWorkbook),
    (b"\x1f\x8b", FileKind::Gzip),
    (b"%PDF-", FileKind::Pdf),
    (b"\xff\xfe", FileKind::Utf16),
    (b"\xfe\xff", FileKind::Utf16),
];

fn is_html(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = text.trim_ascii_start();
    ["<!doctype html", "<html", "<table", "<head", "<body"]
        .iter()
        .any(|tag| {
            let start = text.get(..tag.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()))
        })
}

#[cfg(test)]
mod tests {
    use super::FileKind;

    #[test]
    fn first_bytes_tell_what_a_file_is() {
        let utf16: Vec<u8> = "first_name,last_name\n"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        let cases: &[(&[u8], Option<FileKind>)] = &[
            (
                b"PK\x03\x04....[Content_Types].xml",
                Some(FileKind::Workbook),
            ),
            (b"PK\x03\x04....clients.csv", Some(FileKind::Zip)),
            (b"\x1f\x8b\x08", Some(FileKind::Gzip)),
            (b"%PDF-1.7", Some(FileKind::Pdf)),
            (
                b"\xef\xbb\xbf \n<!DOCTYPE HTML><html>",
                Some(FileKind::Html),
            ),
            (b"\xff\xfea\0,\0b\0", Some(FileKind::Utf16)),
            (&utf16, Some(FileKind::Utf16)),
            (b"ab\0\0\0\0\x01\x02", Some(FileKind::Binary)),
            (b"a,b\n1,2\n", None),
            (b"first_name,last_name,phone\nAna,Le\0e,\n", None),
            (b"", None),
        ];

        for (bytes, kind) in cases {
            assert_eq!(FileKind::told_by(bytes), *kind, "{}", bytes.escape_ascii());
        }
    }
}
