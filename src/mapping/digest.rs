//! A digest of what a mapping means, so that a run knows whether it is still the same mapping.

use sha2::{Digest, Sha256};

use super::{
    finish::Finish,
    meaning::{Meaning, When},
    origin::{How, Made, Origin},
    rule::{Blank, Invalid, NoMatch, Otherwise, Rule},
    template::Template,
    translation::fold,
};
use crate::{
    contract::Field,
    format::{Encoding, Format, Separator},
    normalize::{NamePart, Value},
};

/// Begins every digest. A release that reads the same file in another way counts it up.
const VERSION: &str = "aca-sync mapping 2";

/// The digest of everything that decides what a row becomes. Guards and tests are not part of it: they
/// decide whether rows are sent, and a run that a guard stopped goes on once the guard was loosened.
pub(super) fn digest(meaning: &Meaning) -> [u8; 32] {
    let contract = meaning.target.contract();
    let mut canon = Canon(Sha256::new());
    canon.text(VERSION);
    canon.text(&meaning.name);
    canon.text(meaning.target.name());
    canon.format(&meaning.format);
    canon.sorted(meaning.required.iter().map(|column| fold(column)));
    canon.sorted(meaning.blanks.markers().map(str::to_lowercase));
    canon.count(meaning.skips.len());
    for skip in &meaning.skips {
        canon.text(&skip.because);
        canon.text(&fold(&skip.column));
        canon.flag(skip.optional);
        match &skip.when {
            When::Is(words) => canon.sorted(words),
            When::IsNot(words) => {
                canon.text("is_not");
                canon.sorted(words);
            }
            When::Matches(regex) => {
                canon.text("matches");
                canon.text(regex.as_str());
            }
        }
    }
    canon.fields(
        meaning
            .key
            .iter()
            .filter_map(|index| contract.fields.get(*index)),
    );
    canon.flag(meaning.newest.is_some());
    if let Some(newest) = &meaning.newest {
        canon.text(&fold(&newest.column));
        canon.flag(newest.optional);
    }
    canon.text(&meaning.output_written);
    canon.sorted(meaning.allowed.iter().map(|code| code.as_str()));
    let rules: Vec<_> = meaning.rules().collect();
    canon.count(rules.len());
    for (key, rule) in rules {
        canon.text(&key);
        canon.rule(rule, contract.fields);
    }
    canon.0.finalize().into()
}

/// Writes parts so that no two different lists of parts look the same.
struct Canon(Sha256);

impl Canon {
    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.update(text.as_bytes());
    }

    fn count(&mut self, count: usize) {
        self.0.update((count as u64).to_le_bytes());
    }

    fn flag(&mut self, flag: bool) {
        self.0.update([u8::from(flag)]);
    }

    fn texts<S: AsRef<str>>(&mut self, texts: &[S]) {
        self.count(texts.len());
        for text in texts {
            self.text(text.as_ref());
        }
    }

    fn sorted<S: AsRef<str> + Ord>(&mut self, texts: impl IntoIterator<Item = S>) {
        let mut texts: Vec<S> = texts.into_iter().collect();
        texts.sort();
        self.texts(&texts);
    }

    fn fields<'f>(&mut self, fields: impl Iterator<Item = &'f Field>) {
        let names: Vec<&str> = fields.map(|field| field.name).collect();
        self.texts(&names);
    }

    fn optional(&mut self, text: Option<&str>) {
        self.flag(text.is_some());
        self.text(text.unwrap_or_default());
    }

    fn format(&mut self, format: &Format) {
        let sheet = format.sheet.as_ref().map(|name| name.to_lowercase());
        self.optional(format.separator.map(Separator::name));
        self.optional(format.encoding.map(Encoding::name));
        self.optional(sheet.as_deref());
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Text(text) => self.text(&format!("text {text}")),
            Value::Integer(number) => self.text(&format!("integer {number}")),
            Value::Boolean(flag) => self.text(&format!("boolean {flag}")),
            Value::Json(json) => self.text(&format!("json {json}")),
            Value::Null => self.text("null"),
        }
    }

    fn rule(&mut self, rule: &Rule, customer: &[Field]) {
        match &rule.origin {
            Origin::Constant(value) => self.value(value),
            Origin::Columns { names, optional } => {
                let names: Vec<_> = names.iter().map(|name| fold(name)).collect();
                self.texts(&names);
                self.flag(*optional);
            }
            Origin::Elsewhere => self.text("elsewhere"),
            Origin::Made(made) => self.made(made),
        }
        self.sorted(rule.blanks.markers().map(str::to_lowercase));
        self.flag(rule.capture.is_some());
        if let Some(capture) = &rule.capture {
            self.text(capture.regex.as_str());
            self.text(word(NoMatch::WORDS, capture.no_match));
        }
        self.flag(rule.translation.is_some());
        if let Some(translation) = &rule.translation {
            self.count(translation.pairs().count());
            for (from, to) in translation.pairs() {
                self.text(from);
                self.value(to);
            }
            self.text(word(Otherwise::WORDS, translation.otherwise));
        }
        self.texts(&rule.formats.written);
        self.text(word(Blank::WORDS, rule.on_blank));
        self.text(word(Invalid::WORDS, rule.on_invalid));
        self.flag(rule.only_true);
        self.fields(
            rule.else_from
                .and_then(|index| customer.get(index))
                .into_iter(),
        );
        self.flag(rule.tells_of_policy);
        if let Some(lookup) = rule.lookup {
            self.text("lookup");
            self.text(lookup);
        }
        // What did not exist when the first digests were made is told only where it is there.
        match rule.finish {
            None => {}
            Some(Finish::Pad(width)) => {
                self.text("pad");
                self.count(width);
            }
            Some(Finish::LocalDay(zone)) => {
                self.text("zone");
                self.text(zone.name());
            }
        }
    }

    fn made(&mut self, made: &Made) {
        self.text("made");
        let names: Vec<_> = made.names.iter().map(|name| fold(name)).collect();
        self.texts(&names);
        self.flag(made.optional);
        match &made.how {
            How::Part(NamePart::First) => self.text("first"),
            How::Part(NamePart::Last) => self.text("last"),
            How::Template(template) => {
                self.text("template");
                self.template(template);
            }
            How::Count { columns, plus } => {
                self.text("count");
                let columns: Vec<_> = columns.iter().map(|name| fold(name)).collect();
                self.texts(&columns);
                self.text(&plus.to_string());
            }
            How::Join { each, with } => {
                self.text("join");
                self.text(with);
                self.count(each.len());
                for template in each {
                    self.template(template);
                }
            }
        }
    }

    fn template(&mut self, template: &Template) {
        let (parts, tail) = template.pieces();
        self.count(parts.len());
        for (lead, column) in parts {
            self.text(lead);
            self.text(&fold(column));
        }
        self.text(tail);
    }
}

fn word<T: PartialEq + Copy>(words: &[(&'static str, T)], value: T) -> &'static str {
    words
        .iter()
        .find(|(_, known)| *known == value)
        .map_or("", |(word, _)| *word)
}
