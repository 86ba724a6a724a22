//! One rule of the file against the field that it feeds.

use super::{
    blank::Blanks,
    mistakes::{Mistakes, Place, Written},
    rule::{Blank, FieldPlace, Invalid, Otherwise, Rule},
    rule_file::RuleFile,
    suggest::did_you_mean,
};
use crate::{
    contract::{Kind, Target},
    normalize::{DateOutput, Holds},
};

/// The longest id by which another one is looked up.
const LONGEST_ID: usize = 255;

/// What every rule of a mapping shares.
pub(super) struct RuleCompiler<'c, 't> {
    pub(super) blanks: &'c Blanks,
    pub(super) output: &'c DateOutput,
    pub(super) mistakes: &'c mut Mistakes<'t>,
}

/// What a rule has to know of its field.
#[derive(Clone, Copy)]
pub(super) struct Role {
    pub(super) place: FieldPlace,
    pub(super) duty: Duty,
}

/// What sets a field apart, as far as rules are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    /// The API always asks for it.
    Required,
    /// It stands in the request's path.
    Path,
    /// It may be absent and is never null.
    NeverNull,
    /// A do-not-call and its like: false would switch it off.
    OptOut,
    /// A customer's time zone, which a state can give.
    Zone,
    /// A custom field: text without a known limit, and never null.
    Custom,
    /// None of these.
    Plain,
}

impl Role {
    /// The role of a custom field.
    pub(super) fn custom(list: &'static str, index: usize) -> Self {
        let place = FieldPlace {
            name: list,
            index,
            kind: Kind::Text { max: usize::MAX },
            is_matched: false,
        };
        Self {
            place,
            duty: Duty::Custom,
        }
    }
}

impl Role {
    /// The same where the cells hold an id of somebody else's, by which the API's own is looked up.
    fn looked_up(self) -> Self {
        let kind = Kind::Identifier { max: LONGEST_ID };
        Self {
            place: FieldPlace { kind, ..self.place },
            ..self
        }
    }
}

impl RuleCompiler<'_, '_> {
    /// The rule for a field. None only where mistakes were found.
    pub(super) fn rule(&mut self, file: &RuleFile, role: Role) -> Option<Rule> {
        if !file.is_readable {
            return None;
        }
        self.check_words(file, role);
        self.check_opt_in(file, role);
        self.check_else_from(file, role);
        let lookup = self.lookup(file, role);
        let role = match lookup {
            Some(_) => role.looked_up(),
            None => role,
        };
        let formats = self.formats(file, role);
        let origin = self.origin(file, role, &formats);
        let capture = self.capture(file, role);
        let translation = self.translation(file, role, &formats);
        let translated = file.values.iter().flat_map(|values| &values.value);
        let blanks = self.blanks.for_field(
            role.place.kind,
            translated.map(|(word, _)| word.value.as_str()),
        );
        let allows_opt_in = value_or(file.allow_opt_in.as_ref(), false);
        Some(Rule {
            field: role.place,
            origin: origin?,
            holds: holds_of(file, role),
            blanks,
            capture,
            translation,
            finish: self.finish(file, role, &formats),
            formats,
            on_blank: value_or(file.on_blank.as_ref(), Blank::Omit),
            on_invalid: value_or(file.on_invalid.as_ref(), Invalid::Reject),
            only_true: role.duty == Duty::OptOut && !allows_opt_in,
            allows_opt_in,
            else_from: None,
            lookup,
            tells_of_policy: false,
        })
    }

    fn check_words(&mut self, file: &RuleFile, role: Role) {
        if let Some(written) = &file.on_blank {
            if written.value == Blank::Clear {
                self.check_clear(&written.place, file, role);
            }
            if written.value != Blank::Omit && file.else_from.is_some() {
                let message = "`else_from` already says what a blank cell means";
                self.mistakes.add(&written.place, message);
            }
        }
        if let Some(written) = &file.on_invalid
            && written.value == Invalid::Omit
            && role.place.is_matched
        {
            let message = "an id that the API matches is never left out because it cannot be read";
            let hint = "the API would take the customer or policy for another one".to_owned();
            self.mistakes.add_with(&written.place, message, hint);
        }
    }

    /// Null may be sent only where the API takes it and where clearing does no harm.
    pub(super) fn check_clear(&mut self, place: &Place, file: &RuleFile, role: Role) {
        let opt_in = value_or(file.allow_opt_in.as_ref(), false);
        let message = if matches!(role.duty, Duty::Required | Duty::Path) {
            "the API always asks for this field, so it cannot be cleared"
        } else if role.duty == Duty::NeverNull {
            "the API does not take null for this field, so it cannot be cleared"
        } else if role.duty == Duty::Custom {
            "a custom field cannot be cleared"
        } else if role.place.is_matched {
            "an id that the API matches is never cleared"
        } else if role.duty == Duty::OptOut && !opt_in {
            "clearing would switch a do-not-contact off; `allow_opt_in = true` allows that"
        } else {
            return;
        };
        let hint = "`omit` or `reject`".to_owned();
        self.mistakes.add_with(place, message, hint);
    }

    fn check_opt_in(&mut self, file: &RuleFile, role: Role) {
        if let Some(written) = &file.allow_opt_in
            && role.duty != Duty::OptOut
        {
            let message = "`allow_opt_in` is for doNotCall, doNotSMS, doNotEmail and doNotMail";
            self.mistakes.add(&written.place, message);
        }
    }

    /// By which field an id of the path is looked up.
    fn lookup(&mut self, file: &RuleFile, role: Role) -> Option<&'static str> {
        let written = file.lookup.as_ref()?;
        if role.duty != Duty::Path {
            let message = "only an id in [path] can be looked up";
            self.mistakes.add(&written.place, message);
            return None;
        }
        let known = lookups(role.place.index);
        let found = known.iter().copied().find(|name| *name == written.value);
        if found.is_none() {
            let hint = did_you_mean(&written.value, known.iter().copied())
                .unwrap_or_else(|| format!("one of: {}", known.join(", ")));
            let message = format!("the API's id is not known by `{}`", written.value);
            self.mistakes.add_with(&written.place, message, hint);
        }
        found
    }

    fn check_else_from(&mut self, file: &RuleFile, role: Role) {
        if let Some(written) = &file.else_from
            && role.duty != Duty::Zone
        {
            let message = "only a customer's time zone can come from another field";
            self.mistakes.add(&written.place, message);
        }
    }
}

/// The fields by which the id at that place of a path can be looked up: what sync runs match by. A customer
/// is also known by any policy.
pub(super) fn lookups(place: usize) -> Vec<&'static str> {
    let matching = &Target::SyncAca.contract().matching;
    match place {
        0 => [matching.customer, matching.policy].concat(),
        _ => matching.policy.to_vec(),
    }
}

/// What the cells of a rule hold: what is translated is a word, whatever its field takes.
pub(super) fn holds_of(file: &RuleFile, role: Role) -> Holds {
    let otherwise = value_or(file.otherwise.as_ref(), Otherwise::Reject);
    if file.values.is_some() && otherwise != Otherwise::Keep {
        Holds::Codes
    } else {
        Holds::of(role.place.kind)
    }
}

/// What is written, or the default.
pub(super) fn value_or<T: Copy>(written: Option<&Written<T>>, default: T) -> T {
    written.map_or(default, |written| written.value)
}
