//! What is wrong with a mapping file by itself, and where a mapping and a file's header do not meet.

use std::fmt;

use crate::toml_file::{Mistake, told};

/// Everything that is wrong with one mapping file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The file's name, as it was given.
    pub file: String,
    /// The mistakes, in the file's order; never empty.
    pub mistakes: Vec<Mistake>,
}

/// Every column that a mapping asks for and a header does not have exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindError {
    /// The mapping's name.
    pub mapping: String,
    /// The columns, in the mapping's order; never empty.
    pub columns: Vec<ColumnMistake>,
}

/// One column that a header lacks, or has more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMistake {
    /// The mapping's keys that ask for it, such as `fields.phoneNumber`.
    pub keys: Vec<String>,
    /// The column's name, as the mapping spells it; several where any one of them would do.
    pub columns: Vec<String>,
    /// Whether it is missing or doubled.
    pub what: Unmet,
}

/// How a header fails to have a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmet {
    /// No column of that name.
    Missing {
        /// The header's name that comes closest.
        similar: Option<String>,
    },
    /// Several columns of that name.
    Doubled {
        /// Their numbers, counted from 1.
        numbers: Vec<usize>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&told("mapping", &self.file, &self.mistakes))
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = counted(self.columns.len(), "column");
        writeln!(
            formatter,
            "the file does not fit the mapping {}: {count} to put right\n",
            self.mapping
        )?;
        for (index, column) in self.columns.iter().enumerate() {
            if index > 0 {
                writeln!(formatter)?;
            }
            write!(formatter, "  {column}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ColumnMistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self
            .columns
            .iter()
            .map(|name| format!("{name:?}"))
            .collect();
        let names = names.join(" or ");
        write!(formatter, "{}: ", self.keys.join(", "))?;
        match &self.what {
            Unmet::Missing { similar: None } => write!(formatter, "no column {names}"),
            Unmet::Missing {
                similar: Some(similar),
            } => write!(formatter, "no column {names}; did you mean {similar:?}?"),
            Unmet::Doubled { numbers } => {
                let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
                write!(
                    formatter,
                    "several columns are named {names}: numbers {}",
                    numbers.join(" and ")
                )
            }
        }
    }
}

impl std::error::Error for Error {}

impl std::error::Error for BindError {}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
