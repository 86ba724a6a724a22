//! A first mapping for a file that nobody has mapped yet, drafted from its header and a sample of its values.
//!
//! ```text
//! header ─▶ column_name ─┐
//! sample ─▶ fit ─────────┴▶ choose ─▶ write ─▶ text, proved by reading it as a mapping
//! ```
//!
//! A column feeds a field when its name is one that exports use (`known_names`), and the sampled values say
//! how sure that is. What only a person can know, such as which id stays the same, is marked DECIDE.
//!
//! No value of a cell gets into a draft, but for words of closed lists; see `words`.

mod choose;
mod column_name;
mod fit;
mod full_name;
mod identifier;
mod known_names;
mod known_words;
mod lines;
mod rule_lines;
mod sample;
mod sections;
mod words;
mod write;

use chrono::NaiveDate;

pub use sample::Sample;

use self::{
    choose::{Choice, columns},
    column_name::{ColumnName, looks_like_data},
    known_names::{FULL_NAMES, fields_of, known},
    write::{StandIn, Writer},
};
use super::{BindError, Error, Mapping};
use crate::{
    contract::{Contract, Kind, Target},
    header::Header,
};

/// What is known of a file beside its header and its rows.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Its name without folders; empty for none.
    pub file_stem: &'a str,
    /// What it was read as, in a few words.
    pub read_as: &'a str,
    /// The row of the header, counted from 1.
    pub header_row: u32,
    /// The sheet, where looking does not tell it from another.
    pub sheet: Option<&'a str>,
}

/// A drafted mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The mapping file's text.
    pub text: String,
    /// The fields that the API asks for and no column feeds: until somebody says where they come from, the
    /// draft is no mapping.
    pub missing: Vec<&'static str>,
    /// The lines that need a person, counted from 1.
    pub to_decide: Vec<usize>,
    /// How many fields are fed.
    pub fed: usize,
}

/// Why there is no draft.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// No row has names of columns that are known.
    #[error(
        "no row has names of columns that are known, and what stands first may be data, which is not told; add a first \
         row that says what each column holds, such as first_name"
    )]
    NoNames,
    /// The draft is not the mapping that it should be.
    #[error("the draft cannot be read as a mapping")]
    Unreadable(#[source] Error),
    /// The draft does not fit the file.
    #[error("the draft does not fit the file that it was made from")]
    Unfit(#[source] BindError),
}

/// How many of the fields that a target has find no column of a known name in a header: what tells the
/// header from the titles above it.
pub fn names_lacking(target: Target, header: &Header) -> usize {
    let names: Vec<ColumnName> = header
        .names()
        .iter()
        .map(|name| ColumnName::new(name))
        .collect();
    let has = |wanted: &str, of_person| {
        let mut names = names.iter();
        names.any(|name| name.exactly_among(wanted, of_person).is_some())
    };
    let fields = fields_of(target.contract()).filter_map(known);
    let lacking = fields.filter(|known| !has(known.names, known.of_person));
    lacking.count() + usize::from(!has(FULL_NAMES, true))
}

/// Drafts a mapping, as of `today`.
///
/// # Errors
///
/// When the header's names look like data, or the draft does not stand the proof.
pub fn draft(
    target: Target,
    sample: &Sample,
    about: &About<'_>,
    today: NaiveDate,
) -> Result<Draft, DraftError> {
    expect_names(target, sample.header(), today)?;
    let contract = target.contract();
    let columns = columns(sample);
    let mut chosen = choose::choose(contract, &columns, today);
    add_full_name(contract, &columns, &mut chosen);
    let writer = Writer {
        contract,
        about,
        sample,
        columns: &columns,
        chosen: &chosen,
        today,
    };
    let missing: Vec<&'static str> = writer.missing().iter().map(|field| field.name).collect();
    prove(&writer, &missing, sample.header())?;
    let text = writer.text(&[]);
    let lines = (1..).zip(text.lines());
    let to_decide = lines.filter(|(number, line)| *number > 8 && line.contains("DECIDE"));
    Ok(Draft {
        to_decide: to_decide.map(|(number, _)| number).collect(),
        missing,
        fed: chosen.iter().filter(|choice| choice.is_taken()).count(),
        text,
    })
}

impl About<'_> {
    /// The file's name without what changes from one export to the next.
    fn mapping_name(&self) -> String {
        let words = self.file_stem.split(|c: char| !c.is_ascii_alphanumeric());
        let lasting = words.filter(|word| {
            word.len() > 1 && *word != "of" && !word.bytes().any(|byte| byte.is_ascii_digit())
        });
        let words: Vec<String> = lasting.map(str::to_ascii_lowercase).collect();
        if words.is_empty() {
            "my-mapping".to_owned()
        } else {
            words.join("-")
        }
    }
}

/// A header has at least so many names that are known.
const FEWEST_NAMES: usize = 2;

/// A file without a header has somebody's data in its first row, which must not be told. One word of it may be
/// a column's name by chance, as a city's is.
fn expect_names(target: Target, header: &Header, today: NaiveDate) -> Result<(), DraftError> {
    let accepts = |kind: Kind, text: &str| fit::accepts(kind, text, today);
    let names = || header.names().iter();
    let data = names()
        .filter(|name| looks_like_data(name, accepts))
        .count();
    let is_known = |name: &ColumnName| {
        let mut fields = fields_of(target.contract()).filter_map(known);
        name.among(FULL_NAMES, true).is_some()
            || fields.any(|known| name.among(known.names, known.of_person).is_some())
    };
    let known = names()
        .map(|name| ColumnName::new(name))
        .filter(is_known)
        .count();
    if known < FEWEST_NAMES || known < data * 2 {
        return Err(DraftError::NoNames);
    }
    Ok(())
}

/// Takes both names out of one cell where no column holds either alone.
fn add_full_name<'c, 's>(
    contract: &'static Contract,
    columns: &'c [choose::Column<'s>],
    chosen: &mut Vec<Choice<'c, 's>>,
) {
    let parts = full_name::parts(contract, columns);
    let is_there = |part: &Choice<'_, '_>| {
        chosen
            .iter()
            .any(|known| known.field.name == part.field.name)
    };
    if !parts.iter().any(is_there) {
        chosen.extend(parts);
    }
}

/// The draft has to be a mapping that fits its file. What is missing is stood in for by columns that the file
/// does not have.
fn prove(
    writer: &Writer<'_, '_>,
    missing: &[&'static str],
    header: &Header,
) -> Result<(), DraftError> {
    let stand_ins: Vec<StandIn> = missing
        .iter()
        .map(|name| (*name, format!("no column yet for {name}")))
        .collect();
    let text = writer.text(&stand_ins);
    let mapping = Mapping::from_text(&text, "draft").map_err(DraftError::Unreadable)?;
    let names = header.names().iter().map(String::as_str);
    let names = names.chain(stand_ins.iter().map(|(_, column)| column.as_str()));
    mapping
        .bind(&Header::new(names))
        .map_err(DraftError::Unfit)?;
    Ok(())
}
