//! Settling records in doubt: by reading their customers back, or by a person's word.

use std::time::Duration;

use tokio::time::sleep;

use super::{Error, Event, Stopped, grace::left_of, read_customer};
use crate::{
    client::{Client, Reading, StopSignal, WallClock},
    contract::{Contract, CustomerId},
    journal::{AuditEntry, Doubtful, Journal, Named, Pending, Resolution, Settled},
    read_back::{Judgement, compare},
    record::{RecordId, RunId},
};

/// A person's word about records in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Sending them again is fine.
    Resend,
    /// They are left at that.
    Skip,
}

/// What became of the records in doubt of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Records that were in doubt.
    pub in_doubt: u64,
    /// Applied, as it turned out.
    pub applied: u64,
    /// To be sent again.
    pub pending: u64,
    /// Left to a newer run that carries the customer.
    pub superseded: u64,
    /// Left at that.
    pub skipped: u64,
    /// Still in doubt, and why.
    pub left: Left,
    /// Records of newer runs that were held because of these, and are pending now.
    pub released: Vec<RecordId>,
    /// Customers whose newer record stays held until the next run that carries them.
    pub waiting: u64,
    /// Why the reading ended early.
    pub stopped: Option<Stopped>,
}

/// Records that are still in doubt, by the reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Left {
    /// Nobody knows by which id the API knows the customer.
    pub no_id: u64,
    /// The API knows no customer of the id.
    pub not_found: u64,
    /// The API had no readable answer.
    pub not_readable: u64,
    /// What is shown is neither what was sent nor what was there before.
    pub unclear: u64,
    /// Not asked for any more.
    pub not_asked: u64,
}

/// How to read customers back.
pub struct Asking<'a> {
    /// The door.
    pub client: &'a Client,
    /// The operation that the bodies were sent to.
    pub contract: &'static Contract,
    /// How long the API gets before it is asked what became of a request.
    pub resend_after: Duration,
    /// The wall clock.
    pub clock: &'a WallClock,
    /// Ends the asking.
    pub stop: &'a StopSignal,
}

impl Left {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.no_id + self.not_found + self.not_readable + self.unclear + self.not_asked
    }

    /// Each reason with its stable name, what it means, and how many.
    pub const fn reasons(&self) -> [(&'static str, &'static str, u64); 5] {
        [
            (
                "no_id",
                "no answer has ever told the API's id of the customer",
                self.no_id,
            ),
            (
                "not_found",
                "the API does not know the customer any more",
                self.not_found,
            ),
            (
                "not_readable",
                "the API had no readable answer",
                self.not_readable,
            ),
            (
                "unclear",
                "what the API shows is neither just what was sent nor without it",
                self.unclear,
            ),
            (
                "not_asked",
                "not asked for: the reading ended early",
                self.not_asked,
            ),
        ]
    }
}

impl Resolved {
    fn add(&mut self, settled: Settled) {
        self.applied += settled.succeeded;
        self.pending += settled.pending;
        self.superseded += settled.superseded;
        self.skipped += settled.skipped;
        self.released.extend(settled.released);
        self.waiting += settled.waiting;
    }
}

/// Settles records as a person says, all of them or none. `entry` puts it on record, `now` is in
/// milliseconds since 1970.
///
/// # Errors
///
/// When the journal cannot be written.
pub fn resolve_by_word(
    journal: &mut Journal,
    doubtful: &[Doubtful],
    word: Word,
    (entry, now): (&AuditEntry<'_>, i64),
) -> Result<Resolved, Error> {
    let resolution = match word {
        Word::Resend => Resolution::Resend,
        Word::Skip => Resolution::Skip,
    };
    let decided: Vec<_> = doubtful.iter().map(|one| (one, resolution)).collect();
    let mut resolved = Resolved {
        in_doubt: doubtful.len() as u64,
        ..Resolved::default()
    };
    resolved.add(journal.resolve(&decided, Some(entry), now)?);
    Ok(resolved)
}

/// Reads back the customers of records in doubt and settles what that makes certain, customer by customer.
///
/// # Errors
///
/// When the bodies are not kept any more, or the journal cannot be read or written.
pub async fn resolve_by_reading(
    journal: &mut Journal,
    run: RunId,
    doubtful: &[Doubtful],
    asking: &Asking<'_>,
    observe: &mut dyn FnMut(Event),
) -> Result<Resolved, Error> {
    let mut resolved = Resolved {
        in_doubt: doubtful.len() as u64,
        ..Resolved::default()
    };
    let mut bodies = journal.pending(run)?;
    let customers = by_customer(doubtful);
    let known: usize = customers.iter().map(|(_, records)| records.len()).sum();
    resolved.left.no_id = (doubtful.len() - known) as u64;
    let of = customers.len() as u64;
    asking.client.announce(of);
    let mut asked = 0;
    for (done, (id, records)) in (0..).zip(&customers) {
        let left = asking.client.plan(of - done);
        observe(Event::ReadingBack { done, of, left });
        let reading = match asking.wait(records).await {
            Ok(()) => read_customer(asking.client, *id, asking.stop, observe).await,
            Err(stopped) => {
                resolved.stopped = Some(stopped);
                break;
            }
        };
        asked += records.len();
        let count = records.len() as u64;
        match reading {
            Reading::Found(shown) => {
                let decided = decide(journal, &mut bodies, (*id, records), |body| {
                    let comparison = compare(asking.contract, body, shown.expose());
                    comparison.map(|comparison| comparison.judgement())
                })?;
                resolved.left.unclear += count - decided.len() as u64;
                resolved.add(journal.resolve(&decided, None, 0)?);
            }
            Reading::NotFound => resolved.left.not_found += count,
            Reading::Refused { .. } | Reading::Unreadable => resolved.left.not_readable += count,
            Reading::Unreachable(why) => resolved.stopped = Some(Stopped::Unreachable(why)),
            Reading::NoLedger(why) => resolved.stopped = Some(Stopped::NoLedger(why)),
            Reading::Halt(halt) => resolved.stopped = Some(halt.into()),
        }
        if resolved.stopped.is_some() {
            asked -= records.len();
            break;
        }
    }
    resolved.left.not_asked = (known - asked) as u64;
    Ok(resolved)
}

/// What the judgements on a customer's bodies settle.
fn decide<'d>(
    journal: &Journal,
    bodies: &mut Pending,
    (customer, records): (CustomerId, &[&'d Doubtful]),
    judge: impl Fn(&[u8]) -> Option<Judgement>,
) -> Result<Vec<(&'d Doubtful, Resolution)>, Error> {
    let ids: Vec<RecordId> = records.iter().map(|one| one.id).collect();
    let outgoing = journal.outgoing(bodies, &ids)?;
    let mut decided = Vec::new();
    for (one, record) in records.iter().zip(&outgoing) {
        match judge(&record.body).ok_or(Error::Broken("a kept body is no JSON object"))? {
            Judgement::Applied => decided.push((*one, Resolution::Applied(customer))),
            Judgement::NotApplied => decided.push((*one, Resolution::NotApplied)),
            Judgement::Unclear => (),
        }
    }
    Ok(decided)
}

impl Asking<'_> {
    /// Waits until the API has had its time for these records.
    async fn wait(&self, records: &[&Doubtful]) -> Result<(), Stopped> {
        let latest = records.iter().map(|one| one.since).max();
        let left = latest.map_or(Duration::ZERO, |since| {
            left_of(self.resend_after, since, (self.clock)())
        });
        tokio::select! {
            biased;
            () = self.stop.requested() => Err(Stopped::Asked),
            () = sleep(left) => Ok(()),
        }
    }
}

/// The records whose customer's id is known, by customer, in the order of the run.
fn by_customer(doubtful: &[Doubtful]) -> Vec<(CustomerId, Vec<&Doubtful>)> {
    let mut customers: Vec<(CustomerId, Vec<&Doubtful>)> = Vec::new();
    let mut known: Vec<(CustomerId, &Doubtful)> = doubtful
        .iter()
        .filter_map(|one| match one.customer {
            Named::By(id) => Some((id, one)),
            Named::Nothing | Named::Otherwise => None,
        })
        .collect();
    known.sort_by_key(|(id, one)| (*id, one.id));
    for (id, one) in known {
        match customers.last_mut().filter(|(last, _)| *last == id) {
            Some((_, records)) => records.push(one),
            None => customers.push((id, vec![one])),
        }
    }
    customers.sort_by_key(|(_, records)| records.first().map(|one| one.id));
    customers
}
