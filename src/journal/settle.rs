//! Outcomes in: what became of a request's records, in one transaction.

use rusqlite::params;

use super::{
    EffectsBooks, Error, Step,
    claim::{expect_all, ranges},
    known::note_doubt,
    row_id,
};
use crate::record::{Outcome, PolicyIds, RecordId, State};

/// What became of one request.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The request's number, as the claim gave it.
    pub request: i64,
    /// Every record of the request with its outcome; none for a record of which nothing was applied and
    /// which is pending again.
    pub records: Vec<(RecordId, Option<Outcome>)>,
    /// The HTTP status of the last answer, if one came.
    pub status: Option<u16>,
    /// How the request ended.
    pub result: RequestResult,
    /// How often it left.
    pub tries: u32,
    /// How often the answer was 429.
    pub throttled: u32,
    /// When it ended, in milliseconds since 1970.
    pub at: i64,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestResult {
    /// The API took it and answered.
    Settled,
    /// The API refused it as a whole.
    Refused,
    /// Nobody knows.
    Doubtful,
    /// It never left, or the API did not look at it.
    NotSent,
}

impl RequestResult {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Refused => "refused",
            Self::Doubtful => "doubtful",
            Self::NotSent => "not_sent",
        }
    }
}

impl Step<'_> {
    /// Settles a request: every record of it leaves `in_flight`.
    ///
    /// # Errors
    ///
    /// When one of them was not in flight, or the database cannot be written.
    pub fn settle(&mut self, settlement: &Settlement) -> Result<(), Error> {
        let those = |is_meant: fn(Option<&Outcome>) -> bool| -> Vec<RecordId> {
            let records = settlement.records.iter();
            let matching = records.filter(|(_, outcome)| is_meant(outcome.as_ref()));
            matching.map(|(id, _)| *id).collect()
        };
        let succeeded = those(is_plain_success);
        let released = those(|outcome| outcome.is_none());
        let mut settled = self.move_all(&succeeded, State::Succeeded)?;
        settled += self.move_all(&released, State::Pending)?;
        self.take_back_attempt(&released)?;
        for (id, outcome) in &settlement.records {
            settled += self.settle_one(*id, outcome.as_ref(), settlement.result)?;
        }
        expect_all(settlement.records.len(), settled)?;
        self.note_policy_changes(settlement)?;
        self.note_answer(settlement)
    }

    fn move_all(&mut self, ids: &[RecordId], state: State) -> Result<usize, Error> {
        let mut update = self.transaction.prepare_cached(
            "UPDATE records SET state = ?1 WHERE id BETWEEN ?2 AND ?3 AND state = ?4",
        )?;
        let mut found = 0;
        for range in ranges(ids) {
            found += update.execute([
                state.code(),
                *range.start(),
                *range.end(),
                State::InFlight.code(),
            ])?;
        }
        Ok(found)
    }

    /// What never left, or only rode along in a refused request, may be sent as often as before.
    fn take_back_attempt(&mut self, ids: &[RecordId]) -> Result<(), Error> {
        let mut update = self.transaction.prepare_cached(
            "UPDATE records SET attempts = attempts - 1 WHERE id BETWEEN ?1 AND ?2",
        )?;
        for range in ranges(ids) {
            update.execute([range.start(), range.end()])?;
        }
        Ok(())
    }

    /// Settles what carries more than a state; the plain ones were moved in ranges before.
    fn settle_one(
        &mut self,
        id: RecordId,
        outcome: Option<&Outcome>,
        result: RequestResult,
    ) -> Result<usize, Error> {
        let mut policy_ids = None;
        let (state, code, message, customer_id) = match outcome {
            None => return Ok(0),
            Some(_) if is_plain_success(outcome) => return Ok(0),
            Some(Outcome::Succeeded(applied)) => {
                policy_ids = PolicyIds::of(&applied.policies, &self.hasher);
                (State::Succeeded, None, None, applied.customer_id.as_deref())
            }
            Some(Outcome::Failed(reason)) => (
                State::Failed,
                Some(reason.code.as_str()),
                Some(reason.message.expose().as_str()),
                None,
            ),
            Some(Outcome::InDoubt(doubt)) => (State::InDoubt, Some(doubt.as_str()), None, None),
        };
        // A refusal changed nothing on the other side, so what succeeded before still stands there.
        if state != State::Succeeded && result != RequestResult::Refused {
            self.void_baseline(id)?;
        }
        if state == State::InDoubt {
            note_doubt(&self.transaction, (row_id(id), row_id(id)), State::InFlight)?;
        }
        let mut update = self.transaction.prepare_cached(
            "UPDATE records SET state = ?1, code = ?2, message = ?3, customer_id = coalesce(?4, customer_id),
                 policy_ids = ?7
             WHERE id = ?5 AND state = ?6",
        )?;
        Ok(update.execute(params![
            state.code(),
            code,
            message,
            customer_id,
            row_id(id),
            State::InFlight.code(),
            policy_ids.as_ref().map(PolicyIds::as_bytes),
        ])?)
    }

    /// What the API holds of this customer is not known any more, so its next body is sent even if it
    /// equals the last one that succeeded.
    fn void_baseline(&mut self, id: RecordId) -> Result<(), Error> {
        let mut update = self.transaction.prepare_cached(
            "UPDATE known SET fingerprint = NULL, seen_run = max(seen_run, ?1)
             WHERE (account, target, address) = (SELECT account, target, address FROM runs WHERE id = ?1)
               AND (key, part) = (SELECT key, part FROM records WHERE id = ?2)",
        )?;
        update.execute(params![id.run.0, row_id(id)])?;
        Ok(())
    }

    fn note_answer(&mut self, settlement: &Settlement) -> Result<(), Error> {
        let effects = EffectsBooks::of(settlement);
        let count = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
        let mut update = self.transaction.prepare_cached(
            "UPDATE requests SET answered_at = ?2, status = ?3, result = ?4, tries = tries + ?5, throttled = throttled + ?6,
                 told = ?7, customers_created = ?8, customers_updated = ?9, policies_created = ?10,
                 policies_updated = ?11, policies_ended = ?12
             WHERE id = ?1",
        )?;
        update.execute(params![
            settlement.request,
            settlement.at,
            settlement.status,
            settlement.result.as_str(),
            settlement.tries,
            settlement.throttled,
            count((effects.told > 0).then_some(effects.told)),
            count(effects.customers_created),
            count(effects.customers_updated),
            count(effects.policies_created),
            count(effects.policies_updated),
            count(effects.policies_ended),
        ])?;
        Ok(())
    }
}

/// A success without a customer's id leaves nothing in its record but the state; what it changed stands with
/// its request.
fn is_plain_success(outcome: Option<&Outcome>) -> bool {
    matches!(outcome, Some(Outcome::Succeeded(applied)) if applied.customer_id.is_none() && applied.policies.is_empty())
}
