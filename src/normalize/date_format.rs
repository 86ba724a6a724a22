//! How a mapping says which dates a column holds, and how dates are written.

use chrono::{Datelike, NaiveDate};
use compact_str::CompactString;

use super::{
    civil::{self, Civil, MONTHS, Year},
    cursor::Cursor,
    format_error::FormatError,
    timestamp::{self, Rest, TimeOfDay},
};

/// A form in which a column writes dates, such as `%m/%d/%Y`.
///
/// Years are read in exactly four (`%Y`) or two (`%y`) digits, so that neither is ever taken for the
/// other. Hours, minutes, seconds, halves of the day and zones are read, and make a difference only where
/// the mapping says in which zone they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    parts: Vec<Part>,
}

/// The form in which dates are sent; ISO (`%Y-%m-%d`) unless a mapping says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateOutput {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    ShortYear,
    Month {
        padded: bool,
    },
    MonthName {
        full: bool,
    },
    Day {
        padded: bool,
    },
    /// Hours, minutes or seconds, and the first number too large for them.
    Clock {
        below: u32,
        specifier: &'static str,
    },
    HalfOfDay,
    Zone,
    Literal(char),
}

impl DateFormat {
    /// Reads a format and checks that it says day, month and year once each.
    ///
    /// # Errors
    ///
    /// [`FormatError`].
    pub fn parse(format: &str) -> Result<Self, FormatError> {
        parts(format).map(|parts| Self { parts })
    }

    /// True when it has a time of day.
    pub fn has_time(&self) -> bool {
        let is_hour = |part: &Part| matches!(part, Part::Clock { below: 13 | 24, .. });
        self.parts.iter().any(is_hour)
    }

    /// The day that the text says in this form, and its time of day; none when it has another form.
    pub(super) fn read(&self, text: &str) -> Option<(Civil, Rest)> {
        read(&self.parts, text)
    }
}

/// What a text has said so far.
struct Said {
    civil: Civil,
    hour: Option<u32>,
    /// Since the hour began.
    seconds: u32,
    /// The first hour of the half of the day.
    half: Option<u32>,
    ahead: Option<i64>,
}

impl Said {
    fn clock(&mut self, number: u32, specifier: &str) {
        match specifier {
            "%S" => self.seconds += number,
            "%M" => self.seconds += number * 60,
            _ => self.hour = Some(number),
        }
    }

    fn rest(&self) -> Rest {
        let Some(hour) = self.hour else {
            return Rest::Nothing;
        };
        let hour = self.half.map_or(hour, |half| hour % 12 + half);
        Rest::Time(TimeOfDay {
            seconds: i64::from(hour * 3600 + self.seconds),
            ahead: self.ahead,
        })
    }
}

impl DateOutput {
    /// Reads a format for dates that are sent: `%Y`, `%m`, `%d`, `%b`, `%B`, `%-m`, `%-d` and `%F`.
    ///
    /// # Errors
    ///
    /// [`FormatError`].
    pub fn parse(format: &str) -> Result<Self, FormatError> {
        let parts = parts(format)?;
        match parts.iter().find_map(|part| part.not_sent()) {
            Some(specifier) => Err(FormatError::NotSent { specifier }),
            None => Ok(Self { parts }),
        }
    }

    /// The day of a text that was written in this form; none when it was not.
    pub fn read(&self, text: &str) -> Option<NaiveDate> {
        read(&self.parts, text)?.0.on_calendar().ok()
    }

    pub(super) fn write(&self, date: NaiveDate) -> CompactString {
        let mut text = CompactString::default();
        for part in &self.parts {
            part.write(date, &mut text);
        }
        text
    }

    /// `MM/DD/YYYY`.
    pub(super) fn write_us(date: NaiveDate) -> CompactString {
        let mut text = CompactString::default();
        push(&mut text, date.month(), 2);
        text.push('/');
        push(&mut text, date.day(), 2);
        text.push('/');
        push(&mut text, date.year_ce().1, 4);
        text
    }
}

impl Default for DateOutput {
    fn default() -> Self {
        Self {
            parts: ISO.to_vec(),
        }
    }
}

const ISO: [Part; 5] = [
    Part::Year,
    Part::Literal('-'),
    Part::Month { padded: true },
    Part::Literal('-'),
    Part::Day { padded: true },
];

const SHORT_US: [Part; 5] = [
    Part::Month { padded: true },
    Part::Literal('/'),
    Part::Day { padded: true },
    Part::Literal('/'),
    Part::ShortYear,
];

fn parts(format: &str) -> Result<Vec<Part>, FormatError> {
    let (mut parts, mut rest) = (Vec::new(), format.chars());
    while let Some(c) = rest.next() {
        if c == '%' {
            specifier(&mut rest, &mut parts)?;
        } else {
            parts.push(Part::Literal(c));
        }
    }
    once(&parts, "year", "%Y", |part| {
        matches!(part, Part::Year | Part::ShortYear)
    })?;
    once(&parts, "month", "%m", |part| {
        matches!(part, Part::Month { .. } | Part::MonthName { .. })
    })?;
    once(&parts, "day", "%d", |part| matches!(part, Part::Day { .. }))?;
    Ok(parts)
}

fn specifier(rest: &mut std::str::Chars<'_>, parts: &mut Vec<Part>) -> Result<(), FormatError> {
    let mut c = rest.next().ok_or(FormatError::Dangling)?;
    let padded = c != '-';
    if !padded {
        c = rest.next().ok_or(FormatError::Dangling)?;
    }
    if let Some(date) = composite(c).filter(|_| padded) {
        parts.extend(date);
        return Ok(());
    }
    let clock = |below, specifier| Part::Clock { below, specifier };
    parts.push(match c {
        'm' => Part::Month { padded },
        'd' => Part::Day { padded },
        _ if !padded => return Err(unknown("-", c)),
        'Y' => Part::Year,
        'y' => Part::ShortYear,
        'b' => Part::MonthName { full: false },
        'B' => Part::MonthName { full: true },
        'H' => clock(24, "%H"),
        'I' => clock(13, "%I"),
        'M' => clock(60, "%M"),
        'S' => clock(61, "%S"),
        'p' => Part::HalfOfDay,
        'z' => Part::Zone,
        '%' => Part::Literal('%'),
        _ => return Err(unknown("", c)),
    });
    Ok(())
}

fn composite(c: char) -> Option<[Part; 5]> {
    match c {
        'F' => Some(ISO),
        'D' => Some(SHORT_US),
        _ => None,
    }
}

fn read(parts: &[Part], text: &str) -> Option<(Civil, Rest)> {
    let mut cursor = Cursor::new(text);
    let mut said = Said {
        civil: Civil {
            year: Year::Full(0),
            month: 0,
            day: 0,
        },
        hour: None,
        seconds: 0,
        half: None,
        ahead: None,
    };
    for part in parts {
        part.read(&mut cursor, &mut said)?;
    }
    cursor.is_done().then(|| (said.civil, said.rest()))
}

fn unknown(flag: &str, c: char) -> FormatError {
    FormatError::Unknown {
        specifier: format!("{flag}{c}"),
    }
}

fn once(
    parts: &[Part],
    part: &'static str,
    specifier: &'static str,
    is_part: impl Fn(&Part) -> bool,
) -> Result<(), FormatError> {
    match parts.iter().filter(|part| is_part(part)).count() {
        0 => Err(FormatError::Lacks { part, specifier }),
        1 => Ok(()),
        _ => Err(FormatError::Repeated { part }),
    }
}

impl Part {
    fn read(self, cursor: &mut Cursor<'_>, said: &mut Said) -> Option<()> {
        match self {
            Self::Year => said.civil.year = Year::Full(cursor.exactly(4)?),
            Self::ShortYear => said.civil.year = Year::Short(cursor.exactly(2)?),
            Self::Month { .. } => said.civil.month = cursor.digits(2)?.value,
            Self::MonthName { .. } => said.civil.month = civil::month_of(cursor.word())?,
            Self::Day { .. } => said.civil.day = cursor.digits(2)?.value,
            Self::Clock { below, specifier } => {
                let number = cursor.digits(2)?.value;
                said.clock((number < below).then_some(number)?, specifier);
            }
            Self::HalfOfDay => said.half = Some(timestamp::half_of_day(cursor.word())?),
            Self::Zone => said.ahead = Some(zone(cursor)?),
            Self::Literal(' ') => return cursor.spaces().then_some(()),
            Self::Literal(c) => return literal(cursor, c),
        }
        Some(())
    }

    fn write(self, date: NaiveDate, text: &mut CompactString) {
        match self {
            Self::Year => push(text, date.year_ce().1, 4),
            Self::Month { padded } => push(text, date.month(), 1 + usize::from(padded)),
            Self::Day { padded } => push(text, date.day(), 1 + usize::from(padded)),
            Self::MonthName { full } => {
                let name = MONTHS
                    .get(date.month0() as usize)
                    .copied()
                    .unwrap_or_default();
                text.push_str(if full {
                    name
                } else {
                    name.get(..3).unwrap_or(name)
                });
            }
            Self::Literal(c) => text.push(c),
            // `DateOutput::parse` lets none of these in.
            Self::ShortYear | Self::Clock { .. } | Self::HalfOfDay | Self::Zone => (),
        }
    }

    const fn not_sent(self) -> Option<&'static str> {
        match self {
            Self::ShortYear => Some("%y"),
            Self::Clock { specifier, .. } => Some(specifier),
            Self::HalfOfDay => Some("%p"),
            Self::Zone => Some("%z"),
            _ => None,
        }
    }
}

fn zone(cursor: &mut Cursor<'_>) -> Option<i64> {
    if cursor.take_any(b"Zz").is_some() {
        return Some(0);
    }
    timestamp::offset(cursor)
}

fn literal(cursor: &mut Cursor<'_>, c: char) -> Option<()> {
    let mut bytes = [0; 4];
    c.encode_utf8(&mut bytes)
        .bytes()
        .all(|byte| cursor.take(byte))
        .then_some(())
}

/// Adds a number of at most four digits in at least `width` of them.
fn push(text: &mut CompactString, number: u32, width: usize) {
    let (mut digits, mut rest) = ([b'0'; 4], number);
    for digit in digits.iter_mut().rev() {
        *digit += u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
    let most_zeros = digits.len() - width;
    let zeros = digits.iter().take(most_zeros);
    let zeros = zeros.take_while(|digit| **digit == b'0').count();
    let digits = digits.get(zeros..).unwrap_or_default();
    text.push_str(std::str::from_utf8(digits).unwrap_or_default());
}
