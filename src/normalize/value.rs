//! One clean value, and what had to be mended to get it.

use std::fmt;

use compact_str::CompactString;

use crate::problem::Repair;

/// A clean value of a contract field. Its text is people's data and never prints.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// Text in the form in which the API takes it.
    Text(CompactString),
    /// A whole number.
    Integer(i32),
    /// True or false.
    Boolean(bool),
    /// JSON, written as it is sent.
    Json(CompactString),
    /// An explicit null, which asks the API to clear the field.
    Null,
}

/// What normalizing a cell gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clean {
    /// The value; none where the cell's text stands for nothing, like a date without end.
    pub value: Option<Value>,
    /// What was mended, to be counted.
    pub repair: Option<Repair>,
}

impl Value {
    /// A text value.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(CompactString::new(text))
    }

    /// The text of a text value.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Clean {
    /// A value that needed no mending.
    pub const fn of(value: Value) -> Self {
        Self {
            value: Some(value),
            repair: None,
        }
    }

    /// A value and what was mended.
    pub const fn mended(value: Value, repair: Option<Repair>) -> Self {
        Self {
            value: Some(value),
            repair,
        }
    }

    /// Nothing, for the reason given.
    pub const fn nothing(repair: Repair) -> Self {
        Self {
            value: None,
            repair: Some(repair),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text(_) => "Text(private)",
            Self::Integer(_) => "Integer(private)",
            Self::Boolean(_) => "Boolean(private)",
            Self::Json(_) => "Json(private)",
            Self::Null => "Null",
        })
    }
}
