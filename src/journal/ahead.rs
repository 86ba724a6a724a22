//! What a staged run is about to do, by all that is known of its customers: what it creates and may end,
//! which opt-outs it brings, and what in it differs from what was delivered before.

use chrono::NaiveDate;
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    Error, Journal, PastRun, Staging, change::Change, change::ChangeKind, id_range,
    known::Remembered,
};
use crate::{
    contract::Resend,
    problem::Code,
    record::{FactsView, PolicyFacts, RecordKey, RunId, State},
};

/// What a run would do. Customers that this journal never delivered may be there all the same: what the
/// API does with them is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forecast {
    /// Records to be sent.
    pub pending: u64,
    /// Those of them whose customers were delivered before, with another body.
    pub resent: u64,
    /// Records that are not sent because their bodies were delivered before.
    pub unchanged: u64,
    /// Records that are not sent because the API refused their bodies for good.
    pub refused_before: u64,
    /// Customers that this journal never delivered: the API creates those that it does not know.
    pub customers_new: u64,
    /// Those of them that bring a policy, so that older ones may be ended, if there are any; and customers whom
    /// an older release delivered, which remembered nothing of their policies.
    pub customers_unknown: u64,
    /// Policies that are new to customers who were delivered before: the API creates those that it does
    /// not know.
    pub policies_new: u64,
    /// Policies of customers that this journal never delivered.
    pub policies_unknown: u64,
    /// Customers to whom a new policy comes while an older one has been in effect for more than a year.
    pub customers_losing: u64,
    /// Those older policies: the API ends them (page F2).
    pub policies_ending: u64,
    /// Records, also those that are held back, which carry an opt-out that is not known to be delivered.
    pub opt_outs: u64,
}

/// Whose agents and what day it is, for a look ahead.
#[derive(Debug, Clone, Copy)]
pub struct Outlook<'o> {
    /// The agency's National Producer Numbers, without leading zeros.
    pub own_npns: &'o [String],
    /// The day that it is.
    pub today: NaiveDate,
}

/// A record as far as a look ahead reads it.
struct Ahead {
    id: i64,
    key: RecordKey,
    part: u32,
    is_pending: bool,
    facts: FactsView,
    source: u32,
    row: u32,
}

impl Forecast {
    /// Policies and customers of whom something may end that nobody can foresee, counted once each.
    pub const fn may_end(&self) -> u64 {
        self.policies_ending + self.customers_unknown
    }

    fn add(&mut self, record: &Ahead, remembered: &Remembered, today: NaiveDate) {
        let policies = record.facts.policies.iter();
        let without_id = u64::from(record.facts.without_id);
        if !remembered.is_delivered {
            let policies = policies.len() as u64 + without_id;
            // A later part is of a customer that the first part creates.
            if record.part == 1 {
                self.customers_new += 1;
                self.customers_unknown += u64::from(policies > 0);
            }
            self.policies_unknown += policies;
            return;
        }
        self.resent += 1;
        if !remembered.has_facts {
            let policies = policies.len() as u64 + without_id;
            self.customers_unknown += u64::from(record.part == 1 && policies > 0);
            self.policies_unknown += policies;
            return;
        }
        let is_new = |policy: &&PolicyFacts| remembered.facts.policy(policy.policy).is_none();
        let new = policies.filter(is_new).count() as u64 + without_id;
        if new == 0 {
            return;
        }
        self.policies_new += new;
        // One that the record itself reports as ended is none that the API ends of its own.
        let is_ended = |policy: &PolicyFacts| {
            let now = record.facts.policy(policy.policy);
            now.is_some_and(PolicyFacts::is_ended)
        };
        let known = remembered.facts.policies.iter();
        let ending = known.filter(|policy| policy.may_be_ended(today) && !is_ended(policy));
        let ending = ending.count() as u64;
        self.customers_losing += u64::from(ending > 0);
        self.policies_ending += ending;
    }
}

impl Staging<'_> {
    /// Looks at all records of the run beside what is known of their customers: marks those that carry an
    /// opt-out that is not known to be delivered, lists what changed, and says what sending would do.
    ///
    /// # Errors
    ///
    /// When the database cannot be read or written.
    pub fn look_ahead(&mut self, outlook: Outlook<'_>) -> Result<Forecast, Error> {
        let mut forecast = self.counted_ahead()?;
        if self.baseline.resend == Resend::ReadBack {
            forecast.policies_new = forecast.pending;
        }
        if self.baseline.is_empty() {
            self.look_ahead_of_nothing_known(&mut forecast)?;
        } else {
            self.compare_all(outlook, &mut forecast)?;
        }
        forecast.write(self.connection(), self.run())?;
        Ok(forecast)
    }

    /// The same for a journal that never delivered anything: a million records need no look at each.
    fn look_ahead_of_nothing_known(&self, forecast: &mut Forecast) -> Result<(), Error> {
        let (first, last) = id_range(self.run());
        let [pending, held] = [State::Pending, State::Held].map(State::code);
        let counts: [i64; 3] = self.connection().query_row(
            "SELECT coalesce(sum(part = 1), 0), coalesce(sum(part = 1 AND policies > 0), 0), coalesce(sum(policies), 0)
             FROM (SELECT part, policies_in(facts) AS policies FROM records WHERE id BETWEEN ?1 AND ?2 AND state = ?3)",
            [first, last, pending],
            |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]),
        )?;
        let [customers, unknown, policies] =
            counts.map(|count| u64::try_from(count).unwrap_or_default());
        // Only what the API matches may turn out to be new.
        if self.baseline.resend == Resend::Matched {
            forecast.customers_new = customers;
            forecast.customers_unknown = unknown;
            forecast.policies_unknown = policies;
        }
        if self.has_opt_outs {
            let marked = self.connection().execute(
                "UPDATE records SET opts_out = 1 WHERE id BETWEEN ?1 AND ?2 AND state IN (?3, ?4) AND opts_out_in(facts)",
                [first, last, pending, held],
            )?;
            forecast.opt_outs = marked as u64;
        }
        Ok(())
    }

    fn compare_all(&self, outlook: Outlook<'_>, forecast: &mut Forecast) -> Result<(), Error> {
        let mut opting_out = Vec::new();
        let connection = self.connection();
        let (first, last) = id_range(self.run());
        let [pending, held] = [State::Pending, State::Held].map(State::code);
        let mut statement = connection.prepare(
            "SELECT id, key, part, state = ?3, facts, source, row FROM records
             WHERE id BETWEEN ?1 AND ?2 AND state IN (?3, ?4) ORDER BY id",
        )?;
        let mut rows = statement.query([first, last, pending, held])?;
        while let Some(row) = rows.next()? {
            let facts = row
                .get_ref(4)?
                .as_blob_or_null()
                .map_err(rusqlite::Error::from)?;
            let record = Ahead {
                id: row.get(0)?,
                key: RecordKey::from_bytes(row.get(1)?),
                part: row.get(2)?,
                is_pending: row.get(3)?,
                facts: facts.and_then(FactsView::read).unwrap_or_default(),
                source: row.get(5)?,
                row: row.get(6)?,
            };
            let remembered = self
                .baseline
                .remembered(connection, (record.key, record.part))?;
            if record.facts.opt_outs.adds_to(remembered.facts.opt_outs) {
                opting_out.push(record.id);
            }
            if record.is_pending {
                if self.baseline.resend == Resend::Matched {
                    forecast.add(&record, &remembered, outlook.today);
                } else {
                    forecast.resent += u64::from(remembered.is_delivered);
                }
                for change in changes(&record, &remembered, outlook.own_npns) {
                    change.write(connection, self.run())?;
                }
            }
        }
        drop(rows);
        drop(statement);
        forecast.opt_outs = opting_out.len() as u64;
        self.mark_opt_outs(&opting_out)
    }

    /// What needs no second look.
    fn counted_ahead(&self) -> Result<Forecast, Error> {
        let (first, last) = id_range(self.run());
        let states = [State::Pending, State::Unchanged, State::Held].map(State::code);
        let [pending, unchanged, held] = states;
        let refused = Code::RecordRefused.as_str();
        let counts: [i64; 3] = self.connection().query_row(
            "SELECT count(*) FILTER (WHERE state = ?3), count(*) FILTER (WHERE state = ?4),
                 count(*) FILTER (WHERE state = ?5 AND code = ?6)
             FROM records WHERE id BETWEEN ?1 AND ?2",
            params![first, last, pending, unchanged, held, refused],
            |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]),
        )?;
        let [pending, unchanged, refused_before] =
            counts.map(|count| u64::try_from(count).unwrap_or_default());
        Ok(Forecast {
            pending,
            unchanged,
            refused_before,
            ..Forecast::default()
        })
    }

    fn mark_opt_outs(&self, ids: &[i64]) -> Result<(), Error> {
        let mut update = self
            .connection()
            .prepare("UPDATE records SET opts_out = 1 WHERE id = ?1")?;
        for id in ids {
            update.execute([id])?;
        }
        Ok(())
    }

    /// Lists the customers of the last whole run that this one does not carry: they are gone from the
    /// export, which ends nothing by itself.
    ///
    /// # Errors
    ///
    /// When the database cannot be read or written.
    pub fn list_vanished(
        &mut self,
        last: &PastRun,
        carries: &dyn Fn(&RecordKey) -> bool,
    ) -> Result<(), Error> {
        let (first, end) = id_range(last.id);
        let run = self.run();
        let past = self.past();
        let mut statement = past.prepare(
            "SELECT key, source, row FROM records WHERE id BETWEEN ?1 AND ?2 AND part = 1 ORDER BY id",
        )?;
        let mut rows = statement.query([first, end])?;
        while let Some(row) = rows.next()? {
            let key = RecordKey::from_bytes(row.get(0)?);
            if carries(&key) {
                continue;
            }
            // Few vanish, so that only they are looked up.
            let known = self.baseline.remembered(self.connection(), (key, 1))?;
            let change = Change {
                kind: ChangeKind::CustomerVanished,
                seen_run: last.id,
                source: row.get(1)?,
                row: row.get(2)?,
                place: 0,
                before: None,
                after: None,
                customer_id: known.customer_id,
            };
            change.write(self.connection(), run)?;
        }
        Ok(())
    }
}

/// What a record changes of what was delivered last.
fn changes(record: &Ahead, remembered: &Remembered, own_npns: &[String]) -> Vec<Change> {
    let mut found = Vec::new();
    if !remembered.is_delivered {
        return found;
    }
    let change = |kind, before: &str, after: &str| Change {
        kind,
        seen_run: RunId(u32::try_from(record.id >> 32).unwrap_or_default()),
        source: record.source,
        row: record.row,
        place: 0,
        before: some(before),
        after: some(after),
        customer_id: remembered.customer_id.clone(),
    };
    for known in remembered
        .facts
        .policies
        .iter()
        .filter(|known| known.is_carried)
    {
        match record.facts.policy(known.policy) {
            None => found.push(change(ChangeKind::PolicyVanished, &known.status, "")),
            Some(now) => {
                if now.status != known.status && !known.status.is_empty() {
                    found.push(change(
                        ChangeKind::StatusChanged,
                        &known.status,
                        &now.status,
                    ));
                }
                let is_own = |agent: &str| own_npns.iter().any(|own| own == agent);
                if is_own(&known.agent) && !is_own(&now.agent) {
                    found.push(change(ChangeKind::AgentLost, &known.agent, &now.agent));
                }
            }
        }
    }
    for (place, change) in (0..).zip(&mut found) {
        change.place = record.part * 1000 + place;
    }
    found
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The columns in the order in which they are written and read.
const COLUMNS: &str =
    "pending, resent, unchanged, refused_before, customers_new, customers_unknown,
    policies_new, policies_unknown, customers_losing, policies_ending, opt_outs";

impl Forecast {
    fn write(&self, connection: &Connection, run: RunId) -> Result<(), Error> {
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        connection.execute(
            &format!("INSERT INTO forecasts (run, {COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"),
            params![
                run.0,
                count(self.pending),
                count(self.resent),
                count(self.unchanged),
                count(self.refused_before),
                count(self.customers_new),
                count(self.customers_unknown),
                count(self.policies_new),
                count(self.policies_unknown),
                count(self.customers_losing),
                count(self.policies_ending),
                count(self.opt_outs),
            ],
        )?;
        Ok(())
    }
}

impl Journal {
    /// What a run was expected to do when it was staged; none for one of an older release.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn forecast(&self, run: RunId) -> Result<Option<Forecast>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM forecasts WHERE run = ?1");
        let found = self.connection.query_row(&sql, [run.0], |row| {
            let count = |at| -> rusqlite::Result<u64> {
                Ok(u64::try_from(row.get::<_, i64>(at)?).unwrap_or_default())
            };
            Ok(Forecast {
                pending: count(0)?,
                resent: count(1)?,
                unchanged: count(2)?,
                refused_before: count(3)?,
                customers_new: count(4)?,
                customers_unknown: count(5)?,
                policies_new: count(6)?,
                policies_unknown: count(7)?,
                customers_losing: count(8)?,
                policies_ending: count(9)?,
                opt_outs: count(10)?,
            })
        });
        Ok(found.optional()?)
    }
}
