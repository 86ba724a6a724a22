//! What goes wrong in real exports, one quirk a row, with what should become of the row.
//!
//! The list makes both the export `clients-dirty.csv` and the table that explains it, so that neither can
//! drift from the other. Where a quirk's end depends on the mapping, it is the one that
//! `mappings/healthsherpa-clients.toml` gives it.

use std::io::{self, Write};

use super::{
    cases::QUIRKS,
    people::Customer,
    policies::{Part, Policy},
    random::Random,
    rows::{COLUMNS, Row, write_line},
};

/// The seed of the people in the dirty export.
const SEED: u64 = 2;

/// One thing that goes wrong.
pub(crate) struct Quirk {
    /// What is odd about the row.
    pub(crate) about: &'static str,
    pub(crate) change: Change,
    pub(crate) end: End,
    /// The problem's or repair's stable code; empty where there is none.
    pub(crate) code: &'static str,
    /// What else there is to say of the end.
    pub(crate) note: &'static str,
}

/// What should become of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Staged,
    Rejected,
    Skipped,
    /// Staged, and its record is not sent.
    Held,
}

/// How a clean row is spoiled.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    /// Not at all.
    Nothing,
    /// These columns' cells are these texts.
    Cells(&'static [(&'static str, &'static str)]),
    /// The same, of the customer in the row before.
    SameCustomer(&'static [(&'static str, &'static str)]),
    /// The last cells are missing, that many.
    Missing(usize),
    /// Cells follow that the header does not have.
    Beyond(&'static [&'static str]),
    /// A quote stands before that column's cell.
    StrayQuote(&'static str),
    /// That column's cell ends in a byte that is not UTF-8.
    NotUtf8(&'static str),
    /// The line is this text.
    Line(&'static str),
    /// All cells are empty.
    AllEmpty,
    /// The header again.
    Header,
}

impl Quirk {
    /// True for a quirk that any row may have: it neither names somebody nor needs a neighbour.
    fn is_for_any_row(&self) -> bool {
        let is_own = |column: &str| column.ends_with("_id") || column.ends_with("_ids");
        match self.change {
            Change::Cells(cells) => !cells.iter().any(|(column, _)| is_own(column)),
            Change::SameCustomer(_) | Change::Header => false,
            _ => true,
        }
    }

    /// Writes a row with the quirk.
    pub(crate) fn write(&self, row: &Row, out: &mut impl Write) -> io::Result<()> {
        let mut cells: Vec<Vec<u8>> = row.cells().map(|cell| cell.as_bytes().to_vec()).collect();
        match self.change {
            Change::Nothing => {}
            Change::Cells(changes) | Change::SameCustomer(changes) => {
                for (column, text) in changes {
                    edit(&mut cells, column, |cell| *cell = text.as_bytes().to_vec());
                }
            }
            Change::Missing(count) => cells.truncate(cells.len() - count),
            Change::Beyond(more) => cells.extend(more.iter().map(|cell| cell.as_bytes().to_vec())),
            Change::NotUtf8(column) => edit(&mut cells, column, |cell| cell.push(0xe9)),
            Change::AllEmpty => cells.iter_mut().for_each(Vec::clear),
            Change::Line(text) => return writeln!(out, "{text}"),
            Change::Header => return write_line(out, COLUMNS),
            Change::StrayQuote(column) => return write_stray_quote(cells, column, out),
        }
        write_line(out, cells)
    }
}

/// The cells as they are, so that nothing closes the quote; separators in them would be other cells.
fn write_stray_quote(
    mut cells: Vec<Vec<u8>>,
    column: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    for cell in &mut cells {
        cell.retain(|byte| *byte != b',');
    }
    edit(&mut cells, column, |cell| cell.insert(0, b'"'));
    out.write_all(&cells.join(&b','))?;
    out.write_all(b"\n")
}

fn edit(cells: &mut [Vec<u8>], column: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let index = COLUMNS.iter().position(|name| *name == column);
    if let Some(cell) = index.and_then(|index| cells.get_mut(index)) {
        change(cell);
    }
}

/// Any quirk that any row may have.
pub(crate) fn any(random: &mut Random) -> &'static Quirk {
    loop {
        let quirk = random.pick(QUIRKS);
        if quirk.is_for_any_row() {
            return quirk;
        }
    }
}

/// Writes the dirty export: the header, then a row for each quirk, in the list's order.
pub(crate) fn write_dirty_export(out: &mut impl Write) -> io::Result<()> {
    let mut row = Row::default();
    let mut number = 0;
    write_line(out, COLUMNS)?;
    for quirk in QUIRKS {
        number += u64::from(!matches!(quirk.change, Change::SameCustomer(_)));
        let customer = Customer::of(SEED, number);
        row.fill(&customer, &Policy::of(SEED, &customer, Part::Only));
        quirk.write(&row, out)?;
    }
    Ok(())
}

/// The rows of the dirty export that the header leads, with their numbers.
pub(crate) fn numbered() -> impl Iterator<Item = (u32, &'static Quirk)> {
    (2..).zip(QUIRKS)
}

/// Writes the table that explains the dirty export.
pub(crate) fn write_table(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "| row | what is odd | becomes | code | note |")?;
    writeln!(out, "|---:|---|---|---|---|")?;
    for (row, quirk) in numbered() {
        let end = match quirk.end {
            End::Staged => "staged",
            End::Rejected => "rejected",
            End::Skipped => "skipped",
            End::Held => "held",
        };
        let code = match quirk.code {
            "" => String::new(),
            code => format!("`{code}`"),
        };
        let about = quirk.about.replace('|', "\\|");
        writeln!(out, "| {row} | {about} | {end} | {code} | {} |", quirk.note)?;
    }
    Ok(())
}
