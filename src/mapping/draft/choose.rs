//! Which column feeds which field, and how sure that is.

use chrono::NaiveDate;

use super::{
    column_name::{ByName, ColumnName},
    fit::{Fit, Reading, reading},
    known_names::{CAVEATS, Shape, fields_of, known},
    sample::{Cells, Sample},
};
use crate::{
    contract::{Contract, Field, Kind, Presence},
    header::Header,
};

/// A column that a rule can read.
pub(super) struct Column<'s> {
    /// Its name with white space made plain, as a mapping may spell it.
    pub(super) title: String,
    pub(super) name: ColumnName,
    pub(super) cells: &'s Cells,
}

/// A field and the column that feeds it.
#[derive(Clone, Copy)]
pub(super) struct Choice<'c, 's> {
    pub(super) field: &'static Field,
    pub(super) column: &'c Column<'s>,
    pub(super) reading: Reading,
    pub(super) sure: Sure,
    /// Why a person has to think about the column, whatever it is called.
    pub(super) caveat: Option<&'static str>,
}

/// How sure it is that a column feeds a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sure {
    /// The name says so, and the values.
    Certain,
    /// The name says so and the values do not speak against it.
    Likely,
    /// The name says so and the values do not.
    Doubtful,
    /// The values alone say so.
    ByValues,
}

impl Choice<'_, '_> {
    /// True when the rule is written as one that counts, and not as a proposal.
    pub(super) fn is_taken(&self) -> bool {
        let is_required = self.field.presence == Presence::Required;
        let is_believed = match self.sure {
            Sure::Certain | Sure::Likely => true,
            Sure::Doubtful => is_required,
            Sure::ByValues => false,
        };
        is_believed && self.caveat.is_none() && !self.column.cells.is_masked()
    }
}

/// The columns that a rule can read: those with a name that no other has, and that is not this program's own.
pub(super) fn columns(sample: &Sample) -> Vec<Column<'_>> {
    let header = sample.header();
    let names = header.names().iter().zip(&sample.columns);
    names
        .filter(|(name, _)| is_readable(header, name))
        .map(|(name, cells)| {
            let title = tidy(name);
            Column {
                name: ColumnName::new(&title),
                title,
                cells,
            }
        })
        .collect()
}

/// A name on one line.
pub(super) fn tidy(name: &str) -> String {
    let words = name
        .split_whitespace()
        .map(|word| word.replace('\u{feff}', ""));
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_readable(header: &Header, name: &str) -> bool {
    header.find(name).len() == 1 && ColumnName::new(name) != ColumnName::new("")
}

/// For each field the column that feeds it best; no column feeds two.
pub(super) fn choose<'c, 's>(
    contract: &'static Contract,
    columns: &'c [Column<'s>],
    today: NaiveDate,
) -> Vec<Choice<'c, 's>> {
    let mut offers: Vec<(usize, Choice<'c, 's>)> = Vec::new();
    for field in fields_of(contract) {
        // What is both an id and a number for people counts as the id.
        let bonus = if is_matched(contract, field) { 10 } else { 0 };
        let offered = columns
            .iter()
            .filter_map(|column| offer(field, column, today));
        offers.extend(offered.map(|(score, choice)| (score + bonus, choice)));
    }
    // A stable sort: of equals the field and the column that come first.
    offers.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let mut chosen: Vec<Choice<'c, 's>> = Vec::new();
    for (_, offer) in offers {
        if !chosen.iter().any(|known| clash(known, &offer)) {
            chosen.push(offer);
        }
    }
    for field in fields_of(contract) {
        let is_missing = !chosen.iter().any(|choice| choice.field.name == field.name);
        if is_missing && field.presence == Presence::Required {
            chosen.extend(by_values(field, columns, &chosen, today));
        }
    }
    chosen
}

/// True for a field by which the API finds customers or policies.
pub(super) fn is_matched(contract: &Contract, field: &Field) -> bool {
    let matching = &contract.matching;
    let mut names = matching.customer.iter().chain(matching.policy);
    names.any(|name| *name == field.name)
}

fn clash(one: &Choice<'_, '_>, other: &Choice<'_, '_>) -> bool {
    one.field.name == other.field.name || std::ptr::eq(one.column, other.column)
}

/// A column whose name is the field's, and how well that is borne out.
fn offer<'c, 's>(
    field: &'static Field,
    column: &'c Column<'s>,
    today: NaiveDate,
) -> Option<(usize, Choice<'c, 's>)> {
    let known = known(field)?;
    let own = column.name.is_any(field.name);
    let by = if own {
        ByName::Known(0)
    } else {
        column.name.among(known.names, known.of_person)?
    };
    let is_name = matches!(field.kind, Kind::Name { .. });
    if by == ByName::Alike && !is_name && !is_telling(field.kind, known.shape) {
        return None;
    }
    let reading = reading(field, known.shape, column.cells, today);
    let choice = Choice {
        field,
        column,
        reading,
        sure: how_sure(by, reading.fit),
        caveat: caveat(field, column),
    };
    let name = match by {
        ByName::Known(place) => 200_usize.saturating_sub(place),
        ByName::OfPerson(place) => 150_usize.saturating_sub(place),
        ByName::Alike => 60,
    };
    let values = match reading.fit.of {
        0 => 20,
        _ => reading.fit.percent(),
    };
    Some((name + values, choice))
}

/// The one column that nobody else takes and whose values could be the field's.
fn by_values<'c, 's>(
    field: &'static Field,
    columns: &'c [Column<'s>],
    chosen: &[Choice<'c, 's>],
    today: NaiveDate,
) -> Option<Choice<'c, 's>> {
    let shape = known(field)?.shape;
    if !is_telling(field.kind, shape) {
        return None;
    }
    let is_free = |column: &&Column<'_>| {
        let is_taken = |choice: &Choice<'_, '_>| std::ptr::eq(choice.column, *column);
        !column.name.is_of_others() && !chosen.iter().any(is_taken)
    };
    let readings = columns
        .iter()
        .filter(is_free)
        .map(|column| (column, reading(field, shape, column.cells, today)));
    let (column, reading) = readings
        .filter(|(_, reading)| reading.fit.is_good())
        .reduce(|best, next| {
            let is_better = next.1.fit.percent() > best.1.fit.percent();
            if is_better { next } else { best }
        })?;
    Some(Choice {
        field,
        column,
        reading,
        sure: Sure::ByValues,
        caveat: None,
    })
}

fn how_sure(by: ByName, fit: Fit) -> Sure {
    match by {
        _ if fit.of == 0 => Sure::Likely,
        ByName::Known(_) | ByName::OfPerson(_) if fit.is_good() => Sure::Certain,
        _ if fit.percent() >= 50 => Sure::Likely,
        _ => Sure::Doubtful,
    }
}

/// A caveat about an id counts for the fields that identify; one about a date for dates.
fn caveat(field: &Field, column: &Column<'_>) -> Option<&'static str> {
    matches!(field.kind, Kind::Date).then_some(())?;
    caveat_of(&column.name)
}

/// What to think about before a column is used as an id, or as the end of a policy.
pub(super) fn caveat_of(name: &ColumnName) -> Option<&'static str> {
    let caveat = CAVEATS.iter().find(|caveat| name.is_any(caveat.names))?;
    Some(caveat.remark)
}

/// True for kinds that most texts are not of, so that values that fit mean something.
fn is_telling(kind: Kind, shape: Shape) -> bool {
    shape != Shape::OfKind
        || !matches!(
            kind,
            Kind::Text { .. } | Kind::Name { .. } | Kind::Identifier { .. } | Kind::Integer
        )
}
