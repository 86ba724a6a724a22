//! Rows that came back corrected although a newer file has delivered their customers since: sent, they would put
//! something older over something newer.

use std::collections::HashMap;

use rusqlite::params;

use super::{Error, Staging, id_range};
use crate::{problem::Code, record::State};

/// Pending records of which all rows came back, with the newest run that one of them was in, and the run that
/// delivered the customer last (what failed or was lost after that leaves no fingerprint).
const RETURNED: &str = "
    WITH rows (record, source, row) AS (
        SELECT id, source, row FROM records WHERE id BETWEEN ?2 AND ?3 AND state = ?4
        UNION ALL SELECT record, source, row FROM merged_rows WHERE record BETWEEN ?2 AND ?3)
    SELECT r.id, max(c.of_run), k.seen_run
    FROM rows JOIN records r ON r.id = rows.record AND r.state = ?4
        JOIN known k ON (k.account, k.target, k.address, k.key, k.part) = (?5, ?6, ?7, r.key, r.part)
        LEFT JOIN came_back c ON (c.run, c.source, c.row) = (?1, rows.source, rows.row)
    WHERE k.fingerprint IS NOT NULL GROUP BY r.id HAVING count(c.of_run) = count(*)";

impl Staging<'_> {
    /// Holds records back of which all rows are from before a file that has delivered their customer; what
    /// corrected rows deliver is as old as the file that they are from. Gives how many it holds.
    ///
    /// # Errors
    ///
    /// When the database cannot be read or written.
    pub fn hold_outdated(&mut self) -> Result<usize, Error> {
        let Some([account, target, address]) = self.baseline.destination() else {
            return Ok(0);
        };
        let ages = self.ages()?;
        let age = |run: u32| ages.get(&run).copied().unwrap_or(run);
        let (first, last) = id_range(self.run());
        let connection = self.connection();
        let mut statement = connection.prepare(RETURNED)?;
        let parameters = params![
            self.run().0,
            first,
            last,
            State::Pending.code(),
            account,
            target,
            address
        ];
        let returned = statement.query_map(parameters, |row| {
            Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?))
        })?;
        let returned = returned.collect::<Result<Vec<(i64, u32, u32)>, _>>()?;
        let outdated = returned
            .into_iter()
            .filter(|(_, from, delivered)| age(*delivered) > age(*from));
        let mut hold =
            connection.prepare("UPDATE records SET state = ?2, code = ?3 WHERE id = ?1")?;
        let mut count = 0;
        for (id, _, _) in outdated {
            let code = Code::RecordNewerDelivered.as_str();
            count += hold.execute(params![id, State::Held.code(), code])?;
        }
        Ok(count)
    }

    /// Of each run, the run whose file its rows are from: its own, but for corrected rows that say where they
    /// were.
    fn ages(&self) -> Result<HashMap<u32, u32>, Error> {
        let mut statement = self
            .past()
            .prepare("SELECT id, child_of FROM runs ORDER BY id")?;
        let mut found = statement.query([])?;
        let mut ages: HashMap<u32, u32> = HashMap::new();
        while let Some(row) = found.next()? {
            let (run, parent): (u32, Option<u32>) = (row.get(0)?, row.get(1)?);
            // Parents are older, so theirs are there.
            let age = parent.and_then(|parent| ages.get(&parent).copied());
            ages.insert(run, age.unwrap_or(run));
        }
        Ok(ages)
    }
}
