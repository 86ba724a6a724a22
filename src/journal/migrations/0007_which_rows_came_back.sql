-- Which rows of a run came back corrected in a later one, and which rejected rows that has closed.

-- A row of a file of rows to be corrected, and the row of an earlier run that it was.
CREATE TABLE came_back (
    run       INTEGER NOT NULL,
    source    INTEGER NOT NULL,
    row       INTEGER NOT NULL,
    of_run    INTEGER NOT NULL,
    of_source INTEGER NOT NULL,
    of_row    INTEGER NOT NULL,
    PRIMARY KEY (run, source, row)
) STRICT, WITHOUT ROWID;

CREATE INDEX came_back_by_origin ON came_back (of_run, of_source, of_row);

-- Rejected rows whose customer a later run has delivered. They stay rejected in the books of their own run.
CREATE TABLE closed_rows (
    run    INTEGER NOT NULL,
    source INTEGER NOT NULL,
    row    INTEGER NOT NULL,
    by_run INTEGER NOT NULL,
    PRIMARY KEY (run, source, row)
) STRICT, WITHOUT ROWID;
