//! What guards want to know of every row: how full its columns are, whose agent it names, and whether it
//! holds what the file has to hold. Counts only, so that nothing of a cell stays.

use std::sync::Arc;

use chrono::{Days, NaiveDate, NaiveTime};
use regex::Regex;

use super::{
    apply::Mapped,
    bind::place,
    blank::Blanks,
    cell::Cell,
    guard::{AGENT_FIELD, AgentFrom, ForeignAgent, Guards, Needed},
    meaning::Meaning,
    rule::Rule,
};
use crate::{
    header::{Header, RUN_COLUMN, fold},
    normalize::{Holds, Value},
    row::Row,
};

/// A mapping's guards bound to a header; shared by reference across threads.
#[derive(Debug)]
pub struct Watch {
    meaning: Arc<Meaning>,
    guards: Arc<Guards>,
    columns: Vec<Watched>,
    agent: Option<Agent>,
    needed: Vec<(Option<u32>, Option<Regex>)>,
    /// The column of the run whose corrected file this is.
    parent: Option<u32>,
}

/// The columns of a rule.
#[derive(Debug)]
struct Watched {
    name: String,
    places: Vec<u32>,
    holds: Holds,
    blanks: Blanks,
}

/// Where a row names its agent.
#[derive(Debug)]
enum Agent {
    /// In a field of its policy.
    Field(usize),
    /// In the first of these columns that is not blank.
    Columns(Vec<u32>),
}

/// What was seen in some rows of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Rows that were neither unreadable nor left out.
    rows: u64,
    /// By watched columns.
    filled: Vec<u64>,
    agents: Agents,
    /// By what the file has to hold.
    holding: Vec<u64>,
    newest: Option<i64>,
    parent: Option<u32>,
}

/// Rows by the agent that they name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agents {
    /// Rows that name an agent by number.
    pub named: u64,
    /// Those of them that name none of the own ones.
    pub foreign: u64,
}

/// How often columns that a rule reads hold something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The columns, as the mapping spells them.
    pub columns: String,
    /// Rows in which one of them is not blank.
    pub filled: u64,
    /// Rows that were looked at.
    pub rows: u64,
}

impl Watch {
    pub(super) fn new((meaning, guards): (&Arc<Meaning>, &Arc<Guards>), header: &Header) -> Self {
        let needed = guards.must_contain.iter();
        Self {
            columns: watched(meaning, header),
            agent: guards
                .foreign_agent
                .as_ref()
                .and_then(|foreign| agent(foreign, meaning, header)),
            needed: needed
                .map(|needed| (place(header, &needed.column), whole_word(needed)))
                .collect(),
            parent: header
                .added(RUN_COLUMN)
                .and_then(|place| u32::try_from(place).ok()),
            meaning: Arc::clone(meaning),
            guards: Arc::clone(guards),
        }
    }

    /// True for a file that came back corrected.
    pub const fn is_child(&self) -> bool {
        self.parent.is_some()
    }

    /// False where the file has no column that could name an agent.
    pub const fn knows_agents(&self) -> bool {
        self.agent.is_some()
    }

    /// Counts a row that could be read, and of which the mapping made `mapped`.
    pub fn see(&self, row: Row<'_>, (mapped, today): (&Mapped, NaiveDate), seen: &mut Seen) {
        seen.filled.resize(self.columns.len(), 0);
        seen.holding.resize(self.needed.len(), 0);
        for ((column, text), count) in self.needed.iter().zip(&mut seen.holding) {
            let cell = column.and_then(|column| row.cell(column as usize));
            let is_there = cell
                .zip(text.as_ref())
                .is_some_and(|(cell, text)| text.is_match(cell));
            *count += u64::from(is_there);
        }
        if let Some(cell) = self.parent.and_then(|column| row.cell(column as usize)) {
            seen.parent = seen.parent.max(cell.trim().parse().ok());
        }
        if mapped.skipped.is_some() {
            return;
        }
        seen.rows += 1;
        for (watched, count) in self.columns.iter().zip(&mut seen.filled) {
            *count += u64::from(watched.is_filled(row));
        }
        self.see_agent(row, mapped, &mut seen.agents);
        let newest = mapped.draft.newest;
        seen.newest = seen.newest.max(newest.filter(|at| is_over(*at, today)));
    }

    fn see_agent(&self, row: Row<'_>, mapped: &Mapped, agents: &mut Agents) {
        let (Some(agent), Some(foreign)) = (&self.agent, &self.guards.foreign_agent) else {
            return;
        };
        let is_own = match agent {
            Agent::Field(index) => {
                let value = mapped.draft.policy.get(*index);
                value
                    .and_then(Value::as_text)
                    .and_then(|text| is_own(foreign, text))
            }
            Agent::Columns(places) => places.iter().find_map(|column| {
                let cell = Cell::take(row, *column, Holds::Codes, &self.meaning.blanks)?;
                let text = (!cell.is_blank).then_some(cell.text)?;
                is_own(foreign, &text)
            }),
        };
        if let Some(is_own) = is_own {
            agents.named += 1;
            agents.foreign += u64::from(!is_own);
        }
    }

    /// How full the columns are that rules read.
    pub fn filled(&self, seen: &Seen) -> Vec<Filled> {
        let counts = seen.filled.iter().copied().chain(std::iter::repeat(0));
        let columns = self.columns.iter().zip(counts);
        columns
            .map(|(watched, filled)| Filled {
                columns: watched.name.clone(),
                filled,
                rows: seen.rows,
            })
            .collect()
    }

    /// What the file has to hold and does not: in a column without it, or in none.
    pub fn missing(&self, seen: &Seen) -> Vec<(&Needed, bool)> {
        let counts = seen.holding.iter().copied().chain(std::iter::repeat(0));
        let needed = self.guards.must_contain.iter();
        let places = self.needed.iter().map(|(column, _)| column.is_some());
        needed
            .zip(places)
            .zip(counts)
            .filter(|(_, count)| *count == 0)
            .map(|(needed, _)| needed)
            .collect()
    }
}

impl Seen {
    /// Adds what was seen in other rows of the file.
    pub fn add(&mut self, other: &Self) {
        let add = |own: &mut Vec<u64>, other: &[u64]| {
            own.resize(own.len().max(other.len()), 0);
            for (own, other) in own.iter_mut().zip(other) {
                *own += other;
            }
        };
        add(&mut self.filled, &other.filled);
        add(&mut self.holding, &other.holding);
        self.rows += other.rows;
        self.agents.named += other.agents.named;
        self.agents.foreign += other.agents.foreign;
        self.newest = self.newest.max(other.newest);
        self.parent = self.parent.max(other.parent);
    }

    /// Whose agents the rows name.
    pub const fn agents(&self) -> Agents {
        self.agents
    }

    /// The greatest value of the mapping's `newest` column that lies in the past, in seconds since 1970.
    pub const fn newest(&self) -> Option<i64> {
        self.newest
    }

    /// The run that the rows of a corrected file name, the latest where they name several.
    pub const fn parent(&self) -> Option<u32> {
        self.parent
    }
}

impl Watched {
    fn is_filled(&self, row: Row<'_>) -> bool {
        self.places.iter().any(|column| {
            Cell::take(row, *column, self.holds, &self.blanks).is_some_and(|cell| !cell.is_blank)
        })
    }
}

/// The columns of each rule that the file has, each list of columns once.
fn watched(meaning: &Meaning, header: &Header) -> Vec<Watched> {
    let rules = meaning.customer.iter();
    let rules = rules.chain(&meaning.policy).chain(&meaning.custom);
    let mut columns: Vec<Watched> = Vec::new();
    for rule in rules {
        let names = name_of(rule);
        let places: Vec<u32> = rule
            .columns()
            .iter()
            .filter_map(|column| place(header, column))
            .collect();
        let is_known = || {
            columns
                .iter()
                .any(|known| fold(&known.name) == fold(&names))
        };
        if !places.is_empty() && !is_known() {
            columns.push(Watched {
                name: names,
                places,
                holds: rule.holds,
                blanks: rule.blanks.clone(),
            });
        }
    }
    columns
}

fn name_of(rule: &Rule) -> String {
    rule.columns().join(", ")
}

fn agent(foreign: &ForeignAgent, meaning: &Meaning, header: &Header) -> Option<Agent> {
    let places = |names: &[String]| -> Vec<u32> {
        let names = names.iter();
        names.filter_map(|name| place(header, name)).collect()
    };
    match &foreign.from {
        AgentFrom::Columns(names) => {
            let places = places(names);
            (!places.is_empty()).then_some(Agent::Columns(places))
        }
        AgentFrom::Policy => {
            let mut rules = meaning.policy.iter();
            let rule = rules.find(|rule| rule.field.name == AGENT_FIELD)?;
            let is_there = rule.columns().is_empty() || !places(rule.columns()).is_empty();
            is_there.then_some(Agent::Field(rule.field.index))
        }
    }
}

/// Whether one of the numbers in the text is an own one; none where it holds no number.
fn is_own(foreign: &ForeignAgent, text: &str) -> Option<bool> {
    let mut numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| digits.trim_start_matches('0'))
        .peekable();
    numbers.peek()?;
    Some(numbers.any(|number| foreign.own.iter().any(|own| own == number)))
}

/// The text with nothing before or after it that would make it another word.
fn whole_word(needed: &Needed) -> Option<Regex> {
    let text = regex::escape(&needed.text);
    Regex::new(&format!(r"(?i)(?:^|\W){text}(?:\W|$)")).ok()
}

/// True for a time that is over everywhere on Earth, or nearly so: nothing was exported in the future.
fn is_over(seconds: i64, today: NaiveDate) -> bool {
    let end = today.checked_add_days(Days::new(2));
    end.is_some_and(|end| seconds < end.and_time(NaiveTime::MIN).and_utc().timestamp())
}

/// A column counts as lost where nothing took its place in the list that it stands in.
pub(super) fn lost_columns(meaning: &Meaning, before: &Header, now: &Header) -> Vec<String> {
    let has = |header: &Header, name: &str| !header.find(name).is_empty();
    let mut lost: Vec<String> = Vec::new();
    for wanted in meaning.wanted() {
        let is_new = |name: &&str| has(now, name) && !has(before, name);
        if wanted.columns.iter().any(is_new) {
            continue;
        }
        let gone = wanted.columns.iter();
        for name in gone.filter(|name| has(before, name) && !has(now, name)) {
            if !lost.iter().any(|known| fold(known) == fold(name)) {
                lost.push((*name).to_owned());
            }
        }
    }
    lost
}
