//! A text as a TOML document, or what keeps it from being one.

use std::collections::BTreeSet;

use toml::{Spanned, de::DeTable};

use super::mistakes::{Mistakes, Place};

/// The document; none where the text is not TOML, of which nothing else can be said then.
pub(crate) fn parse<'t>(
    text: &'t str,
    mistakes: &mut Mistakes<'_>,
) -> Option<Spanned<DeTable<'t>>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    not_toml(&errors, mistakes);
    errors.is_empty().then_some(document)
}

/// Once for each line: what follows on it is mostly the same mistake.
fn not_toml(errors: &[toml::de::Error], mistakes: &mut Mistakes<'_>) {
    let mut lines = BTreeSet::new();
    for error in errors {
        let span = error.span().unwrap_or_default();
        if !mistakes.are_shown() && !lines.is_empty() {
            return;
        }
        if !lines.insert(mistakes.line(span.start)) {
            continue;
        }
        let is_value = error.message().starts_with("invalid");
        let hint = mistakes.of_quotes().to_owned();
        mistakes.add_with(
            &Place::of(span, ""),
            format!("this is not TOML: {}", error.message()),
            is_value.then_some(hint),
        );
    }
}
