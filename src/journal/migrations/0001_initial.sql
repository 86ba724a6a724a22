-- Schema version 1.
--
-- A record's id is its run's id times 2^32 plus its number in the run, so the records of a run are one
-- range of ids, in the order in which they are sent. States and requests are numbers that never grow by a
-- byte, so that a million records change in place instead of parting full pages: states begin at 10, as
-- SQLite stores 0 and 1 shorter than others, and requests at 2^23. `states` names the states, and
-- `record_states` shows them to people.
-- Times are milliseconds since 1970 (UTC).

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id             INTEGER PRIMARY KEY,
    identity       BLOB NOT NULL CHECK (length(identity) = 32),
    state          TEXT NOT NULL CHECK (state IN ('staging', 'sending', 'finished')),
    account        TEXT NOT NULL,
    target         TEXT NOT NULL,
    address        TEXT NOT NULL,
    mapping        TEXT NOT NULL,
    mapping_digest BLOB NOT NULL,
    command        TEXT NOT NULL,
    program        TEXT NOT NULL,
    sampled        INTEGER NOT NULL DEFAULT 0 CHECK (sampled IN (0, 1)),
    folded         INTEGER NOT NULL DEFAULT 0 CHECK (folded IN (0, 1)),
    started_at     INTEGER NOT NULL,
    finished_at    INTEGER,
    exit           INTEGER,
    rows_read      INTEGER NOT NULL DEFAULT 0,
    rows_skipped   INTEGER NOT NULL DEFAULT 0,
    rows_staged    INTEGER NOT NULL DEFAULT 0,
    records        INTEGER NOT NULL DEFAULT 0,
    stage_ms       INTEGER NOT NULL DEFAULT 0,
    send_ms        INTEGER NOT NULL DEFAULT 0,
    -- Where the rows' cells and the records' bodies are: 1 in the spool that staging wrote, 2 in the smaller
    -- one that carried the open records over, 0 nowhere any more.
    spool          INTEGER NOT NULL DEFAULT 1 CHECK (spool IN (0, 1, 2)),
    CHECK (state <> 'finished' OR finished_at IS NOT NULL)
) STRICT;

CREATE INDEX runs_by_identity ON runs (identity);

CREATE TABLE sources (
    run      INTEGER NOT NULL REFERENCES runs (id),
    number   INTEGER NOT NULL,
    path     TEXT NOT NULL,
    sha256   BLOB NOT NULL CHECK (length(sha256) = 32),
    size     INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    -- The column names as a JSON list.
    header   TEXT NOT NULL,
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

-- Where the spool of a run keeps which rows and bodies.
CREATE TABLE blocks (
    run      INTEGER NOT NULL REFERENCES runs (id),
    number   INTEGER NOT NULL,
    offset   INTEGER NOT NULL,
    length   INTEGER NOT NULL,
    checksum BLOB NOT NULL,
    source   INTEGER NOT NULL,
    -- Row numbers; null where the block holds bodies of merged records only.
    first_row INTEGER,
    last_row  INTEGER,
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE states (
    code INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

INSERT INTO states (code, name) VALUES
    (10, 'pending'), (11, 'in_flight'), (12, 'succeeded'), (13, 'failed'),
    (14, 'in_doubt'), (15, 'held'), (16, 'unchanged'), (17, 'superseded');

CREATE TABLE records (
    id          INTEGER PRIMARY KEY,
    key         BLOB NOT NULL CHECK (length(key) = 16),
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 16),
    -- 1 for the first ten policies of a customer, 2 for the next …
    part        INTEGER NOT NULL DEFAULT 1 CHECK (part >= 1),
    -- The part that has to be settled before this one is sent.
    previous    INTEGER CHECK ((previous IS NULL) = (part = 1)),
    state       INTEGER NOT NULL CHECK (state BETWEEN 10 AND 17),
    harmless    INTEGER NOT NULL CHECK (harmless IN (0, 1)),
    -- The first row it came from, and how many rows there were (counted at part 1).
    source      INTEGER NOT NULL,
    row         INTEGER NOT NULL,
    rows        INTEGER NOT NULL,
    -- Where the spool keeps its body.
    block       INTEGER NOT NULL,
    slot        INTEGER NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    -- The last request it was sent in; the very first entry of `requests` while it was in none.
    request     INTEGER NOT NULL DEFAULT 8388608,
    code        TEXT,
    message     TEXT,
    customer_id TEXT,
    -- What is in flight, succeeded, failed or in doubt was in a request. (A list of more than two states
    -- would make SQLite build a table for every row written.)
    CHECK (state < 11 OR state > 14 OR (request <> 8388608 AND attempts > 0)),
    -- Whatever is not as it should be says why.
    CHECK (state < 13 OR state > 15 OR code IS NOT NULL)
) STRICT;

CREATE VIEW record_states AS
SELECT r.id >> 32 AS run, r.id & 4294967295 AS number, s.name AS state, r.source, r.row, r.rows, r.part,
       r.attempts, r.request, r.code
FROM records r JOIN states s ON s.code = r.state;

-- The arrows of `record/state.rs`, once more.
CREATE TRIGGER records_move_along_the_arrows
BEFORE UPDATE OF state ON records
WHEN NOT CASE OLD.state
    WHEN 10 THEN NEW.state IN (11, 17)
    WHEN 11 THEN NEW.state = 10 OR NEW.state BETWEEN 12 AND 14
    WHEN 13 THEN NEW.state IN (10, 17)
    WHEN 14 THEN NEW.state = 10 OR NEW.state BETWEEN 12 AND 13 OR NEW.state = 17
    WHEN 15 THEN NEW.state IN (10, 17)
    ELSE 0
END
BEGIN
    SELECT RAISE(ABORT, 'no arrow leads from that state to this one');
END;

-- The rows beyond the first that a record was merged from.
CREATE TABLE merged_rows (
    record INTEGER NOT NULL,
    source INTEGER NOT NULL,
    row    INTEGER NOT NULL,
    PRIMARY KEY (record, source, row)
) STRICT, WITHOUT ROWID;

CREATE TABLE rejected_rows (
    run    INTEGER NOT NULL,
    source INTEGER NOT NULL,
    row    INTEGER NOT NULL,
    line   INTEGER NOT NULL,
    PRIMARY KEY (run, source, row)
) STRICT, WITHOUT ROWID;

-- Why rows were rejected. `place` counts the problems of one row.
CREATE TABLE problems (
    run      INTEGER NOT NULL,
    source   INTEGER NOT NULL,
    row      INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    "column" INTEGER,
    field    TEXT NOT NULL,
    code     TEXT NOT NULL,
    PRIMARY KEY (run, source, row, place)
) STRICT, WITHOUT ROWID;

-- What is only counted, by column and code: repairs, values left out, rows skipped, and rows that carry
-- a field by which the API finds a customer or a policy.
CREATE TABLE counts (
    run      INTEGER NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('repaired', 'omitted', 'skipped', 'identified')),
    source   INTEGER NOT NULL,
    "column" INTEGER NOT NULL,
    code     TEXT NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (run, kind, source, "column", code)
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
    id          INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL,
    records     INTEGER NOT NULL CHECK (records > 0),
    -- 1 when it held records that were sent before.
    again       INTEGER NOT NULL CHECK (again IN (0, 1)),
    claimed_at  INTEGER NOT NULL,
    answered_at INTEGER,
    -- How often it left, and how often the answer was 429.
    tries       INTEGER NOT NULL DEFAULT 0,
    throttled   INTEGER NOT NULL DEFAULT 0,
    -- The HTTP status of the last answer; null when none came.
    status      INTEGER,
    result      TEXT CHECK (result IN ('settled', 'refused', 'doubtful', 'not_sent'))
) STRICT;

-- Stands for "none yet", and lets the numbers of all others be as long as its own.
INSERT INTO requests (id, run, records, again, claimed_at, result) VALUES (8388608, 0, 1, 0, 0, 'not_sent');

CREATE INDEX requests_by_run ON requests (run);

-- What is remembered per customer after bodies are gone.
CREATE TABLE known (
    account      TEXT NOT NULL,
    target       TEXT NOT NULL,
    -- What one address has says nothing of what another has.
    address      TEXT NOT NULL,
    key          BLOB NOT NULL CHECK (length(key) = 16),
    part         INTEGER NOT NULL,
    -- Of the last body that succeeded: the baseline. Null when its outcome was lost.
    fingerprint  BLOB,
    -- 1 while a body may have been applied that the API would not recognize if it came again.
    in_doubt     INTEGER NOT NULL DEFAULT 0 CHECK (in_doubt IN (0, 1)),
    customer_id  TEXT,
    succeeded_at INTEGER,
    -- The last run whose file held the customer.
    seen_run     INTEGER NOT NULL,
    opted_out    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, target, address, key, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE known_policies (
    account        TEXT NOT NULL,
    target         TEXT NOT NULL,
    address        TEXT NOT NULL,
    key            BLOB NOT NULL CHECK (length(key) = 16),
    -- A keyed hash of the identifier by which the API matches the policy.
    policy         BLOB NOT NULL,
    policy_id      TEXT,
    status         TEXT,
    effective_date TEXT,
    aor_npn        TEXT,
    seen_run       INTEGER NOT NULL,
    PRIMARY KEY (account, target, address, key, policy)
) STRICT, WITHOUT ROWID;

-- Who ran what. Never purged with the data.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    user    TEXT NOT NULL,
    host    TEXT NOT NULL,
    verb    TEXT NOT NULL,
    run     INTEGER,
    details TEXT NOT NULL
) STRICT;
