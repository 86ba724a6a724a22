//! The parts of a rule that work on a cell's text: date formats, capture, translation, constants, zones,
//! leading zeros.

use chrono::NaiveDate;
use regex::Regex;

use super::{
    compile_rule::{Duty, Role, RuleCompiler, holds_of, value_or},
    finish::Finish,
    mistakes::{Mistakes, Written},
    rule::{Capture, Formats, NoMatch, Otherwise},
    rule_file::RuleFile,
    suggest::did_you_mean,
    translation::{Translation, fold},
};
use crate::{
    contract::Kind,
    normalize::{DateFormat, Rules, StatedZone, Value, normalize, unprotect},
};

/// The name of the capture group that holds the value, where there is one of that name.
const GROUP: &str = "value";

/// No number with leading zeros is wider.
const WIDEST: usize = 64;

impl RuleCompiler<'_, '_> {
    /// A value that the mapping spells itself, made valid as a cell's text would be.
    pub(super) fn constant(
        &mut self,
        written: &Written<String>,
        role: Role,
        opt_in: bool,
        formats: &Formats,
    ) -> Option<Value> {
        if role.place.kind == Kind::BirthDate {
            let message = "a date of birth cannot be written into a mapping";
            self.mistakes.add(&written.place, message);
            return None;
        }
        let text = written.value.trim();
        if text.is_empty() {
            let hint = "leave the rule away, or use `otherwise = \"omit\"`".to_owned();
            self.mistakes
                .add_with(&written.place, "the value is blank", hint);
            return None;
        }
        let rules = Rules {
            today: NaiveDate::default(),
            date_formats: &formats.compiled,
            date_output: self.output,
        };
        match normalize(role.place.kind, text, &rules).map(|clean| clean.value) {
            Ok(Some(Value::Boolean(false))) if role.duty == Duty::OptOut && !opt_in => {
                let hint = "`allow_opt_in = true` beside it allows that".to_owned();
                let message = "false would switch a do-not-contact off";
                self.mistakes.add_with(&written.place, message, hint);
                None
            }
            Ok(Some(value)) => Some(value),
            Ok(None) => {
                self.mistakes
                    .add(&written.place, "the value stands for nothing");
                None
            }
            Err(code) => {
                let words = role.place.kind.words().iter().map(|word| word.text);
                let hint = did_you_mean(text, words).unwrap_or_else(|| role.place.kind.describe());
                let message = format!("`{text}` cannot be sent: {}", code.message());
                self.mistakes.add_with(&written.place, message, hint);
                None
            }
        }
    }

    pub(super) fn formats(&mut self, file: &RuleFile, role: Role) -> Formats {
        let mut formats = Formats::default();
        let Some(list) = &file.formats else {
            return formats;
        };
        if !matches!(role.place.kind, Kind::Date | Kind::BirthDate) {
            let place = list
                .first()
                .map_or(&file.name.place, |format| &format.place);
            let message = format!("`formats` is for dates; {} is none", role.place.name);
            self.mistakes.add(place, message);
            return formats;
        }
        for written in list {
            match DateFormat::parse(&written.value) {
                Ok(format) => {
                    formats.compiled.push(format);
                    formats.written.push(written.value.clone());
                }
                Err(error) => {
                    let hint = "write it like \"%m/%d/%Y\" or \"%Y-%m-%d\"".to_owned();
                    self.mistakes
                        .add_with(&written.place, error.to_string(), hint);
                }
            }
        }
        formats
    }

    /// What is done beyond what the field's kind asks for.
    pub(super) fn finish(
        &mut self,
        file: &RuleFile,
        role: Role,
        formats: &Formats,
    ) -> Option<Finish> {
        let pad = file.pad.as_ref().and_then(|pad| self.pad(pad, role));
        let zone = file.zone.as_ref();
        let zone = zone.and_then(|zone| self.zone(zone, role, formats));
        pad.or(zone)
    }

    fn pad(&mut self, written: &Written<u64>, role: Role) -> Option<Finish> {
        let (Kind::Identifier { max } | Kind::Text { max }) = role.place.kind else {
            let message = format!("`pad` is for ids and text; {} is neither", role.place.name);
            let hint = role.place.kind.describe();
            self.mistakes.add_with(&written.place, message, hint);
            return None;
        };
        let widest = max.min(WIDEST);
        let width = usize::try_from(written.value);
        let width = width.ok().filter(|width| (2..=widest).contains(width));
        if width.is_none() {
            let message = "this is no width to restore leading zeros to";
            let hint = format!("how many digits there are in all, from 2 to {widest}");
            self.mistakes.add_with(&written.place, message, hint);
        }
        width.map(Finish::Pad)
    }

    fn zone(&mut self, written: &Written<String>, role: Role, formats: &Formats) -> Option<Finish> {
        if role.place.kind != Kind::Date {
            let message = match role.place.kind {
                Kind::BirthDate => "no time zone ever touches a date of birth".to_owned(),
                _ => format!("`zone` is for dates; {} is none", role.place.name),
            };
            self.mistakes.add(&written.place, message);
            return None;
        }
        let has_time = |format: &DateFormat| format.has_time();
        if !formats.compiled.is_empty() && !formats.compiled.iter().any(has_time) {
            let message = "no `formats` of this rule has a time of day, so a zone changes nothing";
            let hint = "write the time too, as in \"%Y-%m-%d %H:%M:%S\"".to_owned();
            self.mistakes.add_with(&written.place, message, hint);
        }
        let zone = StatedZone::parse(&written.value);
        if zone.is_err() {
            let message = format!("no time zone is known as `{}`", written.value);
            let hint = "an IANA name, such as `UTC` or `America/New_York`".to_owned();
            self.mistakes.add_with(&written.place, message, hint);
        }
        zone.ok().map(Finish::LocalDay)
    }

    pub(super) fn capture(&mut self, file: &RuleFile, role: Role) -> Option<Capture> {
        let Some(written) = &file.capture else {
            if let Some(no_match) = &file.no_match {
                let message = "`no_match` has nothing to say without `capture`";
                self.mistakes.add(&no_match.place, message);
            }
            return None;
        };
        let no_match = self.no_match(file, role, written);
        let regex = regex_of(written, self.mistakes)?;
        let named = regex.capture_names().position(|name| name == Some(GROUP));
        if regex.captures_len() < 2 {
            let hint =
                "put round brackets about the part that counts, as in 'NPN: (\\d+)'".to_owned();
            self.mistakes
                .add_with(&written.place, "the pattern captures nothing", hint);
        }
        Some(Capture {
            regex,
            group: named.unwrap_or(1),
            no_match: no_match?,
        })
    }

    fn no_match(
        &mut self,
        file: &RuleFile,
        role: Role,
        capture: &Written<String>,
    ) -> Option<NoMatch> {
        let Some(written) = &file.no_match else {
            self.mistakes.add_with(
                &capture.place,
                "`capture` needs `no_match`: what a cell means that does not match",
                "one of `omit`, `clear`, `reject`".to_owned(),
            );
            return None;
        };
        if written.value == NoMatch::Clear {
            self.check_clear(&written.place, file, role);
        }
        Some(written.value)
    }

    pub(super) fn translation(
        &mut self,
        file: &RuleFile,
        role: Role,
        formats: &Formats,
    ) -> Option<Translation> {
        let Some(values) = &file.values else {
            if let Some(otherwise) = &file.otherwise {
                let message = "`otherwise` has nothing to say without `values`";
                self.mistakes.add(&otherwise.place, message);
            }
            return None;
        };
        if role.place.is_matched {
            let message = "an id that the API matches is sent as the file has it, not translated";
            self.mistakes.add(&values.place, message);
            return None;
        }
        let opt_in = value_or(file.allow_opt_in.as_ref(), false);
        let mut pairs: Vec<(String, Value)> = Vec::with_capacity(values.value.len());
        for (word, value) in &values.value {
            // The cell comes without its protection, so the word has to.
            let (bare, _) = unprotect(&word.value, holds_of(file, role));
            let folded = fold(&bare);
            if folded.is_empty() {
                let message = "a blank cell is never translated; `on_blank` says what it means";
                self.mistakes.add(&word.place, message);
            } else if pairs.iter().any(|(known, _)| fold(known) == folded) {
                let message = "listed twice: case, spaces and underscores make no difference";
                self.mistakes.add(&word.place, message);
            }
            let value = self.constant(value, role, opt_in, formats);
            pairs.extend(value.map(|value| (bare.into_owned(), value)));
        }
        let otherwise = value_or(file.otherwise.as_ref(), Otherwise::Reject);
        Some(Translation::new(pairs, otherwise))
    }
}

/// A pattern, or a mistake.
pub(super) fn regex_of(written: &Written<String>, mistakes: &mut Mistakes<'_>) -> Option<Regex> {
    let regex = Regex::new(&written.value);
    let regex = regex.map_err(|error| {
        let text = error.to_string();
        let why = last_line(&text);
        mistakes.add(&written.place, format!("the pattern cannot be read: {why}"));
    });
    regex.ok()
}

/// A pattern's error is a drawing of several lines; the last one says what is wrong.
fn last_line(text: &str) -> &str {
    let line = text.lines().last().unwrap_or(text).trim();
    line.strip_prefix("error: ").unwrap_or(line)
}
