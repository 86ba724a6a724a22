//! `aca-sync` takes an insurance agency's exports to the careCycle API: every row accounted for,
//! nothing sent twice, nothing lost.
//!
//! # The walk of the data
//!
//! ```text
//! source ──row──▶ mapping (normalize) ──draft──▶ record (merge, body) ──▶ journal.stage
//!                                                                             │ pending, in order
//! report ◀── journal ◀── settle ◀── reply ◀── client (limiter, backoff) ◀── batch ◀── claim
//! ```
//!
//! A run has two phases that meet only in the journal. *Staging* reads a source to its end before the
//! first request, so that everything wrong is known before anything is sent. *Sending* takes pending
//! records from the journal, at most a hundred to a request, and settles what the API answered. `check`
//! is the first phase into a journal that is thrown away, `sync` is both, `resume` is the second alone.
//!
//! # The floors
//!
//! The groups of `mod` lines below are the floors, lowest first. A room uses rooms of lower floors only;
//! the rooms of one floor are strangers to one another. `tests/integration/architecture.rs` keeps it so.
//!
//! * [`contract`]: the API's fields, limits, words and rules as tables; nothing is spelled twice.
//! * [`failpoint`]: every step with an effect outside the process, by name. Builds with debug assertions
//!   can be told by `ACA_SYNC_DIE_AT` to die at one; builds for release cannot.
//! * [`problem`]: why something cannot be used, never what it was. [`private`]: people's data, which
//!   does not print. [`panic_guard`]: panics of libraries made silent. [`platform`]: the few things that Unix and Windows do differently. [`endpoint`]: where
//!   something may be sent over HTTP.
//! * [`row`], [`header`]: what a file says, where it says it, and what its columns are called.
//!   [`origin`], [`format`](mod@format): where a table was found, and how it is written.
//! * [`normalize`]: a cell's text made a valid value, or the reason why not.
//! * [`toml_file`]: files that people write in TOML, every mistake in them with its place.
//! * [`record`]: one customer with its policies: key, merge, body, batch, states.
//! * [`read_back`]: a body as it was sent, held against the customer as the API shows it now.
//! * [`inbox`], [`source`], [`mapping`], [`journal`], [`client`], [`sandbox`], [`notify`]: the wings.
//! * [`config`]: the configuration file and its profiles, as text and as checked settings.
//! * [`engine`]: where the wings meet. [`report`]: what the journal tells people and machines.
//! * [`cli`]: the door to the street.

pub mod contract;
pub mod endpoint;
pub mod failpoint;
pub mod panic_guard;
pub mod platform;
pub mod private;
pub mod problem;

pub mod format;
pub mod header;
pub mod origin;
pub mod row;

pub mod normalize;
pub mod toml_file;

pub mod record;

pub mod read_back;

pub mod client;
pub mod inbox;
pub mod journal;
pub mod mapping;
pub mod notify;
pub mod sandbox;
pub mod source;

pub mod config;

pub mod engine;
pub mod report;

pub mod cli;
