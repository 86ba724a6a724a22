//! How one field gets its value from a cell: blank or not, captured, translated, normalized.

use chrono::NaiveDate;
use regex::Regex;

use super::{blank::Blanks, finish::Finish, origin::Origin, translation::Translation};
use crate::{
    contract::Kind,
    normalize::{
        DateFormat, DateOutput, Holds, Home, Rules, Value, normalize, several_ids,
        spreadsheet_error,
    },
    problem::{Code, Repair},
};

/// What a cell's reading depends on beside the cell.
#[derive(Clone, Copy)]
pub(super) struct Around<'m> {
    pub(super) today: NaiveDate,
    pub(super) output: &'m DateOutput,
    /// Where the row's customer lives; looked for only where a rule asks.
    pub(super) home: Home,
}

/// How one field gets its value.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) field: FieldPlace,
    pub(super) origin: Origin,
    /// What its cells hold, which decides what protects them.
    pub(super) holds: Holds,
    pub(super) blanks: Blanks,
    pub(super) capture: Option<Capture>,
    pub(super) translation: Option<Translation>,
    pub(super) formats: Formats,
    /// What is done where the field's kind alone does not say enough.
    pub(super) finish: Option<Finish>,
    pub(super) on_blank: Blank,
    pub(super) on_invalid: Invalid,
    /// False is never sent: a do-not-call is switched on, not off.
    pub(super) only_true: bool,
    /// False is sent too, where it would switch a do-not-contact off.
    pub(super) allows_opt_in: bool,
    /// The place of the customer field whose state gives the time zone when nothing else does.
    pub(super) else_from: Option<usize>,
    /// The field by which the API's id is looked up that takes the place of the cell's.
    pub(super) lookup: Option<&'static str>,
    /// A value of this field says that the row tells of a policy at all.
    pub(super) tells_of_policy: bool,
}

/// The field that a rule feeds.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldPlace {
    /// The contract's name; that of the whole list for custom fields.
    pub(super) name: &'static str,
    /// Its place in the contract's table, or in the mapping's list of custom fields.
    pub(super) index: usize,
    pub(super) kind: Kind,
    /// The API finds customers or policies by it.
    pub(super) is_matched: bool,
}

/// The part of a cell that counts.
#[derive(Debug)]
pub(super) struct Capture {
    pub(super) regex: Regex,
    /// The group that holds it.
    pub(super) group: usize,
    pub(super) no_match: NoMatch,
}

/// The date formats of a rule, and how the mapping spells them.
#[derive(Debug, Default)]
pub(super) struct Formats {
    pub(super) compiled: Vec<DateFormat>,
    pub(super) written: Vec<String>,
}

/// What a blank cell means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blank {
    Omit,
    Clear,
    Reject,
}

/// What a cell means that cannot be made valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Invalid {
    Reject,
    Omit,
}

/// What a cell means that `capture` does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoMatch {
    Omit,
    Clear,
    Reject,
}

/// What a cell means that `values` does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Otherwise {
    Reject,
    Omit,
    Keep,
}

/// What one cell that is not blank gives.
#[derive(Debug)]
pub(super) enum Reading {
    /// A value, perhaps mended.
    Value(Value, Option<Repair>),
    /// Nothing, perhaps for a reason that is counted.
    Nothing(Option<Repair>),
    /// Nothing, because the mapping asks to leave such cells out.
    Omitted(Code),
    /// Nothing usable: the row is rejected.
    Rejected(Code),
    /// Something valid that would do harm.
    Hazard(Code),
}

impl Blank {
    pub(super) const WORDS: &'static [(&'static str, Self)] = &[
        ("omit", Self::Omit),
        ("clear", Self::Clear),
        ("reject", Self::Reject),
    ];
}

impl Invalid {
    pub(super) const WORDS: &'static [(&'static str, Self)] =
        &[("reject", Self::Reject), ("omit", Self::Omit)];
}

impl NoMatch {
    pub(super) const WORDS: &'static [(&'static str, Self)] = &[
        ("omit", Self::Omit),
        ("clear", Self::Clear),
        ("reject", Self::Reject),
    ];
}

impl Otherwise {
    pub(super) const WORDS: &'static [(&'static str, Self)] = &[
        ("reject", Self::Reject),
        ("omit", Self::Omit),
        ("keep", Self::Keep),
    ];
}

impl Rule {
    /// What a cell that is not blank gives.
    // Inlined into the walk over a row's fields, it made that a twentieth slower.
    #[inline(never)]
    pub(super) fn read(&self, cell: &str, around: &Around<'_>) -> Reading {
        if let Some(code) = spreadsheet_error(cell)
            && !self.translates(cell)
        {
            return self.refused(code);
        }
        let text = match &self.capture {
            None => cell,
            Some(capture) => match capture.part_of(cell) {
                Some(part) => part,
                None => return capture.no_match(),
            },
        };
        if let Some(translation) = &self.translation {
            if let Some(value) = translation.of(text) {
                return self.checked(value.clone(), None);
            }
            match translation.otherwise {
                Otherwise::Keep => {}
                Otherwise::Omit => return Reading::Omitted(Code::ValueNotListed),
                Otherwise::Reject => return Reading::Rejected(Code::ValueNotListed),
            }
        }
        self.normalized(text, around)
    }

    fn normalized(&self, text: &str, around: &Around<'_>) -> Reading {
        if self.field.is_matched && !is_one_word(text) && several_ids(text) {
            return Reading::Hazard(Code::IdentifierSeveral);
        }
        let rules = Rules {
            today: around.today,
            date_formats: &self.formats.compiled,
            date_output: around.output,
        };
        let clean = match &self.finish {
            None => normalize(self.field.kind, text, &rules),
            Some(finish) => finish.normalize(self.field.kind, text, &rules, around.home),
        };
        match clean {
            Ok(clean) => match clean.value {
                Some(value) => self.checked(value, clean.repair),
                None => Reading::Nothing(clean.repair),
            },
            Err(code) => self.refused(code),
        }
    }

    /// What a cell gives that cannot be made valid.
    pub(super) fn refused(&self, code: Code) -> Reading {
        match self.on_invalid {
            Invalid::Reject => Reading::Rejected(code),
            Invalid::Omit => Reading::Omitted(code),
        }
    }

    /// True when the mapping itself says what that text stands for.
    pub(super) fn translates(&self, text: &str) -> bool {
        let translation = self.translation.as_ref();
        translation.is_some_and(|translation| translation.of(text).is_some())
    }

    fn checked(&self, value: Value, repair: Option<Repair>) -> Reading {
        if self.only_true && value == Value::Boolean(false) {
            return Reading::Nothing(repair);
        }
        Reading::Value(value, repair)
    }
}

impl Capture {
    pub(super) fn part_of<'t>(&self, cell: &'t str) -> Option<&'t str> {
        let captures = self.regex.captures(cell)?;
        let part = captures.get(self.group)?.as_str().trim();
        (!part.is_empty()).then_some(part)
    }

    fn no_match(&self) -> Reading {
        match self.no_match {
            NoMatch::Omit => Reading::Omitted(Code::CaptureNoMatch),
            NoMatch::Clear => Reading::Value(Value::Null, None),
            NoMatch::Reject => Reading::Rejected(Code::CaptureNoMatch),
        }
    }
}

/// True for what most identifiers are, so that few cells are looked at twice.
fn is_one_word(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
