//! What one row says: the path that every row of a file takes, so nothing here looks anything up by name.

use chrono::NaiveDate;
use compact_str::CompactString;

use super::{
    bind::{BoundMapping, Places},
    cell::Cell,
    meaning::When,
    origin::Origin,
    rule::{Around, Blank, Reading, Rule},
    translation::folds_to,
};
use crate::{
    contract::Kind,
    normalize::{Holds, Home, Value, plan_code, timestamp, zone_of_state},
    problem::{Code, Problem, Repair},
    record::{Draft, Fields},
    row::Row,
};

/// What a mapping makes of one row. It is kept and filled again for each row.
#[derive(Debug, Default)]
pub struct Mapped {
    /// The skip that leaves the row out, by its place among the mapping's; the rest is empty then.
    pub skipped: Option<usize>,
    /// The fields that could be made valid.
    pub draft: Draft,
    /// Why the others could not be; a row with any is rejected.
    pub problems: Vec<Problem>,
    /// What was mended or left out on purpose; for each such thing a cell counts once.
    pub notes: Vec<Counted>,
}

/// Something that is counted by column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Counted {
    /// The column, counted from 0 in its header.
    pub column: u32,
    /// What is counted.
    pub what: CountedWhat,
}

/// What is counted by column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CountedWhat {
    /// A value was mended.
    Repair(Repair),
    /// A cell was left out, as the mapping asks for such cells.
    Omitted(Code),
    /// A cell asks the API to clear what it has, as the mapping says.
    Cleared,
}

impl BoundMapping {
    /// What one readable row says. `mapped` is emptied first.
    pub fn apply(&self, row: Row<'_>, today: NaiveDate, mapped: &mut Mapped) {
        mapped.clear();
        mapped.skipped = self.skip_of(row, mapped);
        if mapped.skipped.is_some() {
            mapped.notes.clear();
            return;
        }
        let mut input = Input {
            row,
            around: Around {
                today,
                output: &self.meaning.output,
                home: Home::default(),
            },
        };
        self.apply_customer(&input, mapped);
        if self.asks_for_home {
            input.around.home = self.home(&mapped.draft.customer);
        }
        self.apply_policy(&input, mapped);
        self.apply_custom(&input, mapped);
        self.apply_newest(row, mapped);
    }

    /// The same once the customer's fields are known, to look at single rules.
    pub(super) fn input<'r>(
        &'r self,
        row: Row<'r>,
        (today, customer): (NaiveDate, &Fields),
    ) -> Input<'r> {
        let home = if self.asks_for_home {
            self.home(customer)
        } else {
            Home::default()
        };
        Input {
            row,
            around: Around {
                today,
                output: &self.meaning.output,
                home,
            },
        }
    }

    /// The first skip that the row fits. What a spreadsheet could not calculate fits none, and is counted.
    fn skip_of(&self, row: Row<'_>, mapped: &mut Mapped) -> Option<usize> {
        let skips = self.meaning.skips.iter().zip(&self.skips);
        for (index, (skip, column)) in skips.enumerate() {
            let Some(column) = *column else { continue };
            let Some(cell) = Cell::take(row, column, Holds::Codes, &self.meaning.blanks) else {
                continue;
            };
            if fits(&skip.when, &cell) {
                return Some(index);
            }
            mapped.unprotected(column, &cell);
            if let Some(code) = cell.error() {
                mapped.omitted(column, code);
            }
        }
        None
    }

    fn apply_customer(&self, input: &Input<'_>, mapped: &mut Mapped) {
        let mut fields = Fields::with_capacity(self.customer.len());
        let rules = self.meaning.customer.iter().zip(&self.customer);
        for (rule, places) in rules {
            if let Some(value) = input.value(rule, places, mapped) {
                fields.set(rule.field.index, value);
            }
        }
        for rule in &self.meaning.customer {
            if let Some(state) = rule.else_from {
                set_zone_of_state(&mut fields, rule.field.index, state);
            }
        }
        mapped.draft.customer = fields;
    }

    /// Where the customer lives, as far as the row tells.
    #[cold]
    fn home(&self, customer: &Fields) -> Home {
        let table = self.meaning.target.contract().fields;
        let text = |kind| {
            let index = table.iter().position(|field| field.kind == kind)?;
            customer.get(index)?.as_text()
        };
        Home::of(text(Kind::TimeZone), text(Kind::State))
    }

    fn apply_policy(&self, input: &Input<'_>, mapped: &mut Mapped) {
        let mut fields = Fields::with_capacity(self.policy.len());
        let mut is_told = false;
        let rules = self.meaning.policy.iter().zip(&self.policy);
        for (rule, places) in rules {
            if let Some(value) = input.value(rule, places, mapped) {
                is_told |= rule.tells_of_policy && value != Value::Null;
                fields.set(rule.field.index, value);
            }
        }
        // Where the record is the policy, every row tells of one.
        if is_told || (self.meaning.target.contract().is_of_policy() && !fields.is_empty()) {
            if let Some(plan_code) = self.plan_code {
                self.settle_plan_code(plan_code, &mut fields, mapped);
            }
            mapped.draft.policy = fields;
        }
    }

    /// Holds a plan code against the rules for its policy's type, and gives it the API's own form.
    #[cold]
    fn settle_plan_code(
        &self,
        (of_type, code, rule): (usize, usize, usize),
        fields: &mut Fields,
        mapped: &mut Mapped,
    ) {
        let text = |place| fields.get(place).and_then(Value::as_text);
        let (Some(policy_type), Some(written)) = (text(of_type), text(code)) else {
            return;
        };
        match plan_code(policy_type, written) {
            Ok(settled) => fields.set(code, Value::Text(settled)),
            Err(broken) => {
                let name = self.meaning.policy.get(rule).map(|rule| rule.field.name);
                let column = self.policy.get(rule).and_then(Places::first);
                mapped.problems.push(Problem {
                    column,
                    ..Problem::of_field(broken, name.unwrap_or_default())
                });
            }
        }
    }

    fn apply_custom(&self, input: &Input<'_>, mapped: &mut Mapped) {
        let rules = self.meaning.custom.iter().zip(&self.custom);
        for (rule, places) in rules {
            let value = input.value(rule, places, mapped);
            let index = u16::try_from(rule.field.index);
            if let (Some(Value::Text(text)), Ok(index)) = (value, index) {
                mapped.draft.custom.push((index, text));
            }
        }
    }

    fn apply_newest(&self, row: Row<'_>, mapped: &mut Mapped) {
        let Some(column) = self.newest else { return };
        let Some(cell) = Cell::take(row, column, Holds::Codes, &self.meaning.blanks) else {
            return;
        };
        mapped.unprotected(column, &cell);
        if cell.is_blank {
            return;
        }
        mapped.draft.newest = timestamp(&cell.text);
        if mapped.draft.newest.is_none() {
            mapped.omitted(column, cell.error().unwrap_or(Code::DateUnreadable));
        }
    }
}

/// What every rule of a row works on.
pub(super) struct Input<'r> {
    pub(super) row: Row<'r>,
    around: Around<'r>,
}

impl<'r> Input<'r> {
    /// The value that a rule gives; what else it found goes to `mapped`.
    pub(super) fn value(&self, rule: &Rule, places: &Places, mapped: &mut Mapped) -> Option<Value> {
        match &rule.origin {
            Origin::Columns { .. } | Origin::Elsewhere => {}
            Origin::Constant(value) => return Some(value.clone()),
            Origin::Made(made) => return self.made(rule, made, places, mapped),
        }
        let Some((column, cell)) = self.first_present(rule, places, mapped) else {
            return blank_value(rule, places, mapped);
        };
        self.value_of_cell(rule, column, &cell, mapped)
    }

    /// What a rule makes of a cell that is not blank.
    #[expect(
        clippy::inline_always,
        reason = "rules that make a text call it too, and as a call it made mapping a tenth slower"
    )]
    #[inline(always)]
    pub(super) fn value_of_cell(
        &self,
        rule: &Rule,
        column: u32,
        cell: &Cell<'_>,
        mapped: &mut Mapped,
    ) -> Option<Value> {
        let reading = self.read(rule, &cell.text);
        if matches!(reading, Reading::Value(..) | Reading::Nothing(_)) {
            mapped.unprotected(column, cell);
        }
        mapped.take(rule, column, reading)
    }

    #[inline]
    pub(super) fn read(&self, rule: &Rule, text: &str) -> Reading {
        rule.read(text, &self.around)
    }

    /// The first cell that is not blank.
    #[expect(
        clippy::inline_always,
        reason = "rules that make a text call it too, and as a call it made mapping a tenth slower"
    )]
    #[inline(always)]
    pub(super) fn first_present(
        &self,
        rule: &Rule,
        places: &Places,
        mapped: &mut Mapped,
    ) -> Option<(u32, Cell<'r>)> {
        for column in &places.columns {
            let Some(cell) = Cell::take(self.row, *column, rule.holds, &rule.blanks) else {
                continue;
            };
            if !cell.is_blank {
                return Some((*column, cell));
            }
            mapped.unprotected(*column, &cell);
        }
        None
    }
}

impl Mapped {
    fn clear(&mut self) {
        self.skipped = None;
        self.problems.clear();
        self.notes.clear();
        // The draft may have been taken away; what is left of it keeps its list of custom fields.
        let mut custom = std::mem::take(&mut self.draft.custom);
        custom.clear();
        self.draft = Draft {
            custom,
            ..Draft::default()
        };
    }

    /// The value of a reading; what else it says is noted.
    #[expect(
        clippy::inline_always,
        reason = "rules that make a text call it too, and as a call it made mapping a tenth slower"
    )]
    #[inline(always)]
    pub(super) fn take(&mut self, rule: &Rule, column: u32, reading: Reading) -> Option<Value> {
        match reading {
            Reading::Value(value, repair) => {
                self.repaired(column, repair);
                if value == Value::Null {
                    self.count(column, CountedWhat::Cleared);
                }
                Some(value)
            }
            Reading::Nothing(repair) => {
                self.repaired(column, repair);
                None
            }
            Reading::Omitted(code) => {
                self.omitted(column, code);
                None
            }
            Reading::Rejected(code) => {
                let problem = Problem::of_cell(code, rule.field.name, column);
                self.problems.push(problem);
                None
            }
            Reading::Hazard(code) => {
                self.draft.hazard.get_or_insert(code);
                None
            }
        }
    }

    pub(super) fn repaired(&mut self, column: u32, repair: Option<Repair>) {
        if let Some(repair) = repair {
            self.count(column, CountedWhat::Repair(repair));
        }
    }

    pub(super) fn unprotected(&mut self, column: u32, cell: &Cell<'_>) {
        if cell.is_protected {
            self.count(column, CountedWhat::Repair(Repair::TextProtection));
        }
    }

    fn omitted(&mut self, column: u32, code: Code) {
        self.count(column, CountedWhat::Omitted(code));
    }

    /// Counts a cell once for each thing, however many fields it feeds.
    fn count(&mut self, column: u32, what: CountedWhat) {
        let counted = Counted { column, what };
        if !self.notes.contains(&counted) {
            self.notes.push(counted);
        }
    }
}

/// What a rule says of blank cells. A column that the file does not have says nothing at all.
pub(super) fn blank_value(rule: &Rule, places: &Places, mapped: &mut Mapped) -> Option<Value> {
    let column = places.first()?;
    match rule.on_blank {
        Blank::Omit => None,
        Blank::Clear => {
            mapped.count(column, CountedWhat::Cleared);
            Some(Value::Null)
        }
        Blank::Reject => {
            let problem = Problem::of_cell(Code::CellBlank, rule.field.name, column);
            mapped.problems.push(problem);
            None
        }
    }
}

fn set_zone_of_state(fields: &mut Fields, zone: usize, state: usize) {
    if fields.get(zone).is_some() {
        return;
    }
    let name = fields
        .get(state)
        .and_then(Value::as_text)
        .and_then(zone_of_state);
    if let Some(name) = name {
        fields.set(zone, Value::Text(CompactString::const_new(name)));
    }
}

/// True when a skip leaves a row with this cell out.
fn fits(when: &When, cell: &Cell<'_>) -> bool {
    let is_listed = |words: &[String]| {
        words.iter().any(|word| match word.as_str() {
            "" => cell.is_blank,
            word => folds_to(&cell.text, word),
        })
    };
    match when {
        When::Is(words) => is_listed(words),
        When::IsNot(words) => !cell.is_blank && cell.error().is_none() && !is_listed(words),
        When::Matches(regex) => !cell.is_blank && regex.is_match(&cell.text),
    }
}
