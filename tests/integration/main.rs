//! Behaviour through the public surface, one file per subject.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails where it stands; clippy does not count helpers as tests"
)]

/// The floors, the doors to the outside, and what every file owes its reader.
mod architecture;
/// The API's tables against themselves and against its pages.
mod contract;
/// Rows in chunks, packed and unpacked.
mod row;
// Records: their JSON and what has to be in it, who is who and what is harmless, rows merged, batches.
mod record;
mod record_batch;
mod record_keys;
mod record_merge;
// Sources: what a file's rows come out as, how files are damaged, and files that are none.
/// A cell's text made a valid value: cases from `fixtures/normalize`, and what holds for any text.
mod normalize;
/// The date forms that a mapping declares.
mod normalize_dates;
/// Phone numbers against the phone number library.
mod normalize_phone;

/// What rows of a file come out as.
mod source;
/// How files are damaged, and what that costs.
mod source_damage;
/// Files that are none, and what is said of them.
mod source_files;
/// The invented exports: made anew, byte for byte, and every quirk where its table says.
mod source_fixtures;

/// What a row becomes under a mapping's rules.
mod mapping;
/// Which columns a mapping finds in a header, and what it says of the others.
mod mapping_bind;
/// The shipped mapping over whole exports.
mod mapping_export;
/// Mapping files: the shipped one, the design's example, and what is said of broken ones.
mod mapping_files;
/// Which rules are refused or noted because they could harm customers or policies.
mod mapping_identity;
/// What a mapping's rules make of one cell.
mod mapping_values;

/// The door to the API over real loopback HTTP.
mod client;
/// What answers of the API mean for a request.
mod client_answers;
/// Which records an answer says to have succeeded, and which it only seems to.
mod client_attribution;
/// What opens the door: keys, addresses, rates.
mod client_keys;
/// What processes that use one key know of one another.
mod client_ledger;
/// The quota and the pauses, in virtual time.
mod client_limiter;
/// A stand-in of the API that does what it is told.
mod client_stand_in;

/// The stand-in for the API, asked over real HTTP.
mod sandbox;

/// What the README says, held against the program.
mod readme;
mod source;
mod source_damage;
mod source_files;
/// What the tests of the journal have in common.
mod support;
// The journal: staging, states and books.
mod journal;
mod journal_books;
mod journal_parts;
mod journal_recover;
mod journal_states;
