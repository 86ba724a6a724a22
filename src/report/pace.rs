//! How fast a run was sent, and when nothing was: the pace and the pauses.

use serde_json::{Value, json};

use super::{counted, duration, grouped, moment};
use crate::journal::{Books, Pause, PauseReason};

/// A run's pace and pauses.
#[derive(Debug, Clone)]
pub struct PaceBooks {
    requests: u64,
    records: u64,
    /// How long the run was being sent, pauses and all.
    seconds: f64,
    pauses: Vec<Pause>,
}

/// A shorter time tells no pace.
const SHORTEST: f64 = 1.0;

impl PaceBooks {
    /// What the books and the pauses of a run tell.
    pub fn of(books: &Books, pauses: Vec<Pause>) -> Self {
        let records = books.records;
        Self {
            requests: books.requests.sent,
            records: records.succeeded + records.failed + records.in_doubt,
            seconds: books.seconds.send,
            pauses,
        }
    }

    /// As two lines; nothing for a run of which nothing was sent.
    pub fn text(&self) -> String {
        if self.requests == 0 && self.pauses.is_empty() {
            return String::new();
        }
        let pace = match (self.a_minute(self.requests), self.a_minute(self.records)) {
            (Some(requests), Some(records)) if self.requests > 0 => format!(
                "{} and {} a minute, pauses and all",
                counted(requests, "request"),
                counted(records, "record")
            ),
            _ if self.requests == 0 => "no request left".to_owned(),
            _ => "all in less than a second".to_owned(),
        };
        let pauses = match self.pauses_text() {
            Some(text) => grouped(self.count()) + &text,
            None => "none".to_owned(),
        };
        format!("  pace      {pace}\n  pauses    {pauses}\n")
    }

    /// How many pauses there were.
    pub(super) const fn count(&self) -> u64 {
        self.pauses.len() as u64
    }

    /// What follows their number: how long they were, and why; nothing where there was none.
    pub(super) fn pauses_text(&self) -> Option<String> {
        let longest = self.longest()?;
        let reasons = PauseReason::ALL.into_iter().filter_map(|why| {
            let (count, seconds) = self.of_reason(why);
            let told = format!("{} {}, {}", words(why), grouped(count), duration(seconds));
            (count > 0).then_some(told)
        });
        Some(format!(
            ", {} in all: {}; the longest {} from {} on",
            duration(self.paused()),
            reasons.collect::<Vec<_>>().join("; "),
            duration(seconds(*longest)),
            moment(longest.begun_at)
        ))
    }

    /// As the members `pace` and `pauses`.
    pub fn members(&self) -> [(String, Value); 2] {
        let reasons = PauseReason::ALL.into_iter().map(|why| {
            let (count, seconds) = self.of_reason(why);
            let told = json!({ "count": count, "seconds": seconds });
            (why.as_str().to_owned(), told)
        });
        let longest = self.longest().map(|pause| {
            json!({
                "why": pause.why.as_str(), "begun_at_ms": pause.begun_at, "seconds": seconds(*pause),
            })
        });
        let pace = json!({
            "requests_per_minute": self.a_minute(self.requests),
            "records_per_minute": self.a_minute(self.records),
        });
        let pauses = json!({
            "count": self.pauses.len(), "seconds": self.paused(),
            "by_reason": reasons.collect::<serde_json::Map<_, _>>(), "longest": longest,
        });
        [("pace".to_owned(), pace), ("pauses".to_owned(), pauses)]
    }

    /// How many seconds nothing was sent; where pauses of several reasons overlap, that time counts once.
    fn paused(&self) -> f64 {
        self.paused_between(i64::MIN, i64::MAX)
    }

    /// The same, of a stretch of time in milliseconds since 1970.
    pub(super) fn paused_between(&self, from: i64, to: i64) -> f64 {
        let (mut total, mut counted_to) = (0, from);
        for pause in &self.pauses {
            let (begun, ended) = (pause.begun_at.max(counted_to), pause.ended_at.min(to));
            total += ended.saturating_sub(begun).max(0);
            counted_to = counted_to.max(ended);
        }
        in_seconds(total)
    }

    fn a_minute(&self, count: u64) -> Option<u64> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "not negative, and no count comes near 2^52"
        )]
        (self.seconds >= SHORTEST).then(|| (count as f64 * 60.0 / self.seconds).round() as u64)
    }

    fn of_reason(&self, why: PauseReason) -> (u64, f64) {
        let of_it = self.pauses.iter().filter(|pause| pause.why == why);
        of_it.fold((0, 0.0), |(count, sum), pause| {
            (count + 1, sum + seconds(*pause))
        })
    }

    fn longest(&self) -> Option<&Pause> {
        let longer = |one: &&Pause| one.ended_at - one.begun_at;
        self.pauses.iter().max_by_key(longer)
    }
}

fn seconds(pause: Pause) -> f64 {
    in_seconds(pause.ended_at - pause.begun_at)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no pause comes near 2^52 milliseconds"
)]
fn in_seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

const fn words(why: PauseReason) -> &'static str {
    match why {
        PauseReason::Throttled => "asked to wait (429)",
        PauseReason::Unreachable => "not reached",
        PauseReason::Failing => "failing",
        PauseReason::EarlierRun => "an earlier run's request under way",
        PauseReason::InDoubt => "until what is in doubt could go again",
    }
}

#[cfg(test)]
mod tests {
    use super::PaceBooks;
    use crate::journal::{Pause, PauseReason};

    #[test]
    fn time_in_which_two_pauses_overlap_counts_once() {
        let pause = |why, begun_at, ended_at| Pause {
            why,
            begun_at,
            ended_at,
        };
        let books = PaceBooks {
            requests: 4,
            records: 400,
            seconds: 120.0,
            pauses: vec![
                pause(PauseReason::Throttled, 0, 60_000),
                pause(PauseReason::Unreachable, 10_000, 20_000),
                pause(PauseReason::Unreachable, 50_000, 70_000),
                pause(PauseReason::Throttled, 80_000, 90_000),
            ],
        };

        assert_eq!(
            books.text(),
            "  pace      2 requests and 200 records a minute, pauses and all\n  pauses    4, 1 min 20 s in all: asked to wait (429) 2, 1 min 10 s; not reached 2, 30.0 s; the longest 1 min 0 s from 1970-01-01 00:00:00 UTC on\n"
        );
        assert!((books.paused_between(55_000, 85_000) - 20.0).abs() < 1e-9);
    }
}
