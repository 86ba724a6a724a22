//! One word of a closed list, spelled as the API wants it.

use super::text;
use crate::{contract::Word, problem::Code};

/// Spellings that are not the list's own, folded, and the word they stand for.
const SYNONYMS: &[(&str, &str)] = &[("canceled", "Cancelled"), ("m", "Male"), ("f", "Female")];

/// The word of `words` that the text spells, ignoring case, spaces, underscores and hyphens.
///
/// # Errors
///
/// [`Code::ChoiceUnknown`].
pub(super) fn parse(text: &str, words: &'static [Word]) -> Result<&'static str, Code> {
    let listed = |wanted: &str| words.iter().map(|word| word.text).find(|it| *it == wanted);
    if let Some(word) = listed(text) {
        return Ok(word);
    }
    let folded = text::fold(text);
    words
        .iter()
        .map(|word| word.text)
        .find(|word| text::folds_to(word, &folded))
        .or_else(|| {
            let (_, word) = SYNONYMS.iter().find(|(synonym, _)| *synonym == folded)?;
            listed(word)
        })
        .ok_or(Code::ChoiceUnknown)
}
