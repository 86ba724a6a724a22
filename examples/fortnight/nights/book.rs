//! A book of customers as an export shows it, and what becomes another in it from one night to the next.
//!
//! Nobody is touched twice, but for those who switched plans: their old policies are shown as ended a night
//! later.

use std::collections::{HashMap, VecDeque};

use csv::{ReaderBuilder, WriterBuilder};

/// The column of opt-outs, which the export does not have by itself.
pub(super) const OPT_OUT: &str = "do_not_call";
/// How many customers have rows that cannot be used, until these are corrected.
const BAD: usize = 3;
/// A start that is more than a year ago, whenever this is read.
const LONG_AGO: &str = "1/1/2020";
const FOREIGN_AGENT: &str = "Casey Elsewhere (NPN: 88000001)";

/// How many customers or policies became others in a night, by what happened to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Made {
    /// Another address.
    pub(crate) moved: usize,
    /// From in force to cancelled.
    pub(crate) cancelled: usize,
    /// To an agent of another agency.
    pub(crate) left_agent: usize,
    /// Want no calls any more.
    pub(crate) opted_out: usize,
    /// Gone from the export.
    pub(crate) vanished: usize,
    /// New customers.
    pub(crate) joined: usize,
    /// New policies beside one that began more than a year ago and is still shown as in force.
    pub(crate) switched: usize,
    /// New policies beside such a one that is shown as terminated at once.
    pub(crate) switched_cleanly: usize,
    /// Old policies of the former, shown as terminated a night later.
    pub(crate) caught_up: usize,
}

/// A customer with the rows that the export has of it.
pub(crate) struct Person {
    /// Cell by cell, in the order of the columns.
    pub(crate) rows: Vec<Vec<String>>,
    /// In the export.
    pub(crate) is_there: bool,
    /// Its phone number, while the export shows something else.
    phone: Option<String>,
    /// Shown with two policies in force, of which one is not.
    is_behind: bool,
}

/// The book.
pub(crate) struct Book {
    columns: Vec<String>,
    pub(crate) people: Vec<Person>,
    /// Those of the first night to whom nothing has happened yet, in the order in which something does.
    quiet: VecDeque<usize>,
    /// Those who are still to come, but for the one whom the API refuses.
    to_come: VecDeque<usize>,
    /// How many are in the first night's export. The one whom the API refuses has that number.
    first: usize,
}

/// To whom something may happen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Everybody with a single policy, but those of long standing.
    Any,
    /// Those of them whose policy is in force.
    InForce,
    /// Those who have had their one policy for more than a year.
    LongStanding,
}

impl Book {
    pub(super) fn new(export: &[u8], newcomers: u64) -> Result<Self, csv::Error> {
        let mut reader = ReaderBuilder::new().from_reader(export);
        let mut columns: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
        columns.push(OPT_OUT.to_owned());
        let people = people(&columns, reader.records())?;
        let newcomers = usize::try_from(newcomers).unwrap_or_default();
        let (all, first) = (people.len(), people.len().saturating_sub(newcomers));
        let mut book = Self {
            columns,
            people,
            quiet: shuffled(first),
            to_come: (first + 1..all).collect(),
            first,
        };
        for person in book.people.iter_mut().take(first) {
            person.is_there = true;
        }
        book.age_some();
        Ok(book)
    }

    /// The id of the customer whom the API will refuse.
    pub(crate) fn refused(&self) -> &str {
        let rows = self.people.get(self.first).map(|person| &person.rows);
        rows.and_then(|rows| rows.first())
            .map_or("", |row| self.cell(row, "healthsherpa_id"))
    }

    /// The cell of a row under that column.
    pub(crate) fn cell<'r>(&self, row: &'r [String], column: &str) -> &'r str {
        cell(row, self.place(column))
    }

    /// Everybody who is there.
    pub(super) fn export(&self) -> Result<Vec<u8>, csv::Error> {
        self.write(usize::MAX, None)
    }

    /// Seven rows in ten.
    pub(super) fn narrow_export(&self) -> Result<Vec<u8>, csv::Error> {
        let there = self.people.iter().filter(|person| person.is_there);
        let rows: usize = there.map(|person| person.rows.len()).sum();
        self.write(rows * 7 / 10, None)
    }

    pub(super) fn export_without_opt_outs(&self) -> Result<Vec<u8>, csv::Error> {
        self.write(usize::MAX, Some(self.place(OPT_OUT)))
    }

    /// What happens from one night to the next.
    pub(super) fn go_on(&mut self, with_the_refused: bool) -> Made {
        let (n, caught_up) = (self.first, self.catch_up());
        let one_in = |share: usize, least: usize| (n / share).max(least);
        Made {
            caught_up,
            moved: self.write_into(Who::Any, one_in(100, 4), ("address", "1 New Home Rd")),
            cancelled: self.write_into(
                Who::InForce,
                one_in(500, 2),
                ("policy_status", "Cancelled"),
            ),
            left_agent: self.write_into(
                Who::InForce,
                one_in(1000, 2),
                ("policy_aor", FOREIGN_AGENT),
            ),
            opted_out: self.write_into(Who::Any, one_in(1000, 2), (OPT_OUT, "Yes")),
            vanished: self.vanish(one_in(1000, 2)),
            joined: self.join(one_in(500, 3), with_the_refused),
            switched: self.switch(one_in(1000, 1), false),
            switched_cleanly: self.switch(one_in(1000, 1), true),
        }
    }

    /// Some phone numbers become words. One of these customers wants no calls, too.
    pub(super) fn spoil(&mut self) {
        let (phone, opt_out) = (self.place("phone"), self.place(OPT_OUT));
        for (nth, index) in self.choose(Who::Any, BAD).into_iter().enumerate() {
            if let Some(person) = self.people.get_mut(index) {
                person.phone = person.rows.first().map(|row| cell(row, phone).to_owned());
                put(person, phone, "call first");
                if nth == 0 {
                    put(person, opt_out, "Yes");
                }
            }
        }
    }

    /// The numbers are back.
    pub(super) fn correct(&mut self) {
        let phone = self.place("phone");
        for person in &mut self.people {
            if let Some(number) = person.phone.take() {
                put(person, phone, &number);
            }
        }
    }

    fn place(&self, column: &str) -> usize {
        place(&self.columns, column)
    }

    fn write(&self, most: usize, without: Option<usize>) -> Result<Vec<u8>, csv::Error> {
        let mut out = WriterBuilder::new().from_writer(Vec::new());
        let there = self.people.iter().filter(|person| person.is_there);
        let rows = there.flat_map(|person| &person.rows).take(most);
        for row in std::iter::once(&self.columns).chain(rows) {
            let cells = row.iter().enumerate();
            out.write_record(
                cells
                    .filter(|(place, _)| Some(*place) != without)
                    .map(|(_, cell)| cell),
            )?;
        }
        out.into_inner().map_err(|cause| cause.into_error().into())
    }

    /// Of those with one policy in force, every fifth has had it for long.
    fn age_some(&mut self) {
        let (status, effective) = (self.place("policy_status"), self.place("effective_date"));
        let first = self.people.iter_mut().take(self.first);
        let in_force = first.filter(|person| is_in_force(person, status));
        for person in in_force.step_by(5) {
            put(person, effective, LONG_AGO);
        }
    }

    /// Takes so many customers to whom nothing has happened yet.
    fn choose(&mut self, who: Who, count: usize) -> Vec<usize> {
        let (status, effective) = (self.place("policy_status"), self.place("effective_date"));
        let people = &self.people;
        let fits = |index: &usize| {
            people.get(*index).is_some_and(|person| {
                let [row] = person.rows.as_slice() else {
                    return false;
                };
                let is_old = cell(row, effective) == LONG_AGO;
                match who {
                    Who::Any => !is_old,
                    Who::InForce => !is_old && is_in_force(person, status),
                    Who::LongStanding => is_old,
                }
            })
        };
        let mut chosen = Vec::new();
        let mut passed = VecDeque::new();
        while chosen.len() < count
            && let Some(index) = self.quiet.pop_front()
        {
            if fits(&index) {
                chosen.push(index);
            } else {
                passed.push_back(index);
            }
        }
        passed.append(&mut self.quiet);
        self.quiet = passed;
        chosen
    }

    fn write_into(&mut self, who: Who, count: usize, (column, text): (&str, &str)) -> usize {
        let (place, chosen) = (self.place(column), self.choose(who, count));
        for index in &chosen {
            if let Some(person) = self.people.get_mut(*index) {
                put(person, place, text);
            }
        }
        chosen.len()
    }

    fn vanish(&mut self, count: usize) -> usize {
        let chosen = self.choose(Who::Any, count);
        for index in &chosen {
            if let Some(person) = self.people.get_mut(*index) {
                person.is_there = false;
            }
        }
        chosen.len()
    }

    fn join(&mut self, count: usize, with_the_refused: bool) -> usize {
        let refused = with_the_refused.then_some(self.first);
        let count = count.min(self.to_come.len() + refused.iter().len());
        let others = self.to_come.drain(..count - refused.iter().len());
        for index in others.chain(refused) {
            if let Some(person) = self.people.get_mut(index) {
                person.is_there = true;
            }
        }
        count
    }

    /// Gives so many customers a new plan, which begins with a new policy.
    fn switch(&mut self, count: usize, cleanly: bool) -> usize {
        let chosen = self.choose(Who::LongStanding, count);
        let id = self.place("healthsherpa_policy_ids");
        let status = self.place("policy_status");
        let news = [
            ("issuer_assigned_policy_id", ""),
            ("effective_date", "12/1/2026"),
            ("plan_name", "Silver Anew 4000"),
            ("last_ede_sync", "2026-11-16T00:00:00Z"),
        ];
        let news = news.map(|(column, text)| (self.place(column), text));
        for index in &chosen {
            let Some(person) = self.people.get_mut(*index) else {
                continue;
            };
            let mut new = person.rows.first().cloned().unwrap_or_default();
            let number: u64 = cell(&new, id).parse().unwrap_or_default();
            set(&mut new, id, &(number + 1).to_string());
            for (place, text) in news {
                set(&mut new, place, text);
            }
            if cleanly {
                put(person, status, "Terminated");
            }
            person.is_behind = !cleanly;
            person.rows.push(new);
        }
        chosen.len()
    }

    /// Shows those old policies as ended that a new one ended the night before.
    fn catch_up(&mut self) -> usize {
        let status = self.place("policy_status");
        let behind = self.people.iter_mut().filter(|person| person.is_behind);
        let mut caught_up = 0;
        for person in behind {
            person.is_behind = false;
            caught_up += 1;
            if let Some(row) = person.rows.first_mut() {
                set(row, status, "Terminated");
            }
        }
        caught_up
    }
}

impl Person {
    /// Its row cannot be used.
    pub(crate) const fn is_bad(&self) -> bool {
        self.phone.is_some()
    }
}

/// The customers of an export, in its order, each with its rows.
fn people(
    columns: &[String],
    rows: csv::StringRecordsIter<'_, &[u8]>,
) -> Result<Vec<Person>, csv::Error> {
    let id = place(columns, "healthsherpa_id");
    let mut known = HashMap::new();
    let mut people: Vec<Person> = Vec::new();
    for row in rows {
        let mut row: Vec<String> = row?.iter().map(str::to_owned).collect();
        row.resize(columns.len(), String::new());
        let next = people.len();
        let index = *known.entry(cell(&row, id).to_owned()).or_insert(next);
        if index == next {
            people.push(Person {
                rows: Vec::new(),
                is_there: false,
                phone: None,
                is_behind: false,
            });
        }
        if let Some(person) = people.get_mut(index) {
            person.rows.push(row);
        }
    }
    Ok(people)
}

/// The numbers below `count`, each once, far from its neighbours.
fn shuffled(count: usize) -> VecDeque<usize> {
    let primes = [7919, 7907];
    let step = primes
        .into_iter()
        .find(|prime| !count.is_multiple_of(*prime))
        .unwrap_or(1);
    (0..count).map(|nth| nth * step % count).collect()
}

fn is_in_force(person: &Person, status: usize) -> bool {
    matches!(person.rows.as_slice(), [row] if cell(row, status) == "Effectuated")
}

fn place(columns: &[String], column: &str) -> usize {
    let found = columns.iter().position(|name| name == column);
    found.unwrap_or(usize::MAX)
}

fn cell(row: &[String], place: usize) -> &str {
    row.get(place).map_or("", String::as_str)
}

fn set(row: &mut [String], place: usize, text: &str) {
    if let Some(cell) = row.get_mut(place) {
        text.clone_into(cell);
    }
}

fn put(person: &mut Person, place: usize, text: &str) {
    for row in &mut person.rows {
        set(row, place, text);
    }
}
