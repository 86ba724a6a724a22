//! Whether one JSON value is what a field takes, read off the pages and not off our own normalizing.

use std::ops::Range;

use serde_json::{Number, Value};

use crate::contract::{CustomerId, Kind};

/// Whose field a value is: the pages limit a customer's state to 50 characters, a policy's to 2 letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Customer,
    Policy,
}

/// How a value of the right type misses what is asked for.
#[derive(Debug)]
pub(super) struct Misfit {
    pub(super) code: &'static str,
    pub(super) expected: String,
}

/// The JSON type that a kind is written in.
pub(super) const fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "integer",
        Kind::Boolean => "boolean",
        _ => "string",
    }
}

/// True when the value has the kind's JSON type.
pub(super) fn has_type(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Integer => value.as_number().is_some_and(is_whole),
        Kind::Boolean => value.is_boolean(),
        Kind::Json => true,
        _ => value.is_string(),
    }
}

/// The name of a value's JSON type, as the API's `received` gives it.
pub(super) fn name_of(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}

/// Checks a value that [`has_type`].
///
/// # Errors
///
/// What is expected instead.
pub(super) fn check(kind: Kind, level: Level, value: &Value) -> Result<(), Misfit> {
    match (kind, value) {
        (Kind::Integer, Value::Number(number)) => {
            let number = number.as_i64().unwrap_or(i64::MAX);
            let code = if number < 0 { "too_small" } else { "too_big" };
            ask(i32::try_from(number).is_ok(), code, "an integer of 32 bits")
        }
        (_, Value::String(text)) => check_text(kind, level, text),
        _ => Ok(()),
    }
}

fn check_text(kind: Kind, level: Level, text: &str) -> Result<(), Misfit> {
    match kind {
        Kind::Text { max } | Kind::Name { max } | Kind::Identifier { max } => at_most(text, max),
        Kind::State if level == Level::Customer => at_most(text, 50),
        Kind::State => ask(is_two_letters(text), "invalid_string", "2 letters"),
        Kind::Phone => ask(
            is_phone(text),
            "invalid_string",
            "+1XXXXXXXXXX, XXXXXXXXXX or (XXX) XXX-XXXX",
        ),
        Kind::PostalCode => ask(
            text.len() == 5 && is_digits(text),
            "invalid_string",
            "5 digits",
        ),
        Kind::TimeZone => ask(
            is_time_zone(text),
            "invalid_string",
            "an IANA time zone, or EST, CST, MST, PST",
        ),
        Kind::BirthDate => ask(
            is_birth_date(text),
            "invalid_string",
            "MM-DD-YYYY or MM/DD/YYYY",
        ),
        Kind::Choice(words) => {
            let listed = words.iter().any(|word| word.text == text);
            ask(listed, "invalid_enum_value", &kind.describe())
        }
        Kind::Uuid => ask(
            CustomerId::parse(text).is_some(),
            "invalid_string",
            "a UUID",
        ),
        // No page gives a policy's dates or money a pattern.
        Kind::Date | Kind::Money | Kind::Json | Kind::Integer | Kind::Boolean => Ok(()),
    }
}

/// The limits count UTF-16 units, as a JSON schema on a JavaScript server does.
fn at_most(text: &str, max: usize) -> Result<(), Misfit> {
    let fits = text.encode_utf16().count() <= max;
    ask(fits, "too_big", &format!("at most {max} characters"))
}

fn ask(fits: bool, code: &'static str, expected: &str) -> Result<(), Misfit> {
    if fits {
        return Ok(());
    }
    Err(Misfit {
        code,
        expected: expected.to_owned(),
    })
}

fn is_whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64()
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_two_letters(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_phone(text: &str) -> bool {
    let ten = |digits: &str| digits.len() == 10 && is_digits(digits);
    ten(text.strip_prefix("+1").unwrap_or(text)) || looks_like(text, "(000) 000-0000")
}

/// `^(0[1-9]|1[0-2])[-/](0[1-9]|[12]\d|3[01])[-/]\d{4}$`, the page's own pattern.
fn is_birth_date(text: &str) -> bool {
    let slashed = text.replace('-', "/");
    let part = |range: Range<usize>| slashed.get(range)?.parse().ok();
    looks_like(&slashed, "00/00/0000")
        && part(0..2).is_some_and(|month: u8| (1..=12).contains(&month))
        && part(3..5).is_some_and(|day: u8| (1..=31).contains(&day))
}

fn is_time_zone(text: &str) -> bool {
    let is_part = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte);
        !part.is_empty() && part.bytes().all(allowed)
    };
    matches!(text, "EST" | "CST" | "MST" | "PST")
        || (text.contains('/') && text.split('/').all(is_part))
}

/// True when the text has the pattern's characters, and a digit wherever the pattern has a 0.
fn looks_like(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(byte, wanted)| match wanted {
                b'0' => byte.is_ascii_digit(),
                _ => byte == wanted,
            })
}

#[cfg(test)]
mod tests {
    use super::{is_birth_date, is_phone, is_time_zone};

    #[test]
    fn only_the_three_shapes_of_the_page_are_phone_numbers() {
        for shape in ["+13055550123", "3055550123", "(305) 555-0123"] {
            assert!(is_phone(shape), "{shape}");
        }
        for shape in [
            "305-555-0123",
            "13055550123",
            "+1 3055550123",
            "(305)555-0123",
            "305555012",
            "+443055550123",
            "٣٠٥٥٥٥٠١٢٣",
        ] {
            assert!(!is_phone(shape), "{shape}");
        }
    }

    #[test]
    fn dates_of_birth_follow_the_pattern_of_the_page() {
        for date in ["01/31/1980", "12-01-1980", "02/31/1980", "02-03/1980"] {
            assert!(is_birth_date(date), "{date}");
        }
        for date in [
            "1/31/1980",
            "13/01/1980",
            "00/10/1980",
            "01/32/1980",
            "01/00/1980",
            "1980-01-31",
            "01/31/80",
            "01.31.1980",
        ] {
            assert!(!is_birth_date(date), "{date}");
        }
    }

    #[test]
    fn time_zones_are_iana_names_or_four_abbreviations() {
        for zone in ["America/New_York", "America/Indiana/Knox", "EST", "PST"] {
            assert!(is_time_zone(zone), "{zone}");
        }
        for zone in [
            "EDT",
            "Eastern",
            "America/",
            "/New_York",
            "America/New York",
            "",
            "est",
        ] {
            assert!(!is_time_zone(zone), "{zone}");
        }
    }
}
