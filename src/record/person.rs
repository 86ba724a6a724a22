//! Whether two rows under one identifier can speak of one person, as far as names and dates of birth tell.
//!
//! What one person's rows really differ in is let pass: case, accents, titles and suffixes, first and
//! last name in each other's place, a short form of a name (Dan for Daniel, Beth for Elizabeth, J for
//! José), a typing error, some of several first or last names, and a last name changed by a marriage. So
//! two rows speak of two people when
//!
//! * their first names are far apart, or
//! * their last names are, and both say when the person was born, and differ in that.
//!
//! Rows with the same date of birth always speak of one person: exports mask it, they do not invent it.
//! Two names are far apart when no word of the one is like any word of the other.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// What a row says of who somebody is.
#[derive(PartialEq, Eq)]
pub(super) struct Person {
    first: Vec<String>,
    last: Vec<String>,
    born: Option<String>,
}

/// How like two words have to be, by Jaro and Winkler: Steven and Stephen are, Jose and Jorge are not.
const ALIKE: f64 = 0.88;
/// From how many letters on a word inside another is a short form of it: Beth, Lupe, Tina.
const SHORT_FORM: usize = 4;

impl Person {
    pub(super) fn new(first: Option<&str>, last: Option<&str>, born: Option<&str>) -> Self {
        Self {
            first: first.map(words).unwrap_or_default(),
            last: last.map(words).unwrap_or_default(),
            born: born.map(str::to_owned),
        }
    }

    /// True when the two cannot be one person.
    fn differs_from(&self, other: &Self) -> bool {
        let is_swapped = agree(&self.first, &other.last) && agree(&self.last, &other.first);
        let first_names_agree = agree(&self.first, &other.first);
        match (&self.born, &other.born) {
            (Some(one), Some(other)) if one == other => false,
            _ if is_swapped => false,
            (Some(_), Some(_)) => !(first_names_agree && agree(&self.last, &other.last)),
            _ => !first_names_agree,
        }
    }
}

/// True when some two of them cannot be one person.
pub(super) fn are_several(people: impl Iterator<Item = Person>) -> bool {
    let mut known: Vec<Person> = Vec::new();
    for person in people {
        if known.contains(&person) {
            continue;
        }
        if known.iter().any(|other| person.differs_from(other)) {
            return true;
        }
        known.push(person);
    }
    false
}

/// The words of a name without case, accents, apostrophes, titles, suffixes, and initials beside words.
fn words(name: &str) -> Vec<String> {
    let plain = DecomposingNormalizerBorrowed::new_nfd().normalize(name);
    let all: Vec<String> = plain
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}' | ',' | '.' | '/'))
        .map(|word| {
            let letters = word.chars().filter(|c| c.is_alphanumeric());
            letters.flat_map(char::to_lowercase).collect::<String>()
        })
        .filter(|word| !word.is_empty())
        .collect();
    let telling: Vec<String> = all
        .iter()
        .filter(|word| word.len() > 1 && !BESIDE_NAMES.contains(&word.as_str()))
        .cloned()
        .collect();
    if telling.is_empty() { all } else { telling }
}

/// True when the names may be the same: as wholes, or in one word. A name that is not there says nothing.
fn agree(one: &[String], other: &[String]) -> bool {
    if one.is_empty() || other.is_empty() || are_alike(&one.concat(), &other.concat()) {
        return true;
    }
    one.iter()
        .any(|word| other.iter().any(|other| are_alike(word, other)))
}

fn are_alike(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    long.starts_with(short)
        || (short.len() >= SHORT_FORM && long.contains(short))
        || strsim::jaro_winkler(short, long) >= ALIKE
}

/// Titles, suffixes, and the small words in front of last names, which many share.
const BESIDE_NAMES: &[&str] = &[
    "jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "md", "phd", "esq", "mr", "mrs", "ms", "miss",
    "dr", "de", "la", "las", "los", "del", "da", "dos", "das", "di", "van", "von", "der", "den",
    "ter", "el", "al", "bin", "y",
];

#[cfg(test)]
mod tests {
    use super::{Person, are_several};

    fn are_two(one: (&str, &str, &str), other: (&str, &str, &str)) -> bool {
        let person = |said: (&str, &str, &str)| {
            let [first, last, born] =
                [said.0, said.1, said.2].map(|text| (!text.is_empty()).then_some(text));
            Person::new(first, last, born)
        };
        let (there, back) = (
            are_several([person(one), person(other)].into_iter()),
            are_several([person(other), person(one)].into_iter()),
        );
        assert_eq!(there, back, "{one:?} {other:?}");
        there
    }

    #[test]
    fn one_person_is_written_in_many_ways() {
        for (one, other) in [
            (("ANA", "LEE", ""), ("Ana", "Lee", "")),
            (("José", "Muñoz", ""), ("Jose", "Munoz", "")),
            (("Ana", "Lee", ""), ("Lee", "Ana", "")),
            (("Dan", "Lee", ""), ("Daniel", "Lee", "")),
            (("J.", "Lee", ""), ("John", "Lee", "")),
            (("Beth", "Lee", ""), ("Elizabeth", "Lee", "")),
            (("Sam", "Lee Jr.", ""), ("Samuel", "Lee", "")),
            (("Jo Ann", "De La Rosa", ""), ("JoAnn", "Delarosa", "")),
            (("Ana Maria", "Lopez", ""), ("Maria", "Lopez Garcia", "")),
            (("Maria", "Lopez-Garcia", ""), ("Maria", "Garcia", "")),
            (("Shawn", "O'Brien", ""), ("Shawn", "OBrien", "")),
            (("Katherine", "Lee", ""), ("Kathrine", "Le", "")),
            (("Steven", "Lee", ""), ("Stephen", "Lee", "")),
            // Married since.
            (("Maria", "Lopez", ""), ("Maria", "Kowalski", "")),
            (("Maria", "Lopez", "01/02/1980"), ("Maria", "Kowalski", "")),
            // Born on the same day, whatever the names say.
            (
                ("Bill", "Lee", "01/02/1980"),
                ("William", "Lee", "01/02/1980"),
            ),
            // A slip in the date.
            (
                ("Maria", "Lopez", "01/02/1980"),
                ("Maria", "Lopez", "02/01/1980"),
            ),
            (("", "Lopez", ""), ("Maria", "Kowalski", "")),
            (("Ana", "Lee", ""), ("Ana", "Lee", "")),
        ] {
            assert!(!are_two(one, other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn two_people_are_told_apart() {
        for (one, other) in [
            (("Ana", "Lee", ""), ("Walter", "Okafor", "")),
            (("Jose", "Lopez", ""), ("Carmen", "Lopez", "")),
            (("Jose", "Lopez", ""), ("Jorge", "Lopez", "")),
            (("Ana", "De La Rosa", ""), ("Pedro", "De La Cruz", "")),
            (("Ana", "Lee", "01/02/1980"), ("Pedro", "Diaz", "")),
            (
                ("Maria", "Lopez", "01/02/1980"),
                ("Maria", "Kowalski", "03/04/1971"),
            ),
        ] {
            assert!(are_two(one, other), "{one:?} {other:?}");
        }
    }
}
