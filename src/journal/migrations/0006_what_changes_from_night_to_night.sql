-- Schema version 6: what is remembered of customers and policies, so that a night tells what is new in it.

-- Opt-outs and policies, packed (`record/facts.rs`); null where the body is one that was delivered before.
ALTER TABLE records ADD COLUMN facts BLOB;
-- 1 where the record carries an opt-out that is not known to be delivered: it is sent before all others.
ALTER TABLE records ADD COLUMN opts_out INTEGER NOT NULL DEFAULT 0;
-- Holds those alone, so that a million others need not be looked at.
CREATE INDEX records_that_opt_out ON records (id) WHERE opts_out = 1;

-- What tells the row from others on the next night: its customer's key, else a hash of its cells.
ALTER TABLE rejected_rows ADD COLUMN subject BLOB;
-- 1 where the row carries an opt-out that is not known to be delivered.
ALTER TABLE rejected_rows ADD COLUMN opts_out INTEGER NOT NULL DEFAULT 0;

-- Everything that was ever delivered of the customer, the newest on top. Takes the place of rows in a table
-- of its own, which nothing ever wrote.
ALTER TABLE known ADD COLUMN facts BLOB;
ALTER TABLE known DROP COLUMN opted_out;
DROP TABLE known_policies;

-- The body that the API refused last: its fingerprint, the API's code, the run and when; and how often
-- in a row, where twice is for good.
ALTER TABLE known ADD COLUMN refused BLOB;
ALTER TABLE known ADD COLUMN refused_code TEXT;
ALTER TABLE known ADD COLUMN refused_run INTEGER;
ALTER TABLE known ADD COLUMN refused_at INTEGER;
ALTER TABLE known ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;

-- What a run would do by all that was known when it was staged.
CREATE TABLE forecasts (
    run                INTEGER PRIMARY KEY REFERENCES runs (id),
    -- Records to be sent, and those of them whose customers were delivered before.
    pending            INTEGER NOT NULL,
    resent             INTEGER NOT NULL,
    unchanged          INTEGER NOT NULL,
    refused_before     INTEGER NOT NULL,
    customers_new      INTEGER NOT NULL,
    -- Customers of unknown past whose record carries a policy.
    customers_unknown  INTEGER NOT NULL,
    policies_new       INTEGER NOT NULL,
    policies_unknown   INTEGER NOT NULL,
    customers_losing   INTEGER NOT NULL,
    policies_ending    INTEGER NOT NULL,
    -- Records that carry an opt-out which is not known to be delivered.
    opt_outs           INTEGER NOT NULL
) STRICT;

-- What is worth a person's eye: how the file differs from what was delivered before.
CREATE TABLE changes (
    run         INTEGER NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('status_changed', 'agent_lost', 'policy_vanished', 'customer_vanished')),
    -- Where the customer stands: in this run's files, or in those of the run where it was seen last.
    seen_run    INTEGER NOT NULL,
    source      INTEGER NOT NULL,
    row         INTEGER NOT NULL,
    place       INTEGER NOT NULL,
    -- Statuses, or agents by number; null where there is none.
    before      TEXT,
    after       TEXT,
    customer_id TEXT,
    PRIMARY KEY (run, kind, seen_run, source, row, place)
) STRICT, WITHOUT ROWID;

-- The books of a run whose rows and records are gone, as JSON.
ALTER TABLE runs ADD COLUMN books TEXT;

-- What is only counted; now also rows whose customers are on the list of people whom nobody may call. The
-- kinds are the program's (`journal/stage.rs`).
CREATE TABLE counts_of_any_kind (
    run      INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    source   INTEGER NOT NULL,
    "column" INTEGER NOT NULL,
    code     TEXT NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (run, kind, source, "column", code)
) STRICT, WITHOUT ROWID;

INSERT INTO counts_of_any_kind SELECT run, kind, source, "column", code, count FROM counts;
DROP TABLE counts;
ALTER TABLE counts_of_any_kind RENAME TO counts;

-- Whose problems they are: one mapping, sent to one account.
CREATE TABLE scopes (
    id      INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    target  TEXT NOT NULL,
    address TEXT NOT NULL,
    mapping TEXT NOT NULL,
    UNIQUE (account, target, address, mapping)
) STRICT;

-- Since when something is wrong with a row or a record.
CREATE TABLE troubles (
    scope     INTEGER NOT NULL REFERENCES scopes (id),
    subject   BLOB NOT NULL,
    code      TEXT NOT NULL,
    first_run INTEGER NOT NULL,
    first_at  INTEGER NOT NULL,
    last_run  INTEGER NOT NULL,
    PRIMARY KEY (scope, subject, code)
) STRICT, WITHOUT ROWID;

-- What somebody has looked at and leaves as it is: all of a code, or one customer or row.
CREATE TABLE acknowledgements (
    id      INTEGER PRIMARY KEY,
    scope   INTEGER NOT NULL REFERENCES scopes (id),
    code    TEXT,
    subject BLOB,
    because TEXT NOT NULL,
    -- In milliseconds since 1970; null for good.
    until   INTEGER,
    user    TEXT NOT NULL,
    at      INTEGER NOT NULL,
    CHECK ((code IS NULL) <> (subject IS NULL))
) STRICT;

-- The same, counted when the work on a run ended: rows where rejected, else records; `code` is empty for all
-- of a kind, where one with several codes counts once.
CREATE TABLE run_troubles (
    run      INTEGER NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('rejected', 'failed', 'held', 'in_doubt')),
    code     TEXT NOT NULL,
    fresh    INTEGER NOT NULL,
    standing INTEGER NOT NULL,
    -- Those that somebody has looked at, whether new or standing; in neither of the two counts before.
    acknowledged INTEGER NOT NULL,
    -- When the oldest of the standing ones was first seen, in milliseconds since 1970.
    oldest   INTEGER,
    PRIMARY KEY (run, kind, code)
) STRICT, WITHOUT ROWID;
