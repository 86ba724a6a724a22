//! Records whose outcome is lost, and the word of the API or of a person that settles each.

use rusqlite::{Transaction, TransactionBehavior, params};

use super::{
    AuditEntry, Error, Journal, Named, Spot, claim::expect_all, id_range, record_id, row_id,
};
use crate::{
    contract::CustomerId,
    problem::Code,
    record::{RecordId, RunId, State},
};

/// A record in doubt, with what deciding about it needs.
#[derive(Debug, Clone)]
pub struct Doubtful {
    /// The record.
    pub id: RecordId,
    /// Its first row.
    pub spot: Spot,
    /// The numbers of all rows that it came from.
    pub rows: Vec<u32>,
    /// When it was last sent, in milliseconds since 1970.
    pub since: i64,
    /// The customer, as an answer to an earlier body of it named it.
    pub customer: Named,
    /// True when a newer run carries the same customer, so that this body is never sent again.
    pub overtaken: bool,
}

/// What settles a record in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// The API shows the customer just as it was sent.
    Applied(CustomerId),
    /// The API shows the customer, and nothing of what was sent.
    NotApplied,
    /// A person says that sending it again is fine.
    Resend,
    /// A person leaves it at that.
    Skip,
}

/// What became of records that were in doubt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Applied, as it turned out.
    pub succeeded: u64,
    /// To be sent again.
    pub pending: u64,
    /// Left to a newer run that carries the customer.
    pub superseded: u64,
    /// Left at that.
    pub skipped: u64,
    /// Records of newer runs that were held because of these, and are pending now.
    pub released: Vec<RecordId>,
    /// Customers whose newer record stays held: the next run that carries them judges it anew.
    pub waiting: u64,
}

impl Journal {
    /// The records of a run that are in doubt, in order.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read, or what succeeded cannot be folded.
    pub fn doubtful(&mut self, run: RunId) -> Result<Vec<Doubtful>, Error> {
        // The ids of customers are in `known` once what succeeded is folded.
        self.fold()?;
        let (first, last) = id_range(run);
        let mut statement = self.connection.prepare(
            "SELECT r.id, r.source, r.row, q.claimed_at,
                 coalesce(r.customer_id, (
                     SELECT k.customer_id FROM known k JOIN runs ON runs.id = ?1
                     WHERE (k.account, k.target, k.address, k.key) = (runs.account, runs.target, runs.address, r.key)
                         AND k.customer_id IS NOT NULL
                     ORDER BY k.part = r.part DESC, k.seen_run DESC LIMIT 1)),
                 r.key IN (
                     SELECT later.key FROM records later
                     JOIN runs new ON new.id = later.id >> 32
                     JOIN runs old ON old.id = ?1
                     WHERE later.id > ?3 AND new.state <> 'staging' AND later.code IS NOT ?5
                       AND (new.account, new.target, new.address) = (old.account, old.target, old.address))
             FROM records r JOIN requests q ON q.id = r.request
             WHERE r.id BETWEEN ?2 AND ?3 AND r.state = ?4 ORDER BY r.id",
        )?;
        let older = Code::RecordNewerFile.as_str();
        let parameters = params![run.0, first, last, State::InDoubt.code(), older];
        let mut doubtful = statement
            .query_map(parameters, read_doubtful)?
            .collect::<Result<Vec<_>, _>>()?;
        let mut merged = self
            .connection
            .prepare("SELECT row FROM merged_rows WHERE record = ?1")?;
        for one in &mut doubtful {
            let rows = merged.query_map([row_id(one.id)], |row| row.get(0))?;
            for row in rows {
                one.rows.push(row?);
            }
        }
        Ok(doubtful)
    }

    /// Settles records in doubt, all of them or none, and writes down who did it where that is said.
    /// `now` is in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// When one of them is not in doubt any more, or the database cannot be written.
    pub fn resolve(
        &mut self,
        decided: &[(&Doubtful, Resolution)],
        audit: Option<&AuditEntry<'_>>,
        now: i64,
    ) -> Result<Settled, Error> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut settled = Settled::default();
        for (doubtful, resolution) in decided {
            settle_one(&transaction, doubtful, *resolution, &mut settled)?;
        }
        // Only now: the parts of a customer may be in doubt together.
        for (doubtful, resolution) in decided.iter().filter(|(one, _)| one.overtaken) {
            let released = release(&transaction, doubtful.id, *resolution)?;
            settled.waiting += u64::from(released.is_empty());
            settled.released.extend(released);
        }
        if let Some(entry) = audit {
            super::audit::write(&transaction, entry, now)?;
        }
        crate::failpoint::reach("resolve.written");
        transaction.commit()?;
        crate::failpoint::reach("resolve.committed");
        Ok(settled)
    }
}

fn read_doubtful(row: &rusqlite::Row<'_>) -> rusqlite::Result<Doubtful> {
    let spot = Spot {
        source: row.get(1)?,
        row: row.get(2)?,
        line: None,
        byte: None,
    };
    Ok(Doubtful {
        id: record_id(row.get(0)?),
        spot,
        rows: vec![spot.row],
        since: row.get(3)?,
        customer: Named::of(row.get_ref(4)?.as_str_or_null()?),
        overtaken: row.get(5)?,
    })
}

fn settle_one(
    transaction: &Transaction<'_>,
    doubtful: &Doubtful,
    resolution: Resolution,
    settled: &mut Settled,
) -> Result<(), Error> {
    let (state, count) = match resolution {
        Resolution::Applied(_) => (State::Succeeded, &mut settled.succeeded),
        Resolution::Skip => (State::Failed, &mut settled.skipped),
        // Nothing older is ever sent over something newer.
        _ if doubtful.overtaken => (State::Superseded, &mut settled.superseded),
        _ => (State::Pending, &mut settled.pending),
    };
    *count += 1;
    let code = (state == State::Failed).then_some(Code::DoubtSkipped.as_str());
    let customer = match resolution {
        Resolution::Applied(id) => Some(id.to_string()),
        _ => None,
    };
    let id = row_id(doubtful.id);
    let found = transaction
        .prepare_cached(
            "UPDATE records SET state = ?2, code = ?3, message = NULL, customer_id = coalesce(?4, customer_id),
                 attempts = iif(?2 = ?5, 0, attempts)
             WHERE id = ?1 AND state = ?6",
        )?
        .execute(params![
            id,
            state.code(),
            code,
            customer,
            State::Pending.code(),
            State::InDoubt.code()
        ])?;
    expect_all(1, found)?;
    transaction
        .prepare_cached(
            "UPDATE known SET in_doubt = 0
             WHERE (account, target, address) = (SELECT account, target, address FROM runs WHERE id = ?1)
               AND (key, part) = (SELECT key, part FROM records WHERE id = ?2)",
        )?
        .execute(params![doubtful.id.run.0, id])?;
    match state {
        State::Pending => reopen(transaction, doubtful.id.run),
        // What succeeded becomes the baseline when it is folded.
        State::Succeeded => {
            transaction.execute(
                "UPDATE runs SET folded = 0 WHERE id = ?1",
                [doubtful.id.run.0],
            )?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Lets the newer record of a customer go that was held for this doubt alone, where that does no harm: the
/// older body was not applied, or may be sent again by a person's word, or the newer one is harmless
/// anyway. Nothing of the customer may be in doubt any more, and no later part of it gone ahead.
fn release(
    transaction: &Transaction<'_>,
    doubtful: RecordId,
    resolution: Resolution,
) -> Result<Vec<RecordId>, Error> {
    let (_, last) = id_range(doubtful.run);
    let is_free = matches!(resolution, Resolution::NotApplied | Resolution::Resend);
    let held: Vec<i64> = transaction
        .prepare_cached(
            "SELECT later.id FROM records old JOIN runs o ON o.id = ?2
             JOIN records later ON later.id > ?3 AND later.key = old.key
             JOIN runs new ON new.id = later.id >> 32
             WHERE old.id = ?1 AND later.state = ?4 AND later.code = ?5 AND (?6 OR later.harmless = 1)
               AND new.spool <> 0
               AND (new.account, new.target, new.address) = (o.account, o.target, o.address)
               AND NOT EXISTS (
                   SELECT 1 FROM known k
                   WHERE (k.account, k.target, k.address, k.key) = (o.account, o.target, o.address, old.key)
                       AND k.in_doubt = 1)
               AND NOT EXISTS (
                   SELECT 1 FROM records next
                   WHERE next.id > later.id AND next.id >> 32 = new.id AND next.key = old.key
                       AND next.state NOT IN (?4, ?7, ?8))",
        )?
        .query_map(
            params![
                row_id(doubtful),
                doubtful.run.0,
                last,
                State::Held.code(),
                Code::RecordInDoubt.as_str(),
                is_free,
                State::Pending.code(),
                State::Unchanged.code()
            ],
            |row| row.get(0),
        )?
        .collect::<Result<_, _>>()?;
    for id in &held {
        transaction
            .prepare_cached("UPDATE records SET state = ?2, code = NULL WHERE id = ?1")?
            .execute([*id, State::Pending.code()])?;
        reopen(transaction, record_id(*id).run)?;
    }
    Ok(held.into_iter().map(record_id).collect())
}

pub(super) fn reopen(transaction: &Transaction<'_>, run: RunId) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "UPDATE runs SET state = 'sending', finished_at = NULL, folded = 0 WHERE id = ?1 AND state = 'finished'",
        )?
        .execute([run.0])?;
    Ok(())
}
