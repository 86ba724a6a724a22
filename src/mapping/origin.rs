//! Where a rule's text comes from: a constant, one column, or several put together.

use super::{rule::Rule, template::Template};
use crate::normalize::{NamePart, Value};

/// Where the text comes from.
#[derive(Debug)]
pub(super) enum Origin {
    /// The same for every row.
    Constant(Value),
    /// The first of these columns that is not blank.
    Columns {
        /// Their names, as the mapping spells them.
        names: Vec<String>,
        /// A file may lack all of them.
        optional: bool,
    },
    /// No column of its own: `else_from` alone.
    Elsewhere,
    /// More than a cell as it stands.
    Made(Made),
}

/// A text that is made of cells.
#[derive(Debug)]
pub(super) struct Made {
    /// The columns of a whole name, or those that count before anything is counted.
    pub(super) names: Vec<String>,
    /// A file may lack the columns.
    pub(super) optional: bool,
    pub(super) how: How,
}

/// How a text is made of cells.
#[derive(Debug)]
pub(super) enum How {
    /// A part of the whole name in the first of the columns that is not blank.
    Part(NamePart),
    /// One text with several columns in it.
    Template(Template),
    /// How many columns are not blank, where no other column says it.
    Count {
        /// Names and patterns of columns.
        columns: Vec<String>,
        /// What is added.
        plus: u32,
    },
    /// A text for each template, and for each number that its columns have.
    Join {
        each: Vec<Template>,
        /// What stands between two of them.
        with: String,
    },
}

impl Rule {
    /// The names of the columns of which the first that is not blank counts.
    pub(super) fn columns(&self) -> &[String] {
        match &self.origin {
            Origin::Columns { names, .. } => names,
            Origin::Made(made) => &made.names,
            Origin::Constant(_) | Origin::Elsewhere => &[],
        }
    }

    /// The names and patterns of the columns that it puts together.
    pub(super) fn other_columns(&self) -> Vec<&str> {
        let Origin::Made(made) = &self.origin else {
            return Vec::new();
        };
        match &made.how {
            How::Part(_) => Vec::new(),
            How::Template(template) => template.columns().collect(),
            How::Count { columns, .. } => columns.iter().map(String::as_str).collect(),
            How::Join { each, .. } => each.iter().flat_map(Template::columns).collect(),
        }
    }

    /// True when a file may lack its columns.
    pub(super) fn is_optional(&self) -> bool {
        match &self.origin {
            Origin::Columns { optional, .. } => *optional,
            Origin::Made(made) => made.optional,
            Origin::Constant(_) | Origin::Elsewhere => true,
        }
    }
}

impl Made {
    /// True where something is counted when no column says the number.
    pub(super) fn counts(&self) -> bool {
        matches!(self.how, How::Count { .. })
    }
}
