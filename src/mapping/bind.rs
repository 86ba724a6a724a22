//! A mapping against one file's header: which column each rule reads, or everything that does not fit.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    column_pattern::{ColumnPattern, find},
    error::{BindError, ColumnMistake, Unmet},
    finish::Finish,
    meaning::{Meaning, Wanted},
    origin::{How, Made, Origin},
    rule::Rule,
    suggest::closest,
    template::Template,
};
use crate::header::{Header, fold};

/// A mapping bound to a header; shared by reference across threads.
#[derive(Debug)]
pub struct BoundMapping {
    pub(super) meaning: Arc<Meaning>,
    /// For each rule what it reads.
    pub(super) customer: Vec<Places>,
    pub(super) policy: Vec<Places>,
    pub(super) custom: Vec<Places>,
    /// For each skip its column, where the file has it.
    pub(super) skips: Vec<Option<u32>>,
    pub(super) newest: Option<u32>,
    /// Some rule asks where the customer lives.
    pub(super) asks_for_home: bool,
    /// Where a policy's type and plan code are, and the rule of the code.
    pub(super) plan_code: Option<(usize, usize, usize)>,
    unused: Vec<String>,
    absent: Vec<String>,
}

/// The columns of one rule in one file.
#[derive(Debug)]
pub(super) struct Places {
    /// In the order in which they are tried.
    pub(super) columns: Vec<u32>,
    /// What is put together.
    pub(super) groups: Vec<Group>,
}

/// Columns that give one text together.
#[derive(Debug)]
pub(super) struct Group {
    /// The template that they fill, by its place among the rule's.
    pub(super) template: usize,
    /// The template's columns, where the file has them.
    pub(super) columns: Vec<Option<u32>>,
}

impl Places {
    /// The column that stands for the rule where none in particular does.
    pub(super) fn first(&self) -> Option<u32> {
        let others = self.groups.iter().flat_map(|group| &group.columns);
        let mut all = self
            .columns
            .iter()
            .copied()
            .chain(others.flatten().copied());
        all.next()
    }
}

impl BoundMapping {
    /// The header's columns that the mapping does not name, as the file spells them.
    pub fn unused_columns(&self) -> impl Iterator<Item = &str> {
        self.unused.iter().map(String::as_str)
    }

    /// The column that holds the id at that place of the path.
    pub fn path_column(&self, place: usize) -> Option<u32> {
        let rules = self.meaning.customer.iter().zip(&self.customer);
        let mut found = rules.filter(|(rule, _)| rule.field.index == place);
        found.find_map(|(_, places)| places.first())
    }

    /// The columns that the mapping could read and this file does not have, as the mapping spells them.
    pub fn absent_columns(&self) -> impl Iterator<Item = &str> {
        self.absent.iter().map(String::as_str)
    }
}

pub(super) fn bind(meaning: &Arc<Meaning>, header: &Header) -> Result<BoundMapping, BindError> {
    let mut columns: Vec<ColumnMistake> = Vec::new();
    let of_names = is_of_names(meaning, header);
    for wanted in meaning.wanted() {
        for mistake in mistakes_of(&wanted, header, of_names) {
            add(&mut columns, mistake);
        }
    }
    if !columns.is_empty() {
        return Err(BindError {
            mapping: meaning.name.clone(),
            columns,
        });
    }
    let all = |rules: &[Rule]| rules.iter().map(|rule| places(header, rule)).collect();
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
        asks_for_home: asks_for_home(meaning),
        plan_code: meaning.plan_code(),
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
    let is_lacking = |names: &&Vec<String>| names.iter().all(|name| find(header, name).is_empty());
    indispensable.iter().filter(is_lacking).count()
}

/// True where at least one column is called as the mapping says. Else the row may be data, and nothing of it is shown.
fn is_of_names(meaning: &Meaning, header: &Header) -> bool {
    let mut names = meaning.columns().into_iter();
    names.any(|name| !find(header, name).is_empty())
}

fn mistakes_of(wanted: &Wanted<'_>, header: &Header, of_names: bool) -> Vec<ColumnMistake> {
    let mistake = |columns: &[&str], what| ColumnMistake {
        keys: vec![wanted.key.clone()],
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        what,
    };
    let mut found = false;
    let mut mistakes = Vec::new();
    for name in &wanted.columns {
        let places = find(header, name);
        found |= !places.is_empty();
        for numbers in doubled(header, name, &places) {
            mistakes.push(mistake(&[*name], Unmet::Doubled { numbers }));
        }
    }
    if !found && !wanted.optional {
        let mut names = wanted.columns.iter().filter(|_| of_names);
        let similar = names.find_map(|name| similar(name, header));
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

/// The numbers of columns that one name should not have together; of a pattern, that have one number.
fn doubled(header: &Header, name: &str, places: &[usize]) -> Vec<Vec<usize>> {
    let numbers = |places: &[usize]| places.iter().map(|place| place + 1).collect();
    let Some(pattern) = ColumnPattern::of(name) else {
        return if places.len() > 1 {
            vec![numbers(places)]
        } else {
            Vec::new()
        };
    };
    let found = pattern.find(header);
    let same = found.chunk_by(|one, other| one.0 == other.0);
    same.filter(|same| same.len() > 1)
        .map(|same| same.iter().map(|(_, place)| place + 1).collect())
        .collect()
}

fn places(header: &Header, rule: &Rule) -> Places {
    let names = rule.columns().iter();
    Places {
        columns: names.filter_map(|name| place(header, name)).collect(),
        groups: match &rule.origin {
            Origin::Made(made) => groups(header, made),
            Origin::Constant(_) | Origin::Columns { .. } | Origin::Elsewhere => Vec::new(),
        },
    }
}

fn groups(header: &Header, made: &Made) -> Vec<Group> {
    match &made.how {
        How::Part(_) => Vec::new(),
        How::Template(template) => vec![group(header, 0, template)],
        How::Count { columns, .. } => {
            let found = columns.iter().flat_map(|name| find(header, name));
            let one = |column| Group {
                template: 0,
                columns: vec![u32::try_from(column).ok()],
            };
            found.map(one).collect()
        }
        How::Join { each, .. } => {
            let each = each.iter().enumerate();
            each.flat_map(|(index, template)| numbered(header, index, template))
                .collect()
        }
    }
}

fn group(header: &Header, template: usize, text: &Template) -> Group {
    Group {
        template,
        columns: text.columns().map(|name| place(header, name)).collect(),
    }
}

/// One group for each number that the template's columns have, or one where they have none.
fn numbered(header: &Header, template: usize, text: &Template) -> Vec<Group> {
    let patterns: Vec<_> = text.columns().filter_map(ColumnPattern::of).collect();
    if patterns.is_empty() {
        return vec![group(header, template, text)];
    }
    let mut columns: BTreeMap<u32, Vec<Option<u32>>> = BTreeMap::new();
    for (place, pattern) in patterns.iter().enumerate() {
        for (number, column) in pattern.find(header) {
            let columns = columns.entry(number);
            let columns = columns.or_insert_with(|| vec![None; patterns.len()]);
            if let Some(slot) = columns.get_mut(place) {
                *slot = u32::try_from(column).ok();
            }
        }
    }
    let groups = columns.into_values();
    groups.map(|columns| Group { template, columns }).collect()
}

fn asks_for_home(meaning: &Meaning) -> bool {
    let local_day = |rule: &Rule| matches!(rule.finish, Some(Finish::LocalDay(_)));
    meaning.rules().any(|(_, rule)| local_day(rule))
}

/// The first column of that name.
pub(super) fn place(header: &Header, name: &str) -> Option<u32> {
    let first = header.find(name).first().copied()?;
    u32::try_from(first).ok()
}

fn unused(meaning: &Meaning, header: &Header) -> Vec<String> {
    let names = meaning.columns();
    let known: Vec<String> = names.iter().map(|name| fold(name)).collect();
    let patterns: Vec<_> = names.into_iter().filter_map(ColumnPattern::of).collect();
    let is_known = |name: &str| {
        known.contains(&fold(name)) || patterns.iter().any(|it| it.number(name).is_some())
    };
    (0..header.len())
        .filter(|index| !header.is_ours(*index))
        .filter_map(|index| header.name(index))
        .filter(|name| !is_known(name))
        .map(str::to_owned)
        .collect()
}

fn absent(meaning: &Meaning, header: &Header) -> Vec<String> {
    let columns = meaning.columns().into_iter();
    columns
        .filter(|name| find(header, name).is_empty())
        .map(str::to_owned)
        .collect()
}
