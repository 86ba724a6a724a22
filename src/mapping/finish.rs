//! What a rule does to a value where the field's kind alone does not say enough.

use crate::{
    contract::Kind,
    normalize::{Clean, Home, Rules, StatedZone, Value, local_day, normalize as plain, padded},
    problem::{Code, Repair},
};

/// What a rule does beyond what its field's kind asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    /// Restores leading zeros to that width.
    Pad(usize),
    /// Takes the local day of time stamps in that zone.
    LocalDay(StatedZone),
}

impl Finish {
    /// What normalizing gives with it.
    #[cold]
    pub(super) fn normalize(
        self,
        kind: Kind,
        text: &str,
        rules: &Rules<'_>,
        home: Home,
    ) -> Result<Clean, Code> {
        match self {
            Self::Pad(width) => plain(kind, text, rules).map(|clean| pad(clean, width)),
            Self::LocalDay(zone) => local_day(text, rules, zone, home),
        }
    }
}

fn pad(clean: Clean, width: usize) -> Clean {
    let text = clean.value.as_ref().and_then(Value::as_text);
    match text.and_then(|text| padded(text, width)) {
        Some(text) => Clean::mended(Value::Text(text), Some(Repair::LeadingZero)),
        None => clean,
    }
}
