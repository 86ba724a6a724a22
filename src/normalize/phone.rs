//! Phone numbers of the +1 countries, as `+1XXXXXXXXXX`.
//!
//! The phone number library decides which numbers are valid. It costs some 10 µs behind a global lock, so
//! it is asked only where its own table of area codes leaves the answer open. Which digits a cell means is
//! read here: the library takes `(cell)` for 2355 and trips over `+1305-555-0123`.

use compact_str::CompactString;

use super::{area_code::AreaCode, number, phone_note, text};
use crate::{
    private::Private,
    problem::{Code, Repair},
};

/// A valid phone number of a +1 country in E.164.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(Private<CompactString>);

impl PhoneNumber {
    /// Reads the one number in the text. An extension and a word such as `cell` are dropped.
    ///
    /// # Errors
    ///
    /// The `Phone…` codes. Nothing is completed or guessed: digits that a spreadsheet lost, letters
    /// among digits, a second number and notes that may matter (`do not call`) all need a person.
    pub fn parse(text: &str) -> Result<(Self, Option<Repair>), Code> {
        let text = text::trim(text);
        match plain(text) {
            Some(national) => Ok((valid(national)?, None)),
            None => odd(&text.to_ascii_lowercase()),
        }
    }

    /// The number as `+1XXXXXXXXXX`.
    pub fn as_str(&self) -> &str {
        self.0.expose()
    }

    fn of(national: &str) -> Self {
        let mut number = CompactString::const_new("+1");
        number.push_str(national);
        Self(Private::new(number))
    }
}

/// The ten digits of a number written with nothing but digits, spaces, `(`, `)`, `-` and `.`, after an
/// optional `1` or `+1`.
fn plain(text: &str) -> Option<[u8; 10]> {
    let (country, rest) = match text.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if has_float_tail(rest) {
        return None;
    }
    let (mut digits, mut count) = ([0_u8; 11], 0);
    for byte in rest.bytes() {
        match byte {
            b'0'..=b'9' => {
                *digits.get_mut(count)? = byte;
                count += 1;
            }
            b' ' | b'(' | b')' | b'-' | b'.' => (),
            _ => return None,
        }
    }
    match (digits, count) {
        ([national @ .., _], 10) if !country => Some(national),
        ([b'1', national @ ..], 11) => Some(national),
        _ => None,
    }
}

/// `3055550123.0`, which must never read as one digit more.
fn has_float_tail(text: &str) -> bool {
    text.ends_with(".0") || text.ends_with(".00")
}

fn valid(national: [u8; 10]) -> Result<PhoneNumber, Code> {
    let [first, second, third, exchange, ..] = national;
    let area = [first, second, third]
        .iter()
        .fold(0, |value, digit| value * 10 + u16::from(digit - b'0'));
    let digits = std::str::from_utf8(&national).map_err(|_| Code::PhoneNotANumber)?;
    let is_valid = match AreaCode::of(area) {
        // 888-888-8888 could be assigned, and never is what a person meant.
        _ if is_repeated(digits) => false,
        AreaCode::Whole => matches!(exchange, b'2'..=b'9'),
        AreaCode::Partial => is_valid_to_library(digits),
        AreaCode::Unused => false,
    };
    if is_valid {
        Ok(PhoneNumber::of(digits))
    } else {
        Err(Code::PhoneNotAssigned)
    }
}

/// Everything else: what surrounds a number is taken off, then its digits are all there is.
fn odd(text: &str) -> Result<(PhoneNumber, Option<Repair>), Code> {
    if number::is_scientific(text) {
        return Err(Code::PhoneScientific);
    }
    if phone_note::holds_several(text) {
        return Err(Code::PhoneSeveral);
    }
    let (text, float_tail) = without_float_tail(text);
    let (text, extension) = phone_note::without_extension(text);
    let (text, label) = phone_note::without_labels(text).ok_or(Code::PhoneNotANumber)?;
    let (plus, digits) = signs_and_digits(text).ok_or(Code::PhoneNotANumber)?;
    let national = plain(&digits).filter(|_| !plus || digits.len() == 11);
    match national {
        Some(national) => Ok((valid(national)?, extension.or(label).or(float_tail))),
        None => Err(refusal(plus, &digits)),
    }
}

fn without_float_tail(text: &str) -> (&str, Option<Repair>) {
    match text.trim_end_matches('0').strip_suffix('.') {
        Some(number) if has_float_tail(text) => (number, Some(Repair::FloatTail)),
        _ => (text, None),
    }
}

/// Whether a plus comes first, and the digits; none where there are other characters than people put
/// between digits.
fn signs_and_digits(text: &str) -> Option<(bool, String)> {
    let (mut plus, mut digits) = (false, String::with_capacity(text.len()));
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if digits.is_empty() && !plus => plus = true,
            _ if is_separator(c) => (),
            _ => return None,
        }
    }
    (!digits.is_empty()).then_some((plus, digits))
}

/// What people put between digits, typographic dashes among it.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || "()[]-./_,:;*~".contains(c)
        || matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}')
}

/// Asks the library whether ten digits are a valid number of a +1 country.
fn is_valid_to_library(national: &str) -> bool {
    phonenumber::parse(Some(phonenumber::country::US), national)
        .is_ok_and(|number| number.country().code() == 1 && phonenumber::is_valid(&number))
}

/// Why digits are no number of ours, from how many there are.
fn refusal(plus: bool, digits: &str) -> Code {
    let has_country = plus && digits.starts_with('1');
    match digits.len() - usize::from(has_country) {
        7.. if is_repeated(digits) => Code::PhoneNotAssigned,
        _ if is_foreign(plus, digits) => Code::PhoneForeign,
        ..10 => Code::PhoneTooFewDigits,
        _ => Code::PhoneTooManyDigits,
    }
}

/// `+44 …`, or the same behind the prefixes that dial abroad (`011`, `00`).
fn is_foreign(plus: bool, digits: &str) -> bool {
    let abroad = |prefix| {
        let country = digits
            .strip_prefix(prefix)
            .and_then(|rest| rest.bytes().next());
        digits.len() > 10 && country.is_some_and(|digit| matches!(digit, b'2'..=b'9'))
    };
    (plus && !digits.starts_with('1')) || abroad("011") || abroad("00")
}

fn is_repeated(digits: &str) -> bool {
    let mut bytes = digits.bytes();
    bytes
        .next()
        .is_some_and(|first| bytes.all(|byte| byte == first))
}
