//! The words of a column that feeds a closed list, and what they stand for.
//!
//! Only words are ever told that everybody knows, or that occur often, look like words, and stand in no
//! column that holds something else: a name that slipped into a status column stays there.

use chrono::NaiveDate;

use super::{
    choose::{Choice, Column},
    fit::accepts,
    known_words::known_word,
};
use crate::{
    contract::Kind,
    header::fold,
    normalize::{DateOutput, Rules, Value, normalize},
};

/// A column with more different texts holds no words.
const MOST: usize = 20;

/// A word that nobody knows has to occur in so many rows to be told.
const OFTEN: usize = 3;

/// Longer texts are no words.
const LONGEST: usize = 30;

/// The words of one column.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Words and what they stand for, as the mapping writes it.
    pub(super) known: Vec<(String, String)>,
    /// Words that somebody has to translate, each with its number of rows.
    pub(super) unknown: Vec<(String, usize)>,
    /// How many rows hold something else, which is not told.
    pub(super) untold: usize,
}

/// The words of the column that feeds a field.
pub(super) fn words_of(
    choice: &Choice<'_, '_>,
    (columns, chosen): (&[Column<'_>], &[Choice<'_, '_>]),
    today: NaiveDate,
) -> Words {
    let (kind, cells) = (choice.field.kind, choice.column.cells);
    let mut words = Words::default();
    let mut folded: Vec<String> = Vec::new();
    let has_words = cells.texts.len() <= MOST;
    let elsewhere = |text: &str| {
        let mut others = columns
            .iter()
            .filter(|other| may_tell_of_people(other, chosen));
        others.any(|other| other.cells.holds(text))
    };
    for (text, count) in &cells.texts {
        let meant = meaning(kind, text, today);
        let may_be_told =
            meant.is_some() || (has_words && *count >= OFTEN && is_word(text) && !elsewhere(text));
        if !may_be_told {
            words.untold += count;
        } else if !folded.contains(&fold(text)) {
            folded.push(fold(text));
            match meant {
                Some(meant) => words.known.push((text.to_string(), meant)),
                None => words.unknown.push((text.to_string(), *count)),
            }
        }
    }
    words.known.sort();
    words.unknown.sort();
    words
}

/// True for a field that takes words.
pub(super) fn takes_words(kind: Kind) -> bool {
    matches!(kind, Kind::Choice(_) | Kind::Boolean)
}

/// True for a column whose texts may be somebody's: one that feeds something else than words, or of which
/// nobody knows what it is and that holds many different texts.
fn may_tell_of_people(column: &Column<'_>, chosen: &[Choice<'_, '_>]) -> bool {
    let mut feeding = chosen
        .iter()
        .filter(|choice| std::ptr::eq(choice.column, column));
    match feeding.next() {
        Some(choice) => !takes_words(choice.field.kind),
        None => column.cells.difference() >= 50,
    }
}

/// What the word stands for, as TOML.
fn meaning(kind: Kind, text: &str, today: NaiveDate) -> Option<String> {
    if let Some(word) = known_word(kind, text) {
        return Some(format!("{word:?}"));
    }
    if !accepts(kind, text, today) {
        return None;
    }
    let rules = Rules {
        today,
        date_formats: &[],
        date_output: &DateOutput::default(),
    };
    match normalize(kind, text, &rules).ok()?.value? {
        Value::Text(word) => Some(format!("{:?}", word.as_str())),
        Value::Boolean(flag) => Some(flag.to_string()),
        Value::Integer(_) | Value::Json(_) | Value::Null => None,
    }
}

fn is_word(text: &str) -> bool {
    text.len() <= LONGEST
        && text.chars().any(char::is_alphabetic)
        && text
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, ' ' | '_' | '-' | '/'))
}
