//! The table as delimited text, in any encoding.

use csv::{Terminator, WriterBuilder};
use encoding_rs::WINDOWS_1252;

use super::Table;

/// How the characters are written, and what stands before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf8Marked,
    Utf16Le,
    Utf16LeMarked,
    Utf16Be,
    Utf16BeMarked,
    /// UTF-16 LE whose mark was read as UTF-8 by some program and written out as two replacement characters.
    Utf16LeCorruptMark,
    Windows1252,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineEnd {
    Lf,
    CrLf,
    Cr,
}

impl Encoding {
    pub(crate) const ALL: [Self; 8] = [
        Self::Utf8,
        Self::Utf8Marked,
        Self::Utf16Le,
        Self::Utf16LeMarked,
        Self::Utf16Be,
        Self::Utf16BeMarked,
        Self::Utf16LeCorruptMark,
        Self::Windows1252,
    ];

    /// A text in this encoding, behind its mark.
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        let little = |mark: &[u8]| [mark, &utf16(text, u16::to_le_bytes)].concat();
        let big = |mark: &[u8]| [mark, &utf16(text, u16::to_be_bytes)].concat();
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf8Marked => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            Self::Utf16Le => little(b""),
            Self::Utf16LeMarked => little(b"\xFF\xFE"),
            Self::Utf16Be => big(b""),
            Self::Utf16BeMarked => big(b"\xFE\xFF"),
            Self::Utf16LeCorruptMark => little(b"\xEF\xBF\xBD\xEF\xBF\xBD"),
            Self::Windows1252 => {
                let (bytes, _, has_unmappable) = WINDOWS_1252.encode(text);
                assert!(!has_unmappable, "not in Windows-1252");
                bytes.into_owned()
            }
        }
    }
}

impl LineEnd {
    pub(crate) const ALL: [Self; 3] = [Self::Lf, Self::CrLf, Self::Cr];

    fn terminator(self) -> Terminator {
        match self {
            Self::Lf => Terminator::Any(b'\n'),
            Self::CrLf => Terminator::CRLF,
            Self::Cr => Terminator::Any(b'\r'),
        }
    }
}

/// The table as text; cells are quoted where they have to be.
pub(crate) fn delimited(
    table: &Table,
    separator: u8,
    encoding: Encoding,
    line_end: LineEnd,
) -> Vec<u8> {
    let mut writer = WriterBuilder::new()
        .delimiter(separator)
        .terminator(line_end.terminator())
        .from_writer(Vec::new());
    writer.write_record(&table.header).unwrap();
    for row in table.expected() {
        writer.write_record(&row).unwrap();
    }
    encoding.encode(&String::from_utf8(writer.into_inner().unwrap()).unwrap())
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}
