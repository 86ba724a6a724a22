//! A column's name taken apart, so that `memberFirstName` and `Insured First Name` read as the same words.

use crate::contract::Kind;

/// How alike two names have to be, from 0 to 1, to be one name misspelled.
const ALIKE: f64 = 0.94;

/// Shorter names are other words, not the same one misspelled.
const SHORTEST: usize = 8;

/// Words before a name that say whose it is: the person whom the row is about.
const PERSON: &[&str] = &[
    "member",
    "insured",
    "primary",
    "client",
    "clients",
    "customer",
    "applicant",
    "subscriber",
    "consumer",
    "enrollee",
    "policyholder",
    "holder",
    "contact",
    "lead",
];

/// Words that say that a column is about somebody or something else.
const OTHERS: &[&str] = &[
    "agent",
    "agency",
    "broker",
    "producer",
    "aor",
    "spouse",
    "other",
    "dependent",
    "employer",
    "emergency",
    "carrier",
    "issuer",
];

/// How a column's name says what it holds; the earlier the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ByName {
    /// It is one of the field's known names; its place among them.
    Known(usize),
    /// The same behind a word for the person.
    OfPerson(usize),
    /// It is nearly one of them.
    Alike,
}

/// The words of a column's name, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnName {
    words: Vec<String>,
    joined: String,
    /// Without the words for the person before it, if there are any.
    of_person: Option<String>,
}

impl ColumnName {
    pub(super) fn new(name: &str) -> Self {
        let words = words(name);
        let is_person = |word: &&String| PERSON.contains(&word.as_str());
        let own: String = words
            .iter()
            .skip_while(is_person)
            .map(String::as_str)
            .collect();
        let joined = words.concat();
        Self {
            of_person: (own.len() < joined.len()).then_some(own),
            joined,
            words,
        }
    }

    /// True when it is one of these names, however it is written. Commas stand between names.
    pub(super) fn is_any(&self, names: &str) -> bool {
        self.place(names).is_some()
    }

    fn place(&self, names: &str) -> Option<usize> {
        place_of(&self.joined, names)
    }

    /// True when it has one of these words.
    pub(super) fn has_word(&self, wanted: &[&str]) -> bool {
        let is_wanted = |word: &String| wanted.contains(&word.as_str());
        self.words.iter().any(is_wanted)
    }

    /// True when it says that it is not about the row's own person.
    pub(super) fn is_of_others(&self) -> bool {
        self.has_word(OTHERS)
    }

    /// How far it is one of these names. Commas stand between names.
    pub(super) fn among(&self, names: &str, of_person: bool) -> Option<ByName> {
        self.exactly_among(names, of_person)
            .or_else(|| self.nearly_among(names, of_person))
    }

    /// The same, but no name that is misspelled.
    pub(super) fn exactly_among(&self, names: &str, of_person: bool) -> Option<ByName> {
        let of_person = || {
            let own = of_person.then_some(self.of_person.as_deref()).flatten()?;
            place_of(own, names).map(ByName::OfPerson)
        };
        self.place(names).map(ByName::Known).or_else(of_person)
    }

    fn nearly_among(&self, names: &str, of_person: bool) -> Option<ByName> {
        let own = self.of_person.as_deref().filter(|_| of_person);
        let own = own.unwrap_or(&self.joined);
        let is_alike = |name: &str| {
            let name = joined(name);
            own.len().min(name.len()) >= SHORTEST && strsim::jaro_winkler(own, &name) >= ALIKE
        };
        (!self.is_of_others() && names.split(',').any(is_alike)).then_some(ByName::Alike)
    }
}

fn place_of(own: &str, names: &str) -> Option<usize> {
    let letters = |name: &str| {
        name.bytes()
            .filter(u8::is_ascii_alphanumeric)
            .eq(own.bytes())
    };
    let in_small = |name: &str| name.bytes().all(|byte| !byte.is_ascii_uppercase());
    names.split(',').position(|name| {
        // The known names are written in small letters; a field's own name is not.
        if in_small(name) {
            letters(name)
        } else {
            joined(name) == own
        }
    })
}

fn joined(name: &str) -> String {
    words(name).concat()
}

/// True for a name that looks like a cell: a file without a header has people's data where names should be.
pub(super) fn looks_like_data(name: &str, accepts: impl Fn(Kind, &str) -> bool) -> bool {
    if name.trim().is_empty() {
        return false;
    }
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let is_mostly_digits = digits >= 5 && digits * 2 > name.chars().count();
    name.contains('@')
        || is_mostly_digits
        || [Kind::Phone, Kind::PostalCode, Kind::Date]
            .iter()
            .any(|kind| accepts(*kind, name))
}

/// Runs of letters and runs of digits; a capital letter behind a small one starts a word, and so does the
/// last capital of a run of them before a small one.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut before: Option<char> = None;
    for (index, c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            before = None;
            continue;
        }
        let next_is_small = chars.get(index + 1).is_some_and(|next| next.is_lowercase());
        let starts = match before {
            None => true,
            Some(last) if last.is_numeric() != c.is_numeric() => true,
            Some(last) => c.is_uppercase() && (last.is_lowercase() || next_is_small),
        };
        if starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        before = Some(*c);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{ByName, ColumnName, words};

    #[test]
    fn a_name_is_taken_apart_however_it_is_written() {
        for (name, expected) in [
            ("memberFirstName", &["member", "first", "name"][..]),
            ("Member_First_Name", &["member", "first", "name"]),
            ("IFP - FFM APP ID", &["ifp", "ffm", "app", "id"]),
            ("memberDOB", &["member", "dob"]),
            ("currentPolicyAOR", &["current", "policy", "aor"]),
            ("NPNUsed", &["npn", "used"]),
            ("memberAddress1", &["member", "address", "1"]),
            ("Phone #", &["phone"]),
            ("", &[]),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_is_known_behind_a_word_for_the_person_and_nearly() {
        let names = "business phone, first name";

        for (name, expected) in [
            ("First_Name", Some(ByName::Known(1))),
            ("Insured First Name", Some(ByName::OfPerson(1))),
            ("primaryMemberFirstName", Some(ByName::OfPerson(1))),
            ("Member_Bussiness_Phone", Some(ByName::Alike)),
            ("Agent First Name", None),
            ("spouse_first_name", None),
            ("name", None),
        ] {
            assert_eq!(ColumnName::new(name).among(names, true), expected, "{name}");
        }
    }
}
