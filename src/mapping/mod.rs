//! A row made a draft, by a declarative file that says which column feeds which field.
//!
//! ```text
//! MappingFile ──compile──▶ Mapping ──bind──▶ BoundMapping ──apply──▶ Mapped
//! as written               against the       against one            one row:
//!                          contract          header                 draft, problems, counts
//! ```
//!
//! Each step fails completely: every mistake of a file, every column that a header lacks, every problem
//! of a row is found in one go. A field's type, limits and words come from the contract, so a mapping
//! never repeats them. Nothing here reads files, knows CSV, XLSX or JSON, or tells the time.
//!
//! # Rules
//!
//! A rule is a column's name or a table of these keys:
//!
//! | key | says |
//! |---|---|
//! | `column` | the column, or a list of which the first that is not blank counts |
//! | `value` | the same value for every row; stands alone |
//! | `template` | a text with columns in braces, `"{first_name} {last_name}"`; a blank one takes along what leads to it; `{{` and `}}` are braces |
//! | `part` | `first` or `last`: that part of a whole name, certain in `Last, First`, else a guess that is counted |
//! | `count` | how many columns are not blank: `{ columns = "other_{n}_first_name", plus = 1 }`; a `column` beside it counts first |
//! | `join` | a text for each number that columns have, joined: `{ each = "{other_{n}_first_name} {other_{n}_last_name}", with = ", " }` |
//! | `values`, `otherwise` | words translated, and what an unlisted word means: `reject` (default), `omit`, `keep` |
//! | `formats` | how dates are written |
//! | `capture`, `no_match` | the part of the cell that counts (group `value`, else the first), and what a cell without it means: `omit`, `clear`, `reject`; has to be said |
//! | `pad` | how many digits an id has; leading zeros that are lost are restored and counted |
//! | `zone` | the time zone of the column's time stamps; what is sent is the customer's local day |
//! | `on_blank` | `omit` (default), `clear` (send null), `reject` |
//! | `on_invalid` | `reject` (default), `omit` (counted) |
//! | `else_from` | time zone only: the state field that gives it when the cell is blank or the column absent |
//! | `allow_opt_in` | do-not-contact fields only: send false as well |
//! | `optional` | a file may lack the column |
//! | `lookup` | in `[path]` only: the column holds an id of this field, and the API's own is what its earlier answers told for it |
//!
//! `[path]` names the columns of the API's ids (UUIDs) that stand in the request's path, for the targets that have
//! such: `customer`, and `policy`.
//!
//! They work in this order: blank, the making of a text (`template`, `part`, `count`, `join`), `capture`,
//! `values`, then the field's own kind, with `pad` and `zone`. What a spreadsheet left
//! around a cell's text (`="00123"`, an apostrophe before it) is gone before the first of them, in every
//! column that the mapping reads. An apostrophe before a letter stays in names and free text. A cell that
//! holds nothing but a spreadsheet's error value, such as `#N/A`, is invalid, unless `blank` or `values`
//! lists it; in a skip's column it matches no other word, and in that of `newest` it says nothing.
//!
//! Empty cells and cells of asterisks are always blank. So are the texts that `blank` in `[source]` lists
//! ([`""`, `-`, `N/A`, `NA`, `nan`, `None`, `null`] when it is absent), ignoring case, except where they
//! could be a name in a name's column, are a word of the field's own list, or are listed in `values`.
//! In date columns `false` is blank too.
//!
//! An id that the API matches comes from one column, with `pad` at most.
//!
//! `template`: a blank column takes along the text that leads to it, the last one what stands behind it, and
//! no separator is left at the front; where all are blank, the text is.
//!
//! `part`: behind a comma there is no doubt. Without one the last word and the particles before it (`de la`,
//! `van`, `St.`) are the family name, and all before them first names; `repair.name_split` counts that.
//! `Jr`, `Sr`, `II` to `IV` go with the family name. Titles and degrees are dropped and counted
//! (`repair.title_dropped`). A part that is not there is `name.part_missing`.
//!
//! `count` and `join`: `{n}` stands for a number, and a file may lack all such columns, unless `required` lists
//! one. A count of none is nothing, and no row tells of a policy by it. What is joined goes by the numbers,
//! without the blank ones; `with` is `", "` when absent.
//!
//! `zone`: a zone in the cell itself counts more. A date without a time of day stands as it is. The
//! customer's zone is the row's `timezone`, else the one of its `state`. In a state of two zones the day is
//! certain in all but an hour; in that hour the day of the zone with more people is taken. Where nothing
//! tells a zone, the day stands as it is written. Both are counted (`repair.zone_unknown`). A time that the
//! clocks skip counts as if they had not been set yet; of one that they show twice it is the first.
//!
//! `[source]` says how files are read:
//!
//! | key of `[source]` | says |
//! |---|---|
//! | `separator` | what stands between two cells of a text file: `comma`, `tab`, `semicolon`, `pipe`, or the character itself |
//! | `encoding` | how a text file writes its characters: `utf-8`, `utf-16le`, `windows-1252`, or any other name that the web knows |
//! | `sheet` | the name of a workbook's sheet, in any case |
//! | `required` | columns that every file has to have, whether a rule reads them or not |
//! | `blank` | the texts that mean nothing |
//! | `skip` | rows that are left out, as `{ column = "…", is = ["…"], because = "…" }`; `is_not` lists the words that stay, `matches` is a pattern, and a blank cell fits neither; each with `optional` where files may lack the column |
//!
//! `[record]` holds `key`, `newest` (a column, or `{ column = "…", optional = true }`), `policy_dates` (how
//! dates other than the date of birth are sent), `refresh` (what succeeded longer ago is sent again, though it
//! did not change: `30d`), `policy_if` (the policy fields of which one has to be there
//! for a row to tell of a policy at all; any that is not a constant, when absent), and `allow` (what is not
//! held back: `policy.without_id`, `policy.shared_id`, `record.row_rejected`, `record.same_customer`,
//! `identifier.two_people`, `timezone.contradiction`).

//!
//! `[guard]` says from which figure on a run is stopped; what it does not name is not checked, but for
//! `older_file` and `lost_column`, which `false` turns off. Guards do not belong to the digest.
//!
//! | key of `[guard]` | says |
//! |---|---|
//! | `older_file` | `false`: a file may be older than the last one sent |
//! | `max_age` | how old an export may be: `26h`, `90m`, `2d` |
//! | `min_rows` | how many rows a file has at least |
//! | `min_rows_of_last` | what share of the last file's rows it has at least |
//! | `lost_column` | `false`: a file may lack a column that the mapping reads and the last file had |
//! | `blank_column` | what share of the last file's filled cells a column has at least, where half were filled |
//! | `must_contain` | what a file holds at least once, as `[{ column = "…", text = "…" }]`: a whole word, in any case |
//! | `foreign_agent` | what share of the rows that name an agent by number may name others than `own_npns` |
//! | `own_npns` | the agency's National Producer Numbers, for `foreign_agent` and for policies that leave them; where it is absent they come from whoever uses the mapping |
//! | `agent_column` | the column, or columns, that name a row's agent; `policy.aorNpn` when absent |
//! | `max_rejected` | what share of the rows may be rejected |
//! | `rebaseline` | what share of the book may be sent again only because the mapping or the program changed; `20%` when absent |
//! | `max_created` | how many customers a run may create |
//! | `max_terminations` | how many policies it may end; a customer of unknown past who brings a policy counts as one |
//! | `max_failed` | what share of the answered records may fail, once 200 are |

mod apply;
mod bind;
mod blank;
mod cell;
mod column_pattern;
mod compile;
mod compile_cell;
mod compile_origin;
mod compile_record;
mod compile_rule;
mod compile_source;
mod digest;
pub mod draft;
mod error;
mod file;
mod finish;
mod guard;
mod guard_file;
mod make;
mod meaning;
mod note;
mod origin;
mod rule;
mod rule_file;
mod schema;
mod schema_sections;
mod source_file;
mod template;
mod test_case;
mod trace;
mod translation;
mod watch;

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;

pub use apply::{Counted, CountedWhat, Mapped};
pub use bind::BoundMapping;
pub use error::{BindError, ColumnMistake, Error, Unmet};
pub use guard::{AgentFrom, ForeignAgent, Guards, Needed, Share, parse_npn};
pub use meaning::Skip;
pub use note::Note;
pub use schema::schema;
pub use test_case::{TestCase, TestOutcome};
pub use trace::{Trace, TraceEnd, TraceStep, TracedField};
pub use watch::{Agents, Filled, Seen, Watch};

pub use crate::toml_file::Mistake;
use crate::{
    contract::Target,
    format::Format,
    header::Header,
    problem::Code,
    record::{Assembly, Hasher},
    toml_file::{document, length, mistakes, suggest, walk},
};
use file::MappingFile;
use meaning::Meaning;
use mistakes::Mistakes;
use rule::Rule;

/// A mapping file that holds no mistake.
#[derive(Debug, Clone)]
pub struct Mapping {
    meaning: Arc<Meaning>,
    guards: Arc<Guards>,
    digest: [u8; 32],
    indispensable: Vec<Vec<String>>,
}

impl Mapping {
    /// Reads a mapping file's text. `file_name` is for messages only.
    ///
    /// # Errors
    ///
    /// With every mistake in the text, in its order.
    pub fn from_text(text: &str, file_name: &str) -> Result<Self, Error> {
        let mut mistakes = Mistakes::new(text, is_mapping(text), QUOTED);
        let meaning = MappingFile::read(text, &mut mistakes)
            .and_then(|file| compile::compile(&file, &mut mistakes));
        match meaning {
            Some(meaning) if mistakes.is_empty() => Ok(Self {
                digest: digest::digest(&meaning),
                indispensable: bind::indispensable(&meaning),
                guards: Arc::new(meaning.guards.clone()),
                meaning: Arc::new(meaning),
            }),
            _ => Err(Error {
                file: file_name.to_owned(),
                mistakes: mistakes.into_list(),
            }),
        }
    }

    /// The name by which runs and guards know the mapping.
    pub fn name(&self) -> &str {
        &self.meaning.name
    }

    /// The API operation that it feeds.
    pub fn target(&self) -> Target {
        self.meaning.target
    }

    /// How its files are written, as far as it says.
    pub fn format(&self) -> &Format {
        &self.meaning.format
    }

    /// A digest of how it reads files and what it makes of rows: comments, formatting, the order of keys,
    /// guards and tests do not change it.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// What is allowed and worth knowing.
    pub fn notes(&self) -> Vec<Note> {
        note::notes(&self.meaning)
    }

    /// The fields of which the first that is not blank is the key, as places in the contract's fields.
    /// Empty when the API's fallback fields together are.
    pub fn key_fields(&self) -> &[usize] {
        &self.meaning.key
    }

    /// The ids of the request's path that are looked up among what the API told before: their places in the
    /// contract's fields, and the field by which each is looked up.
    pub fn lookups(&self) -> Vec<(usize, &'static str)> {
        self.meaning.lookups()
    }

    /// The custom fields' keys, by the places that a draft gives.
    pub fn custom_field_keys(&self) -> &[String] {
        &self.meaning.custom_keys
    }

    /// Which rows are left out on purpose.
    pub fn skips(&self) -> &[Skip] {
        &self.meaning.skips
    }

    /// What is checked before and while sending.
    pub fn guards(&self) -> &Guards {
        &self.guards
    }

    /// True when its guard `foreign_agent` has no National Producer Numbers to compare with.
    pub fn lacks_own_npns(&self) -> bool {
        let foreign = self.guards.foreign_agent.as_ref();
        foreign.is_some_and(|foreign| foreign.own.is_empty())
    }

    /// The same with these National Producer Numbers, as [`parse_npn`] gives them, where it names none itself.
    /// Guards do not belong to the digest, so it stays the same mapping.
    #[must_use]
    pub fn with_own_npns(mut self, npns: &[String]) -> Self {
        if !self.guards.own_npns.is_empty() || npns.is_empty() {
            return self;
        }
        let guards = Arc::make_mut(&mut self.guards);
        npns.clone_into(&mut guards.own_npns);
        if let Some(foreign) = &mut guards.foreign_agent {
            npns.clone_into(&mut foreign.own);
        }
        self
    }

    /// The agency's National Producer Numbers, without leading zeros.
    pub fn own_npns(&self) -> &[String] {
        &self.guards.own_npns
    }

    /// What succeeded longer ago is sent again, though it did not change.
    pub fn refresh(&self) -> Option<Duration> {
        self.meaning.refresh
    }

    /// What its records are made with.
    pub fn assembly(&self, hasher: Hasher) -> Assembly<'_> {
        self.meaning.assembly(hasher)
    }

    /// The fields by which the API could take two customers for one although their keys differ, as places
    /// in the contract's fields: not the key's first one, nor one that is read just as that.
    pub fn id_fields_beside_key(&self) -> Vec<usize> {
        self.meaning.id_fields_beside_key()
    }

    /// True when the mapping lets pass what is held back otherwise, such as a policy without an id
    /// ([`Code::PolicyWithoutId`]) or a record of which a row was rejected ([`Code::RecordRowRejected`]).
    pub fn allows(&self, code: Code) -> bool {
        self.meaning.allowed.contains(&code)
    }

    /// The fields by which the API finds customers, in its order, with the columns that feed them.
    pub fn customer_id_columns(&self) -> Vec<(&'static str, &str)> {
        let order = self.target().contract().matching.customer;
        id_columns(order, &self.meaning.customer)
    }

    /// The ids in the request's path, with the columns that feed them, and the field by which each is looked
    /// up, if it is.
    pub fn path_columns(&self) -> Vec<(&'static str, &str, Option<&'static str>)> {
        let ids = self.target().contract().path_ids.len();
        let rules = self.meaning.customer.iter();
        rules
            .filter(|rule| rule.field.index < ids)
            .filter_map(|rule| {
                let column = rule.columns().first()?.as_str();
                Some((rule.field.name, column, rule.lookup))
            })
            .collect()
    }

    /// The fields by which the API finds policies, in its order, with the columns that feed them.
    pub fn policy_id_columns(&self) -> Vec<(&'static str, &str)> {
        let order = self.target().contract().matching.policy;
        id_columns(order, &self.meaning.policy)
    }

    /// The mapping for files with this header.
    ///
    /// # Errors
    ///
    /// With every column that is missing or doubled.
    pub fn bind(&self, header: &Header) -> Result<BoundMapping, BindError> {
        bind::bind(&self.meaning, header)
    }

    /// What guards want to know of the rows of files with this header.
    pub fn watch(&self, header: &Header) -> Watch {
        Watch::new((&self.meaning, &self.guards), header)
    }

    /// The columns that the mapping reads and a file with the header `before` had, where one with the
    /// header `now` lacks them.
    pub fn lost_columns(&self, before: &Header, now: &Header) -> Vec<String> {
        watch::lost_columns(&self.meaning, before, now)
    }

    /// The column that says which row is newer.
    pub fn newest_column(&self) -> Option<&str> {
        let newest = self.meaning.newest.as_ref();
        newest.map(|newest| newest.column.as_str())
    }

    /// How many columns the mapping asks for and the header lacks: what [`Self::bind`] would report as
    /// missing. Cheap enough to ask of every row that might be the header.
    pub fn lacks(&self, header: &Header) -> usize {
        bind::lacks(&self.indispensable, header)
    }

    /// The mapping's own tests.
    pub fn tests(&self) -> &[TestCase] {
        &self.meaning.tests
    }

    /// Runs the mapping's own tests as if it were `today`.
    pub fn run_tests(&self, today: NaiveDate) -> Vec<TestOutcome> {
        test_case::run(&self.meaning, today)
    }
}

/// What stands between quotes in a mapping.
const QUOTED: &str = "names of columns and other texts stand between quotes";

/// True for a text that was meant as a mapping. Somebody may have named an export instead, and what
/// stands in that is shown to nobody.
fn is_mapping(text: &str) -> bool {
    let starts_rules = |line: &str| {
        let line = line.trim_start();
        line.starts_with("[fields") || line.starts_with("[path")
    };
    text.lines().any(starts_rules)
}

fn id_columns<'m>(order: &[&'static str], rules: &'m [Rule]) -> Vec<(&'static str, &'m str)> {
    order
        .iter()
        .filter_map(|name| {
            let rule = rules.iter().find(|rule| rule.field.name == *name)?;
            Some((*name, rule.columns().first()?.as_str()))
        })
        .collect()
}
