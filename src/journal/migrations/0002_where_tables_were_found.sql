-- Schema version 2: a source is a table, which may lie in an archive and on a sheet, below title rows; and
-- what cannot be decoded says where in the file it stands.

ALTER TABLE sources ADD COLUMN member TEXT;
ALTER TABLE sources ADD COLUMN sheet TEXT;
-- What the table was read as, in words.
ALTER TABLE sources ADD COLUMN read_as TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN header_row INTEGER NOT NULL DEFAULT 1;

ALTER TABLE problems ADD COLUMN byte INTEGER;
