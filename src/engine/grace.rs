//! How long the API still gets to end its work on a request that left some time ago.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What is left of the time that a request gets which left at `since`, in milliseconds since 1970. After the
/// wall clock was set back it is all of it, and never more.
pub(super) fn left_of(grace: Duration, since: i64, now: SystemTime) -> Duration {
    let passed = milliseconds(now).saturating_sub(since);
    grace.saturating_sub(Duration::from_millis(
        u64::try_from(passed).unwrap_or_default(),
    ))
}

/// A moment in milliseconds since 1970, as the journal writes it.
pub(super) fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::left_of;

    #[test]
    fn what_is_left_shrinks_to_nothing_and_never_grows() {
        let minute = Duration::from_secs(60);
        let now = UNIX_EPOCH + Duration::from_secs(1_000);

        for (since, left) in [
            (1_000_000, 60),
            (980_000, 40),
            (940_000, 0),
            (0, 0),
            (2_000_000, 60),
            (i64::MAX, 60),
            (i64::MIN, 0),
        ] {
            assert_eq!(
                left_of(minute, since, now),
                Duration::from_secs(left),
                "{since}"
            );
        }
    }
}
