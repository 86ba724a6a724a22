//! What the sandbox holds: customers, policies, and which bodies were applied, in SQLite.
//!
//! A request is one transaction, committed before its answer leaves. Commits do not wait for the disk:
//! killing the process loses nothing that was answered, a power cut may.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use rusqlite::{
    CachedStatement, Connection, OptionalExtension, Row, RowIndex, Transaction,
    TransactionBehavior, params, types::Type,
};
use serde_json::{Map, Value};

use super::{Error, Tally, matching::Identity, store_file};

/// How much of the file SQLite keeps in memory: 32 MiB.
const CACHE_SIZE: i32 = -32_768;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS customers (
        id INTEGER PRIMARY KEY, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
        applied INTEGER NOT NULL, members TEXT NOT NULL, custom_fields TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS identities (
        kind INTEGER NOT NULL, value TEXT NOT NULL, customer INTEGER NOT NULL,
        PRIMARY KEY (kind, value, customer)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS policies (
        id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL, members TEXT NOT NULL, applied INTEGER NOT NULL DEFAULT 1);
    CREATE INDEX IF NOT EXISTS policies_of_customer ON policies (customer);
    CREATE TABLE IF NOT EXISTS applied_bodies (digest BLOB NOT NULL, customer INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
";

/// What a store of an older release lacks; its bodies belong to nobody.
const ADDED: &str = "
    ALTER TABLE policies ADD COLUMN applied INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE applied_bodies ADD COLUMN customer INTEGER NOT NULL DEFAULT 0;
";

/// A customer as held: its members carry the request's names and the values as they were sent.
pub(super) struct Customer {
    /// 0 until it is saved.
    pub(super) id: i64,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    /// How many records were applied to it.
    pub(super) applied: u64,
    pub(super) members: Map<String, Value>,
    pub(super) custom_fields: Map<String, Value>,
}

/// A policy as held.
pub(super) struct Policy {
    /// 0 until it is saved.
    pub(super) id: i64,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    /// How many records created or updated it.
    pub(super) applied: u64,
    pub(super) members: Map<String, Value>,
}

/// Which bodies were applied.
#[derive(Default)]
pub(super) struct AppliedBodies {
    /// By digest, how often.
    pub(super) times: BTreeMap<String, u64>,
    /// By customer, their digests in the order in which they were applied.
    pub(super) of_customers: HashMap<i64, Vec<String>>,
}

/// The open database and what it counts up to.
pub(super) struct Store {
    connection: Connection,
    tally: Tally,
}

impl Store {
    /// Opens the file, or a database in memory, which is gone with the sandbox.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Error> {
        let connection = match path {
            None => Connection::open_in_memory()?,
            Some(path) => store_file::open(path)?,
        };
        connection.pragma_update(None, "synchronous", "off")?;
        connection.pragma_update(None, "cache_size", CACHE_SIZE)?;
        connection.set_prepared_statement_cache_capacity(32);
        prepare_tables(&connection)?;
        crate::failpoint::reach("sandbox.opened");
        let tally = stored_tally(&connection)?;
        Ok(Self { connection, tally })
    }

    /// The counts as of the last commit.
    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    /// Does a request's work in one transaction: all of it is committed, or nothing.
    pub(super) fn transact<T>(
        &mut self,
        work: impl FnOnce(&mut Work<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let behavior = TransactionBehavior::Immediate;
        let mut open = Work {
            transaction: self.connection.transaction_with_behavior(behavior)?,
            tally: self.tally,
        };
        let done = work(&mut open)?;
        self.tally = open.commit()?;
        Ok(done)
    }

    /// Reads what one moment holds.
    pub(super) fn read<T>(
        &mut self,
        work: impl FnOnce(&Work<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        work(&Work {
            transaction: self.connection.transaction()?,
            tally: self.tally,
        })
    }
}

/// An open transaction.
pub(super) struct Work<'a> {
    transaction: Transaction<'a>,
    pub(super) tally: Tally,
}

impl Work<'_> {
    /// The oldest customer with that identity.
    pub(super) fn find(&self, identity: &Identity) -> Result<Option<i64>, Error> {
        let found = self
            .statement("SELECT customer FROM identities WHERE kind = ?1 AND value = ?2 ORDER BY customer LIMIT 1")?
            .query_row(params![number(identity.kind), identity.value], |row| row.get(0))
            .optional()?;
        Ok(found)
    }

    /// The customer of that number.
    pub(super) fn customer(&self, id: i64) -> Result<Option<Customer>, Error> {
        let found = self
            .statement("SELECT * FROM customers WHERE id = ?1")?
            .query_row([id], customer)
            .optional()?;
        Ok(found)
    }

    /// All customers, oldest first.
    pub(super) fn customers(&self) -> Result<Vec<Customer>, Error> {
        let mut statement = self.statement("SELECT * FROM customers ORDER BY id")?;
        let all = statement
            .query_map([], customer)?
            .collect::<Result<_, _>>()?;
        Ok(all)
    }

    /// A customer's policies, oldest first.
    pub(super) fn policies(&self, customer: i64) -> Result<Vec<Policy>, Error> {
        let mut statement =
            self.statement("SELECT * FROM policies WHERE customer = ?1 ORDER BY id")?;
        let all = statement
            .query_map([customer], policy)?
            .collect::<Result<_, _>>()?;
        Ok(all)
    }

    /// The policy of that number, if it is that customer's.
    pub(super) fn policy(&self, customer: i64, id: i64) -> Result<Option<Policy>, Error> {
        let found = self
            .statement("SELECT * FROM policies WHERE id = ?1 AND customer = ?2")?
            .query_row([id, customer], policy)
            .optional()?;
        Ok(found)
    }

    /// Saves a customer and gives a new one its number.
    pub(super) fn save_customer(&self, customer: &mut Customer) -> Result<(), Error> {
        let known = (customer.id != 0).then_some(customer.id);
        customer.id = self
            .statement(
                "INSERT INTO customers VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET
                 updated_at = excluded.updated_at, applied = excluded.applied,
                 members = excluded.members, custom_fields = excluded.custom_fields RETURNING id",
            )?
            .query_row(
                params![
                    known,
                    customer.created_at,
                    customer.updated_at,
                    count(customer.applied),
                    json(&customer.members),
                    json(&customer.custom_fields),
                ],
                |row| row.get(0),
            )?;
        Ok(())
    }

    /// Replaces what a customer is found by.
    pub(super) fn save_identities(
        &self,
        customer: i64,
        before: &[Identity],
        after: &[Identity],
    ) -> Result<(), Error> {
        for gone in before.iter().filter(|identity| !after.contains(identity)) {
            self.statement(
                "DELETE FROM identities WHERE kind = ?1 AND value = ?2 AND customer = ?3",
            )?
            .execute(params![number(gone.kind), gone.value, customer])?;
        }
        for new in after.iter().filter(|identity| !before.contains(identity)) {
            self.statement("INSERT INTO identities VALUES (?1, ?2, ?3)")?
                .execute(params![number(new.kind), new.value, customer])?;
        }
        Ok(())
    }

    /// Saves a customer's policy and gives a new one its number.
    pub(super) fn save_policy(&self, customer: i64, policy: &mut Policy) -> Result<(), Error> {
        let known = (policy.id != 0).then_some(policy.id);
        policy.id = self
            .statement(
                "INSERT INTO policies VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET
                 updated_at = excluded.updated_at, members = excluded.members,
                 applied = excluded.applied RETURNING id",
            )?
            .query_row(
                params![
                    known,
                    customer,
                    policy.created_at,
                    policy.updated_at,
                    json(&policy.members),
                    count(policy.applied),
                ],
                |row| row.get(0),
            )?;
        Ok(())
    }

    /// Notes that a body was applied to a customer. Appended without an index, which a random digest would
    /// make dear.
    pub(super) fn note_body(&self, digest: &[u8], customer: i64) -> Result<(), Error> {
        self.statement("INSERT INTO applied_bodies VALUES (?1, ?2)")?
            .execute(params![digest, customer])?;
        Ok(())
    }

    /// Which bodies were applied, how often and to whom.
    pub(super) fn applied_bodies(&self) -> Result<AppliedBodies, Error> {
        let mut applied = AppliedBodies::default();
        let mut statement = self
            .statement("SELECT lower(hex(digest)), customer FROM applied_bodies ORDER BY rowid")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let digest: String = row.get(0)?;
            *applied.times.entry(digest.clone()).or_default() += 1;
            let of_customer = applied.of_customers.entry(row.get(1)?).or_default();
            of_customer.push(digest);
        }
        Ok(applied)
    }

    fn commit(self) -> Result<Tally, Error> {
        for (name, value) in self.tally.stored() {
            self.statement("INSERT OR REPLACE INTO counts VALUES (?1, ?2)")?
                .execute(params![name, count(value)])?;
        }
        crate::failpoint::reach("sandbox.written");
        self.transaction.commit()?;
        crate::failpoint::reach("sandbox.committed");
        Ok(self.tally)
    }

    fn statement(&self, sql: &str) -> Result<CachedStatement<'_>, Error> {
        Ok(self.transaction.prepare_cached(sql)?)
    }
}

/// Makes the tables, and adds to older ones what they lack.
fn prepare_tables(connection: &Connection) -> Result<(), Error> {
    connection.execute_batch(SCHEMA)?;
    let columns = "SELECT count(*) FROM pragma_table_info('policies') WHERE name = 'applied'";
    if connection.query_row(columns, [], |row| row.get::<_, i64>(0))? == 0 {
        connection.execute_batch(&format!("BEGIN; {ADDED} COMMIT"))?;
    }
    Ok(())
}

fn stored_tally(connection: &Connection) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    let mut statement = connection.prepare("SELECT name, value FROM counts")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        tally.restore(&name, whole(row, 1)?);
    }
    Ok(tally)
}

fn customer(row: &Row<'_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        id: row.get("id")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        applied: whole(row, "applied")?,
        members: object(row, "members")?,
        custom_fields: object(row, "custom_fields")?,
    })
}

fn policy(row: &Row<'_>) -> rusqlite::Result<Policy> {
    Ok(Policy {
        id: row.get("id")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        applied: whole(row, "applied")?,
        members: object(row, "members")?,
    })
}

fn object(row: &Row<'_>, name: &str) -> rusqlite::Result<Map<String, Value>> {
    let text: String = row.get(name)?;
    serde_json::from_str(&text)
        .map_err(|_| rusqlite::Error::InvalidColumnType(0, name.to_owned(), Type::Text))
}

fn whole<I: RowIndex>(row: &Row<'_>, index: I) -> rusqlite::Result<u64> {
    let value: i64 = row.get(index)?;
    Ok(value.unsigned_abs())
}

fn json(members: &Map<String, Value>) -> String {
    Value::from(members.clone()).to_string()
}

fn number(kind: usize) -> i64 {
    i64::try_from(kind).unwrap_or(i64::MAX)
}

fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
