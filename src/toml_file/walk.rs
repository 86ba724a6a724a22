//! A walk over spanned TOML that finds every mistake in one go and knows where each stands.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    mistakes::{Mistakes, Place, Written},
    suggest::did_you_mean,
};

/// A table of the file. It remembers which keys were asked for; what is left at the end is unknown.
pub(crate) struct Section<'a> {
    place: Place,
    table: &'a DeTable<'a>,
    asked: Vec<&'static str>,
    /// Keys of which something better was said than that they are unknown.
    refused: Vec<String>,
}

impl<'a> Section<'a> {
    pub(crate) fn new(place: Place, table: &'a DeTable<'a>) -> Self {
        Self {
            place,
            table,
            asked: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// The whole of a document.
    pub(crate) fn top(document: &'a Spanned<DeTable<'a>>) -> Self {
        Self::new(Place::new(0, ""), document.get_ref())
    }

    /// The value as a table; a mistake when it is something else.
    pub(crate) fn of_value(
        place: Place,
        value: &'a Spanned<DeValue<'a>>,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            mistakes.add(&place, wrong_type("a table", value));
            return None;
        };
        Some(Self::new(place, table))
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Every entry with its own place, for sections whose keys are names.
    pub(crate) fn entries(&self) -> Vec<(Written<String>, &'a Spanned<DeValue<'a>>)> {
        self.table
            .iter()
            .map(|(key, value)| {
                let name = key.get_ref().to_string();
                let place = Place::of(key.span(), self.key(&name));
                (Written { value: name, place }, value)
            })
            .collect()
    }

    /// The value of a key, marked as known.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Written<&'a Spanned<DeValue<'a>>>> {
        self.asked.push(key);
        let value = self.table.get(key)?;
        Some(Written {
            place: Place::of(value.span(), self.key(key)),
            value,
        })
    }

    /// Says what is wrong with each key that does not belong here, where `said` knows something.
    pub(crate) fn refuse(
        &mut self,
        said: impl Fn(&str) -> Option<(&'static str, String)>,
        mistakes: &mut Mistakes<'_>,
    ) {
        for (name, _) in self.entries() {
            if let Some((message, hint)) = said(&name.value) {
                mistakes.add_with(&name.place, message, hint);
                self.refused.push(name.value);
            }
        }
    }

    /// True when one of the keys is written, whatever it holds.
    pub(crate) fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.table.contains_key(*key))
    }

    pub(crate) fn section(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<Self> {
        let found = self.take(key)?;
        Self::of_value(found.place, found.value, mistakes)
    }

    pub(crate) fn string(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<Written<String>> {
        let found = self.take(key)?;
        string(found.place, found.value, mistakes)
    }

    pub(crate) fn strings(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<Vec<Written<String>>> {
        let found = self.take(key)?;
        strings(&found.place, found.value, mistakes)
    }

    /// One text, or a list of them.
    pub(crate) fn one_or_more(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<Written<Vec<Written<String>>>> {
        let found = self.take(key)?;
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

    pub(crate) fn boolean(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<Written<bool>> {
        let found = self.take(key)?;
        let Some(value) = found.value.get_ref().as_bool() else {
            mistakes.add(&found.place, wrong_type("true or false", found.value));
            return None;
        };
        Some(Written {
            value,
            place: found.place,
        })
    }

    pub(crate) fn count(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<Written<u64>> {
        let found = self.take(key)?;
        let value = found
            .value
            .get_ref()
            .as_integer()
            .and_then(|integer| u64::from_str_radix(integer.as_str(), integer.radix()).ok());
        let Some(value) = value else {
            mistakes.add(&found.place, wrong_type("a whole number", found.value));
            return None;
        };
        Some(Written {
            value,
            place: found.place,
        })
    }

    /// One of a few words, each standing for something.
    pub(crate) fn one_of<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
        mistakes: &mut Mistakes<'_>,
    ) -> Option<Written<T>> {
        let written = self.string(key, mistakes)?;
        let found = words.iter().find(|(word, _)| *word == written.value);
        let Some((_, value)) = found else {
            let list: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            mistakes.add_with(
                &written.place,
                format!("`{}` is not a choice here", written.value),
                format!("one of {}", list.join(", ")),
            );
            return None;
        };
        Some(Written {
            value: *value,
            place: written.place,
        })
    }

    /// Names every key that nobody asked for.
    pub(crate) fn finish(self, mistakes: &mut Mistakes<'_>) {
        for (name, _) in self.entries() {
            if !self.asked.contains(&name.value.as_str()) && !self.refused.contains(&name.value) {
                let hint = did_you_mean(&name.value, self.asked.iter().copied())
                    .unwrap_or_else(|| format!("known here: {}", self.asked.join(", ")));
                mistakes.add_with(&name.place, "unknown key", hint);
            }
        }
    }

    fn key(&self, name: &str) -> String {
        if self.place.key.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.place.key)
        }
    }
}

/// The value as text; a mistake when it is not a string.
pub(crate) fn string(
    place: Place,
    value: &Spanned<DeValue<'_>>,
    mistakes: &mut Mistakes<'_>,
) -> Option<Written<String>> {
    let Some(text) = value.get_ref().as_str() else {
        mistakes.add(&place, wrong_type("a string", value));
        return None;
    };
    Some(Written {
        value: text.to_owned(),
        place,
    })
}

/// The value as a list of texts; a mistake for each element that is not a string.
pub(crate) fn strings(
    place: &Place,
    value: &Spanned<DeValue<'_>>,
    mistakes: &mut Mistakes<'_>,
) -> Option<Vec<Written<String>>> {
    let Some(array) = value.get_ref().as_array() else {
        mistakes.add(place, wrong_type("a list of strings", value));
        return None;
    };
    let list = array.iter().filter_map(|element| {
        let place = Place::of(element.span(), place.key.as_str());
        string(place, element, mistakes)
    });
    Some(list.collect())
}

/// A string, number or truth value as text; a mistake when it is a table, a list or a time.
pub(crate) fn scalar(
    place: Place,
    value: &Spanned<DeValue<'_>>,
    mistakes: &mut Mistakes<'_>,
) -> Option<Written<String>> {
    let text = match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => {
            mistakes.add(&place, wrong_type("a single value", value));
            return None;
        }
    };
    Some(Written { value: text, place })
}

pub(crate) fn wrong_type(wanted: &str, value: &Spanned<DeValue<'_>>) -> String {
    let found = match value.get_ref() {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    format!("{wanted} belongs here, this is {found}")
}
