//! What would be made is looked for first: a customer that has it already, or something like it, is not given
//! a second one.

use super::SendOptions;
use crate::{
    client::{Client, Reading, StopSignal},
    contract::CustomerId,
    engine::{Error, Event, Stopped, read_customer},
    journal::Journal,
    problem::Code,
    read_back::{Judgement, compare},
    record::{RecordId, RunId},
};

/// Reads the customers of a run's unsent records, and holds back those whose policy is there already, as far
/// as can be told. Gives the reason when it ended early.
pub(super) async fn hold(
    journal: &mut Journal,
    run: RunId,
    client: &Client,
    (options, stop): (&SendOptions, &StopSignal),
    observe: &mut dyn FnMut(Event),
) -> Result<Option<Stopped>, Error> {
    let unsent = journal.unsent(run, options.limit.unwrap_or(u64::MAX))?;
    if unsent.is_empty() {
        return Ok(None);
    }
    let contract = options.target.contract();
    let mut bodies = journal.pending(run)?;
    let customers = by_customer(unsent);
    let of = customers.len() as u64;
    client.announce(of.saturating_mul(2));
    for (done, (customer, ids)) in (0..).zip(&customers) {
        let left = client.plan(of - done);
        observe(Event::ReadingBack { done, of, left });
        let shown = match read_customer(client, *customer, stop, observe).await {
            Reading::Found(shown) => shown,
            // The request itself will be told so.
            Reading::NotFound | Reading::Refused { .. } => continue,
            Reading::Unreadable => {
                let why = "the API shows customers in a way that cannot be read";
                return Ok(Some(Stopped::Unreachable(why.to_owned())));
            }
            Reading::Unreachable(why) => return Ok(Some(Stopped::Unreachable(why))),
            Reading::NoLedger(why) => return Ok(Some(Stopped::NoLedger(why))),
            Reading::Halt(halt) => return Ok(Some(halt.into())),
        };
        let mut there = Vec::new();
        for record in journal.outgoing(&mut bodies, ids)? {
            let comparison = compare(contract, &record.body, shown.expose());
            let broken = Error::Broken("a kept body is no JSON object");
            if comparison.ok_or(broken)?.judgement() != Judgement::NotApplied {
                there.push(record.id);
            }
        }
        if !there.is_empty() {
            journal.hold(&there, Code::PolicyExists)?;
        }
    }
    Ok(None)
}

/// The records by customer, in the order of the run; those of one customer share a question.
fn by_customer(mut unsent: Vec<(RecordId, CustomerId)>) -> Vec<(CustomerId, Vec<RecordId>)> {
    unsent.sort_by_key(|(id, customer)| (*customer, *id));
    let chunks = unsent.chunk_by(|one, other| one.1 == other.1);
    let customers = chunks.filter_map(|chunk| {
        let ids = chunk.iter().map(|(id, _)| *id).collect();
        Some((chunk.first()?.1, ids))
    });
    let mut customers: Vec<(CustomerId, Vec<RecordId>)> = customers.collect();
    customers.sort_by_key(|(_, ids)| ids.first().copied());
    customers
}
