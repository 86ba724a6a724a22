//! The clock: not behind what is on record, in a year that can be, and in a zone that exists.

use chrono::{DateTime, Datelike, Utc};

use super::Check;
use crate::{cli::settings::Settings, report::duration};

/// Two clocks that agree may differ by so much, in milliseconds.
const SLACK: i64 = 2 * 60 * 1000;
/// A clock that starts anew begins in 1970, or when its maker thought of it.
const YEARS: std::ops::RangeInclusive<i32> = 2025..=2099;

/// The clock against the latest times of journal and ledger, in milliseconds since 1970, and the zone.
pub(super) fn checks(
    settings: &Settings,
    in_journal: Option<i64>,
    in_ledger: Option<i64>,
) -> [Check; 2] {
    let on_record = [("journal", in_journal), ("ledger", in_ledger)];
    let on_record = on_record.map(|(name, at)| (name, at.unwrap_or(0)));
    [against(settings.now(), &on_record), zone(settings)]
}

fn against(now: i64, on_record: &[(&str, i64)]) -> Check {
    let moment = DateTime::<Utc>::from_timestamp_millis(now).unwrap_or_default();
    let shown = moment.format("%Y-%m-%d %H:%M UTC");
    let advice = "set it, and have it kept right (NTP)";
    if !YEARS.contains(&moment.year()) {
        return Check::fail("clock", format!("it says {shown}, which cannot be"), advice);
    }
    let latest = on_record.iter().max_by_key(|(_, at)| *at);
    match latest {
        Some((name, at)) if at.saturating_sub(now) > SLACK => {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a length of time that is told in two units"
            )]
            let behind = duration((at - now) as f64 / 1000.0);
            let finding = format!("it says {shown}, {behind} before the latest time in the {name}");
            Check::fail("clock", finding, advice)
        }
        _ => Check::ok("clock", format!("it says {shown}")),
    }
}

/// A zone that nobody knows is taken for UTC without a word.
fn zone(settings: &Settings) -> Check {
    let here = settings.local_now();
    let finding = format!("{} here", here.format("%H:%M (UTC%:z)"));
    let named = Settings::zone_name();
    let is_unknown = named.as_deref().is_some_and(|name| !is_known(name));
    if is_unknown && here.offset().local_minus_utc() == 0 {
        let name = named.unwrap_or_default();
        let finding = format!("{finding}, as TZ={name} is no zone that is known here");
        return Check::warn(
            "time zone",
            finding,
            "set TZ to a name such as America/New_York",
        );
    }
    Check::ok("time zone", finding)
}

fn is_known(name: &str) -> bool {
    let name = name.trim_start_matches(':');
    name.starts_with('/') || name.parse::<chrono_tz::Tz>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{super::Level, SLACK, against};

    /// 2026-03-15 12:00:00 UTC.
    const NOON: i64 = 1_773_576_000_000;

    #[test]
    fn a_clock_is_right_in_a_year_that_can_be_and_not_before_what_is_on_record() {
        for (now, on_record, level) in [
            (NOON, 0, Level::Ok),
            (NOON, NOON, Level::Ok),
            (NOON, NOON + SLACK, Level::Ok),
            (NOON, NOON + SLACK + 1, Level::Fail),
            (0, 0, Level::Fail),
            (4_102_444_800_000, 0, Level::Fail),
            (i64::MAX, 0, Level::Fail),
        ] {
            let check = against(now, &[("journal", 0), ("ledger", on_record)]);

            assert_eq!(check.level, level, "{now} {on_record} {}", check.finding);
        }
    }
}
