//! Behaviour through the public surface, one file per subject.

// Sources: what a file's rows come out as, how files are damaged, and files that are none.
/// A cell's text made a valid value: cases from `fixtures/normalize`, and what holds for any text.
mod normalize;
/// The date forms that a mapping declares.
mod normalize_dates;
/// Phone numbers against the phone number library.
mod normalize_phone;
/// The stand-in for the API, asked over real HTTP.
mod sandbox;
// Sources: what rows come out as, damaged files, files that are none, and the invented exports.
mod source;
mod source_damage;
mod source_files;
mod source_fixtures;
#![expect(
    clippy::unwrap_used,
    reason = "clippy does not count the helpers of an integration test as tests"
)]

/// What a row becomes under a mapping's rules.
mod mapping;
/// Which columns a mapping finds in a header, and what it says of the others.
mod mapping_bind;
/// Mapping files: the shipped one, the design's example, and what is said of broken ones.
mod mapping_files;
/// Which rules are refused or noted because they could harm customers or policies.
mod mapping_identity;
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up may fail where it stands"
)]

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
