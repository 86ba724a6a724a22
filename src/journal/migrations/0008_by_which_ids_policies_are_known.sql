-- Schema version 8: the API's ids of policies, by hashes of the ids that others give them (`record/policy_ids.rs`).

ALTER TABLE records ADD COLUMN policy_ids BLOB;
ALTER TABLE known ADD COLUMN policy_ids BLOB;

-- What is about to make something new may be found to be there, and is held then.
DROP TRIGGER records_move_along_the_arrows;
CREATE TRIGGER records_move_along_the_arrows
BEFORE UPDATE OF state ON records
WHEN NOT CASE OLD.state
    WHEN 10 THEN NEW.state IN (11, 15, 17)
    WHEN 11 THEN NEW.state = 10 OR NEW.state BETWEEN 12 AND 14
    WHEN 13 THEN NEW.state IN (10, 17)
    WHEN 14 THEN NEW.state = 10 OR NEW.state BETWEEN 12 AND 13 OR NEW.state = 17
    WHEN 15 THEN NEW.state IN (10, 17)
    ELSE 0
END
BEGIN
    SELECT RAISE(ABORT, 'no arrow leads from that state to this one');
END;
