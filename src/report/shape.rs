//! What refused cells look like without what they say: digits as `9`, letters as `A` and `a`.

use std::{collections::HashMap, fmt::Write as _};

use serde_json::{Value, json};

use super::grouped;
use crate::{
    journal::{Error, Journal, ProblemCell},
    record::RunId,
};

/// Whether people see what a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cells {
    /// Its shape only.
    Shapes,
    /// The cell itself: asked for by name, and put on record before.
    Values,
}

/// The refused cells of a run, by column and code.
#[derive(Debug, Clone, Default)]
pub(super) struct RefusedCells {
    groups: Vec<Group>,
}

/// The cells of one column that were refused for one reason.
#[derive(Clone)]
struct Group {
    column: String,
    code: String,
    shapes: HashMap<String, u64>,
    /// The first cells, where values are to be shown.
    values: Vec<String>,
}

/// How many shapes, or values, of a group are shown.
const SHOWN: usize = 3;
/// How many shapes of a group are told apart: beyond that, none of them is frequent.
const MOST_SHAPES: usize = 1_000;
/// How long a shape is at most, in characters.
const LONGEST_SHAPE: usize = 40;
/// How much of a value is shown, in characters.
const LONGEST_VALUE: usize = 100;

impl RefusedCells {
    /// Reads the refused cells of a run back; none where they are not kept any more.
    pub(super) fn of(journal: &Journal, run: RunId, cells: Cells) -> Result<Self, Error> {
        let mut refused = Self::default();
        journal.problem_cells(run, &mut |cell| refused.add(cell, cells))?;
        Ok(refused)
    }

    fn add(&mut self, cell: ProblemCell<'_>, cells: Cells) {
        let is_it = |group: &Group| group.column == cell.column && group.code == cell.code;
        let known = self.groups.iter().position(is_it);
        let at = known.unwrap_or(self.groups.len());
        if known.is_none() {
            self.groups.push(Group::of(cell));
        }
        let Some(group) = self.groups.get_mut(at) else {
            return;
        };
        let shape = shape(cell.text);
        let is_full = group.shapes.len() >= MOST_SHAPES;
        if let Some(count) = group.shapes.get_mut(&shape) {
            *count += 1;
        } else if !is_full {
            group.shapes.insert(shape, 1);
        }
        if cells == Cells::Values && group.values.len() < SHOWN {
            let value = shortened(cell.text);
            if !group.values.contains(&value) {
                group.values.push(value);
            }
        }
    }

    fn find(&self, column: &str, code: &str) -> Option<&Group> {
        let is_it = |group: &&Group| group.column == column && group.code == code;
        self.groups.iter().find(is_it)
    }

    /// What the cells of a group look like, in one line.
    pub(super) fn text(&self, column: &str, code: &str) -> Option<String> {
        let group = self.find(column, code)?;
        let mut text = String::new();
        if group.values.is_empty() {
            for (shape, count) in group.most_frequent() {
                let comma = if text.is_empty() { "" } else { ", " };
                let shape = if shape.is_empty() { "(blank)" } else { shape };
                let _ = write!(text, "{comma}{shape} ({})", grouped(count));
            }
            return Some(format!("looks like {text}"));
        }
        for value in &group.values {
            let comma = if text.is_empty() { "" } else { ", " };
            let _ = write!(text, "{comma}{value:?}");
        }
        Some(format!("says {text}"))
    }

    /// Adds what the cells of a group look like to its JSON.
    pub(super) fn add_to(&self, object: &mut Value, column: &str, code: &str) {
        let (Some(group), Some(members)) = (self.find(column, code), object.as_object_mut()) else {
            return;
        };
        let shapes = group.most_frequent().into_iter();
        let shapes = shapes.map(|(shape, count)| json!({ "shape": shape, "count": count }));
        members.insert("shapes".to_owned(), shapes.collect());
        if !group.values.is_empty() {
            members.insert("values".to_owned(), json!(group.values));
        }
    }
}

impl Group {
    fn of(cell: ProblemCell<'_>) -> Self {
        Self {
            column: cell.column.to_owned(),
            code: cell.code.to_owned(),
            shapes: HashMap::new(),
            values: Vec::new(),
        }
    }

    fn most_frequent(&self) -> Vec<(&str, u64)> {
        let shapes = self.shapes.iter();
        let mut shapes: Vec<_> = shapes
            .map(|(shape, count)| (shape.as_str(), *count))
            .collect();
        shapes.sort_unstable_by(|one, other| (other.1, one.0).cmp(&(one.1, other.0)));
        shapes.truncate(SHOWN);
        shapes
    }
}

/// The values in it are people's data.
impl std::fmt::Debug for Group {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Group({}, {})", self.column, self.code)
    }
}

/// A cell with every digit as `9` and every letter as `A` or `a`; the exponent's mark of a number stays, as
/// it says what happened. What stands several times in a row is counted: `9{10}`.
pub(super) fn shape(text: &str) -> String {
    let mut shape = String::new();
    let mut length = 0;
    let mut marks = marks(text).peekable();
    while let Some(mark) = marks.next() {
        let mut times = 1_u64;
        while marks.next_if_eq(&mark).is_some() {
            times += 1;
        }
        if length >= LONGEST_SHAPE {
            shape.push('…');
            break;
        }
        let before = shape.len();
        shape.push(mark);
        if times > 1 {
            let _ = write!(shape, "{{{times}}}");
        }
        length += shape.get(before..).unwrap_or_default().chars().count();
    }
    shape
}

/// What stands for each character.
fn marks(text: &str) -> impl Iterator<Item = char> {
    let mut before = ' ';
    text.char_indices().map(move |(at, c)| {
        let is_exponent = matches!(c, 'e' | 'E')
            && (before.is_ascii_digit() || before == '.')
            && text.get(at + 1..).is_some_and(begins_with_exponent);
        before = c;
        match c {
            _ if is_exponent => 'E',
            _ if c.is_numeric() => '9',
            _ if c.is_uppercase() => 'A',
            _ if c.is_alphabetic() => 'a',
            _ => c,
        }
    })
}

fn begins_with_exponent(rest: &str) -> bool {
    let digits = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    digits.starts_with(|c: char| c.is_ascii_digit())
}

fn shortened(value: &str) -> String {
    let mut short: String = value.chars().take(LONGEST_VALUE).collect();
    if short.len() < value.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_SHAPE, shape};

    #[test]
    fn a_shape_says_how_a_cell_is_written_and_not_what() {
        for (cell, expected) in [
            ("", ""),
            ("305-555-0123", "9{3}-9{3}-9{4}"),
            ("3.05555e+09", "9.9{5}E+9{2}"),
            ("3E9", "9E9"),
            ("12E", "9{2}A"),
            ("Éva O'Neil", "Aa{2} A'Aa{3}"),
            ("***-**-****", "*{3}-*{2}-*{4}"),
            ("#REF!", "#A{3}!"),
            ("٣٤ 東京", "9{2} a{2}"),
        ] {
            assert_eq!(shape(cell), expected, "{cell}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_letter_and_no_digit_of_a_cell_is_in_its_shape(cell in "\\PC{0,60}|[0-9eE+. a-dZ-]{0,20}") {
            let counts = regex::Regex::new(r"\{\d+\}").unwrap();
            let shape = shape(&cell);
            let bare = counts.replace_all(&shape, "");
            let is_mark = |c: char| !c.is_alphanumeric() || "9AaE".contains(c);
            proptest::prop_assert!(bare.chars().all(is_mark), "{}", shape);
        }
    }

    #[test]
    fn a_shape_is_short_however_long_the_cell_is() {
        let cell = "a1".repeat(1_000_000);

        let shape = shape(&cell);

        assert!(shape.ends_with('…'));
        assert_eq!(shape.chars().count(), LONGEST_SHAPE + 1);
        assert_eq!(super::shape(&"7".repeat(1_000)), "9{1000}");
    }
}
