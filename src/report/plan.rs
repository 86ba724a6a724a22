//! What a sync would do: requests, time at the rate, and when it would be done.

use std::time::Duration;

use chrono::{DateTime, Local, SecondsFormat};
use serde_json::{Value, json};

use super::{clock, counted, duration};
use crate::journal::RecordBooks;

/// What a sync of the staged records would do.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The records as staged.
    pub records: RecordBooks,
    /// How many requests the pending ones take.
    pub requests: u64,
    /// How long that takes at the rate.
    pub expected: Duration,
    /// The wall clock.
    pub now: DateTime<Local>,
}

impl Plan {
    /// The plan in one line.
    pub fn text(&self) -> String {
        let records = self.records;
        let unchanged = match records.unchanged {
            0 => String::new(),
            count => format!(" ({} unchanged and not sent)", counted(count, "record")),
        };
        if records.pending == 0 {
            return format!("a sync would send nothing{unchanged}");
        }
        format!(
            "a sync would send {} in {}{unchanged}: about {} at the rate, done {} if it began now",
            counted(records.pending, "record"),
            counted(self.requests, "request"),
            duration(self.expected.as_secs_f64()),
            clock(self.finish(), self.now)
        )
    }

    /// The plan as JSON.
    pub fn json(&self) -> Value {
        let finish = (self.records.pending > 0).then(|| self.finish());
        json!({
            "unchanged": self.records.unchanged,
            "to_send": self.records.pending,
            "requests": self.requests,
            "seconds": self.expected.as_secs_f64(),
            "finish": finish.map(|finish| finish.to_rfc3339_opts(SecondsFormat::Secs, false)),
        })
    }

    fn finish(&self) -> DateTime<Local> {
        let expected = chrono::Duration::from_std(self.expected).unwrap_or_default();
        let finish = self.now.checked_add_signed(expected);
        finish.unwrap_or(self.now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{Local, TimeZone};

    use super::Plan;
    use crate::journal::RecordBooks;

    #[test]
    fn a_plan_says_when_it_would_be_done_on_the_clock() {
        let plan = |pending, minutes: u64| Plan {
            records: RecordBooks {
                pending,
                unchanged: 3,
                ..RecordBooks::default()
            },
            requests: pending.div_ceil(100),
            expected: Duration::from_secs(60 * minutes),
            now: Local.with_ymd_and_hms(2026, 11, 20, 22, 50, 0).unwrap(),
        };

        assert_eq!(
            plan(6_500, 65).text(),
            "a sync would send 6,500 records in 65 requests (3 records unchanged and not sent): \
             about 1 h 5 min at the rate, done at 23:55 if it began now"
        );
        assert!(
            plan(9_000, 90)
                .text()
                .ends_with("done on 2026-11-21 at 00:20 if it began now")
        );
        assert_eq!(
            plan(0, 0).text(),
            "a sync would send nothing (3 records unchanged and not sent)"
        );
        assert!(plan(0, 0).json()["finish"].is_null());
    }
}
