//! A mapping against one file's header: which column each rule reads, or everything that does not fit.

use std::sync::Arc;

use super::{
    error::{BindError, ColumnMistake, Unmet},
    meaning::{Meaning, Wanted},
    rule::Rule,
    suggest::closest,
};
use crate::header::{Header, fold};

/// A mapping bound to a header; shared by reference across threads.
#[derive(Debug)]
pub struct BoundMapping {
    pub(super) meaning: Arc<Meaning>,
    /// For each rule the columns that it reads, in the order in which they are tried.
    pub(super) customer: Vec<Vec<u32>>,
    pub(super) policy: Vec<Vec<u32>>,
    pub(super) custom: Vec<Vec<u32>>,
    /// For each skip its column, where the file has it.
    pub(super) skips: Vec<Option<u32>>,
    pub(super) newest: Option<u32>,
    unused: Vec<String>,
    absent: Vec<String>,
}

impl BoundMapping {
    /// The header's columns that the mapping does not name, as the file spells them.
    pub fn unused_columns(&self) -> impl Iterator<Item = &str> {
        self.unused.iter().map(String::as_str)
    }

    /// The columns that the mapping could read and this file does not have, as the mapping spells them.
    pub fn absent_columns(&self) -> impl Iterator<Item = &str> {
        self.absent.iter().map(String::as_str)
    }
}

pub(super) fn bind(meaning: &Arc<Meaning>, header: &Header) -> Result<BoundMapping, BindError> {
    let mut columns: Vec<ColumnMistake> = Vec::new();
    for wanted in meaning.wanted() {
        for mistake in mistakes_of(&wanted, header) {
            add(&mut columns, mistake);
        }
    }
    if !columns.is_empty() {
        return Err(BindError {
            mapping: meaning.name.clone(),
            columns,
        });
    }
    let all = |rules: &[Rule]| {
        rules
            .iter()
            .map(|rule| places(header, rule.columns()))
            .collect()
    };
    Ok(BoundMapping {
        customer: all(&meaning.customer),
        policy: all(&meaning.policy),
        custom: all(&meaning.custom),
        skips: meaning
            .skips
            .iter()
            .map(|skip| place(header, &skip.column))
            .collect(),
        newest: meaning
            .newest
            .as_ref()
            .and_then(|newest| place(header, &newest.column)),
        unused: unused(meaning, header),
        absent: absent(meaning, header),
        meaning: Arc::clone(meaning),
    })
}

/// The columns without which no file fits, folded: of each list at least one. No list stands twice.
pub(super) fn indispensable(meaning: &Meaning) -> Vec<Vec<String>> {
    let mut lists: Vec<Vec<String>> = Vec::new();
    for wanted in meaning.wanted().into_iter().filter(|it| !it.optional) {
        let list = wanted.columns.into_iter().map(fold).collect();
        if !lists.contains(&list) {
            lists.push(list);
        }
    }
    lists
}

/// How many of those lists a header has no column of.
pub(super) fn lacks(indispensable: &[Vec<String>], header: &Header) -> usize {
    let is_lacking = |names: &&Vec<String>| names.iter().all(|name| header.find(name).is_empty());
    indispensable.iter().filter(is_lacking).count()
}

fn mistakes_of(wanted: &Wanted<'_>, header: &Header) -> Vec<ColumnMistake> {
    let mistake = |columns: &[&str], what| ColumnMistake {
        keys: vec![wanted.key.clone()],
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        what,
    };
    let mut found = false;
    let mut mistakes = Vec::new();
    for name in &wanted.columns {
        let places = header.find(name);
        found |= !places.is_empty();
        if places.len() > 1 {
            let numbers = places.iter().map(|place| place + 1).collect();
            mistakes.push(mistake(&[*name], Unmet::Doubled { numbers }));
        }
    }
    if !found && !wanted.optional {
        let similar = wanted.columns.iter().find_map(|name| similar(name, header));
        mistakes.push(mistake(&wanted.columns, Unmet::Missing { similar }));
    }
    mistakes
}

/// One line for a column, however many keys ask for it.
fn add(columns: &mut Vec<ColumnMistake>, mistake: ColumnMistake) {
    let folded =
        |columns: &[String]| -> Vec<String> { columns.iter().map(|name| fold(name)).collect() };
    let known = columns.iter_mut().find(|known| {
        known.what == mistake.what && folded(&known.columns) == folded(&mistake.columns)
    });
    match known {
        Some(known) => known.keys.extend(mistake.keys),
        None => columns.push(mistake),
    }
}

fn similar(name: &str, header: &Header) -> Option<String> {
    let names = (0..header.len()).filter(|index| !header.is_ours(*index));
    closest(name, names.filter_map(|index| header.name(index))).map(str::to_owned)
}

fn places(header: &Header, names: &[String]) -> Vec<u32> {
    names
        .iter()
        .filter_map(|name| place(header, name))
        .collect()
}

fn place(header: &Header, name: &str) -> Option<u32> {
    let first = header.find(name).first().copied()?;
    u32::try_from(first).ok()
}

fn unused(meaning: &Meaning, header: &Header) -> Vec<String> {
    let known: Vec<String> = meaning.columns().into_iter().map(fold).collect();
    (0..header.len())
        .filter(|index| !header.is_ours(*index))
        .filter_map(|index| header.name(index))
        .filter(|name| !known.contains(&fold(name)))
        .map(str::to_owned)
        .collect()
}

fn absent(meaning: &Meaning, header: &Header) -> Vec<String> {
    let columns = meaning.columns().into_iter();
    columns
        .filter(|name| header.find(name).is_empty())
        .map(str::to_owned)
        .collect()
}
