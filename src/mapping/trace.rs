//! The way of each field of one row from its cells to its value, step by step, for who asks why.
//!
//! The value is what [`BoundMapping::apply`] gives; the steps before it are looked at beside that.

use chrono::NaiveDate;

use super::{
    apply::{CountedWhat, Input, Mapped},
    bind::{BoundMapping, Places},
    origin::Origin,
    rule::Rule,
};
use crate::{
    normalize::Value,
    problem::{Code, Repair},
    record::Fields,
    row::Row,
};

/// How a row is read. What its texts say is people's data.
#[derive(Clone, PartialEq, Eq)]
pub struct Trace {
    /// Why the row is left out, in the mapping's words; nothing else is read then.
    pub skipped: Option<String>,
    /// Each field of which the file has a column, or that needs none.
    pub fields: Vec<TracedField>,
}

/// The way of one field.
#[derive(Clone, PartialEq, Eq)]
pub struct TracedField {
    /// The rule's key in the mapping, such as `fields.phoneNumber`.
    pub key: String,
    /// The columns that are read, counted from 0.
    pub columns: Vec<u32>,
    /// What becomes of the text on the way, in order.
    pub steps: Vec<TraceStep>,
    /// What comes out.
    pub end: TraceEnd,
}

/// A step on the way from a cell to a value.
#[derive(Clone, PartialEq, Eq)]
pub enum TraceStep {
    /// White space and a spreadsheet's protection are taken off.
    Bared(String),
    /// `capture` takes a part of the cell.
    Captured(String),
    /// `values` translates it.
    Translated(String),
    /// Several cells, or a part of one, give one text.
    PutTogether,
    /// The state gives it, as nothing else does.
    FromState,
    /// Something was mended.
    Mended(Repair),
}

/// What comes out for a field.
#[derive(Clone, PartialEq, Eq)]
pub enum TraceEnd {
    /// A value.
    Value(String),
    /// An explicit null, which clears the field.
    Cleared,
    /// Nothing: the cells are blank, or stand for nothing.
    Nothing,
    /// Nothing, as the mapping asks to leave such cells out.
    Omitted(Code),
    /// Nothing usable: the row is rejected.
    Rejected(Code),
    /// Something valid that would do harm: the record is held.
    Held(Code),
}

impl BoundMapping {
    /// How each field of a readable row comes to its value, as if it were `today`.
    pub fn trace(&self, row: Row<'_>, today: NaiveDate) -> Trace {
        let mut whole = Mapped::default();
        self.apply(row, today, &mut whole);
        let skip = whole.skipped.and_then(|at| self.meaning.skips.get(at));
        if let Some(skip) = skip {
            return Trace {
                skipped: Some(skip.because.clone()),
                fields: Vec::new(),
            };
        }
        let input = self.input(row, (today, &whole.draft.customer));
        let places = self.customer.iter().chain(&self.policy).chain(&self.custom);
        let rules = self.meaning.rules().zip(places);
        let readable = rules.filter(|((_, rule), places)| {
            let needs_none = matches!(rule.origin, Origin::Constant(_) | Origin::Elsewhere);
            needs_none || places.first().is_some()
        });
        let fields = readable.map(|((key, rule), places)| {
            let mut traced = traced(&input, rule, places);
            if rule.else_from.is_some() && traced.end == TraceEnd::Nothing {
                traced.take_from_state(&whole.draft.customer, rule.field.index);
            }
            TracedField { key, ..traced }
        });
        Trace {
            skipped: None,
            fields: fields.collect(),
        }
    }
}

impl TracedField {
    fn take_from_state(&mut self, customer: &Fields, index: usize) {
        if let Some(value) = customer.get(index).and_then(text_of) {
            self.steps.push(TraceStep::FromState);
            self.end = TraceEnd::Value(value);
        }
    }
}

/// The way of one rule by itself.
fn traced(input: &Input<'_>, rule: &Rule, places: &Places) -> TracedField {
    let mut steps = Vec::new();
    let columns = match &rule.origin {
        Origin::Columns { .. } => match input.first_present(rule, places, &mut Mapped::default()) {
            Some((column, cell)) => {
                let text = cell.text.into_owned();
                if input.row.cell(column as usize) != Some(text.as_str()) {
                    steps.push(TraceStep::Bared(text.clone()));
                }
                read(rule, text, &mut steps);
                vec![column]
            }
            None => places.columns.clone(),
        },
        Origin::Made(_) => {
            steps.push(TraceStep::PutTogether);
            let others = places.groups.iter().flat_map(|group| &group.columns);
            let all = places.columns.iter().chain(others.flatten());
            all.copied().collect()
        }
        Origin::Constant(_) | Origin::Elsewhere => Vec::new(),
    };
    let mut alone = Mapped::default();
    let value = input.value(rule, places, &mut alone);
    steps.extend(alone.notes.iter().filter_map(|note| match note.what {
        CountedWhat::Repair(repair) => Some(TraceStep::Mended(repair)),
        CountedWhat::Omitted(_) | CountedWhat::Cleared => None,
    }));
    TracedField {
        key: String::new(),
        columns,
        steps,
        end: end(value, &alone),
    }
}

/// What `capture` and `values` make of a bare text.
fn read(rule: &Rule, text: String, steps: &mut Vec<TraceStep>) {
    let part = match &rule.capture {
        None => text,
        Some(capture) => {
            let Some(part) = capture.part_of(&text) else {
                return;
            };
            steps.push(TraceStep::Captured(part.to_owned()));
            part.to_owned()
        }
    };
    let translation = rule.translation.as_ref();
    let translated = translation.and_then(|translation| translation.of(&part));
    steps.extend(translated.and_then(text_of).map(TraceStep::Translated));
}

fn end(value: Option<Value>, alone: &Mapped) -> TraceEnd {
    if let Some(problem) = alone.problems.first() {
        return TraceEnd::Rejected(problem.code);
    }
    if let Some(code) = alone.draft.hazard {
        return TraceEnd::Held(code);
    }
    let omitted = alone.notes.iter().find_map(|note| match note.what {
        CountedWhat::Omitted(code) => Some(code),
        CountedWhat::Repair(_) | CountedWhat::Cleared => None,
    });
    match (value, omitted) {
        (Some(Value::Null), _) => TraceEnd::Cleared,
        (Some(value), _) => text_of(&value).map_or(TraceEnd::Nothing, TraceEnd::Value),
        (None, Some(code)) => TraceEnd::Omitted(code),
        (None, None) => TraceEnd::Nothing,
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Json(text) => Some(text.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(flag) => Some(flag.to_string()),
        Value::Null => None,
    }
}

/// What it says is people's data.
impl std::fmt::Debug for Trace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Trace({} fields)", self.fields.len())
    }
}
