//! A mapping's `values`: the file's words translated into the API's.

use compact_str::CompactString;

use super::rule::Otherwise;
use crate::normalize::Value;

/// The words of a file and the values they stand for.
#[derive(Debug)]
pub(super) struct Translation {
    /// As the mapping spells them, sorted: most cells are found here.
    exact: Vec<(String, usize)>,
    /// Without case, spaces and underscores, sorted.
    folded: Vec<(String, usize)>,
    values: Vec<Value>,
    pub(super) otherwise: Otherwise,
}

impl Translation {
    /// Words with their values; no two words may be the same after folding.
    pub(super) fn new(pairs: Vec<(String, Value)>, otherwise: Otherwise) -> Self {
        let mut exact = Vec::with_capacity(pairs.len());
        let mut folded = Vec::with_capacity(pairs.len());
        let mut values = Vec::with_capacity(pairs.len());
        for (index, (word, value)) in pairs.into_iter().enumerate() {
            folded.push((fold(&word).to_string(), index));
            exact.push((word, index));
            values.push(value);
        }
        exact.sort();
        folded.sort();
        Self {
            exact,
            folded,
            values,
            otherwise,
        }
    }

    /// The value that a word stands for.
    pub(super) fn of(&self, word: &str) -> Option<&Value> {
        let index = find(&self.exact, word).or_else(|| find(&self.folded, &fold(word)))?;
        self.values.get(index)
    }

    /// The folded words in order, with their values.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.folded
            .iter()
            .filter_map(|(word, index)| Some((word.as_str(), self.values.get(*index)?)))
    }
}

fn find(sorted: &[(String, usize)], word: &str) -> Option<usize> {
    let at = sorted
        .binary_search_by(|(known, _)| known.as_str().cmp(word))
        .ok()?;
    sorted.get(at).map(|(_, index)| *index)
}

/// The same folding as a column name's, without the heap for short words.
pub(super) fn fold(word: &str) -> CompactString {
    folded_chars(word).collect()
}

/// True when a word folds to that folded one.
pub(super) fn folds_to(word: &str, folded: &str) -> bool {
    folded_chars(word).eq(folded.chars())
}

fn folded_chars(word: &str) -> impl Iterator<Item = char> {
    word.chars()
        .filter(|c| !c.is_whitespace() && *c != '_' && *c != '\u{feff}')
        .flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::{Otherwise, Translation, fold};
    use crate::{header, normalize::Value};

    #[test]
    fn a_word_is_found_ignoring_case_spaces_and_underscores() {
        let pairs = vec![
            ("PendingEffectuation".to_owned(), Value::text("Pending")),
            ("Cancelled".to_owned(), Value::text("Cancelled")),
        ];
        let translation = Translation::new(pairs, Otherwise::Reject);

        for word in [
            "PendingEffectuation",
            "pending_effectuation",
            "Pending Effectuation",
        ] {
            assert_eq!(
                translation.of(word),
                Some(&Value::text("Pending")),
                "{word}"
            );
        }
        assert_eq!(translation.of("pending"), None);
    }

    #[test]
    fn words_fold_as_column_names_do() {
        for word in ["ZIP_Code", " Ünit\u{a0}No ", "\u{feff}İd"] {
            assert_eq!(fold(word), header::fold(word));
        }
    }
}
