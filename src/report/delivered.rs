//! What the API says that a run has changed: one line of the books.

use super::{counted, grouped};
use crate::journal::EffectsBooks;

/// What was delivered, and what the API did of itself; nothing where no answer tells it. `succeeded` is how
/// many records did.
pub(super) fn delivered_text(effects: &EffectsBooks, succeeded: u64) -> Option<String> {
    if effects.told == 0 {
        return None;
    }
    let customers = match (effects.customers_updated, effects.customers_created) {
        (Some(updated), Some(created)) => format!(
            "{} updated, {} created",
            counted(updated, "customer"),
            grouped(created)
        ),
        _ => counted(effects.told, "customer"),
    };
    let number = |count: Option<u64>| grouped(count.unwrap_or_default());
    let untold = match succeeded.saturating_sub(effects.told) {
        0 => String::new(),
        records => format!("; of {} the API does not tell", counted(records, "record")),
    };
    Some(format!(
        "{customers}; policies {} created, {} updated, {} ended by the API{untold}",
        number(effects.policies_created),
        number(effects.policies_updated),
        number(effects.policies_ended),
    ))
}
