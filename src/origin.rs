//! Where a table was found: in a file, perhaps in a member of an archive, perhaps on a sheet.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// The path that means standard input.
pub const STANDARD_INPUT: &str = "-";

/// Where a table was found.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The file as it was given; `-` for standard input.
    pub path: PathBuf,
    /// The name inside an archive.
    pub member: Option<String>,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
}

impl Origin {
    /// A table that is a whole file.
    pub fn of_file(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            member: None,
            sheet: None,
        }
    }

    /// The same on a sheet.
    #[must_use]
    pub fn on_sheet(mut self, sheet: &str) -> Self {
        self.sheet = Some(sheet.to_owned());
        self
    }

    /// A short name for lists of rows: the file's name without its folders, member and sheet.
    pub fn short(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        self.named(&name.to_string_lossy())
    }

    /// Names from inside a file are somebody else's: control characters in them could write to a terminal.
    fn named(&self, file: &str) -> String {
        let mut name = if file == STANDARD_INPUT {
            "standard input".to_owned()
        } else {
            file.to_owned()
        };
        if let Some(member) = &self.member {
            name.push_str(", ");
            name.push_str(member);
        }
        if let Some(sheet) = &self.sheet {
            name.push_str(", sheet ");
            name.push_str(sheet);
        }
        name.chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .collect()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.named(&self.path.to_string_lossy()))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Origin;

    #[test]
    fn a_name_says_file_member_and_sheet() {
        let origin = Origin {
            member: Some("book\u{1b}.xlsx".to_owned()),
            ..Origin::of_file(Path::new("in/exports.zip"))
        };

        assert_eq!(origin.short(), "exports.zip, book\u{fffd}.xlsx");
        assert_eq!(
            origin.on_sheet("Clients").to_string(),
            "in/exports.zip, book\u{fffd}.xlsx, sheet Clients"
        );
        assert_eq!(
            Origin::of_file(Path::new("-")).to_string(),
            "standard input"
        );
    }
}
