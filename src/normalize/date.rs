//! Calendar days: no time zone ever touches one.

use chrono::{Datelike, NaiveDate};

use super::{
    Clean, DateFormat, DateOutput, Rules, Value,
    civil::{self, Civil},
    cursor::Cursor,
    text,
    timestamp::{self, Rest},
};
use crate::{
    private::Private,
    problem::{Code, Repair},
};

/// Nobody alive was born earlier, and no policy is older.
const FIRST_YEAR: i32 = 1900;
/// From here on a year stands for "no end", as in 12/31/9999.
const FIRST_ENDLESS_YEAR: i32 = 2099;

/// A day that exists, from 1900 to 2098.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CalendarDate(Private<NaiveDate>);

impl CalendarDate {
    /// Reads a date; none where it stands for "no end". A two-digit year lies in this century.
    ///
    /// # Errors
    ///
    /// The `Date…` codes.
    pub fn parse(text: &str, formats: &[DateFormat]) -> Result<Option<Self>, Code> {
        let date = read(text, formats, |civil, _| civil.on_calendar())?;
        Self::in_range(date)
    }

    /// The date; none where it stands for "no end".
    ///
    /// # Errors
    ///
    /// [`Code::DateOutOfRange`].
    pub(super) fn in_range(date: NaiveDate) -> Result<Option<Self>, Code> {
        match date.year() {
            ..FIRST_YEAR => Err(Code::DateOutOfRange),
            FIRST_ENDLESS_YEAR.. => Ok(None),
            _ => Ok(Some(Self(Private::new(date)))),
        }
    }

    /// Reads a date of birth. A two-digit year lies in the century that puts it no later than `today`.
    ///
    /// # Errors
    ///
    /// The `Date…` codes.
    pub fn of_birth(text: &str, formats: &[DateFormat], today: NaiveDate) -> Result<Self, Code> {
        let date = read(text, formats, |civil, _| civil.not_after(today))?;
        if !(FIRST_YEAR..FIRST_ENDLESS_YEAR).contains(&date.year()) {
            Err(Code::DateOutOfRange)
        } else if date > today {
            Err(Code::DateInFuture)
        } else {
            Ok(Self(Private::new(date)))
        }
    }

    /// The day.
    pub const fn day(&self) -> NaiveDate {
        *self.0.expose()
    }
}

/// A date as it stands: a time of day behind it changes nothing.
pub(super) fn normalize(text: &str, rules: &Rules<'_>) -> Result<Clean, Code> {
    let date = CalendarDate::parse(text, rules.date_formats)?;
    Ok(written(date, rules))
}

/// A date in the output format of the rules.
pub(super) fn written(date: Option<CalendarDate>, rules: &Rules<'_>) -> Clean {
    match date {
        Some(date) => Clean::of(Value::Text(rules.date_output.write(date.day()))),
        None => Clean::nothing(Repair::EndlessDate),
    }
}

/// A date of birth as `MM/DD/YYYY`, the only form that the API takes.
pub(super) fn normalize_birth(text: &str, rules: &Rules<'_>) -> Result<Clean, Code> {
    let date = CalendarDate::of_birth(text, rules.date_formats, rules.today)?;
    Ok(Clean::of(Value::Text(DateOutput::write_us(date.day()))))
}

/// What `place` makes of the date and of what follows it.
pub(super) fn read<T>(
    text: &str,
    formats: &[DateFormat],
    place: impl Fn(Civil, Rest) -> Result<T, Code>,
) -> Result<T, Code> {
    // Newer programs put a no-break space before PM.
    let (text, _) = text::tidy(text);
    if formats.is_empty() {
        let (civil, rest) = default_form(&text)?;
        place(civil, rest)
    } else {
        in_formats(&text, formats, place)
    }
}

fn default_form(text: &str) -> Result<(Civil, Rest), Code> {
    let mut cursor = Cursor::new(text);
    let civil = civil::read(&mut cursor)?;
    match timestamp::read_rest(cursor) {
        Some(rest) => Ok((civil, rest)),
        None => Err(Code::DateUnreadable),
    }
}

/// The first format that gives a day; else the most telling reason why none does.
fn in_formats<T>(
    text: &str,
    formats: &[DateFormat],
    place: impl Fn(Civil, Rest) -> Result<T, Code>,
) -> Result<T, Code> {
    let mut refusal = match civil::read(&mut Cursor::new(text)) {
        Err(code) => code,
        Ok(_) => Code::DateUnreadable,
    };
    for format in formats {
        match format.read(text).map(|(civil, rest)| place(civil, rest)) {
            Some(Ok(date)) => return Ok(date),
            Some(Err(code)) => refusal = code,
            None => (),
        }
    }
    Err(refusal)
}
