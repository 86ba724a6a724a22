//! What one row says of a record.

use compact_str::CompactString;

use super::Fields;
use crate::problem::Code;

/// What one row says of a customer and of one policy; several drafts of one key become one record.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The customer's own fields.
    pub customer: Fields,
    /// The policy's fields; empty when the row tells of none.
    pub policy: Fields,
    /// Custom field values by their place in the mapping's list, in that order.
    pub custom: Vec<(u16, CompactString)>,
    /// The text of the mapping's `newest` column as a sortable instant: the row with the highest wins
    /// where rows of one key disagree. Seconds since 1970, in whatever zone the column is written.
    pub newest: Option<i64>,
    /// Something valid that would do harm: the record is held back.
    pub hazard: Option<Code>,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Draft({} customer fields, {} policy fields)",
            self.customer.len(),
            self.policy.len()
        )
    }
}
