//! When a row was last touched, as a number that sorts.

use super::{
    civil::{self, Civil},
    cursor::Cursor,
    text,
};

/// A time of day and, where the text tells it, how far its zone lies ahead of UTC. In seconds.
#[derive(Clone, Copy)]
pub(super) struct TimeOfDay {
    pub(super) seconds: i64,
    pub(super) ahead: Option<i64>,
}

/// What follows a date.
#[derive(Clone, Copy)]
pub(super) enum Rest {
    Nothing,
    Time(TimeOfDay),
}

/// Seconds since 1970 for a column that says which row is newest: dates in the forms of `civil::read`,
/// alone or followed by `10:15`, `10:15:30.5`, `10:15 PM`, each with or without a zone. Text without a zone
/// counts as UTC, which sorts well as long as one column keeps to one habit.
pub fn timestamp(text: &str) -> Option<i64> {
    let (text, _) = text::tidy(text);
    let mut cursor = Cursor::new(&text);
    let civil = civil::read(&mut cursor).ok()?;
    let midnight = midnight(civil)?;
    Some(match read_rest(cursor)? {
        Rest::Nothing => midnight,
        Rest::Time(time) => midnight + time.seconds - time.ahead.unwrap_or(0),
    })
}

/// What may follow a date: nothing, or a time of day; none for anything else.
pub(super) fn read_rest(mut cursor: Cursor<'_>) -> Option<Rest> {
    if cursor.is_done() {
        return Some(Rest::Nothing);
    }
    cursor.take(b',');
    let is_apart = cursor.take_any(b"Tt").is_some() || cursor.spaces();
    let time = is_apart.then(|| read(&mut cursor))??;
    cursor.is_done().then_some(Rest::Time(time))
}

fn midnight(civil: Civil) -> Option<i64> {
    let midnight = civil.on_calendar().ok()?.and_hms_opt(0, 0, 0)?;
    Some(midnight.and_utc().timestamp())
}

fn read(cursor: &mut Cursor<'_>) -> Option<TimeOfDay> {
    let hour = cursor.digits(2)?.value;
    let minute = cursor.take(b':').then(|| cursor.exactly(2))??;
    let second = if cursor.take(b':') {
        cursor.exactly(2)?
    } else {
        0
    };
    if cursor.take(b'.') {
        cursor.digits(9)?;
    }
    cursor.spaces();
    let mut word = cursor.word();
    let hour = match half_of_day(word) {
        Some(half) => {
            cursor.spaces();
            word = cursor.word();
            on_24_hours(hour, half)?
        }
        None => hour,
    };
    let ahead = zone(word, cursor)?;
    (hour < 24 && minute < 60 && second <= 60).then_some(TimeOfDay {
        seconds: i64::from(hour * 3600 + minute * 60 + second),
        ahead,
    })
}

/// The first hour of the half of the day that `AM` or `PM` names.
pub(super) fn half_of_day(word: &[u8]) -> Option<u32> {
    if word.eq_ignore_ascii_case(b"am") {
        Some(0)
    } else if word.eq_ignore_ascii_case(b"pm") {
        Some(12)
    } else {
        None
    }
}

fn on_24_hours(hour: u32, half: u32) -> Option<u32> {
    matches!(hour, 1..=12).then_some(hour % 12 + half)
}

/// How far ahead of UTC a zone lies that a text ends with, a word just read or `+05:30`; the inner none
/// is for a text that ends without one.
#[expect(
    clippy::option_option,
    reason = "a text without a zone differs from one whose zone is unknown"
)]
fn zone(word: &[u8], cursor: &mut Cursor<'_>) -> Option<Option<i64>> {
    let hours = match word.to_ascii_uppercase().as_slice() {
        b"" if cursor.is_done() => return Some(None),
        b"" => return offset(cursor).map(Some),
        b"Z" | b"UTC" | b"GMT" => 0,
        b"EDT" => -4,
        b"EST" | b"CDT" => -5,
        b"CST" | b"MDT" => -6,
        b"MST" | b"PDT" => -7,
        b"PST" | b"AKDT" => -8,
        b"AKST" => -9,
        b"HST" => -10,
        _ => return None,
    };
    Some(Some(hours * 3600))
}

/// `+05:30`, `-0500` or `-05`, in seconds.
pub(super) fn offset(cursor: &mut Cursor<'_>) -> Option<i64> {
    let sign = cursor.take_any(b"+-")?;
    let hours = cursor.exactly(2)?;
    let has_colon = cursor.take(b':');
    let minutes = if has_colon || !cursor.is_done() {
        cursor.exactly(2)?
    } else {
        0
    };
    let ahead = i64::from(hours * 3600 + minutes * 60);
    (hours < 24 && minutes < 60).then_some(if sign == b'-' { -ahead } else { ahead })
}
