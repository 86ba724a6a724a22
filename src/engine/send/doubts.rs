//! What became of requests that are never repeated blindly: their customers are read back, what is there has
//! succeeded, and what is not may go again.

use super::SendOptions;
use crate::{
    client::{Client, StopSignal},
    engine::{Asking, Error, Event, Resolved, resolve_by_reading},
    journal::Journal,
    record::RunId,
};

/// Settles what is in doubt of a run as far as reading its customers back makes it certain. The rest stays in
/// doubt, for a person's word.
pub(super) async fn settle(
    journal: &mut Journal,
    run: RunId,
    client: &Client,
    (options, stop): (&SendOptions, &StopSignal),
    observe: &mut dyn FnMut(Event),
) -> Result<Resolved, Error> {
    let doubtful = journal.doubtful(run)?;
    if doubtful.is_empty() {
        return Ok(Resolved::default());
    }
    let asking = Asking {
        client,
        contract: options.target.contract(),
        resend_after: options.resend_after,
        clock: &options.clock,
        stop,
    };
    resolve_by_reading(journal, run, &doubtful, &asking, observe).await
}
