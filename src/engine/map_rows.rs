//! A chunk of rows becomes drafts, keys and bodies: the work of staging that any thread can do.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    lookup::Lookup,
    shared_ids::{IdReader, RowId},
    suppression::Suppressing,
    told::Told,
};
use crate::{
    contract::Contract,
    journal::{BY_FALLBACK, BY_NOTHING, Bodies, CameFrom, CountKind, PackedBlock, Rejected, pack},
    mapping::{BoundMapping, CountedWhat, Mapped, Seen, Watch},
    normalize::Value,
    problem::{Code, Problem},
    record::{Assembly, Draft, OptOuts, Part, RecordKey},
    row::{Place, Reading, Row, RowChunk},
};

/// What a mapper needs to know.
#[derive(Clone)]
pub(super) struct RowMapper<'m> {
    pub(super) mapping: &'m BoundMapping,
    pub(super) watch: &'m Watch,
    pub(super) key_fields: &'m [usize],
    pub(super) skips: &'m [String],
    pub(super) ids: &'m IdReader,
    pub(super) lookup: &'m Lookup,
    pub(super) suppressing: Option<Suppressing<'m>>,
    pub(super) assembly: Assembly<'m>,
    pub(super) today: NaiveDate,
    /// Where a file of rows to be corrected says whence each row is, and why it holds it.
    pub(super) told: Told,
    /// False for a check, which sends and compares nothing.
    pub(super) keeps_bodies: bool,
    /// True when a rejected row does not hold back the record of its customer's other rows.
    pub(super) allows_rejected_rows: bool,
}

/// What a chunk of rows says.
pub(super) struct MappedChunk {
    pub(super) source: u32,
    /// The first and last row number.
    pub(super) span: Option<(u32, u32)>,
    pub(super) rows: Vec<RowOutcome>,
    pub(super) block: PackedBlock,
    pub(super) counts: Counts,
    pub(super) seen: Seen,
    /// The numbers of rows that came back corrected, and what they were.
    pub(super) came_from: Vec<(u32, CameFrom)>,
    /// What its rows' customers and policies may share with others, in the order of the rows.
    pub(super) ids: Vec<RowId>,
}

/// What is only counted: by kind, column and code.
pub(super) type Counts = BTreeMap<(CountKind, u32, String), u64>;

/// What one row says.
pub(super) enum RowOutcome {
    /// Blank, a repeated header, or passed over by the mapping.
    Skipped,
    /// Not usable; its key, where it has one, holds the customer's record back.
    Rejected {
        row: Unusable,
        problems: Vec<Problem>,
    },
    /// A record, as far as this row alone tells. Its body lies in the slot of the row.
    Draft {
        place: Place,
        key: RecordKey,
        record: Result<Part, Vec<Problem>>,
    },
}

/// A row that cannot be used.
pub(super) struct Unusable {
    pub(super) place: Place,
    pub(super) key: Option<RecordKey>,
    /// What tells it from other rows.
    pub(super) subject: RecordKey,
    pub(super) opt_outs: OptOuts,
}

impl Unusable {
    /// The same, as the journal takes it.
    pub(super) const fn in_source(&self, source: u32) -> Rejected {
        Rejected {
            source,
            place: self.place,
            key: self.key,
            subject: self.subject,
            opt_outs: self.opt_outs,
        }
    }
}

/// How many rows carry each field by which the API finds a customer or a policy.
struct Identified {
    customer: Vec<(&'static str, usize, u64)>,
    policy: Vec<(&'static str, usize, u64)>,
    /// The places of the fields by which the API finds a customer without any identifier.
    fallback: Vec<usize>,
    by_fallback: u64,
    by_nothing: u64,
}

impl Identified {
    fn of(contract: &Contract) -> Self {
        let place = |name: &&'static str, place: Option<usize>| Some((*name, place?, 0));
        let customer = contract.matching.customer.iter();
        let policy = contract.matching.policy.iter();
        Self {
            customer: customer
                .filter_map(|name| place(name, contract.field_index(name)))
                .collect(),
            policy: policy
                .filter_map(|name| place(name, contract.policy_field_index(name)))
                .collect(),
            fallback: contract
                .matching
                .fallback
                .iter()
                .filter_map(|name| contract.field_index(name))
                .collect(),
            by_fallback: 0,
            by_nothing: 0,
        }
    }

    fn count(&mut self, draft: &Draft) {
        let has = |place: &usize| {
            draft
                .customer
                .get(*place)
                .and_then(Value::as_text)
                .is_some()
        };
        let mut is_identified = false;
        for (_, place, count) in &mut self.customer {
            let is_there = has(place);
            *count += u64::from(is_there);
            is_identified |= is_there;
        }
        if !is_identified {
            let by_fallback = self.fallback.iter().all(has);
            self.by_fallback += u64::from(by_fallback);
            self.by_nothing += u64::from(!by_fallback);
        }
        for (_, place, count) in &mut self.policy {
            *count += u64::from(draft.policy.get(*place).is_some());
        }
    }

    fn add_to(&self, counts: &mut Counts) {
        let fields = self.customer.iter().chain(&self.policy);
        let fields = fields.map(|(name, _, count)| (*name, *count));
        let without = [
            (BY_FALLBACK, self.by_fallback),
            (BY_NOTHING, self.by_nothing),
        ];
        for (name, count) in fields.chain(without).filter(|(_, count)| *count > 0) {
            *counts
                .entry((CountKind::Identified, 0, name.to_owned()))
                .or_default() += count;
        }
    }
}

/// The codes under which rows are passed over without the mapping's doing.
const BLANK_ROW: &str = "blank row";
const REPEATED_HEADER: &str = "repeated header";
/// The code under which cells are counted that clear a value.
const CLEARED: &str = "sent as null, so that the API clears what it has";
/// The code under which rows are counted whose customer the suppress list names.
const SUPPRESSED: &str = "on the suppress list";

impl RowMapper<'_> {
    /// Maps all rows of a chunk.
    pub(super) fn map_chunk(&self, chunk: &RowChunk) -> MappedChunk {
        let mut mapped = Mapped::default();
        let mut bodies = Bodies::default();
        let (mut counts, mut seen) = (Counts::new(), Seen::default());
        let mut rows = Vec::with_capacity(chunk.len());
        let mut identified = Identified::of(self.assembly.contract);
        let mut ids = Vec::new();
        for (index, row) in (0..).zip(chunk.rows()) {
            let start = bodies.bytes.len();
            let outcome = if let Some(outcome) = self.unapplied(row, &mut counts) {
                outcome
            } else {
                let outcome = self.map_row(row, &mut mapped, &mut bodies.bytes, &mut counts);
                self.watch.see(row, (&mapped, self.today), &mut seen);
                if !matches!(outcome, RowOutcome::Skipped) {
                    identified.count(&mapped.draft);
                }
                if matches!(outcome, RowOutcome::Draft { .. }) {
                    self.ids.read(index, &mapped.draft, &mut ids);
                }
                outcome
            };
            rows.push(outcome);
            // A slot for every row, also for those without a body, so that a row's place tells its slot.
            bodies.close(bodies.bytes.len() - start);
        }
        identified.add_to(&mut counts);
        let number = |row: Option<Row<'_>>| row.map(|row| row.number());
        MappedChunk {
            source: chunk.source,
            span: number(chunk.row(0)).zip(number(chunk.row(chunk.len().saturating_sub(1)))),
            rows,
            block: self.pack(chunk, bodies),
            counts,
            seen,
            came_from: self.came_from(chunk),
            ids,
        }
    }

    fn came_from(&self, chunk: &RowChunk) -> Vec<(u32, CameFrom)> {
        let rows = chunk.rows();
        rows.filter_map(|row| Some((row.number(), self.told.came_from(row)?)))
            .collect()
    }

    /// Packs rows and bodies; the bodies only where somebody will send them.
    pub(super) fn pack(&self, rows: &RowChunk, bodies: Bodies) -> PackedBlock {
        let bodies = if self.keeps_bodies {
            bodies
        } else {
            Bodies::default()
        };
        pack(rows, &bodies)
    }

    /// The draft of a row that staging has met before.
    pub(super) fn draft(&self, row: Row<'_>, mapped: &mut Mapped) -> Draft {
        self.mapping.apply(row, self.today, mapped);
        self.lookup.resolve(self.mapping, mapped);
        let mut draft = std::mem::take(&mut mapped.draft);
        if let Some(suppressing) = &self.suppressing {
            suppressing.apply(&mut draft.customer);
        }
        draft
    }

    /// What becomes of a row that the mapping is not asked about.
    fn unapplied(&self, row: Row<'_>, counts: &mut Counts) -> Option<RowOutcome> {
        let unreadable = |problem: Problem| RowOutcome::Rejected {
            row: self.unusable(row, None, OptOuts::default()),
            problems: vec![problem],
        };
        match row.reading() {
            Reading::Blank => Some(skipped(BLANK_ROW, counts)),
            Reading::RepeatedHeader => Some(skipped(REPEATED_HEADER, counts)),
            Reading::Unreadable(code) => Some(unreadable(Problem::of_row(code))),
            Reading::Undecodable { byte } => Some(unreadable(Problem::of_bytes(byte))),
            Reading::Cells => {
                let code = self.told.still_unread(row)?;
                Some(unreadable(Problem::of_row(code)))
            }
        }
    }

    fn map_row(
        &self,
        row: Row<'_>,
        mapped: &mut Mapped,
        out: &mut Vec<u8>,
        counts: &mut Counts,
    ) -> RowOutcome {
        self.mapping.apply(row, self.today, mapped);
        if let Some(rule) = mapped.skipped {
            return skipped(self.skips.get(rule).map_or("", String::as_str), counts);
        }
        for counted in &mapped.notes {
            let (kind, code) = match counted.what {
                CountedWhat::Repair(repair) => (CountKind::Repaired, repair.as_str()),
                CountedWhat::Omitted(code) => (CountKind::Omitted, code.as_str()),
                CountedWhat::Cleared => (CountKind::Cleared, CLEARED),
            };
            *counts
                .entry((kind, counted.column, code.to_owned()))
                .or_default() += 1;
        }
        self.lookup.resolve(self.mapping, mapped);
        let suppressing = self.suppressing.as_ref();
        if suppressing.is_some_and(|list| list.apply(&mut mapped.draft.customer)) {
            let counted = (CountKind::Suppressed, 0, SUPPRESSED.to_owned());
            *counts.entry(counted).or_default() += 1;
        }
        self.judge(row, mapped, out)
    }

    /// What the journal keeps of a row that cannot be used.
    pub(super) fn unusable(
        &self,
        row: Row<'_>,
        key: Option<RecordKey>,
        opt_outs: OptOuts,
    ) -> Unusable {
        Unusable {
            place: row.place(),
            key,
            subject: key.unwrap_or_else(|| self.assembly.hasher.cells(row.cells())),
            opt_outs,
        }
    }

    fn judge(&self, row: Row<'_>, mapped: &mut Mapped, out: &mut Vec<u8>) -> RowOutcome {
        let contract: &Contract = self.assembly.contract;
        let key = self
            .assembly
            .hasher
            .key(contract, self.key_fields, &mapped.draft);
        let reject = |draft: &Draft, problems| RowOutcome::Rejected {
            row: self.unusable(row, key, self.assembly.opt_outs(draft)),
            problems,
        };
        let problems = std::mem::take(&mut mapped.problems);
        if !problems.is_empty() {
            return reject(&mapped.draft, problems);
        }
        let record = self.assembly.single(&mapped.draft, out);
        match (key, record) {
            (Some(key), record) => RowOutcome::Draft {
                place: row.place(),
                key,
                record,
            },
            // Without a key there is no other row that could complete this one.
            (None, Err(problems)) => reject(&mapped.draft, problems),
            (None, Ok(_)) => {
                let missing = Problem::of_row(Code::RequiredMissing);
                reject(&mapped.draft, vec![missing])
            }
        }
    }
}

fn skipped(reason: &str, counts: &mut Counts) -> RowOutcome {
    let counted = (CountKind::Skipped, 0, reason.to_owned());
    *counts.entry(counted).or_default() += 1;
    RowOutcome::Skipped
}
