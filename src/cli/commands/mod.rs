//! The commands: each wires what lies on the floors below.

mod changes_file;
pub(super) mod check;
mod check_against;
mod check_files;
pub(super) mod customer;
pub(super) mod doctor;
pub(super) mod journal_backup;
mod look;
pub(super) mod mapping;
pub(super) mod mapping_new;
pub(super) mod resolve;
pub(super) mod resume;
pub(super) mod runs;
pub(super) mod sandbox;
pub(super) mod show;
pub(super) mod sync;
pub(super) mod verify;
