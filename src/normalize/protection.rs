//! What keeps a spreadsheet from reading a text as a number or a formula, taken off again.

use std::borrow::Cow;

use super::text;
use crate::contract::Kind;

/// What a cell is meant to hold, as far as its first and last characters are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Names and free text: they may begin with an apostrophe, as `'t Hooft` does, or stand in quotes.
    Prose,
    /// Codes, numbers, dates and words of a list, which never do.
    Codes,
}

impl Holds {
    /// What cells for a field of that kind hold.
    pub const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text { .. } | Kind::Name { .. } | Kind::Json => Self::Prose,
            _ => Self::Codes,
        }
    }
}

/// A cell's text without what surrounds it, and whether it was protected.
///
/// White space and invisible marks go, and so does text protection, however often it was added:
/// `="00123"`, an apostrophe before `00123`, quotes about a code. An apostrophe before a letter stays where
/// it may belong to a name.
#[inline]
pub fn unprotect(text: &str, holds: Holds) -> (Cow<'_, str>, bool) {
    let text = text::trim(text);
    if matches!(text.as_bytes().first(), Some(b'\'' | b'"' | b'=')) {
        strip(text, holds)
    } else {
        (Cow::Borrowed(text), false)
    }
}

#[cold]
fn strip(text: &str, holds: Holds) -> (Cow<'_, str>, bool) {
    let mut bare = text;
    loop {
        if let Some(inner) = formula(bare) {
            if inner.contains('"') {
                // Each round halves the quotes, so there are few.
                let inner = inner.replace("\"\"", "\"");
                let (bare, _) = unprotect(&inner, holds);
                return (Cow::Owned(bare.into_owned()), true);
            }
            bare = text::trim(inner);
        } else if let Some(inner) = quoted(bare, holds).or_else(|| marked(bare, holds)) {
            bare = text::trim(inner);
        } else {
            return (Cow::Borrowed(bare), bare.len() < text.len());
        }
    }
}

/// The text that `="…"` gives; none for a formula that does more than give one text.
fn formula(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("=\"")?.strip_suffix('"')?;
    let mut runs = inner.split(|c| c != '"').filter(|run| !run.is_empty());
    runs.all(|run| run.len() % 2 == 0).then_some(inner)
}

/// What stands between quotes where they cannot be the text's own.
fn quoted(text: &str, holds: Holds) -> Option<&str> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    (holds == Holds::Codes || inner.is_empty()).then_some(inner)
}

/// What follows the apostrophe that marks a cell as text.
fn marked(text: &str, holds: Holds) -> Option<&str> {
    let rest = text.strip_prefix('\'')?;
    match holds {
        Holds::Codes => Some(rest.strip_suffix('\'').unwrap_or(rest)),
        Holds::Prose => (!text::trim(rest).starts_with(char::is_alphabetic)).then_some(rest),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{Holds, unprotect};

    #[test]
    fn protection_is_removed_however_often_it_was_added() {
        for protected in [
            "'0012",
            "=\"0012\"",
            "'=\"0012\"",
            "'' 0012",
            "=\"'0012\"",
            "=\"=\"\"0012\"\"\"",
            " =\" 0012 \" ",
            "\u{feff}'\u{200b}0012",
        ] {
            for holds in [Holds::Codes, Holds::Prose] {
                let (bare, is_protected) = unprotect(protected, holds);
                assert_eq!(bare, "0012", "{protected} {holds:?}");
                assert!(is_protected, "{protected} {holds:?}");
            }
        }
    }

    #[test]
    fn what_protects_nothing_stays() {
        for bare in [
            "0012",
            "0012\"",
            "=0012",
            "=\"",
            "=\"a\"&\"b\"",
            "O'Neil",
            "=SUM(A1:A2)",
            "(0012)",
            "",
        ] {
            for holds in [Holds::Codes, Holds::Prose] {
                assert_eq!(unprotect(bare, holds), (Cow::Borrowed(bare), false));
            }
        }
    }

    #[test]
    fn quotes_and_apostrophes_stay_where_they_may_be_the_texts_own() {
        for (cell, code, prose) in [
            ("'t Hooft", "t Hooft", "'t Hooft"),
            ("''t Hooft", "t Hooft", "'t Hooft"),
            ("'Ōta", "Ōta", "'Ōta"),
            ("'A12", "A12", "'A12"),
            ("'A12'", "A12", "'A12'"),
            ("=\"'Aoki\"", "Aoki", "'Aoki"),
            ("\"0012\"", "0012", "\"0012\""),
            ("\"\"0012\"\"", "0012", "\"\"0012\"\""),
            (
                "=\"the \"\"best\"\" plan\"",
                "the \"best\" plan",
                "the \"best\" plan",
            ),
            ("\"A\" plan", "\"A\" plan", "\"A\" plan"),
            ("'+1305", "+1305", "+1305"),
            ("'-7", "-7", "-7"),
            ("'=A1", "=A1", "=A1"),
            ("'@home", "@home", "@home"),
            ("'#N/A", "#N/A", "#N/A"),
            ("'(305)", "(305)", "(305)"),
        ] {
            assert_eq!(unprotect(cell, Holds::Codes).0, code, "{cell}");
            assert_eq!(unprotect(cell, Holds::Prose).0, prose, "{cell}");
        }
    }

    #[test]
    fn protected_emptiness_is_empty() {
        for cell in ["'", "''", "=\"\"", "\"\"", "=\"'\"", "'=\"\"", "=\" \""] {
            for holds in [Holds::Codes, Holds::Prose] {
                assert_eq!(unprotect(cell, holds), (Cow::Borrowed(""), true), "{cell}");
            }
        }
    }
}
