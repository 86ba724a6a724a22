//! Reading back what a run has delivered: each customer once, beside the bodies that succeeded.

use std::cell::RefCell;

use super::{Error, Event, Stopped};
use crate::{
    client::{Client, ClientEvent, Reading, StopSignal},
    contract::{Contract, CustomerId},
    journal::{Delivered, FIRST, Journal, Named, Pending, Spot},
    read_back::{Comparison, Counts, Keep, Tally, compare},
    record::{RecordId, RunId},
};

/// The customers of a run that can be read back.
#[derive(Debug)]
pub struct ReadBack {
    run: RunId,
    customers: Vec<Asked>,
    /// What is counted before anything is asked.
    pub counts: Counts,
}

/// One customer, and the records that are about it.
#[derive(Debug)]
struct Asked {
    id: CustomerId,
    records: Vec<(RecordId, Spot)>,
}

impl ReadBack {
    /// Finds out what can be read back of a run; with `sample`, so many customers, spread evenly over it.
    /// Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// When the bodies are not kept any more, or the journal cannot be read.
    pub fn of(journal: &Journal, run: RunId, sample: Option<u64>) -> Result<Self, Error> {
        let mut counts = Counts::default();
        let mut known = Vec::new();
        for record in journal.delivered(run)? {
            counts.succeeded += 1;
            match record.customer {
                _ if record.overtaken => counts.overtaken += 1,
                Named::Nothing => counts.without_id += 1,
                Named::Otherwise => counts.strange_id += 1,
                Named::By(id) => known.push((id, record)),
            }
        }
        let mut customers = by_customer(known);
        if let Some(most) = sample {
            customers = spread(customers, most);
        }
        if !customers.is_empty() {
            // Better said now than after the first question.
            journal.pending(run)?;
        }
        counts.customers = customers.len() as u64;
        Ok(Self {
            run,
            customers,
            counts,
        })
    }

    /// Asks for each customer and compares it with the bodies that were sent, of which the first findings
    /// are kept with their values if that is wanted. Gives the reason when it ended early.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub async fn ask(
        &self,
        (journal, contract): (&Journal, &Contract),
        (client, stop): (&Client, &StopSignal),
        examples: usize,
        observe: &mut dyn FnMut(Event),
    ) -> Result<(Tally<Spot>, Option<Stopped>), Error> {
        let keep = Keep {
            first: FIRST,
            examples,
        };
        let mut tally = Tally::new(self.counts, keep);
        if self.customers.is_empty() {
            return Ok((tally, None));
        }
        let mut bodies = journal.pending(self.run)?;
        let of = self.counts.customers;
        client.announce(of);
        for (done, asked) in (0..).zip(&self.customers) {
            let left = client.plan(of - done);
            observe(Event::ReadingBack { done, of, left });
            match read_customer(client, asked.id, stop, observe).await {
                Reading::Found(shown) => {
                    let comparisons = asked.compare((journal, &mut bodies), |body| {
                        compare(contract, body, shown.expose())
                    })?;
                    tally.count_read(asked.id, comparisons);
                }
                Reading::NotFound => {
                    tally.count_not_found(asked.records.iter().map(|(_, spot)| *spot));
                }
                Reading::Refused { .. } | Reading::Unreadable => tally.counts.not_readable += 1,
                Reading::Unreachable(why) => return Ok((tally, Some(Stopped::Unreachable(why)))),
                Reading::NoLedger(why) => return Ok((tally, Some(Stopped::NoLedger(why)))),
                Reading::Halt(halt) => return Ok((tally, Some(halt.into()))),
            }
        }
        Ok((tally, None))
    }
}

impl Asked {
    fn compare(
        &self,
        (journal, bodies): (&Journal, &mut Pending),
        compare: impl Fn(&[u8]) -> Option<Comparison>,
    ) -> Result<Vec<(Spot, Comparison)>, Error> {
        let ids: Vec<RecordId> = self.records.iter().map(|(id, _)| *id).collect();
        let records = journal.outgoing(bodies, &ids)?;
        let spots = self.records.iter().map(|(_, spot)| *spot);
        spots
            .zip(&records)
            .map(|(spot, record)| {
                let comparison = compare(&record.body);
                let broken = Error::Broken("a kept body is no JSON object");
                Ok((spot, comparison.ok_or(broken)?))
            })
            .collect()
    }
}

/// Asks for one customer, and passes on what happens at the door.
pub async fn read_customer(
    client: &Client,
    id: CustomerId,
    stop: &StopSignal,
    observe: &mut dyn FnMut(Event),
) -> Reading {
    let observe = RefCell::new(observe);
    let pass_on = |event| {
        let told = match event {
            ClientEvent::Throttled { wait } => Event::Throttled { wait },
            ClientEvent::Retrying { wait, why } => Event::Retrying { wait, why },
            ClientEvent::Sent | ClientEvent::Answered { .. } => return,
        };
        (observe.borrow_mut())(told);
    };
    client.read_customer(id, stop, &pass_on).await
}

/// The records by customer, in the order of the run; all that are about one share a question.
fn by_customer(mut known: Vec<(CustomerId, Delivered)>) -> Vec<Asked> {
    known.sort_by_key(|(customer, record)| (*customer, record.id));
    let mut customers: Vec<Asked> = Vec::new();
    for (id, record) in known {
        let record = (record.id, record.spot);
        match customers.last_mut().filter(|last| last.id == id) {
            Some(asked) => asked.records.push(record),
            None => customers.push(Asked {
                id,
                records: vec![record],
            }),
        }
    }
    customers.sort_by_key(|asked| asked.records.first().map(|(id, _)| *id));
    customers
}

/// `most` of them, spread evenly, the same ones each time.
fn spread<T>(all: Vec<T>, most: u64) -> Vec<T> {
    let count = all.len() as u64;
    if count <= most {
        return all;
    }
    let share = |place: u64| u128::from(place) * u128::from(most) / u128::from(count);
    let is_taken = |place: u64| place == 0 || share(place) != share(place - 1);
    let numbered = (0..).zip(all);
    let taken = numbered.filter(|(place, _)| most > 0 && is_taken(*place));
    taken.map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn a_sample_is_spread_evenly_and_has_as_many_as_were_asked_for() {
        assert_eq!(spread((0..10).collect(), 2), [0, 5]);
        assert_eq!(spread((0..10).collect(), 3), [0, 4, 7]);
        assert_eq!(spread((0..3).collect(), 5), [0, 1, 2]);
        for count in 0_u64..50 {
            for most in 1..50 {
                let taken = spread((0..count).collect(), most);
                assert_eq!(taken.len() as u64, count.min(most));
            }
        }
    }
}
