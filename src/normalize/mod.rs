//! A cell's text made the field's valid value, or the reason why it cannot be.
//!
//! Each file holds one kind of value and the only way to get it, so a value that exists is valid.
//! Everything here is pure: no clock, no file, no network; nothing is guessed silently, every repair is
//! named so that it can be counted. A clean value normalizes to itself.

mod area_code;
mod boolean;
mod choice;
mod civil;
mod clock;
mod cursor;
mod date;
mod date_format;
mod format_error;
mod identifier;
mod json;
mod local_day;
mod money;
mod name;
mod name_parts;
mod number;
mod phone;
mod phone_note;
mod plan_code;
mod postal_code;
mod protection;
mod spreadsheet_error;
mod state_code;
mod text;
mod timestamp;
mod timezone;
mod value;

use chrono::NaiveDate;

pub use clock::clocks_contradict;
pub use date::CalendarDate;
pub use date_format::{DateFormat, DateOutput};
pub use format_error::FormatError;
pub use identifier::{padded, several_ids};
pub use local_day::{Home, StatedZone, local_day};
pub use name_parts::{NamePart, SplitName};
pub use phone::PhoneNumber;
pub use plan_code::plan_code;
pub use postal_code::PostalCode;
pub use protection::{Holds, unprotect};
pub use spreadsheet_error::{UNCALCULATED, spreadsheet_error};
pub use state_code::{StateCode, zone_of_state};
pub use text::is_masked;
pub use timestamp::timestamp;
pub use timezone::TimeZone;
pub use value::{Clean, Value};

use crate::{
    contract::{CustomerId, Kind},
    problem::{Code, Repair},
};

/// What normalizing needs beside the cell.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'m> {
    /// The day by which a date of birth lies in the future, and two-digit years are told apart.
    pub today: NaiveDate,
    /// The only forms in which the column writes dates; empty for the forms that cannot be mistaken.
    pub date_formats: &'m [DateFormat],
    /// How dates other than births are sent.
    pub date_output: &'m DateOutput,
}

/// A cell's text as a value of that kind. White space around the text and inside names is nobody's
/// business; a text that holds nothing else, or only what protects it, gives no value.
///
/// # Errors
///
/// Why the text is no such value.
pub fn normalize(kind: Kind, text: &str, rules: &Rules<'_>) -> Result<Clean, Code> {
    if Holds::of(kind) == Holds::Prose {
        return parse(kind, text, rules);
    }
    bare(text, |text| parse(kind, text, rules))
}

/// What `parse` makes of a code's, number's or date's text without what surrounds it.
fn bare(text: &str, parse: impl FnOnce(&str) -> Result<Clean, Code>) -> Result<Clean, Code> {
    let (visible, control) = text::visible(text);
    let (bare, is_protected) = unprotect(&visible, Holds::Codes);
    let outer = is_protected.then_some(Repair::TextProtection).or(control);
    if bare.is_empty() {
        return Ok(text::nothing(outer));
    }
    let mut clean = parse(&bare)?;
    clean.repair = clean.repair.or(outer);
    Ok(clean)
}

fn parse(kind: Kind, text: &str, rules: &Rules<'_>) -> Result<Clean, Code> {
    Ok(match kind {
        Kind::Text { max } => text::normalize(text, max)?,
        Kind::Name { max } => name::normalize(text, max)?,
        Kind::Identifier { max } => identifier::normalize(text, max)?,
        Kind::Phone => {
            let (phone, repair) = PhoneNumber::parse(text)?;
            Clean::mended(Value::text(phone.as_str()), repair)
        }
        Kind::PostalCode => {
            let (code, repair) = PostalCode::parse(text)?;
            Clean::mended(Value::text(code.as_str()), repair)
        }
        Kind::TimeZone => Clean::of(Value::text(TimeZone::parse(text)?.as_str())),
        Kind::State => Clean::of(Value::text(StateCode::parse(text)?.as_str())),
        Kind::BirthDate => date::normalize_birth(text, rules)?,
        Kind::Date => date::normalize(text, rules)?,
        Kind::Choice(words) => Clean::of(Value::text(choice::parse(text, words)?)),
        Kind::Integer => {
            let (number, repair) = number::parse(text)?;
            Clean::mended(Value::Integer(number), repair)
        }
        Kind::Boolean => Clean::of(Value::Boolean(boolean::parse(text)?)),
        Kind::Uuid => {
            let id = CustomerId::parse(text).ok_or(Code::UuidUnreadable)?;
            Clean::of(Value::text(id.to_string()))
        }
        Kind::Money => Clean::of(Value::text(money::parse(text)?)),
        Kind::Json => json::normalize(text),
    })
}
