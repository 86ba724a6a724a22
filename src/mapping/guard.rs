//! The checks that a mapping asks for before and while a run sends.

use std::{fmt, time::Duration};

use super::{
    compile::check_column,
    file::MappingFile,
    guard_file::{GuardFile, NeededFile},
    length::length_of_time,
    mistakes::{Mistakes, Written},
};

/// What stops a run; without a mapping nothing does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guards {
    /// A file that was exported before the last one sent is not sent. True unless the mapping says false.
    pub older_file: bool,
    /// Nor is one that was exported longer ago.
    pub max_age: Option<Duration>,
    /// Nor is one with fewer rows.
    pub min_rows: Option<u64>,
    /// Nor is one with fewer rows than this share of the last finished whole run.
    pub min_rows_of_last: Option<Share>,
    /// Nor is one without a column that the mapping reads and the last file had. True unless the mapping
    /// says false.
    pub lost_column: bool,
    /// Nor is one with a column that has fewer cells filled than this share of what the last file had.
    pub blank_column: Option<Share>,
    /// Nor is one that lacks one of these.
    pub must_contain: Vec<Needed>,
    /// Nor is one that seems to be another agency's.
    pub foreign_agent: Option<ForeignAgent>,
    /// The agency's National Producer Numbers, without leading zeros: policies that leave them are told.
    pub own_npns: Vec<String>,
    /// Nor is one of which more than this share of the rows was rejected.
    pub max_rejected: Option<Share>,
    /// Nor is one that would send more than this share of the book again only because the mapping or the
    /// program changed; [`Share::of_a_changed_reading`] unless the mapping says otherwise.
    pub rebaseline: Option<Share>,
    /// Nor is one that could create more customers.
    pub max_created: Option<u64>,
    /// Nor is one that could end the policies of more, or of more customers of unknown past.
    pub max_terminations: Option<u64>,
    /// A run stops when more than this share of the answered records failed.
    pub max_failed: Option<Share>,
}

/// What a file has to hold at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// The column.
    pub column: String,
    /// A text that one of its cells contains as a whole word, in any case.
    pub text: String,
}

/// Whose agents are in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignAgent {
    /// The agency's National Producer Numbers, without leading zeros; empty where the mapping leaves them to
    /// whoever uses it.
    pub own: Vec<String>,
    /// Where a row names its agent.
    pub from: AgentFrom,
    /// The greatest share of others among the rows that name an agent.
    pub most: Share,
}

/// Where a row names its agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentFrom {
    /// In `aorNpn` of its policy.
    Policy,
    /// In the first of these columns that is not blank.
    Columns(Vec<String>),
}

/// The policy's field that names the agent.
pub(super) const AGENT_FIELD: &str = "aorNpn";

/// More digits than any National Producer Number has.
const TOO_MANY_DIGITS: usize = 11;

/// A share of a whole, exact to a hundredth of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    hundredths_of_percent: u32,
}

impl Share {
    const WHOLE: u32 = 10_000;

    /// Reads `85%` or `12.5%`.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.trim().strip_suffix('%')?.trim_end();
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) || fraction.len() > 2 {
            return None;
        }
        let fraction: u32 = format!("{fraction:0<2}").parse().ok()?;
        let whole: u32 = whole.parse().ok()?;
        let hundredths_of_percent = whole.checked_mul(100)?.checked_add(fraction)?;
        (hundredths_of_percent <= Self::WHOLE).then_some(Self {
            hundredths_of_percent,
        })
    }

    /// The share of a book that may go again unasked when the mapping or the program changed: a fifth.
    pub const fn of_a_changed_reading() -> Self {
        Self {
            hundredths_of_percent: Self::WHOLE / 5,
        }
    }

    /// True when `part` is more than this share of `whole`.
    pub fn is_exceeded_by(self, part: u64, whole: u64) -> bool {
        scaled(part) > self.limit(whole)
    }

    /// True when `part` is less than this share of `whole`.
    pub fn is_missed_by(self, part: u64, whole: u64) -> bool {
        scaled(part) < self.limit(whole)
    }

    fn limit(self, whole: u64) -> u128 {
        u128::from(whole) * u128::from(self.hundredths_of_percent)
    }
}

fn scaled(part: u64) -> u128 {
    u128::from(part) * u128::from(Share::WHOLE)
}

impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (
            self.hundredths_of_percent / 100,
            self.hundredths_of_percent % 100,
        );
        match rest {
            0 => write!(formatter, "{whole}%"),
            tenths if tenths % 10 == 0 => write!(formatter, "{whole}.{}%", tenths / 10),
            _ => write!(formatter, "{whole}.{rest:02}%"),
        }
    }
}

pub(super) fn compile(file: &MappingFile, mistakes: &mut Mistakes<'_>) -> Guards {
    let guard = &file.guard;
    let is_on = |written: Option<&Written<bool>>| written.is_none_or(|written| written.value);
    let own = own_npns(guard, mistakes);
    Guards {
        older_file: is_on(guard.older_file.as_ref()),
        max_age: length_of_time(guard.max_age.as_ref(), mistakes),
        min_rows: guard.min_rows.as_ref().map(|written| written.value),
        min_rows_of_last: share(guard.min_rows_of_last.as_ref(), mistakes),
        lost_column: is_on(guard.lost_column.as_ref()),
        blank_column: share(guard.blank_column.as_ref(), mistakes),
        must_contain: guard
            .must_contain
            .iter()
            .map(|needed| needed_text(needed, mistakes))
            .collect(),
        foreign_agent: foreign_agent(file, &own, mistakes),
        own_npns: own,
        max_rejected: share(guard.max_rejected.as_ref(), mistakes),
        rebaseline: match &guard.rebaseline {
            Some(written) => share(Some(written), mistakes),
            None => Some(Share::of_a_changed_reading()),
        },
        max_created: guard.max_created.as_ref().map(|written| written.value),
        max_terminations: guard.max_terminations.as_ref().map(|written| written.value),
        max_failed: share(guard.max_failed.as_ref(), mistakes),
    }
}

fn needed_text(file: &NeededFile, mistakes: &mut Mistakes<'_>) -> Needed {
    check_column(&file.column, mistakes);
    let text = file.text.value.trim();
    if text.is_empty() {
        mistakes.add(&file.text.place, "a blank text is in every file");
    }
    Needed {
        column: file.column.value.clone(),
        text: text.to_owned(),
    }
}

fn foreign_agent(
    file: &MappingFile,
    own: &[String],
    mistakes: &mut Mistakes<'_>,
) -> Option<ForeignAgent> {
    let guard = &file.guard;
    let Some(written) = &guard.foreign_agent else {
        if let Some(alone) = &guard.agent_column {
            let message = "`agent_column` does nothing without `foreign_agent`";
            mistakes.add_with(&alone.place, message, "foreign_agent = \"10%\"".to_owned());
        }
        return None;
    };
    let from = match &guard.agent_column {
        Some(columns) => {
            for column in &columns.value {
                check_column(column, mistakes);
            }
            let names = columns.value.iter().map(|column| column.value.clone());
            AgentFrom::Columns(names.collect())
        }
        None => AgentFrom::Policy,
    };
    let is_mapped = file
        .policy
        .iter()
        .any(|rule| rule.name.value == AGENT_FIELD);
    if from == AgentFrom::Policy && !is_mapped {
        mistakes.add_with(
            &written.place,
            format!("`foreign_agent` reads `{AGENT_FIELD}` in [policy], which is not mapped"),
            "map it, or name the column: agent_column = \"npn_used\"".to_owned(),
        );
    }
    let most = share(Some(written), mistakes)?;
    Some(ForeignAgent {
        own: own.to_vec(),
        from,
        most,
    })
}

/// A National Producer Number, up to ten digits, without leading zeros; none for any other text.
pub fn parse_npn(text: &str) -> Option<String> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && text.len() < TOO_MANY_DIGITS).then(|| text.trim_start_matches('0').to_owned())
}

fn own_npns(file: &GuardFile, mistakes: &mut Mistakes<'_>) -> Vec<String> {
    let Some(written) = &file.own_npns else {
        return Vec::new();
    };
    if written.value.is_empty() {
        mistakes.add(&written.place, "`own_npns` lists no number");
    }
    let numbers = written.value.iter().map(|number| {
        let npn = parse_npn(&number.value);
        if npn.is_none() {
            let message = "this is not a National Producer Number";
            mistakes.add_with(&number.place, message, "up to 10 digits".to_owned());
        }
        npn.unwrap_or_default()
    });
    numbers.collect()
}

fn share(written: Option<&Written<String>>, mistakes: &mut Mistakes<'_>) -> Option<Share> {
    let written = written?;
    let share = Share::parse(&written.value);
    if share.is_none() {
        mistakes.add_with(
            &written.place,
            "this is not a share from 0% to 100%",
            "write it like \"85%\" or \"12.5%\"".to_owned(),
        );
    }
    share
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn a_share_reads_back_as_it_is_written_and_compares_exactly() {
        for text in ["0%", "10%", "12.5%", "99.95%", "100%"] {
            assert_eq!(Share::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "85", "0.85", "-1%", "101%", "1.234%", "%", "x%"] {
            assert_eq!(Share::parse(text), None, "{text}");
        }
        let tenth = Share::parse("10%").unwrap();
        assert!(!tenth.is_exceeded_by(10, 100) && tenth.is_exceeded_by(11, 100));
        assert!(!tenth.is_missed_by(10, 100) && tenth.is_missed_by(9, 100));
    }
}
