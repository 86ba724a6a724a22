//! A day as a text writes it, before anybody asks whether it exists.

use chrono::{Datelike, NaiveDate};

use super::cursor::{Cursor, Digits};
use crate::problem::Code;

/// Year, month and day as written.
#[derive(Clone, Copy)]
pub(super) struct Civil {
    pub(super) year: Year,
    pub(super) month: u32,
    pub(super) day: u32,
}

/// A year as written.
#[derive(Clone, Copy)]
pub(super) enum Year {
    /// In four digits.
    Full(u32),
    /// In two digits.
    Short(u32),
}

impl Civil {
    /// The day on the calendar; a two-digit year lies in this century.
    ///
    /// # Errors
    ///
    /// [`Code::DateImpossible`].
    pub(super) fn on_calendar(self) -> Result<NaiveDate, Code> {
        match self.year {
            Year::Full(year) => self.in_year(year),
            Year::Short(year) => self.in_year(2000 + year),
        }
    }

    /// The same, but a two-digit year lies in the last century where this one's would be after `latest`.
    ///
    /// # Errors
    ///
    /// [`Code::DateImpossible`].
    pub(super) fn not_after(self, latest: NaiveDate) -> Result<NaiveDate, Code> {
        let Year::Short(year) = self.year else {
            return self.on_calendar();
        };
        let latest = (latest.year_ce().1, latest.month(), latest.day());
        if (2000 + year, self.month, self.day) > latest {
            self.in_year(1900 + year)
        } else {
            self.in_year(2000 + year)
        }
    }

    fn in_year(self, year: u32) -> Result<NaiveDate, Code> {
        i32::try_from(year)
            .ok()
            .and_then(|year| NaiveDate::from_ymd_opt(year, self.month, self.day))
            .ok_or(Code::DateImpossible)
    }
}

/// Reads a day off the front of a text, in one of the forms that cannot be mistaken in the United States:
/// `2026-01-05`, `2026/1/5`, `20260105`, `1/5/2026`, `1-5-26`, `Jan 5, 2026`, `5-Jan-2026`.
///
/// # Errors
///
/// [`Code::DateAmbiguous`] for a bare number that could be a year or a spreadsheet's day count,
/// [`Code::DateUnreadable`] for anything else that is no day.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Civil, Code> {
    let Some(first) = cursor.digits(9) else {
        return name_first(cursor).ok_or(Code::DateUnreadable);
    };
    if is_bare_number(first, *cursor) {
        return Err(Code::DateAmbiguous);
    }
    let civil = match first.count {
        8 => compact(first.value),
        4 => year_first(first.value, cursor),
        1 | 2 => year_last(first.value, cursor),
        _ => None,
    };
    civil.ok_or(Code::DateUnreadable)
}

/// The month of that English name, long or cut to three letters (or `Sept`).
pub(super) fn month_of(name: &[u8]) -> Option<u32> {
    let is_name = |full: &str| {
        let short = full.get(..3).unwrap_or(full);
        [full, short]
            .iter()
            .any(|spelling| spelling.as_bytes().eq_ignore_ascii_case(name))
    };
    let place = MONTHS.iter().position(|full| is_name(full));
    let place = place.or_else(|| name.eq_ignore_ascii_case(b"sept").then_some(8))?;
    u32::try_from(place + 1).ok()
}

/// The months' English names.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// At most five digits and nothing behind them but a fraction: `2026`, `44197`, `44197.5`.
fn is_bare_number(first: Digits, mut rest: Cursor<'_>) -> bool {
    let is_alone =
        rest.is_done() || (rest.take(b'.') && rest.digits(9).is_some() && rest.is_done());
    first.count <= 5 && is_alone
}

/// `20260105`. Eight digits that start with no likely year may be month first; nobody can tell.
fn compact(digits: u32) -> Option<Civil> {
    let year = digits / 10_000;
    let is_likely = matches!(year, 1900..=2199 | 9999);
    is_likely.then_some(Civil {
        year: Year::Full(year),
        month: digits / 100 % 100,
        day: digits % 100,
    })
}

/// The rest of `2026-01-05`.
fn year_first(year: u32, cursor: &mut Cursor<'_>) -> Option<Civil> {
    let separator = cursor.take_any(b"-/")?;
    let month = cursor.digits(2)?.value;
    let day = cursor.take(separator).then(|| cursor.digits(2))??.value;
    Some(Civil {
        year: Year::Full(year),
        month,
        day,
    })
}

/// The rest of `1/5/2026` or `5-Jan-2026`. The month comes first; a first number over 12 is a mistake
/// and never taken for a day.
fn year_last(first: u32, cursor: &mut Cursor<'_>) -> Option<Civil> {
    let separator = cursor.take_any(b"-/ ")?;
    if let Some(second) = cursor.digits(2) {
        let is_numeric = separator != b' ' && cursor.take(separator);
        return is_numeric.then_some(Civil {
            year: year(cursor)?,
            month: first,
            day: second.value,
        });
    }
    let month = month_of(cursor.word())?;
    cursor.take(b'.');
    cursor.take(b',');
    cursor.take_any(b"-/ ")?;
    Some(Civil {
        year: year(cursor)?,
        month,
        day: first,
    })
}

/// `Jan 5, 2026`.
fn name_first(cursor: &mut Cursor<'_>) -> Option<Civil> {
    let month = month_of(cursor.word())?;
    cursor.take(b'.');
    cursor.take_any(b" -")?;
    let day = cursor.digits(2)?.value;
    let ordinal = cursor.word();
    let is_ordinal = [&b""[..], b"st", b"nd", b"rd", b"th"]
        .iter()
        .any(|suffix| suffix.eq_ignore_ascii_case(ordinal));
    let has_comma = cursor.take(b',');
    let has_gap = cursor.take_any(b" -").is_some();
    if !is_ordinal || !(has_comma || has_gap) {
        return None;
    }
    Some(Civil {
        year: year(cursor)?,
        month,
        day,
    })
}

fn year(cursor: &mut Cursor<'_>) -> Option<Year> {
    let digits = cursor.digits(5)?;
    match digits.count {
        4 => Some(Year::Full(digits.value)),
        2 => Some(Year::Short(digits.value)),
        _ => None,
    }
}
