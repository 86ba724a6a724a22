//! What the API already has: the baseline that lets an unchanged record stay at home.

use std::{collections::HashSet, path::Path};

use rusqlite::{Connection, OptionalExtension, functions::FunctionFlags, params};

use super::{Error, Journal, RunPlan, id_range};
use crate::{
    contract::Resend,
    problem::Code,
    record::{Facts, FactsView, Fingerprint, PolicyIds, RecordKey, RunId, State},
};

/// What was delivered before to one account, target and address.
#[derive(Debug, Clone)]
pub(super) struct Baseline {
    /// None when nothing is known, so that nothing needs to be looked up.
    of: Option<[String; 3]>,
    /// True when everything is sent, whatever was delivered before.
    full: bool,
    /// What it takes to send a record twice without harm.
    pub(super) resend: Resend,
    /// What succeeded or was refused before that is sent again, in milliseconds since 1970.
    not_before: i64,
}

/// What the API has, beside a body that is about to be staged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Known {
    /// What was applied before.
    pub(super) has: Has,
    /// Something that it would not recognize if it came again; or not even that.
    pub(super) is_in_doubt: bool,
    /// It has refused just this for good.
    pub(super) is_refused: bool,
}

/// What the API has of a customer's part by a body that was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Has {
    /// Nothing that is known.
    #[default]
    Nothing,
    /// Something else, or this for too long.
    Another,
    /// Just this, and not for too long.
    This,
}

/// What is remembered of a customer's part.
#[derive(Debug, Clone, Default)]
pub(super) struct Remembered {
    /// True when a body of it was applied.
    pub(super) is_delivered: bool,
    /// The API's id of the customer.
    pub(super) customer_id: Option<String>,
    /// What was delivered, the newest on top.
    pub(super) facts: FactsView,
    /// False where an older release delivered it, which remembered no facts.
    pub(super) has_facts: bool,
}

/// An error inside an answer that took the request may be gone on the next night; after so many runs it
/// counts as one for good. A refusal of the request does so at once.
const FOR_GOOD: u32 = 2;

impl Baseline {
    /// What the API has of that customer and part, beside this body.
    pub(super) fn compare(
        &self,
        connection: &Connection,
        (key, part): (RecordKey, u32),
        fingerprint: &Fingerprint,
    ) -> Result<Known, Error> {
        let Some([account, target, address]) = self.of.as_ref().filter(|_| !self.full) else {
            return Ok(Known::default());
        };
        let known = connection
            .prepare_cached(
                "SELECT in_doubt, fingerprint = ?6 AND coalesce(succeeded_at, ?7) >= ?7,
                        refused = ?6 AND refusals >= ?8 AND refused_at >= ?7, succeeded_at IS NOT NULL
                 FROM known WHERE account = ?1 AND target = ?2 AND address = ?3 AND key = ?4 AND part = ?5",
            )?
            .query_row(
                params![
                    account,
                    target,
                    address,
                    key.as_bytes(),
                    part,
                    fingerprint.as_bytes(),
                    self.not_before,
                    FOR_GOOD
                ],
                |row| {
                    Ok(Known {
                        is_in_doubt: row.get(0)?,
                        has: match (row.get::<_, Option<bool>>(1)?, row.get(3)?) {
                            (Some(true), _) => Has::This,
                            (_, true) => Has::Another,
                            (_, false) => Has::Nothing,
                        },
                        is_refused: row.get::<_, Option<bool>>(2)?.unwrap_or_default(),
                    })
                },
            )
            .optional()?;
        Ok(known.unwrap_or_default())
    }

    /// What is remembered of a customer's part.
    pub(super) fn remembered(
        &self,
        connection: &Connection,
        (key, part): (RecordKey, u32),
    ) -> Result<Remembered, Error> {
        let Some([account, target, address]) = &self.of else {
            return Ok(Remembered::default());
        };
        let found = connection
            .prepare_cached(
                "SELECT succeeded_at IS NOT NULL, facts, customer_id FROM known
                 WHERE account = ?1 AND target = ?2 AND address = ?3 AND key = ?4 AND part = ?5",
            )?
            .query_row(
                params![account, target, address, key.as_bytes(), part],
                |row| {
                    let facts = row.get_ref(1)?.as_blob_or_null()?;
                    let facts = facts.and_then(FactsView::read);
                    Ok(Remembered {
                        is_delivered: row.get(0)?,
                        customer_id: row.get(2)?,
                        has_facts: facts.is_some(),
                        facts: facts.unwrap_or_default(),
                    })
                },
            )
            .optional()?;
        Ok(found.unwrap_or_default())
    }

    /// True when nothing was delivered yet.
    pub(super) const fn is_empty(&self) -> bool {
        self.of.is_none()
    }
}

/// Gives the database the functions that read what is remembered: `overlay_facts(known, delivered)`, by which
/// what is known of a customer takes in what was delivered, `policies_in(facts)` and `opts_out_in(facts)`.
pub(super) fn add_functions(connection: &Connection) -> Result<(), Error> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("overlay_facts", 2, flags, |context| {
        let [known, delivered] = [0, 1].map(|at| context.get_raw(at).as_blob_or_null());
        let read = |bytes: Option<&[u8]>| bytes.and_then(FactsView::read);
        Ok(match (read(known?), read(delivered?)) {
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => Some(one),
            (Some(known), Some(delivered)) => Some(known.overlaid(delivered)),
        }
        .map(|facts| Facts::of(&facts).as_bytes().to_vec()))
    })?;
    connection.create_scalar_function("overlay_policy_ids", 2, flags, |context| {
        let [known, told] = [0, 1].map(|at| context.get_raw(at).as_blob_or_null());
        Ok(match (known?, told?) {
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => Some(one.to_vec()),
            (Some(known), Some(told)) => Some(PolicyIds::overlaid(known, told)),
        })
    })?;
    connection.create_scalar_function("policies_in", 1, flags, |context| {
        let facts = context.get_raw(0).as_blob_or_null()?;
        Ok(facts.map_or(0, |facts| i64::from(Facts::policies_in(facts))))
    })?;
    connection.create_scalar_function("opts_out_in", 1, flags, |context| {
        let facts = context.get_raw(0).as_blob_or_null()?;
        Ok(facts.is_some_and(|facts| !Facts::opt_outs_in(facts).is_none()))
    })?;
    Ok(())
}

impl Journal {
    /// The baseline of where a run sends to. `now` is in milliseconds since 1970.
    pub(super) fn baseline(&self, plan: &RunPlan, now: i64) -> Result<Baseline, Error> {
        let of = [
            plan.account.clone(),
            plan.target.to_owned(),
            plan.address.clone(),
        ];
        let any: bool = self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM known WHERE account = ?1 AND target = ?2 AND address = ?3)",
            [&of[0], &of[1], &of[2]],
            |row| row.get(0),
        )?;
        Ok(Baseline {
            of: any.then_some(of),
            // What makes something new each time is never sent again only because somebody wants all.
            full: plan.full && plan.resend() != Resend::ReadBack,
            resend: plan.resend(),
            not_before: plan
                .refresh
                .map_or(0, |refresh| now.saturating_sub(refresh)),
        })
    }

    /// Brings what succeeded in runs that are over into `known`, in key order: one sorted pass is a
    /// tenth of the work of as many random ones. Done before the next staging rather than at the end of
    /// a run, because only then somebody asks.
    pub(super) fn fold(&mut self) -> Result<(), Error> {
        let runs: Vec<u32> = self
            .connection
            .prepare("SELECT id FROM runs WHERE folded = 0 AND state <> 'staging' ORDER BY id")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for run in runs {
            self.fold_run("main", RunId(run))?;
        }
        Ok(())
    }

    /// Takes over what another journal knows, without changing it: also what it has not folded yet.
    pub(super) fn copy_baseline(&mut self, other: &Path) -> Result<(), Error> {
        self.connection
            .execute("ATTACH ?1 AS other", [other.to_string_lossy()])?;
        self.connection
            .execute("INSERT INTO main.known SELECT * FROM other.known", [])?;
        let runs: Vec<u32> = self
            .connection
            .prepare(
                "SELECT id FROM other.runs WHERE folded = 0 AND state <> 'staging' ORDER BY id",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for run in runs {
            self.fold_run("other", RunId(run))?;
        }
        self.connection.execute("DETACH other", [])?;
        Ok(())
    }

    /// A run that is still being sent is folded as far as it is, and again later: folding twice changes
    /// nothing, and an older run never overwrites what a newer one delivered, or left in doubt.
    fn fold_run(&mut self, schema: &str, run: RunId) -> Result<(), Error> {
        let (first, last) = id_range(run);
        let transaction = self.connection.transaction()?;
        transaction.execute(
            &format!(
                "INSERT INTO main.known (account, target, address, key, part, fingerprint, customer_id, succeeded_at, seen_run, facts, policy_ids)
                 SELECT runs.account, runs.target, runs.address, r.key, r.part, r.fingerprint, r.customer_id, q.answered_at, runs.id, r.facts, r.policy_ids
                 FROM {schema}.records r JOIN {schema}.runs ON runs.id = ?1
                     LEFT JOIN {schema}.requests q ON q.id = r.request
                 WHERE r.id BETWEEN ?2 AND ?3 AND r.state = ?4
                 ORDER BY r.key, r.part
                 ON CONFLICT (account, target, address, key, part) DO UPDATE SET
                     fingerprint = excluded.fingerprint,
                     customer_id = coalesce(excluded.customer_id, customer_id),
                     in_doubt = 0,
                     succeeded_at = excluded.succeeded_at,
                     facts = overlay_facts(facts, excluded.facts),
                     policy_ids = overlay_policy_ids(policy_ids, excluded.policy_ids),
                     refused = NULL, refusals = 0,
                     seen_run = excluded.seen_run
                 WHERE excluded.seen_run >= seen_run"
            ),
            params![run.0, first, last, State::Succeeded.code()],
        )?;
        fold_refusals(&transaction, schema, run)?;
        transaction.execute(
            &format!(
                "UPDATE main.known SET seen_run = ?1 WHERE seen_run < ?1 AND (account, target, address, key, part) IN (
                     SELECT runs.account, runs.target, runs.address, r.key, r.part
                     FROM {schema}.records r JOIN {schema}.runs ON runs.id = ?1
                     WHERE r.id BETWEEN ?2 AND ?3 AND r.state = ?4)"
            ),
            params![run.0, first, last, State::Unchanged.code()],
        )?;
        transaction.execute(
            "UPDATE main.runs SET folded = 1 WHERE id = ?1 AND state = 'finished'",
            [run.0],
        )?;
        crate::failpoint::reach("fold.written");
        transaction.commit()?;
        crate::failpoint::reach("fold.committed");
        Ok(())
    }

    /// Marks older unsent records of customers that a newer run carries: nothing older is ever sent over
    /// something newer. An older record whose outcome is lost stays in doubt where the newer one does not
    /// go either, which mostly is because of it: somebody has to settle it first.
    pub(super) fn supersede(
        &mut self,
        run: RunId,
        carries: &dyn Fn(&RecordKey) -> bool,
    ) -> Result<(), Error> {
        let older = self.older_open(run, carries)?;
        let stuck: HashSet<(RecordKey, u32)> = older
            .iter()
            .filter(|old| old.is_stuck)
            .map(Older::part)
            .collect();
        let going = self.going(run, &stuck)?;
        let mut update = self
            .connection
            .prepare("UPDATE records SET state = ?2 WHERE id = ?1")?;
        for old in &older {
            if !old.is_stuck || going.contains(&old.part()) {
                update.execute([old.id, State::Superseded.code()])?;
            }
        }
        Ok(())
    }

    /// The records of older runs to where `run` goes that are not delivered, of customers that it carries.
    fn older_open(
        &self,
        run: RunId,
        carries: &dyn Fn(&RecordKey) -> bool,
    ) -> Result<Vec<Older>, Error> {
        let mut open = self.connection.prepare(
            "SELECT r.id, r.key, r.part, r.state = ?5 AND r.harmless = 0 FROM records r
             JOIN runs old ON old.id = r.id >> 32
             JOIN runs new ON new.id = ?1
             WHERE r.id < ?2 AND r.state IN (?3, ?4, ?5, ?6)
               AND old.account = new.account AND old.target = new.target AND old.address = new.address",
        )?;
        let (first, _) = id_range(run);
        let states = [State::Pending, State::Failed, State::InDoubt, State::Held].map(State::code);
        let [pending, failed, in_doubt, held] = states;
        let parameters = params![run.0, first, pending, failed, in_doubt, held];
        let older = open.query_map(parameters, |row| {
            Ok(Older {
                id: row.get(0)?,
                key: RecordKey::from_bytes(row.get(1)?),
                part: row.get(2)?,
                is_stuck: row.get(3)?,
            })
        })?;
        let is_carried =
            |old: &rusqlite::Result<Older>| old.as_ref().map_or(true, |old| carries(&old.key));
        Ok(older.filter(is_carried).collect::<Result<_, _>>()?)
    }

    /// Which of these parts of customers a run is going to send.
    fn going(
        &self,
        run: RunId,
        parts: &HashSet<(RecordKey, u32)>,
    ) -> Result<HashSet<(RecordKey, u32)>, Error> {
        if parts.is_empty() {
            return Ok(HashSet::new());
        }
        let (first, last) = id_range(run);
        let mut statement = self
            .connection
            .prepare("SELECT key, part FROM records WHERE id BETWEEN ?1 AND ?2 AND state <> ?3")?;
        let going = statement.query_map([first, last, State::Held.code()], |row| {
            Ok((RecordKey::from_bytes(row.get(0)?), row.get(1)?))
        })?;
        let wanted =
            |part: &rusqlite::Result<_>| part.as_ref().map_or(true, |part| parts.contains(part));
        Ok(going.filter(wanted).collect::<Result<_, _>>()?)
    }
}

/// A record of an older run that is not delivered.
struct Older {
    id: i64,
    key: RecordKey,
    part: u32,
    /// In doubt, and not harmless to send again.
    is_stuck: bool,
}

impl Older {
    const fn part(&self) -> (RecordKey, u32) {
        (self.key, self.part)
    }
}

/// Remembers which bodies the API refused: a request refused because of this record counts as a refusal
/// for good, an error inside an answer that took the others as one of two. What somebody left at its doubt
/// was not refused.
fn fold_refusals(connection: &Connection, schema: &str, run: RunId) -> Result<(), Error> {
    let (first, last) = id_range(run);
    connection.execute(
        &format!(
            "INSERT INTO main.known (account, target, address, key, part, seen_run,
                 refused, refused_code, refused_run, refused_at, refusals)
             SELECT runs.account, runs.target, runs.address, r.key, r.part, runs.id,
                 r.fingerprint, r.code, runs.id, q.answered_at, CASE q.result WHEN 'refused' THEN ?5 ELSE 1 END
             FROM {schema}.records r JOIN {schema}.runs ON runs.id = ?1
                 JOIN {schema}.requests q ON q.id = r.request AND q.result IN ('refused', 'settled')
             WHERE r.id BETWEEN ?2 AND ?3 AND r.state = ?4 AND r.code <> ?6
             ORDER BY r.key, r.part
             ON CONFLICT (account, target, address, key, part) DO UPDATE SET
                 refusals = CASE
                     WHEN refused_run = excluded.refused_run THEN max(refusals, excluded.refusals)
                     WHEN refused = excluded.refused THEN refusals + excluded.refusals
                     ELSE excluded.refusals END,
                 refused = excluded.refused,
                 refused_code = excluded.refused_code,
                 refused_run = excluded.refused_run,
                 refused_at = excluded.refused_at,
                 seen_run = max(seen_run, excluded.seen_run)
             WHERE excluded.seen_run >= seen_run"
        ),
        params![
            run.0,
            first,
            last,
            State::Failed.code(),
            FOR_GOOD,
            Code::DoubtSkipped.as_str()
        ],
    )?;
    Ok(())
}

/// Remembers of records whose outcome is lost, and which the API could not match if they came again, that
/// no newer body of their customers is sent unasked.
pub(super) fn note_doubt(
    connection: &Connection,
    (first, last): (i64, i64),
    state: State,
) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO known (account, target, address, key, part, in_doubt, seen_run)
             SELECT runs.account, runs.target, runs.address, r.key, r.part, 1, runs.id
             FROM records r JOIN runs ON runs.id = r.id >> 32
             WHERE r.id BETWEEN ?1 AND ?2 AND r.state = ?3 AND r.harmless = 0
             ON CONFLICT (account, target, address, key, part) DO UPDATE SET
                 fingerprint = NULL, in_doubt = 1, seen_run = max(seen_run, excluded.seen_run)",
        )?
        .execute(params![first, last, state.code()])?;
    Ok(())
}
