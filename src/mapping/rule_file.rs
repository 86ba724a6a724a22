//! One rule as it is written: the name of a column, or a table that says more.

use toml::{Spanned, de::DeValue};

use super::{
    mistakes::{Mistakes, Place, Written},
    rule::{Blank, Invalid, NoMatch, Otherwise},
    walk::{Section, scalar, wrong_type},
};
use crate::normalize::NamePart;

/// Words and what they stand for.
pub(super) type Pairs = Vec<(Written<String>, Written<String>)>;

/// One entry of `[path]`, `[fields]`, `[custom_fields]` or `[policy]`.
#[derive(Debug)]
pub(super) struct RuleFile {
    pub(super) name: Written<String>,
    /// False where the entry is neither a column's name nor a table.
    pub(super) is_readable: bool,
    /// True when a key is written that says where the text comes from, readable or not.
    pub(super) has_origin: bool,
    pub(super) column: Option<Written<Vec<Written<String>>>>,
    pub(super) value: Option<Written<String>>,
    pub(super) values: Option<Written<Pairs>>,
    pub(super) otherwise: Option<Written<Otherwise>>,
    pub(super) formats: Option<Vec<Written<String>>>,
    pub(super) capture: Option<Written<String>>,
    pub(super) no_match: Option<Written<NoMatch>>,
    pub(super) on_blank: Option<Written<Blank>>,
    pub(super) on_invalid: Option<Written<Invalid>>,
    pub(super) else_from: Option<Written<String>>,
    pub(super) allow_opt_in: Option<Written<bool>>,
    pub(super) optional: Option<Written<bool>>,
    pub(super) template: Option<Written<String>>,
    pub(super) part: Option<Written<NamePart>>,
    pub(super) count: Option<CountFile>,
    pub(super) join: Option<JoinFile>,
    pub(super) pad: Option<Written<u64>>,
    pub(super) zone: Option<Written<String>>,
    pub(super) lookup: Option<Written<String>>,
}

/// `count = { … }`.
#[derive(Debug)]
pub(super) struct CountFile {
    pub(super) columns: Written<Vec<Written<String>>>,
    pub(super) plus: Option<Written<u64>>,
    pub(super) place: Place,
}

/// `join = { … }`.
#[derive(Debug)]
pub(super) struct JoinFile {
    pub(super) each: Written<Vec<Written<String>>>,
    pub(super) with: Option<String>,
    pub(super) place: Place,
}

/// The keys that say where a rule's text comes from.
const ORIGINS: &[&str] = &["column", "value", "template", "count", "join"];

/// What `part` may say.
const PARTS: &[(&str, NamePart)] = &[("first", NamePart::First), ("last", NamePart::Last)];

impl RuleFile {
    fn named(name: Written<String>) -> Self {
        Self {
            name,
            is_readable: true,
            has_origin: true,
            column: None,
            value: None,
            values: None,
            otherwise: None,
            formats: None,
            capture: None,
            no_match: None,
            on_blank: None,
            on_invalid: None,
            else_from: None,
            allow_opt_in: None,
            optional: None,
            template: None,
            part: None,
            count: None,
            join: None,
            pad: None,
            zone: None,
            lookup: None,
        }
    }

    /// A rule is a column's name, or a table that says more.
    fn read(
        name: Written<String>,
        value: &Spanned<DeValue<'_>>,
        mistakes: &mut Mistakes<'_>,
    ) -> Self {
        let place = name.place.clone();
        if let Some(column) = value.get_ref().as_str() {
            let place = Place::of(value.span(), place.key);
            let column = Written {
                value: column.to_owned(),
                place: place.clone(),
            };
            return Self {
                column: Some(Written {
                    value: vec![column],
                    place,
                }),
                ..Self::named(name)
            };
        }
        let Some(table) = value.get_ref().as_table() else {
            let message = wrong_type("a column's name or a table", value);
            mistakes.add(&place, message);
            return Self {
                is_readable: false,
                ..Self::named(name)
            };
        };
        let mut rule = Section::new(place, table);
        let file = Self {
            column: rule.one_or_more("column", mistakes),
            value: rule
                .take("value")
                .and_then(|found| scalar(found.place, found.value, mistakes)),
            values: read_values(&mut rule, mistakes),
            otherwise: rule.one_of("otherwise", Otherwise::WORDS, mistakes),
            formats: rule.strings("formats", mistakes),
            capture: rule.string("capture", mistakes),
            no_match: rule.one_of("no_match", NoMatch::WORDS, mistakes),
            on_blank: rule.one_of("on_blank", Blank::WORDS, mistakes),
            on_invalid: rule.one_of("on_invalid", Invalid::WORDS, mistakes),
            else_from: rule.string("else_from", mistakes),
            allow_opt_in: rule.boolean("allow_opt_in", mistakes),
            optional: rule.boolean("optional", mistakes),
            template: rule.string("template", mistakes),
            part: rule.one_of("part", PARTS, mistakes),
            count: CountFile::read(&mut rule, mistakes),
            join: JoinFile::read(&mut rule, mistakes),
            pad: rule.count("pad", mistakes),
            zone: rule.string("zone", mistakes),
            lookup: rule.string("lookup", mistakes),
            is_readable: true,
            has_origin: rule.has_any(ORIGINS),
            name,
        };
        rule.finish(mistakes);
        file
    }
}

/// Every rule of one section.
pub(super) fn read_rules(
    top: &mut Section<'_>,
    key: &'static str,
    mistakes: &mut Mistakes<'_>,
) -> Vec<RuleFile> {
    let Some(section) = top.section(key, mistakes) else {
        return Vec::new();
    };
    section
        .entries()
        .into_iter()
        .map(|(name, value)| RuleFile::read(name, value, mistakes))
        .collect()
}

impl CountFile {
    fn read(rule: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Option<Self> {
        let mut count = rule.section("count", mistakes)?;
        let columns = count.one_or_more("columns", mistakes);
        let plus = count.count("plus", mistakes);
        let place = count.place().clone();
        if columns.is_none() {
            let hint = "count = { columns = \"other_{n}_first_name\", plus = 1 }".to_owned();
            mistakes.add_with(&place, "`columns` is missing", hint);
        }
        count.finish(mistakes);
        Some(Self {
            columns: columns?,
            plus,
            place,
        })
    }
}

impl JoinFile {
    fn read(rule: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Option<Self> {
        let mut join = rule.section("join", mistakes)?;
        let each = join.one_or_more("each", mistakes);
        let with = join.string("with", mistakes);
        let place = join.place().clone();
        if each.is_none() {
            let hint = "join = { each = \"{other_{n}_first_name}\", with = \", \" }".to_owned();
            mistakes.add_with(&place, "`each` is missing", hint);
        }
        join.finish(mistakes);
        Some(Self {
            each: each?,
            with: with.map(|with| with.value),
            place,
        })
    }
}

fn read_values(rule: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Option<Written<Pairs>> {
    let section = rule.section("values", mistakes)?;
    let pairs = section.entries().into_iter().filter_map(|(name, value)| {
        let place = Place::of(value.span(), name.place.key.as_str());
        let text = scalar(place, value, mistakes)?;
        Some((name, text))
    });
    Some(Written {
        value: pairs.collect(),
        place: section.place().clone(),
    })
}
