//! Until when a command may send: a time of day, or so long from now.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone};

use super::args::parse_time;

/// A deadline as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deadline {
    /// The next time that the clock here shows this.
    At(NaiveTime),
    /// So long from now.
    In(Duration),
}

impl Deadline {
    /// A deadline written as `05:30`, `90m` or `2h`.
    ///
    /// # Errors
    ///
    /// What to write instead, when the text is none of these.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let at = NaiveTime::parse_from_str(text, "%H:%M").map(Self::At);
        at.or_else(|_| parse_time(text).map(Self::In))
            .map_err(|_| "write a time of day or how long from now: 05:30, 90m, 2h".to_owned())
    }

    /// When it comes, asked at `now`.
    pub(super) fn moment<Z: TimeZone>(self, now: &DateTime<Z>) -> DateTime<Z> {
        match self {
            Self::At(time) => next(time, now),
            Self::In(length) => TimeDelta::from_std(length)
                .ok()
                .and_then(|length| now.clone().checked_add_signed(length))
                .unwrap_or_else(|| now.clone()),
        }
    }
}

/// The next moment at which the clock shows `time`. An hour that summer time skips is taken an hour later,
/// one that comes twice for the first time.
fn next<Z: TimeZone>(time: NaiveTime, now: &DateTime<Z>) -> DateTime<Z> {
    let today = now.date_naive();
    let on = |day: NaiveDate| {
        let local = day.and_time(time);
        let zone = now.timezone();
        zone.from_local_datetime(&local).earliest().or_else(|| {
            zone.from_local_datetime(&(local + TimeDelta::hours(1)))
                .earliest()
        })
    };
    let days = (0..=2).filter_map(|ahead| today.checked_add_days(Days::new(ahead)));
    days.filter_map(on)
        .find(|moment| moment > now)
        .unwrap_or_else(|| now.clone())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeZone};
    use chrono_tz::America::New_York;

    use super::Deadline;

    fn moment(text: &str, now: (i32, u32, u32, u32, u32)) -> DateTime<chrono_tz::Tz> {
        let (year, month, day, hour, minute) = now;
        let now = New_York
            .with_ymd_and_hms(year, month, day, hour, minute, 0)
            .unwrap();
        Deadline::parse(text).unwrap().moment(&now)
    }

    #[test]
    fn it_is_the_next_such_time_of_day_or_so_long_from_now() {
        let evening = (2026, 1, 31, 22, 15);
        for (text, now, expected) in [
            ("05:30", evening, "2026-02-01T05:30:00-05:00"),
            ("23:00", evening, "2026-01-31T23:00:00-05:00"),
            ("22:15", evening, "2026-02-01T22:15:00-05:00"),
            ("0:05", evening, "2026-02-01T00:05:00-05:00"),
            ("90m", evening, "2026-01-31T23:45:00-05:00"),
            ("2h", evening, "2026-02-01T00:15:00-05:00"),
            ("90s", evening, "2026-01-31T22:16:30-05:00"),
            // Clocks go from 2:00 to 3:00, and from 2:00 back to 1:00.
            ("02:30", (2026, 3, 8, 0, 0), "2026-03-08T03:30:00-04:00"),
            ("01:30", (2026, 11, 1, 0, 0), "2026-11-01T01:30:00-04:00"),
        ] {
            assert_eq!(moment(text, now).to_rfc3339(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "5", "25:00", "05:61", "5:30pm", "-2h", "tomorrow"] {
            assert!(Deadline::parse(text).is_err(), "{text}");
        }
    }
}
