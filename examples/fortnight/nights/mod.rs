//! An invented agency over fourteen nights: what its nightly files are, and what goes wrong in which night.

pub(crate) mod book;

use chrono::{Days, NaiveDate};

use self::book::{Book, Made};

/// How many nights there are.
pub(crate) const NIGHTS: u32 = 14;
/// The night whose file lies there again when an old one does.
const EARLIER: u32 = 5;

/// What is out of the ordinary in a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    /// Nothing is.
    Nothing,
    /// The whole book is new.
    FirstContact,
    /// Some rows cannot be used, and stand so for ten nights.
    BadRows,
    /// The API will have nothing to do with one of the new customers.
    Refused,
    /// The export was made with a filter on; there is no other.
    Narrow,
    /// An export of three nights ago lies there; there is no other.
    Old,
    /// The column of opt-outs is gone; an hour later a whole export is there.
    LostColumn,
    /// The API is down, and back an hour later.
    ApiDown,
    /// The process is killed in the middle.
    Killed,
    /// The mapping was changed.
    Mapping,
    /// The bad rows are corrected.
    Corrected,
}

impl Special {
    /// What that night brings.
    const fn of(night: u32) -> Self {
        match night {
            1 => Self::FirstContact,
            3 => Self::BadRows,
            4 => Self::Refused,
            6 => Self::Narrow,
            8 => Self::Old,
            9 => Self::LostColumn,
            10 => Self::ApiDown,
            11 => Self::Killed,
            12 => Self::Mapping,
            13 => Self::Corrected,
            _ => Self::Nothing,
        }
    }
}

/// A file of a night.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: Vec<u8>,
}

/// What a night brings.
pub(crate) struct Night {
    pub(crate) number: u32,
    pub(crate) special: Special,
    /// The file that somebody made by mistake, and that lies there first.
    pub(crate) wrong: Option<File>,
    /// The file as it should be.
    pub(crate) right: Option<File>,
    /// What became another since the night before.
    pub(crate) made: Made,
}

/// The nights, one after the other.
pub(crate) struct Nights {
    pub(crate) book: Book,
    first_day: NaiveDate,
    night: u32,
    /// The file that will lie there again.
    earlier: Vec<u8>,
}

/// How many customers a book gains in all its nights, when it begins with so many rows.
pub(crate) fn newcomers(rows: u64) -> u64 {
    (rows / 500).max(3) * u64::from(NIGHTS)
}

/// The shipped mapping with what this agency has added: opt-outs, and its agents' numbers.
pub(crate) fn mapping(shipped: &str) -> String {
    let guard =
        "[guard]\nforeign_agent = \"10%\"\nown_npns = [\"99000101\", \"99000102\", \"9900103\"]\n";
    let fields = format!(
        "[fields]\ndoNotCall = {{ column = \"{}\", optional = true }}\n",
        book::OPT_OUT
    );
    shipped
        .replacen("[guard]\n", guard, 1)
        .replacen("[fields]\n", &fields, 1)
}

/// The agency's mapping with one field more for everybody.
pub(crate) fn changed_mapping(mapping: &str) -> String {
    mapping.replacen("# lead_source", "lead_source", 1)
}

impl Nights {
    /// The nights of an agency whose customers are those of an export. The last `newcomers` of them are still
    /// to come. The first nightly file is made on `first_day`.
    ///
    /// # Errors
    ///
    /// When the export is none.
    pub(crate) fn new(
        export: &[u8],
        newcomers: u64,
        first_day: NaiveDate,
    ) -> Result<Self, csv::Error> {
        Ok(Self {
            book: Book::new(export, newcomers)?,
            first_day,
            night: 0,
            earlier: Vec::new(),
        })
    }

    /// The next night.
    ///
    /// # Errors
    ///
    /// When a row cannot be written.
    pub(crate) fn next(&mut self) -> Result<Night, csv::Error> {
        self.night += 1;
        let (number, special) = (self.night, Special::of(self.night));
        let made = match special {
            Special::FirstContact => Made::default(),
            _ => self.book.go_on(special == Special::Refused),
        };
        match special {
            Special::BadRows => self.book.spoil(),
            Special::Corrected => self.book.correct(),
            _ => (),
        }
        let whole = self.book.export()?;
        if number == EARLIER {
            // Whoever makes it again an hour later gets another file.
            self.earlier = [whole.as_slice(), b"\n"].concat();
        }
        let wrong = match special {
            Special::Narrow => Some((number, 3, self.book.narrow_export()?)),
            Special::LostColumn => Some((number, 3, self.book.export_without_opt_outs()?)),
            Special::Old => Some((EARLIER, 4, std::mem::take(&mut self.earlier))),
            _ => None,
        };
        let is_late = special == Special::LostColumn;
        let right = match special {
            Special::Narrow | Special::Old => None,
            _ => Some((number, if is_late { 4 } else { 3 }, whole)),
        };
        let file = |(night, hour, text)| File {
            name: self.name(night, hour),
            text,
        };
        Ok(Night {
            number,
            special,
            wrong: wrong.map(file),
            right: right.map(file),
            made,
        })
    }

    fn name(&self, night: u32, hour: u32) -> String {
        let days = Days::new(u64::from(night.saturating_sub(1)));
        let day = self.first_day.checked_add_days(days).unwrap_or_default();
        format!("clients-{}T{hour:02}1500.csv", day.format("%Y%m%d"))
    }
}
