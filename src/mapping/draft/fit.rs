//! How many of a column's sampled cells a field would accept.

use chrono::NaiveDate;
use regex::Regex;

use super::{
    known_names::Shape,
    known_words::known_word,
    sample::{Cells, percent},
};
use crate::{
    contract::{Field, Kind},
    normalize::{DateFormat, DateOutput, Rules, normalize},
    problem::Code,
};

/// How many different texts of a column are tried.
const TRIED: usize = 500;

/// From this many percent on values fit; the rest is damage.
const MOST: usize = 95;

/// How dates are written that the usual forms do not cover, or would read wrongly.
const DATE_FORMATS: &[&str] = &[
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%m.%d.%Y",
    "%d-%m-%Y",
    "%Y.%m.%d",
    "%m%d%Y",
    "%d/%m/%y",
    "%m/%d/%Y %H.%M",
    "%b-%d-%Y",
];

/// Where agents stand as text: their number behind a label, or in brackets.
const PRODUCER_PATTERNS: &[&str] = &[r"(?i)NPN:?\s*(\d+)", r"\((\d{4,10})\)"];

/// How many of some cells are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Fit {
    pub(super) good: usize,
    pub(super) of: usize,
}

/// How cells are read so that they fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Reading {
    pub(super) fit: Fit,
    /// The date format, where the usual forms do not fit.
    pub(super) format: Option<&'static str>,
    /// The part of the cell that counts.
    pub(super) capture: Option<&'static str>,
    /// Some cells are a spreadsheet's bare count of days, which no format reads.
    pub(super) has_day_counts: bool,
}

impl Fit {
    /// In percent of the cells that were tried.
    pub(super) fn percent(self) -> usize {
        percent(self.good, self.of)
    }

    /// True when nearly all fit, and there is something that does.
    pub(super) fn is_good(self) -> bool {
        self.of > 0 && self.percent() >= MOST
    }

    pub(super) fn of(cells: &Cells, mut accepts: impl FnMut(&str) -> bool) -> Self {
        let mut fit = Self::default();
        for (text, count) in cells.texts.iter().take(TRIED) {
            fit.of += count;
            if accepts(text) {
                fit.good += count;
            }
        }
        fit
    }
}

/// How a field of that shape reads the cells best.
pub(super) fn reading(field: &Field, shape: Shape, cells: &Cells, today: NaiveDate) -> Reading {
    match (shape, field.kind) {
        (Shape::Email, _) => Fit::of(cells, is_email).into(),
        (Shape::ProducerNumber, _) => producer_reading(cells),
        (_, Kind::Date | Kind::BirthDate) => date_reading(field.kind, cells, today),
        (_, kind) => Fit::of(cells, |text| accepts(kind, text, today)).into(),
    }
}

/// True when a field of that kind takes the text, or everybody knows what word it stands for.
pub(super) fn accepts(kind: Kind, text: &str, today: NaiveDate) -> bool {
    try_as(kind, text, &[], today).is_ok() || known_word(kind, text).is_some()
}

fn try_as(kind: Kind, text: &str, formats: &[DateFormat], today: NaiveDate) -> Result<(), Code> {
    let output = DateOutput::default();
    let rules = Rules {
        today,
        date_formats: formats,
        date_output: &output,
    };
    normalize(kind, text, &rules).map(|_| ())
}

fn is_email(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    text.split_once('@')
        .is_some_and(|(name, domain)| is_part(name) && is_part(domain) && domain.contains('.'))
}

fn producer_reading(cells: &Cells) -> Reading {
    let is_number = |text: &str| {
        let digits = text.strip_suffix(".0").unwrap_or(text);
        (4..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let plain = Reading::from(Fit::of(cells, is_number));
    let captured = PRODUCER_PATTERNS.iter().filter_map(|pattern| {
        let regex = Regex::new(pattern).ok()?;
        Some(Reading {
            capture: Some(pattern),
            ..Fit::of(cells, |text| regex.is_match(text)).into()
        })
    });
    best(plain, captured)
}

fn date_reading(kind: Kind, cells: &Cells, today: NaiveDate) -> Reading {
    let is_none = |text: &str| text.eq_ignore_ascii_case("false");
    let mut day_counts = false;
    let usual = Fit::of(cells, |text| {
        let tried = try_as(kind, text, &[], today);
        day_counts |= tried == Err(Code::DateAmbiguous);
        tried.is_ok() || is_none(text)
    });
    let others = DATE_FORMATS.iter().filter_map(|format| {
        let compiled = [DateFormat::parse(format).ok()?];
        let fit = Fit::of(cells, |text| {
            try_as(kind, text, &compiled, today).is_ok() || is_none(text)
        });
        Some(Reading {
            format: Some(format),
            ..fit.into()
        })
    });
    // Half of all days can be read with day and month exchanged: a format has to fit them all.
    let others = others.filter(|other| other.fit.good == other.fit.of);
    Reading {
        has_day_counts: day_counts,
        ..best(usual.into(), others)
    }
}

/// The reading that fits most cells; of equals the first.
fn best(first: Reading, others: impl Iterator<Item = Reading>) -> Reading {
    others.fold(first, |best, next| {
        if next.fit.good > best.fit.good {
            next
        } else {
            best
        }
    })
}

impl From<Fit> for Reading {
    fn from(fit: Fit) -> Self {
        Self {
            fit,
            ..Self::default()
        }
    }
}
