//! One rule as it is written: the name of a column, or a table that says more.

use toml::{Spanned, de::DeValue};

use super::{
    rule::{Blank, Invalid, NoMatch, Otherwise},
    toml_walk::{Mistakes, Place, Section, Written, scalar, string, strings, wrong_type},
};

/// Words and what they stand for.
pub(super) type Pairs = Vec<(Written<String>, Written<String>)>;

/// One entry of `[fields]`, `[custom_fields]` or `[policy]`.
#[derive(Debug)]
pub(super) struct RuleFile {
    pub(super) name: Written<String>,
    /// False where the entry is neither a column's name nor a table.
    pub(super) is_readable: bool,
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
}

impl RuleFile {
    fn named(name: Written<String>) -> Self {
        Self {
            name,
            is_readable: true,
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
            let place = Place::new(value.span().start, place.key);
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
            column: read_columns(&mut rule, mistakes),
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
            is_readable: true,
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

/// `column` is one name, or a list of which the first that is not blank counts.
fn read_columns(
    rule: &mut Section<'_>,
    mistakes: &mut Mistakes<'_>,
) -> Option<Written<Vec<Written<String>>>> {
    let found = rule.take("column")?;
    let names = if found.value.get_ref().is_array() {
        strings(&found.place, found.value, mistakes)?
    } else {
        vec![string(found.place.clone(), found.value, mistakes)?]
    };
    Some(Written {
        value: names,
        place: found.place,
    })
}

fn read_values(rule: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Option<Written<Pairs>> {
    let section = rule.section("values", mistakes)?;
    let pairs = section.entries().into_iter().filter_map(|(name, value)| {
        let text = scalar(name.place.clone(), value, mistakes)?;
        Some((name, text))
    });
    Some(Written {
        value: pairs.collect(),
        place: section.place().clone(),
    })
}
