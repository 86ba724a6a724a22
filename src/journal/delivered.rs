//! What a run has delivered: the records that succeeded, and by which id the API knows their customers.

use rusqlite::{Row, params};

use super::{Error, Journal, Spot, id_range, record_id};
use crate::{
    contract::CustomerId,
    record::{RecordId, RunId, State},
};

/// A record that succeeded.
#[derive(Debug, Clone, Copy)]
pub struct Delivered {
    /// The record.
    pub id: RecordId,
    /// Its first row.
    pub spot: Spot,
    /// The customer, as the API's answer named it.
    pub customer: Named,
    /// True when a later run has sent the same customer since, so that this body is not the last one.
    pub overtaken: bool,
}

/// How the API's answer named a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// By its id.
    By(CustomerId),
    /// Not at all, as older versions of the answer do.
    Nothing,
    /// By something that is no id of a customer.
    Otherwise,
}

impl Journal {
    /// The records of a run that succeeded, in order.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn delivered(&self, run: RunId) -> Result<Vec<Delivered>, Error> {
        let (first, last) = id_range(run);
        let [succeeded, in_flight, in_doubt] =
            [State::Succeeded, State::InFlight, State::InDoubt].map(State::code);
        let mut statement = self.connection.prepare(
            "SELECT id, source, row, customer_id, key IN (
                 SELECT later.key FROM records later
                 JOIN runs new ON new.id = later.id >> 32
                 JOIN runs old ON old.id = ?1
                 WHERE later.id > ?3 AND later.state IN (?4, ?5, ?6)
                   AND new.account = old.account AND new.target = old.target AND new.address = old.address)
             FROM records WHERE id BETWEEN ?2 AND ?3 AND state = ?4 ORDER BY id",
        )?;
        let parameters = params![run.0, first, last, succeeded, in_flight, in_doubt];
        let delivered = statement.query_map(parameters, read_delivered)?;
        Ok(delivered.collect::<Result<_, _>>()?)
    }
}

fn read_delivered(row: &Row<'_>) -> rusqlite::Result<Delivered> {
    Ok(Delivered {
        id: record_id(row.get(0)?),
        spot: Spot {
            source: row.get(1)?,
            row: row.get(2)?,
            line: None,
            byte: None,
        },
        customer: Named::of(row.get_ref(3)?.as_str_or_null()?),
        overtaken: row.get(4)?,
    })
}

impl Named {
    /// What the journal has in place of a customer's id.
    pub(super) fn of(text: Option<&str>) -> Self {
        match text.map(CustomerId::parse) {
            None => Self::Nothing,
            Some(Some(id)) => Self::By(id),
            Some(None) => Self::Otherwise,
        }
    }
}
