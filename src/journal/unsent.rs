//! Records that were never sent and whose customer is known: what is found of it may hold them back.

use rusqlite::{TransactionBehavior, params};

use super::{Error, Journal, claim::expect_all, id_range, record_id, row_id};
use crate::{
    contract::CustomerId,
    problem::Code,
    record::{RecordId, RunId, State},
};

impl Journal {
    /// The first pending records of a run that were never sent, with their customers, at most `most`.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn unsent(&self, run: RunId, most: u64) -> Result<Vec<(RecordId, CustomerId)>, Error> {
        let (first, last) = id_range(run);
        let mut statement = self.connection.prepare(
            "SELECT id, customer_id FROM records
             WHERE id BETWEEN ?1 AND ?2 AND state = ?3 AND attempts = 0 AND customer_id IS NOT NULL
             ORDER BY id LIMIT ?4",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![first, last, State::Pending.code(), most])?;
        let mut unsent = Vec::new();
        while let Some(row) = rows.next()? {
            let customer = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            if let Some(customer) = CustomerId::parse(customer) {
                unsent.push((record_id(row.get(0)?), customer));
            }
        }
        Ok(unsent)
    }

    /// Holds pending records back, all of them or none.
    ///
    /// # Errors
    ///
    /// When one of them is not pending any more, or the database cannot be written.
    pub fn hold(&mut self, ids: &[RecordId], code: Code) -> Result<(), Error> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut found = 0;
        for id in ids {
            found += transaction
                .prepare_cached(
                    "UPDATE records SET state = ?2, code = ?3 WHERE id = ?1 AND state = ?4",
                )?
                .execute(params![
                    row_id(*id),
                    State::Held.code(),
                    code.as_str(),
                    State::Pending.code()
                ])?;
        }
        expect_all(ids.len(), found)?;
        transaction.commit()?;
        Ok(())
    }
}
