//! What exports call the words of the API's closed lists: the one table of other words.

use crate::contract::Kind;

/// Words as exports write them, letters and digits only, and the API's word. Which of the statuses an
/// account takes differs between the API's pages, so none but those that all pages have are here.
const WORDS: &[(&str, &str)] = &[
    ("effectuated", "Active"),
    ("inforce", "Active"),
    ("enrolled", "Active"),
    ("actv", "Active"),
    ("pendingtermination", "Active"),
    ("pendingeffectuation", "Pending"),
    ("pendingeffectuated", "Pending"),
    ("pendingfollowup", "Pending"),
    ("pendingfollowups", "Pending"),
    ("pendingbinder", "Pending"),
    ("unpaidbinder", "Pending"),
    ("pend", "Pending"),
    ("submitted", "Pending"),
    ("sepdocsrequired", "Pending"),
    ("sepdocsunderreview", "Pending"),
    ("canceled", "Cancelled"),
    ("cancel", "Cancelled"),
    ("cancelledbyissuer", "Cancelled"),
    ("termed", "Terminated"),
    ("term", "Terminated"),
    ("expired", "Terminated"),
    ("woman", "Female"),
    ("man", "Male"),
    ("nonbinary", "Non-Binary"),
    ("nevermarried", "Single"),
    ("unmarried", "Single"),
    ("widow", "Widowed"),
    ("widower", "Widowed"),
    ("domesticpartner", "Domestic Partnership"),
];

/// The API's word that a file's word stands for, where everybody would say so.
pub(super) fn known_word(kind: Kind, word: &str) -> Option<&'static str> {
    let folded = fold(word);
    let (_, meant) = WORDS.iter().find(|(known, _)| *known == folded)?;
    let listed = kind.words().iter().map(|listed| listed.text);
    listed.into_iter().find(|listed| listed == meant)
}

pub(super) fn fold(word: &str) -> String {
    word.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{WORDS, fold};
    use crate::contract::{GENDERS, MARITAL_STATUSES, POLICY_STATUSES};

    #[test]
    fn every_word_stands_for_one_that_all_pages_have() {
        for (word, meant) in WORDS {
            let mut listed = [GENDERS, MARITAL_STATUSES, POLICY_STATUSES]
                .into_iter()
                .flatten();
            assert!(
                listed.any(|listed| listed.text == *meant && listed.is_settled()),
                "{word}"
            );
            assert_eq!(fold(word), **word);
        }
    }
}
