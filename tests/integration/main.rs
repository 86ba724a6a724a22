//! Behaviour through the public surface, one file per subject.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails where it stands; clippy does not count helpers as tests"
)]

/// The floors, the doors to the outside, and what every file owes its reader.
mod architecture;
/// The API's tables against themselves and against its pages.
mod contract;
/// What the README says, held against the program.
mod readme;
/// What the tests of several rooms have in common.
mod support;

// Ground and first floor: rows, and cells made valid values.
mod normalize;
mod normalize_dates;
mod normalize_phone;
mod row;

// The twins: one table in every format, as other readers see it.
mod table_quirks;
mod table_writers;
mod twins;

// Records: their JSON and what has to be in it, who is who and what is harmless, rows merged, batches.
mod record;
mod record_batch;
mod record_keys;
mod record_merge;

// What was sent beside what the API shows.
mod read_back;

// Sources: which files a run reads, what rows come out as, damaged files, files that are none, the
// invented exports.
mod inbox;
mod inbox_growing;
mod source;
mod source_damage;
mod source_files;
mod source_fixtures;
mod source_packed;
mod source_workbooks;

// Mappings: what a row becomes, what is found in a header, what is said of mistakes, the shipped one,
// drafts for files that nobody has mapped, the schema for editors.
mod mapping;
mod mapping_any_cell;
mod mapping_bind;
mod mapping_damage;
mod mapping_export;
mod mapping_files;
mod mapping_identity;
mod mapping_made;
mod mapping_new;
mod mapping_new_privacy;
mod mapping_protection;
mod mapping_schema;
mod mapping_values;
mod mapping_zones;

// The configuration file by itself.
mod config;

// The journal: staging, states, books, the baseline, recovery, retention, damage.
mod journal;
mod journal_baseline;
mod journal_books;
mod journal_damage;
mod journal_effects;
mod journal_older;
mod journal_parts;
mod journal_past;
mod journal_recover;
mod journal_resolve;
mod journal_retention;
mod journal_retry;
mod journal_states;

// The door to the API: over real HTTP, what answers mean, keys, the quota in virtual time.
mod client;
mod client_answers;
mod client_attribution;
mod client_clocks;
mod client_effects;
mod client_keys;
mod client_ledger;
mod client_limiter;
mod client_pace;
mod client_reading;
mod client_stand_in;

// The stand-in for the API, asked over real HTTP.
mod sandbox;

// The whole command against the real sandbox.
mod archive;
mod backup;
mod bad_input;
mod books_without_phones;
mod carrier_books;
mod check_against;
mod check_apart;
mod check_look;
mod command_line;
mod crash;
mod crash_random;
mod crash_resolve;
mod crash_retry;
mod crash_steps;
mod deadline;
mod dirty;
mod doctor;
mod effects;
mod explain;
mod fortnight;
mod full_disk;
mod give_up;
mod guards;
mod guards_columns;
mod guards_export;
mod hazards;
mod inbox_command;
mod isolation;
mod json_objects;
mod mapping_allow;
mod mapping_command;
mod merge;
mod merge_conflicts;
mod metrics;
mod nights;
#[cfg(unix)]
mod nights_ahead;
mod nights_problems;
mod notify;
mod notify_lapses;
mod outdated;
mod pace;
mod panics;
mod per_record;
mod privacy;
mod privacy_fixtures;
mod privacy_verbs;
#[cfg(unix)]
mod profiles;
mod random_runs;
mod report_page;
mod rerun;
mod resolve;
mod results;
mod resume;
mod retry;
mod runs_itself;
mod shared_key;
mod storm;
mod sync;
mod sync_outcomes;
mod sync_workbook;
mod transcripts;
mod unreachable;
mod upkeep;
mod verify;
