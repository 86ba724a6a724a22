//! What reading a run's customers back has counted: customers by how they are shown, findings by field.

use serde_json::Value;

use super::{Compared, Comparison, Finding};
use crate::{contract::CustomerId, private::Private};

/// How much is kept beside the counts.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// So many first places of each finding.
    pub first: usize,
    /// So many first findings with their values.
    pub examples: usize,
}

/// The counts. Records that succeeded are without an id, of a strange id, overtaken, or about one of the
/// customers; customers that were asked for were read, are not found, or are not readable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records of the run that succeeded.
    pub succeeded: u64,
    /// Those whose customer the API's answer did not name.
    pub without_id: u64,
    /// Those whose customer it named by something that is no id.
    pub strange_id: u64,
    /// Those whose customer a later run has sent again.
    pub overtaken: u64,
    /// Those that were compared with what the API shows.
    pub compared: u64,
    /// Customers that are to be read.
    pub customers: u64,
    /// Customers that are shown as they were sent.
    pub same: u64,
    /// Those that are not.
    pub different: u64,
    /// Customers that the API does not know any more.
    pub not_found: u64,
    /// Customers for whom it had no readable answer.
    pub not_readable: u64,
}

/// How often a field was found so, and where first. `P` is a place: where a record came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFinding<P> {
    /// The field: `firstName`, `policies.status`; `policies` is a whole one.
    pub field: String,
    /// What was found.
    pub finding: Finding,
    /// How often.
    pub count: u64,
    /// The first places.
    pub first: Vec<P>,
}

/// One finding with its values.
#[derive(Debug, Clone)]
pub struct Example<P> {
    /// The customer.
    pub customer: CustomerId,
    /// Where the record came from.
    pub place: P,
    /// The field, with the policy's place in the body.
    pub path: String,
    /// What was found.
    pub finding: Finding,
    /// What was sent.
    pub sent: Private<Value>,
    /// What is shown.
    pub read: Private<Value>,
}

/// Counts and findings.
#[derive(Debug, Clone)]
pub struct Tally<P> {
    /// The counts.
    pub counts: Counts,
    /// Whatever is not just as it was sent, in the order of meeting it.
    pub findings: Vec<FieldFinding<P>>,
    /// Where customers are not there any more: the first places.
    pub not_found: Vec<P>,
    /// The first findings, with their values.
    pub examples: Vec<Example<P>>,
    keep: Keep,
}

impl Counts {
    /// Customers that were read.
    pub const fn read(&self) -> u64 {
        self.same + self.different
    }

    /// Customers for whom there is an answer, of whatever kind.
    pub const fn answered(&self) -> u64 {
        self.read() + self.not_found + self.not_readable
    }

    /// True when something is not as it should be, or nothing could be compared of what succeeded.
    pub const fn needs_attention(&self) -> bool {
        let nothing = self.succeeded > self.overtaken && self.customers == 0;
        nothing || self.different + self.not_found + self.not_readable > 0
    }
}

impl<P: Copy + PartialEq> Tally<P> {
    /// A tally that begins with these counts.
    pub const fn new(counts: Counts, keep: Keep) -> Self {
        Self {
            counts,
            findings: Vec::new(),
            not_found: Vec::new(),
            examples: Vec::new(),
            keep,
        }
    }

    /// A tally of what nothing is asked about.
    pub const fn before(counts: Counts) -> Self {
        let keep = Keep {
            first: 0,
            examples: 0,
        };
        Self::new(counts, keep)
    }

    /// Counts a customer with the comparisons of its bodies.
    pub fn count_read(&mut self, customer: CustomerId, comparisons: Vec<(P, Comparison)>) {
        let differs = comparisons.iter().any(|(_, one)| one.differs());
        self.counts.compared += comparisons.len() as u64;
        if differs {
            self.counts.different += 1;
        } else {
            self.counts.same += 1;
        }
        for (place, comparison) in comparisons {
            for compared in comparison.fields {
                if compared.finding != Finding::Same {
                    self.note((customer, place), compared);
                }
            }
        }
    }

    /// Counts a customer that the API does not know.
    pub fn count_not_found(&mut self, places: impl IntoIterator<Item = P>) {
        self.counts.not_found += 1;
        for place in places {
            note_first(&mut self.not_found, place, self.keep.first);
        }
    }

    fn note(&mut self, (customer, place): (CustomerId, P), compared: Compared) {
        let finding = compared.finding;
        let is_it =
            |one: &&mut FieldFinding<P>| one.finding == finding && one.field == compared.field;
        match self.findings.iter_mut().find(is_it) {
            Some(known) => {
                known.count += 1;
                note_first(&mut known.first, place, self.keep.first);
            }
            None => self.findings.push(FieldFinding {
                field: compared.field.clone(),
                finding,
                count: 1,
                first: vec![place],
            }),
        }
        if self.examples.len() < self.keep.examples {
            self.examples.push(Example {
                customer,
                place,
                path: compared.path(),
                finding,
                sent: compared.sent,
                read: compared.read,
            });
        }
    }
}

fn note_first<P: PartialEq>(first: &mut Vec<P>, place: P, most: usize) {
    if first.len() < most && first.last() != Some(&place) {
        first.push(place);
    }
}
