//! What the API already has: the baseline that lets an unchanged record stay at home.

use std::{collections::HashSet, path::Path};

use rusqlite::{Connection, OptionalExtension, params};

use super::{Error, Journal, RunPlan, id_range};
use crate::record::{Fingerprint, RecordKey, RunId, State};

/// The fingerprints of the bodies that succeeded last, for one account, target and address.
#[derive(Debug)]
pub(super) struct Baseline {
    /// None when nothing is known, so that nothing needs to be looked up.
    of: Option<[String; 3]>,
}

/// What the API has, beside a body that is about to be staged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Just this.
    Unchanged,
    /// Something that it would not recognize if it came again; or not even that.
    InDoubt,
    /// Something else, or nothing.
    Otherwise,
}

impl Baseline {
    /// A baseline that holds nothing.
    pub(super) const fn none() -> Self {
        Self { of: None }
    }

    /// What the API has of that customer and part, beside this body.
    pub(super) fn compare(
        &self,
        connection: &Connection,
        (key, part): (RecordKey, u32),
        fingerprint: &Fingerprint,
    ) -> Result<Known, Error> {
        let Some([account, target, address]) = &self.of else {
            return Ok(Known::Otherwise);
        };
        let known: Option<(Option<Vec<u8>>, bool)> = connection
            .prepare_cached(
                "SELECT fingerprint, in_doubt FROM known
                 WHERE account = ?1 AND target = ?2 AND address = ?3 AND key = ?4 AND part = ?5",
            )?
            .query_row(
                params![account, target, address, key.as_bytes(), part],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        Ok(match known {
            Some((_, true)) => Known::InDoubt,
            Some((Some(known), _)) if known == fingerprint.as_bytes() => Known::Unchanged,
            _ => Known::Otherwise,
        })
    }
}

impl Journal {
    /// The baseline of where a run sends to.
    pub(super) fn baseline(&self, plan: &RunPlan) -> Result<Baseline, Error> {
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
                "INSERT INTO main.known (account, target, address, key, part, fingerprint, customer_id, succeeded_at, seen_run)
                 SELECT runs.account, runs.target, runs.address, r.key, r.part, r.fingerprint, r.customer_id, q.answered_at, runs.id
                 FROM {schema}.records r JOIN {schema}.runs ON runs.id = ?1
                     LEFT JOIN {schema}.requests q ON q.id = r.request
                 WHERE r.id BETWEEN ?2 AND ?3 AND r.state = ?4
                 ORDER BY r.key, r.part
                 ON CONFLICT (account, target, address, key, part) DO UPDATE SET
                     fingerprint = excluded.fingerprint,
                     customer_id = coalesce(excluded.customer_id, customer_id),
                     in_doubt = 0,
                     succeeded_at = excluded.succeeded_at,
                     seen_run = excluded.seen_run
                 WHERE excluded.seen_run >= seen_run"
            ),
            params![run.0, first, last, State::Succeeded.code()],
        )?;
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
