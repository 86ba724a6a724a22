//! What people write around a phone number: an extension, a word such as `cell`, a second number.

use crate::problem::Repair;

/// Words that say which phone it is and nothing else. Any other word is left to a person: a cell that
/// says `do not call`, `wrong number` or `fax` must not become a number to call.
const LABELS: &[&str] = &[
    "business",
    "c",
    "casa",
    "cel",
    "cell",
    "cellphone",
    "cellular",
    "celular",
    "h",
    "home",
    "landline",
    "m",
    "main",
    "mob",
    "mobile",
    "movil",
    "number",
    "o",
    "office",
    "p",
    "ph",
    "phone",
    "preferred",
    "primary",
    "t",
    "tel",
    "telephone",
    "trabajo",
    "us",
    "usa",
    "w",
    "work",
];

const EXTENSION_MARKERS: &[&str] = &["extension", "extn", "ext", "x", "#"];
const LONGEST_EXTENSION: usize = 7;
const SHORTEST_NUMBER: usize = 7;

/// True when the text, in lower case, holds more than one number.
pub(super) fn holds_several(text: &str) -> bool {
    let separated = text
        .split(['/', ';', ',', '|', '&', '\n', '\r'])
        .flat_map(|part| part.split(" or "))
        .flat_map(|part| part.split(" and "))
        .filter(|part| count_digits(part) >= SHORTEST_NUMBER);
    separated.count() > 1 || count_digits(text) >= 20
}

/// The text, in lower case, without an extension at its end: `x12`, `ext. 12`, `(extension 12)`, `#12`.
pub(super) fn without_extension(text: &str) -> (&str, Option<Repair>) {
    let end = text.trim_end_matches([')', ' ']);
    let mut head = end.trim_end_matches(|c: char| c.is_ascii_digit());
    if end.len() - head.len() > LONGEST_EXTENSION {
        return (text, None);
    }
    let mut marked = false;
    while let Some(before) = before_marker(head) {
        (head, marked) = (before, true);
    }
    if marked {
        let number = head.trim_end_matches([' ', '(', ',', ';', '-', '.']);
        (number, Some(Repair::ExtensionDropped))
    } else {
        (text, None)
    }
}

/// The text, in lower case, without labels before or after the number; none when there are other words,
/// or letters that touch or part the digits.
pub(super) fn without_labels(text: &str) -> Option<(&str, Option<Repair>)> {
    if !text.chars().any(char::is_alphabetic) {
        return Some((text, None));
    }
    let starts_number = |c: char| c.is_ascii_digit() || c == '+';
    let start = text.find(starts_number)?;
    let end = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    let (before, number, after) = (text.get(..start)?, text.get(start..end)?, text.get(end..)?);
    let touches = before.ends_with(char::is_alphabetic) || after.starts_with(char::is_alphabetic);
    let parted = number.chars().any(char::is_alphabetic);
    let are_labels = |words: &str| {
        words
            .split(|c: char| !c.is_alphabetic())
            .all(|word| word.is_empty() || LABELS.contains(&word))
    };
    (!touches && !parted && are_labels(before) && are_labels(after))
        .then_some((number, Some(Repair::LabelDropped)))
}

fn before_marker(text: &str) -> Option<&str> {
    let text = text.trim_end_matches([' ', '.', ':', '=']);
    EXTENSION_MARKERS
        .iter()
        .find_map(|marker| text.strip_suffix(marker))
}

fn count_digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}
