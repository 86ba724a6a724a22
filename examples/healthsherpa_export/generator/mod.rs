//! Invented HealthSherpa exports: the same plan gives the same bytes, on every platform.
//!
//! Nobody in them exists, and no number in them rings: see [`people`].

pub(crate) mod quirks;

mod cases;
mod people;
mod policies;
pub(crate) mod random;
mod rows;

use std::{
    collections::VecDeque,
    io::{self, Write},
};

pub(crate) use self::random::Share;
use self::{
    people::Customer,
    policies::{Part, Policy},
    random::Random,
    rows::{COLUMNS, Row, write_line},
};

/// How many rows lie between those of a customer who switched plans.
const ROWS_BETWEEN: u64 = 37;

/// What an export is to hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) rows: u64,
    pub(crate) seed: u64,
    /// Customers with a second row, because they switched plans.
    pub(crate) switches: Share,
    /// Rows with a quirk.
    pub(crate) dirty: Share,
}

/// Writes a whole export, header first, row by row.
pub(crate) fn write_export(plan: &Plan, out: &mut impl Write) -> io::Result<()> {
    let mut random = Random::of(plan.seed, u64::MAX);
    let mut row = Row::default();
    let mut book = Book::default();
    let mut line = Vec::new();
    write_line(out, COLUMNS)?;
    for number in 0..plan.rows {
        let (customer, part) = book.next(number, plan, &mut random);
        let customer = Customer::of(plan.seed, customer);
        row.fill(&customer, &Policy::of(plan.seed, &customer, part));
        if random.happens(plan.dirty) {
            quirks::any(&mut random).write(&row, &mut line)?;
        } else {
            write_line(&mut line, row.cells())?;
        }
        out.write_all(&line)?;
        line.clear();
    }
    Ok(())
}

/// Whose row comes next.
#[derive(Default)]
struct Book {
    customers: u64,
    /// Customers who switched plans, and the row before which their second one does not come.
    switched: VecDeque<(u64, u64)>,
}

impl Book {
    fn next(&mut self, row: u64, plan: &Plan, random: &mut Random) -> (u64, Part) {
        let rows_left = plan.rows - row;
        let is_due = |(_, due): &(u64, u64)| *due <= row || rows_left <= self.switched.len() as u64;
        if self.switched.front().is_some_and(is_due)
            && let Some((customer, _)) = self.switched.pop_front()
        {
            return (customer, Part::After);
        }
        let customer = self.customers;
        self.customers += 1;
        if random.happens(plan.switches) && rows_left > self.switched.len() as u64 + 1 {
            self.switched.push_back((customer, row + ROWS_BETWEEN));
            return (customer, Part::Before);
        }
        (customer, Part::Only)
    }
}
