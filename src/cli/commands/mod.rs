//! The commands: each wires what lies on the floors below.

pub(super) mod ack;
mod apart_file;
pub(super) mod audit;
mod changes_file;
pub(super) mod check;
mod check_against;
mod check_files;
pub(super) mod completions;
pub(super) mod customer;
pub(super) mod doctor;
pub(super) mod forget;
pub(super) mod journal_backup;
mod look;
pub(super) mod mapping;
pub(super) mod mapping_new;
pub(super) mod purge;
pub(super) mod report;
pub(super) mod resolve;
pub(super) mod results;
pub(super) mod resume;
pub(super) mod retry;
mod retry_source;
pub(super) mod runs;
pub(super) mod sandbox;
pub(super) mod show;
pub(super) mod sync;
pub(super) mod verify;
