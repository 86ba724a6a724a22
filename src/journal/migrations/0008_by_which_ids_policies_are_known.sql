-- Schema version 8: the API's ids of policies, by hashes of the ids that others give them (`record/policy_ids.rs`).

ALTER TABLE records ADD COLUMN policy_ids BLOB;
ALTER TABLE known ADD COLUMN policy_ids BLOB;
