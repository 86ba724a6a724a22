//! What one row of a contract table says of a field, and which page says so.

/// One member of a record's or a policy's JSON.
#[derive(Debug)]
pub struct Field {
    /// The JSON name.
    pub name: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// Whether it has to be there.
    pub presence: Presence,
    /// Whether a page shows it, or we concluded it.
    pub evidence: Evidence,
    /// The page versions that this row rests on.
    pub pages: &'static str,
    /// What it means, for help and docs.
    pub about: &'static str,
}

/// What values a field takes. Lengths are in UTF-16 units, as a JSON schema on a JavaScript server
/// counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Free text of at most `max` characters.
    Text {
        /// The longest text.
        max: usize,
    },
    /// A person's name of at most `max` characters.
    Name {
        /// The longest name.
        max: usize,
    },
    /// A code that names something elsewhere: case and inner characters are kept as they are.
    Identifier {
        /// The longest code.
        max: usize,
    },
    /// A phone number; sent as `+1XXXXXXXXXX`.
    Phone,
    /// A postal code; sent as five digits.
    PostalCode,
    /// A time zone; sent as an IANA name.
    TimeZone,
    /// A state of the United States, the District of Columbia or a territory; sent as two letters.
    State,
    /// A date of birth; sent as `MM/DD/YYYY` and never in the future.
    BirthDate,
    /// Any other calendar date; sent in the mapping's output format, ISO unless it says otherwise.
    Date,
    /// One word of a closed list.
    Choice(&'static [Word]),
    /// A whole number that fits 32 bits.
    Integer,
    /// True or false.
    Boolean,
    /// An id that the API itself gave: a UUID; sent in lower case.
    Uuid,
    /// An amount of money that the API takes as text; sent as the cell says it, without `$` and commas.
    Money,
    /// Any JSON value; a cell that is no JSON is a text.
    Json,
}

/// One word of a closed list, and the page versions that show it.
#[derive(Debug, PartialEq, Eq)]
pub struct Word {
    /// The word, spelled as the API wants it.
    pub text: &'static str,
    /// The page versions that show it; [`Word::is_settled`] when all do.
    pub pages: &'static [&'static str],
    /// How many versions of the page show the list at all.
    pub versions: usize,
}

impl Word {
    /// True when every version of the page that shows the list has this word.
    pub const fn is_settled(&self) -> bool {
        self.pages.len() == self.versions
    }
}

/// Whether a field has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Every record has it, and it is never null.
    Required,
    /// It may be absent, but it is never null.
    Optional,
    /// It may be absent, and it may be null.
    Nullable,
}

/// How a field is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// A page shows the name.
    Documented,
    /// A page describes it without its name, or we aligned two versions of a page.
    Inferred,
}

impl Kind {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Name { .. } => "name",
            Self::Identifier { .. } => "identifier",
            Self::Phone => "phone",
            Self::PostalCode => "postal_code",
            Self::TimeZone => "time_zone",
            Self::State => "state",
            Self::BirthDate => "birth_date",
            Self::Date => "date",
            Self::Choice(_) => "choice",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Uuid => "uuid",
            Self::Money => "money",
            Self::Json => "json",
        }
    }

    /// The longest value in UTF-16 units, where the pages limit it.
    pub const fn max_length(self) -> Option<usize> {
        match self {
            Self::Text { max: usize::MAX } => None,
            Self::Text { max } | Self::Name { max } | Self::Identifier { max } => Some(max),
            _ => None,
        }
    }

    /// The words of a closed list; none for the other kinds.
    pub const fn words(self) -> &'static [Word] {
        match self {
            Self::Choice(words) => words,
            _ => &[],
        }
    }

    /// The kind in a few words, for help and messages.
    pub fn describe(self) -> String {
        match self {
            Self::Text { max: usize::MAX } => "text".to_owned(),
            Self::Text { max } => format!("text, at most {max} characters"),
            Self::Name { max } => format!("name, at most {max} characters"),
            Self::Identifier { max } => format!("identifier, at most {max} characters"),
            Self::Phone => "US phone number, sent as +1XXXXXXXXXX".to_owned(),
            Self::PostalCode => "postal code, sent as 5 digits".to_owned(),
            Self::TimeZone => "time zone, sent as an IANA name".to_owned(),
            Self::State => "US state, sent as 2 letters".to_owned(),
            Self::BirthDate => "date of birth, sent as MM/DD/YYYY".to_owned(),
            Self::Date => "date".to_owned(),
            Self::Choice(words) => {
                let words: Vec<_> = words.iter().map(|word| word.text).collect();
                format!("one of: {}", words.join(", "))
            }
            Self::Integer => "whole number of 32 bits".to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::Uuid => "id of the API, a UUID".to_owned(),
            Self::Money => "amount of money, sent as text".to_owned(),
            Self::Json => "any JSON value, or text".to_owned(),
        }
    }
}

/// Builds the tables' rows in one line each.
impl Field {
    pub(super) const fn required(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            name,
            kind,
            presence: Presence::Required,
            evidence: Evidence::Documented,
            pages: "S0 F1",
            about,
        }
    }

    pub(super) const fn nullable(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            presence: Presence::Nullable,
            ..Self::required(name, kind, about)
        }
    }

    pub(super) const fn optional(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            presence: Presence::Optional,
            ..Self::required(name, kind, about)
        }
    }

    pub(super) const fn on(self, pages: &'static str) -> Self {
        Self { pages, ..self }
    }

    pub(super) const fn inferred(self, pages: &'static str) -> Self {
        Self {
            evidence: Evidence::Inferred,
            pages,
            ..self
        }
    }
}
