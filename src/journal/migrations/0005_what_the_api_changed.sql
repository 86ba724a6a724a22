-- Schema version 5: what the API says that a request has changed.

-- Of the records that succeeded: for how many the answer tells at all, and what it tells, added up. Null
-- where it does not tell, as older versions of the answer do not.
ALTER TABLE requests ADD COLUMN told INTEGER;
ALTER TABLE requests ADD COLUMN customers_created INTEGER;
ALTER TABLE requests ADD COLUMN customers_updated INTEGER;
ALTER TABLE requests ADD COLUMN policies_created INTEGER;
ALTER TABLE requests ADD COLUMN policies_updated INTEGER;
ALTER TABLE requests ADD COLUMN policies_ended INTEGER;

-- The policies that have another status than before. They are few, and beside `records`, whose rows must
-- not grow.
CREATE TABLE policy_changes (
    run         INTEGER NOT NULL REFERENCES runs (id),
    -- As in `records`; a record succeeds once, so its changes are written once.
    record      INTEGER NOT NULL,
    -- Counts the changes of one record.
    number      INTEGER NOT NULL,
    -- `ended` by the API itself, or `flipped`.
    kind        TEXT NOT NULL CHECK (kind IN ('ended', 'flipped')),
    -- The policy's place in the record's own list, from 0; null where it is not in it.
    place       INTEGER,
    policy_id   TEXT,
    from_status TEXT NOT NULL,
    to_status   TEXT NOT NULL,
    PRIMARY KEY (run, record, number)
) STRICT, WITHOUT ROWID;
