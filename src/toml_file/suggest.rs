//! "Did you mean": the known name that comes closest to one that is not known.

use crate::header::fold;

/// How alike two names have to be, from 0 to 1, to be offered for one another.
const ALIKE: f64 = 0.84;

/// Longer names are not offered: a file without a header has people's data where names should be.
const LONGEST: usize = 40;

/// The candidate that comes closest to `word`, if any is close.
pub(crate) fn closest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let word = fold(word);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (likeness(&word, &fold(candidate)), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        // Of equals the first stays, so that the answer does not depend on how `max_by` breaks ties.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, candidate)| candidate)
}

/// The same as a question, ready for a hint.
pub(crate) fn did_you_mean<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<String> {
    closest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

fn likeness(word: &str, candidate: &str) -> f64 {
    let contained = word.len() >= 4 && candidate.contains(word)
        || candidate.len() >= 4 && word.contains(candidate);
    let alike = strsim::jaro_winkler(word, candidate);
    if contained { alike.max(ALIKE) } else { alike }
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_near_name_is_offered_and_a_far_one_is_not() {
        let fields = ["firstName", "lastName", "phoneNumber", "postalCode"];

        for (word, expected) in [
            ("phone", Some("phoneNumber")),
            ("phonenumbr", Some("phoneNumber")),
            ("first_name", Some("firstName")),
            ("postcode", Some("postalCode")),
            ("birthday", None),
            ("", None),
        ] {
            assert_eq!(closest(word, fields), expected, "{word}");
        }
    }
}
