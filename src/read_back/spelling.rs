//! Whether two values mean the same, however they are spelled.

use chrono::NaiveDate;
use serde_json::Value;

use crate::{
    contract::{CUSTOMER, Field, Kind, Liberty},
    normalize::{self, CalendarDate, DateOutput, PhoneNumber, Rules},
};

/// Whether two values mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    Same,
    Other,
    Untold,
}

/// Compares two values of a field, neither of which is nothing.
pub(super) fn likeness(field: &Field, sent: &Value, read: &Value) -> Likeness {
    let (Some(sent), Some(read)) = (text_of(sent), text_of(read)) else {
        return Likeness::Untold;
    };
    let (sent, read) = (tidy(&sent), tidy(&read));
    let liberty = CUSTOMER.liberty(field.name);
    if sent == read
        || by_kind(field.kind, &sent, &read)
        || liberty.is_some_and(|liberty| by_liberty(liberty, field.kind, (&sent, &read)))
    {
        return Likeness::Same;
    }
    // A mapping may send dates in a form that cannot be told from others.
    let is_date = matches!(field.kind, Kind::Date | Kind::BirthDate);
    let has_no_day = is_date && canonical(field.kind, &sent).is_none();
    if has_no_day || liberty == Some(Liberty::Resolved) {
        Likeness::Untold
    } else {
        Likeness::Other
    }
}

/// Compares two values of a custom field, whose kind nobody here knows.
pub(super) fn likeness_of_free_text(sent: &Value, read: &Value) -> Likeness {
    let is_truth = sent.is_boolean() || read.is_boolean();
    let (Some(sent), Some(read)) = (text_of(sent), text_of(read)) else {
        return Likeness::Untold;
    };
    let (sent, read) = (tidy(&sent), tidy(&read));
    let same = |kind| by_kind(kind, &sent, &read);
    let is_same = sent == read
        || same(Kind::Text { max: usize::MAX })
        || same(Kind::Date)
        || (is_truth && same(Kind::Boolean));
    if is_same {
        Likeness::Same
    } else {
        Likeness::Other
    }
}

fn by_kind(kind: Kind, sent: &str, read: &str) -> bool {
    match kind {
        Kind::Text { .. } => both(decimal, sent, read),
        Kind::Name { .. } | Kind::Identifier { .. } => false,
        Kind::Phone => both(|text| canonical(kind, text), sent, read) || both(digits, sent, read),
        Kind::Choice(_) => {
            both(|text| canonical(kind, text), sent, read) || sent.eq_ignore_ascii_case(read)
        }
        _ => both(|text| canonical(kind, text), sent, read),
    }
}

fn by_liberty(liberty: Liberty, kind: Kind, (sent, read): (&str, &str)) -> bool {
    match liberty {
        Liberty::AnyCase | Liberty::Resolved => sent.to_lowercase() == read.to_lowercase(),
        Liberty::AnyDashes => sent.replace('-', "") == read.replace('-', ""),
        Liberty::AlsoCalled { word, also } => {
            let plain = |text: &str| {
                let text = canonical(kind, text)?;
                Some(if text == also { word.to_owned() } else { text })
            };
            both(plain, sent, read)
        }
        Liberty::MayLack => false,
    }
}

/// True when both have such a form, and it is the same.
fn both(form: impl Fn(&str) -> Option<String>, sent: &str, read: &str) -> bool {
    form(sent).is_some_and(|sent| form(read) == Some(sent))
}

/// The one form of all spellings of a value; none for what is no value of that kind.
fn canonical(kind: Kind, text: &str) -> Option<String> {
    match kind {
        // A time of day behind a day changes nothing, as on the way in.
        Kind::Date | Kind::BirthDate => {
            let date = CalendarDate::parse(text, &[]).ok()??;
            Some(date.day().to_string())
        }
        Kind::Phone => {
            let (phone, _) = PhoneNumber::parse(text).ok()?;
            Some(phone.as_str().to_owned())
        }
        _ => normalized(kind, text),
    }
}

fn normalized(kind: Kind, text: &str) -> Option<String> {
    let output = DateOutput::default();
    let rules = Rules {
        today: NaiveDate::MAX,
        date_formats: &[],
        date_output: &output,
    };
    Some(
        match normalize::normalize(kind, text, &rules).ok()?.value? {
            normalize::Value::Text(text) => text.to_string(),
            normalize::Value::Integer(number) => number.to_string(),
            normalize::Value::Boolean(truth) => truth.to_string(),
            normalize::Value::Json(json) => json.to_string(),
            normalize::Value::Null => return None,
        },
    )
}

/// Without outer white space, with single spaces inside.
fn tidy(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// A number without the zeros at the end of its fraction: `120.50` and `120.5` are one.
fn decimal(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let amount = whole.strip_prefix('-').unwrap_or(whole);
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if amount.is_empty() || !is_number(amount) || !is_number(fraction) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    Some(format!("{whole}.{fraction}"))
}

/// The last ten digits of a phone number that nobody has been given.
fn digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let national = digits.strip_prefix('1').unwrap_or(&digits);
    (national.len() == 10).then(|| national.to_owned())
}

/// A single value as text; none for a list or an object.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
