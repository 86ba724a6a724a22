-- Schema version 4: what merging the rows of a customer found is counted too, and the first rows are named.

-- What is only counted, by column and code: repairs, values left out, rows skipped, rows that carry a field
-- by which the API finds a customer or a policy; and by field: customers of whom rows disagree in it, and
-- rows that say the same as another one.
CREATE TABLE counts_with_merging (
    run      INTEGER NOT NULL,
    kind     TEXT NOT NULL CHECK (
        kind IN ('repaired', 'omitted', 'skipped', 'identified', 'conflict', 'duplicate')
    ),
    source   INTEGER NOT NULL,
    "column" INTEGER NOT NULL,
    code     TEXT NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (run, kind, source, "column", code)
) STRICT, WITHOUT ROWID;

INSERT INTO counts_with_merging SELECT run, kind, source, "column", code, count FROM counts;
DROP TABLE counts;
ALTER TABLE counts_with_merging RENAME TO counts;

-- The first rows of each conflict's field and of the duplicates: the row that counts and the one that was
-- overwritten, or the later row and the one that says the same.
CREATE TABLE row_pairs (
    run          INTEGER NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('conflict', 'duplicate')),
    field        TEXT NOT NULL,
    place        INTEGER NOT NULL,
    source       INTEGER NOT NULL,
    row          INTEGER NOT NULL,
    other_source INTEGER NOT NULL,
    other_row    INTEGER NOT NULL,
    PRIMARY KEY (run, kind, field, place)
) STRICT, WITHOUT ROWID;
