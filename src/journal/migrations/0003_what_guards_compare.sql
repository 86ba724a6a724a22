-- Schema version 3: what the guards of a later run compare their file with.

-- The run whose corrected file came back as this one, 0 where that file does not say; null for all others.
ALTER TABLE runs ADD COLUMN child_of INTEGER;
-- The greatest value in the column that says which row is newer, in seconds since 1970.
ALTER TABLE runs ADD COLUMN newest INTEGER;

-- In how many of a run's rows the columns of a rule held something.
CREATE TABLE fills (
    run     INTEGER NOT NULL REFERENCES runs (id),
    -- The columns' names as the mapping spells them.
    columns TEXT NOT NULL,
    filled  INTEGER NOT NULL,
    rows    INTEGER NOT NULL CHECK (filled <= rows),
    PRIMARY KEY (run, columns)
) STRICT, WITHOUT ROWID;
