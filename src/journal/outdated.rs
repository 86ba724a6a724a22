//! Rows that came back corrected although a newer file holds their customers: sent, they would put something older
//! over something newer.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::{Error, Staging, id_range};
use crate::{
    problem::Code,
    record::{RecordKey, RunId, State},
};

/// A row: run, source and number.
type RowOf = (u32, u32, u32);

/// A customer of whom all rows came back.
#[derive(Default)]
struct Returned {
    /// The newest run whose file one of the rows is from.
    age: u32,
    /// The records that are to be sent.
    pending: Vec<i64>,
}

impl Staging<'_> {
    /// Holds the customers back of whom all rows are from before a file that another run has read, however far
    /// that one came; corrected rows are as old as the file that they are from. Gives whom it holds: nobody
    /// where no rows came back.
    ///
    /// # Errors
    ///
    /// When the database cannot be read or written.
    pub fn hold_outdated(&mut self, is_child: bool) -> Result<HashSet<RecordKey>, Error> {
        if !is_child {
            return Ok(HashSet::new());
        }
        let returned = self.returned()?;
        let outdated = self.in_newer_files(&returned)?;
        let mut hold = self
            .connection()
            .prepare("UPDATE records SET state = ?2, code = ?3 WHERE id = ?1")?;
        let of_outdated = outdated.iter().filter_map(|key| returned.get(key));
        for id in of_outdated.flat_map(|customer| &customer.pending) {
            let code = Code::RecordNewerFile.as_str();
            hold.execute(params![id, State::Held.code(), code])?;
        }
        Ok(outdated)
    }

    /// The customers of this run of whom all rows came back.
    fn returned(&self) -> Result<HashMap<RecordKey, Returned>, Error> {
        let run = self.run();
        let (first, last) = id_range(run);
        let mut statement = self.connection().prepare(
            "SELECT id, key, source, row, state = ?3 FROM records WHERE id BETWEEN ?1 AND ?2
             UNION ALL SELECT r.id, r.key, m.source, m.row, 0 FROM merged_rows m JOIN records r ON r.id = m.record
             WHERE m.record BETWEEN ?1 AND ?2",
        )?;
        let mut rows = statement.query([first, last, State::Pending.code()])?;
        let mut returned: HashMap<RecordKey, Returned> = HashMap::new();
        let mut is_new: HashSet<RecordKey> = HashSet::new();
        while let Some(row) = rows.next()? {
            let key = RecordKey::from_bytes(row.get(1)?);
            let own = (run.0, row.get(2)?, row.get(3)?);
            let Some(origin) = origin_of(self.connection(), own)? else {
                is_new.insert(key);
                continue;
            };
            let customer = returned.entry(key).or_default();
            customer.age = customer.age.max(age_of(self.past(), origin)?);
            if row.get(4)? {
                customer.pending.push(row.get(0)?);
            }
        }
        returned.retain(|key, _| !is_new.contains(key));
        Ok(returned)
    }

    /// Those of them whom another run to the same place has from a newer file.
    fn in_newer_files(
        &self,
        returned: &HashMap<RecordKey, Returned>,
    ) -> Result<HashSet<RecordKey>, Error> {
        let mut outdated = HashSet::new();
        let Some(oldest) = returned.values().map(|customer| customer.age).min() else {
            return Ok(outdated);
        };
        let runs = self.runs_to_the_same_place()?;
        let mut statement = self.past().prepare(
            "SELECT id >> 32, key, source, row FROM records WHERE id > ?1 AND state <> ?2",
        )?;
        let (_, end) = id_range(RunId(oldest));
        let mut found = statement.query([end, State::Superseded.code()])?;
        while let Some(row) = found.next()? {
            let key = RecordKey::from_bytes(row.get(1)?);
            let Some(customer) = returned.get(&key) else {
                continue;
            };
            let run = row.get(0)?;
            let is_newer = runs.contains(&run)
                && age_of(self.past(), (run, row.get(2)?, row.get(3)?))? > customer.age;
            if is_newer {
                outdated.insert(key);
            }
        }
        Ok(outdated)
    }

    /// The other runs that send to where this one does.
    fn runs_to_the_same_place(&self) -> Result<HashSet<u32>, Error> {
        let run = self.run().0;
        let place: [String; 3] = self.connection().query_row(
            "SELECT account, target, address FROM runs WHERE id = ?1",
            [run],
            |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]),
        )?;
        let mut statement = self.past().prepare(
            "SELECT id FROM runs WHERE (account, target, address) = (?1, ?2, ?3) AND state <> 'staging'",
        )?;
        let runs = statement.query_map(place, |row| row.get(0))?;
        Ok(runs.collect::<Result<_, _>>()?)
    }
}

/// The row of an earlier run that a row was; none for a row of a source's own.
fn origin_of(connection: &Connection, (run, source, row): RowOf) -> Result<Option<RowOf>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT of_run, of_source, of_row FROM came_back WHERE (run, source, row) = (?1, ?2, ?3)",
    )?;
    let origin = statement.query_row([run, source, row], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    });
    Ok(origin.optional()?)
}

/// The run whose file a row is from, through all corrections of it.
fn age_of(past: &Connection, mut row: RowOf) -> Result<u32, Error> {
    while let Some(origin) = origin_of(past, row)? {
        // A row is older than its correction, so this ends.
        if origin.0 >= row.0 {
            break;
        }
        row = origin;
    }
    Ok(row.0)
}
