-- Schema version 9: when nothing was sent although something was to be, and what a record has been through.

-- Pauses of one reason do not overlap; those of several may.
CREATE TABLE pauses (
    run      INTEGER NOT NULL REFERENCES runs (id),
    why      TEXT NOT NULL CHECK (why IN ('throttled', 'unreachable', 'failing', 'earlier_run', 'in_doubt')),
    begun_at INTEGER NOT NULL,
    -- When it was to end; earlier, where a stop was asked for.
    ended_at INTEGER NOT NULL CHECK (ended_at >= begun_at),
    PRIMARY KEY (run, why, begun_at)
) STRICT, WITHOUT ROWID;

-- The requests that a record was in before it went back to pending. They are few, and beside `records`, whose
-- rows must not grow.
CREATE TABLE earlier_requests (
    record  INTEGER NOT NULL,
    request INTEGER NOT NULL,
    -- What came of the record in it; null where it only rode along.
    code    TEXT,
    message TEXT,
    PRIMARY KEY (record, request)
) STRICT, WITHOUT ROWID;

-- Earlier releases put the API's id of a customer on record who was shown, where nothing takes it away. (What
-- migrations overwrite is overwritten on the disk, too.)
UPDATE audit SET details = 'shows one customer' WHERE verb = 'customer';

-- Here rather than in each statement that sends records back: none of them can forget it.
CREATE TRIGGER records_remember_their_requests
AFTER UPDATE OF state ON records
WHEN NEW.state = 10 AND OLD.request <> 8388608
BEGIN
    INSERT OR REPLACE INTO earlier_requests (record, request, code, message)
    VALUES (OLD.id, OLD.request, OLD.code, OLD.message);
END;
