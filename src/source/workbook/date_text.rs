//! Serial numbers as dates and times: `2024-01-31`, `2024-01-31T08:30:00`, `08:30:00`.

use chrono::{Datelike, Days, NaiveDate};

use super::cell_text::push_float;

const SECONDS_A_DAY: u64 = 86_400;

/// The last day that has a serial number is 9999-12-31; durations may be as long.
const LAST_SERIAL: f64 = 2_958_466.0;

/// What of a moment a cell shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// The day, and the time unless it is midnight.
    Day,
    /// The time alone.
    Clock,
}

/// Writes the moment that a serial number stands for, rounded to seconds. A number that stands for none is
/// written plain, and no date normalizer takes it.
///
/// Where days count from 1900, the serial number 60 is 1900-02-29, a day that never was: it is written,
/// and refused where dates are read. The days before it are counted right.
pub(super) fn push_serial(text: &mut String, serial: f64, is_1904: bool, moment: Moment) {
    let Some(seconds) = seconds(serial) else {
        return push_float(text, serial);
    };
    let (days, clock) = (seconds / SECONDS_A_DAY, seconds % SECONDS_A_DAY);
    if moment == Moment::Clock || serial < 1.0 && days == 0 {
        return push_clock(text, clock);
    }
    match day(days, is_1904) {
        _ if days == 60 && !is_1904 => text.push_str("1900-02-29"),
        Some((year, month, day)) => {
            push_digits(text, year, 4);
            text.push('-');
            push_digits(text, month, 2);
            text.push('-');
            push_digits(text, day, 2);
        }
        None => return push_float(text, serial),
    }
    if clock > 0 {
        text.push('T');
        push_clock(text, clock);
    }
}

/// Writes a duration as hours, minutes and seconds: `26:03:04`.
pub(super) fn push_duration(text: &mut String, days: f64) {
    let Some(seconds) = seconds(days.abs()) else {
        return push_float(text, days);
    };
    if days < 0.0 && seconds > 0 {
        text.push('-');
    }
    push_digits(text, seconds / 3600, 1);
    push_sixtieths(text, seconds);
}

/// Writes an ISO date or time as it stands, without a time part that says midnight.
pub(super) fn push_iso(text: &mut String, iso: &str) {
    let (day, clock) = iso.split_once('T').unwrap_or((iso, ""));
    let is_midnight = clock
        .trim_end_matches('Z')
        .chars()
        .all(|c| matches!(c, '0' | ':' | '.'));
    let is_day_alone = is_midnight && !day.is_empty();
    text.push_str(if is_day_alone { day } else { iso });
}

/// Writes an ISO duration of hours, minutes and seconds (`PT08H30M00S`) as a clock shows it; any other as
/// it stands.
pub(super) fn push_iso_duration(text: &mut String, iso: &str) {
    let Some(seconds) = iso_seconds(iso) else {
        text.push_str(iso);
        return;
    };
    push_digits(text, seconds / 3600, 2);
    push_sixtieths(text, seconds);
}

fn iso_seconds(iso: &str) -> Option<u64> {
    let (mut total, mut rest) = (0_u64, iso.strip_prefix("PT")?);
    for (unit, seconds) in [('H', 3600), ('M', 60), ('S', 1)] {
        if let Some((number, after)) = rest.split_once(unit) {
            let number = number.split(['.', ',']).next()?;
            total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(seconds)?)?;
            rest = after;
        }
    }
    (rest.is_empty() && iso.len() > 2).then_some(total)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "neither negative nor beyond the last day"
)]
fn seconds(serial: f64) -> Option<u64> {
    let is_day = (0.0..LAST_SERIAL).contains(&serial);
    is_day.then(|| (serial * 86_400.0).round() as u64)
}

fn day(days: u64, is_1904: bool) -> Option<(u64, u64, u64)> {
    let before_first = match (is_1904, days) {
        (true, _) => NaiveDate::from_ymd_opt(1904, 1, 1)?,
        (false, ..60) => NaiveDate::from_ymd_opt(1899, 12, 31)?,
        (false, _) => NaiveDate::from_ymd_opt(1899, 12, 30)?,
    };
    let date = before_first.checked_add_days(Days::new(days))?;
    let year = u64::try_from(date.year())
        .ok()
        .filter(|year| *year < 10_000)?;
    Some((year, date.month().into(), date.day().into()))
}

fn push_clock(text: &mut String, seconds: u64) {
    push_digits(text, seconds / 3600, 2);
    push_sixtieths(text, seconds);
}

/// The minutes and seconds of a number of seconds, each after a colon.
fn push_sixtieths(text: &mut String, seconds: u64) {
    text.push(':');
    push_digits(text, seconds / 60 % 60, 2);
    text.push(':');
    push_digits(text, seconds % 60, 2);
}

/// Writes a number with at least so many digits.
fn push_digits(text: &mut String, number: u64, digits: u32) {
    if number >= 10 || digits > 1 {
        push_digits(text, number / 10, digits.saturating_sub(1));
    }
    text.push(char::from(
        b'0' + u8::try_from(number % 10).unwrap_or_default(),
    ));
}

#[cfg(test)]
mod tests {
    use super::{Moment, push_duration, push_iso, push_iso_duration, push_serial};

    #[test]
    fn serials_are_days_and_clocks() {
        let (day, clock) = (Moment::Day, Moment::Clock);
        let cases = [
            (45_322.0, false, day, "2024-01-31"),
            (45_322.5, false, day, "2024-01-31T12:00:00"),
            (45_322.999_999, false, day, "2024-02-01"),
            (45_322.354_178, false, day, "2024-01-31T08:30:01"),
            (1.0, false, day, "1900-01-01"),
            (59.0, false, day, "1900-02-28"),
            (60.0, false, day, "1900-02-29"),
            (61.0, false, day, "1900-03-01"),
            (2_958_465.0, false, day, "9999-12-31"),
            (2_958_465.999_999_9, false, day, "2958465.9999999"),
            (2_958_466.0, false, day, "2958466"),
            (2_957_003.0, true, day, "9999-12-31"),
            (2_957_004.0, true, day, "2957004"),
            (43_860.0, true, day, "2024-01-31"),
            (60.0, true, day, "1904-03-01"),
            (-1.0, false, day, "-1"),
            (f64::NAN, false, day, "#NUM!"),
            (1e300, false, day, "1E+300"),
            (0.354_166_666_666_667, false, day, "08:30:00"),
            (0.0, false, day, "00:00:00"),
            (0.999_999_9, false, day, "1900-01-01"),
            (45_322.75, false, clock, "18:00:00"),
        ];
        for (serial, is_1904, moment, expected) in cases {
            let mut text = String::new();
            push_serial(&mut text, serial, is_1904, moment);
            assert_eq!(text, expected, "{serial}");
        }
    }

    #[test]
    fn durations_count_hours_beyond_a_day() {
        let written = |days| {
            let mut text = String::new();
            push_duration(&mut text, days);
            text
        };
        assert_eq!(written(0.0), "0:00:00");
        assert_eq!(written(1.085_462_962_963), "26:03:04");
        assert_eq!(written(-0.5), "-12:00:00");
        assert_eq!(written(1e300), "1E+300");
    }

    #[test]
    fn iso_text_loses_midnight_only() {
        let written = |push: fn(&mut String, &str), iso| {
            let mut text = String::new();
            push(&mut text, iso);
            text
        };
        assert_eq!(written(push_iso, "2024-01-31"), "2024-01-31");
        assert_eq!(written(push_iso, "2024-01-31T00:00:00.000Z"), "2024-01-31");
        assert_eq!(
            written(push_iso, "2024-01-31T08:30:00"),
            "2024-01-31T08:30:00"
        );
        assert_eq!(written(push_iso_duration, "PT08H30M00S"), "08:30:00");
        assert_eq!(written(push_iso_duration, "PT26H03M04.5S"), "26:03:04");
        assert_eq!(written(push_iso_duration, "P1D"), "P1D");
        assert_eq!(written(push_iso_duration, "PT"), "PT");
    }
}
