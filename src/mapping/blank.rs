//! Which cells mean nothing.

use crate::{contract::Kind, header::fold, normalize::is_masked};

/// What a mapping's `blank` is when it does not say: the empty markers that exports are known to use.
pub(super) const USUAL: &[&str] = &["", "-", "N/A", "NA", "nan", "None", "null"];

/// What stands where a date should be when there is none.
const NO_DATE: &str = "false";

/// The texts that mean nothing in one column. Empty and masked cells always do.
#[derive(Debug, Clone, Default)]
pub(super) struct Blanks {
    markers: Vec<String>,
    longest: usize,
}

impl Blanks {
    /// The mapping's markers as they are, for columns that feed no field.
    pub(super) fn new<'m>(markers: impl IntoIterator<Item = &'m str>) -> Self {
        let markers: Vec<String> = markers
            .into_iter()
            .map(|marker| marker.trim().to_owned())
            .filter(|marker| !marker.is_empty())
            .collect();
        let longest = markers.iter().map(String::len).max().unwrap_or(0);
        Self { markers, longest }
    }

    /// The markers that hold for a field: never one that could be a name where names stand, nor a word
    /// of the field's own list, nor one that the mapping translates. In date columns `false` is one more.
    pub(super) fn for_field<'t>(
        &self,
        kind: Kind,
        translated: impl IntoIterator<Item = &'t str>,
    ) -> Self {
        let mut words: Vec<String> = kind.words().iter().map(|word| fold(word.text)).collect();
        words.extend(translated.into_iter().map(fold));
        let is_date = matches!(kind, Kind::Date | Kind::BirthDate);
        let kept = self
            .markers
            .iter()
            .map(String::as_str)
            .chain(is_date.then_some(NO_DATE))
            .filter(|marker| !words.contains(&fold(marker)))
            .filter(|marker| !matches!(kind, Kind::Name { .. }) || !could_be_a_name(marker));
        Self::new(kept)
    }

    /// True when the cell means nothing. The text has no white space around it.
    pub(super) fn is_blank(&self, text: &str) -> bool {
        let Some(first) = text.as_bytes().first() else {
            return true;
        };
        if matches!(first, b'*' | b'-' | b'/') && is_masked(text) {
            return true;
        }
        text.len() <= self.longest
            && self
                .markers
                .iter()
                .any(|marker| marker.eq_ignore_ascii_case(text))
    }

    pub(super) fn markers(&self) -> impl Iterator<Item = &str> {
        self.markers.iter().map(String::as_str)
    }
}

/// True for "None", "Na" or "Null", which are surnames; false for "-" or "N/A", which are not.
fn could_be_a_name(marker: &str) -> bool {
    marker.chars().any(char::is_alphabetic)
        && marker
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’' | '.'))
}

#[cfg(test)]
mod tests {
    use super::{Blanks, USUAL};
    use crate::contract::{GENDERS, Kind, POLICY_STATUSES};

    #[test]
    fn a_marker_means_nothing_unless_it_could_be_the_value() {
        let usual = Blanks::new(USUAL.iter().copied());
        let name = Kind::Name { max: 255 };
        let text = Kind::Text { max: 255 };

        for (kind, cell, expected) in [
            (text, "", true),
            (text, "n/a", true),
            (text, "NAN", true),
            (text, "false", false),
            (Kind::Date, "FALSE", true),
            (Kind::Boolean, "false", false),
            (name, "None", false),
            (name, "Na", false),
            (name, "-", true),
            (name, "N/A", true),
            (name, "******", true),
            (text, "***-**-****", true),
            (Kind::Choice(GENDERS), "None", true),
        ] {
            let blanks = usual.for_field(kind, []);
            assert_eq!(blanks.is_blank(cell), expected, "{kind:?} {cell}");
        }
    }

    #[test]
    fn an_enums_own_word_and_a_translated_word_are_never_blank() {
        let markers = Blanks::new(["pending", "none"]);

        let blanks = markers.for_field(Kind::Choice(POLICY_STATUSES), ["None"]);

        assert!(!blanks.is_blank("Pending"));
        assert!(!blanks.is_blank("none"));
    }
}
