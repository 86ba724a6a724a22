//! What sending costs: requests, and the time they take at the rate.

use crate::{client::Rate, contract::Target};

/// How many records a request holds, and how many requests the API takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Records per request.
    pub batch_size: usize,
    /// Requests in a stretch of time.
    pub rate: Rate,
}

impl Default for Pace {
    /// What the API takes by its pages: batches of 100, 60 a minute.
    fn default() -> Self {
        Self {
            batch_size: Target::SyncAca.contract().max_records,
            rate: Rate::default(),
        }
    }
}

impl Pace {
    /// The same for a target, whose own limit stands above it.
    #[must_use]
    pub fn of(self, target: Target) -> Self {
        let most = target.contract().max_records;
        Self {
            batch_size: self.batch_size.min(most),
            ..self
        }
    }

    /// How many requests so many records take.
    pub const fn requests(self, records: u64) -> u64 {
        let size = if self.batch_size == 0 {
            1
        } else {
            self.batch_size as u64
        };
        records.div_ceil(size)
    }

    /// The same in words, with the minutes that they take.
    pub fn cost(self, records: u64) -> String {
        let requests = self.requests(records);
        let minutes = self.rate.time_for(requests).as_secs().div_ceil(60);
        let (requests_end, minutes_end) = (plural(requests), plural(minutes));
        if minutes == 0 {
            format!("{requests} request{requests_end}, at once")
        } else {
            format!("{requests} request{requests_end}, about {minutes} minute{minutes_end}")
        }
    }
}

const fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}
