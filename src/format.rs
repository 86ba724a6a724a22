//! How a file is written, as far as somebody has said so; what nobody said is found by looking.

use std::fmt;

/// What a mapping says of its files' format. The default says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Format {
    /// What stands between two cells of a text file.
    pub separator: Option<Separator>,
    /// How a text file writes its characters.
    pub encoding: Option<Encoding>,
    /// The name of a workbook's sheet, compared without case.
    pub sheet: Option<String>,
}

/// What stands between two cells of a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// `,`
    Comma,
    /// A tabulator.
    Tab,
    /// `;`
    Semicolon,
    /// `|`
    Pipe,
}

impl Separator {
    /// All separators; of two that would do, the earlier one is taken.
    pub const ALL: &'static [Self] = &[Self::Comma, Self::Tab, Self::Semicolon, Self::Pipe];

    /// The byte in the file, once that is decoded.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Tab => b'\t',
            Self::Semicolon => b';',
            Self::Pipe => b'|',
        }
    }

    /// The name in mappings and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Tab => "tab",
            Self::Semicolon => "semicolon",
            Self::Pipe => "pipe",
        }
    }

    /// The separator of that name, or the separator itself.
    pub fn from_name(name: &str) -> Option<Self> {
        let is_it = |separator: &&Self| {
            separator.name() == name || name.as_bytes() == [separator.byte()].as_slice()
        };
        Self::ALL.iter().find(is_it).copied()
    }
}

/// How a text file writes its characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

impl Encoding {
    /// What most files are.
    pub const UTF_8: Self = Self(encoding_rs::UTF_8);
    /// What Windows calls "Unicode text".
    pub const UTF_16LE: Self = Self(encoding_rs::UTF_16LE);
    /// The same with the bytes of each pair swapped.
    pub const UTF_16BE: Self = Self(encoding_rs::UTF_16BE);
    /// What Windows programs of western countries write; Latin-1 is a part of it.
    pub const WINDOWS_1252: Self = Self(encoding_rs::WINDOWS_1252);

    /// The encoding of that name, by any of the labels that the web knows it by, such as `latin1`.
    pub fn from_name(name: &str) -> Option<Self> {
        encoding_rs::Encoding::for_label_no_replacement(name.as_bytes()).map(Self)
    }

    /// The name in mappings and reports, such as `UTF-8` or `windows-1252`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// A decoder that does not look for a byte order mark.
    pub fn decoder(self) -> encoding_rs::Decoder {
        self.0.new_decoder_without_bom_handling()
    }
}

impl fmt::Display for Separator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Separator};

    #[test]
    fn names_lead_back_to_what_they_name() {
        for separator in Separator::ALL {
            assert_eq!(Separator::from_name(separator.name()), Some(*separator));
        }
        assert_eq!(Separator::from_name("|"), Some(Separator::Pipe));
        assert_eq!(Separator::from_name("colon"), None);
        assert_eq!(Encoding::from_name("Latin1"), Some(Encoding::WINDOWS_1252));
        assert_eq!(Encoding::from_name("utf-16le"), Some(Encoding::UTF_16LE));
        assert_eq!(Encoding::from_name("ebcdic"), None);
    }
}
