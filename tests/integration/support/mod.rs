//! What the tests of several rooms share: a fresh folder and a clean environment, the real sandbox on a
//! free port, exports of any size, a journal filled by hand, one table in every format.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not `in tests` for clippy, and a failed one is a failed test"
)]

pub(crate) mod apart;
pub(crate) mod book;
pub(crate) mod death;
pub(crate) mod outsider;
pub(crate) mod parrot;
pub(crate) mod relay;
pub(crate) mod server;
pub(crate) mod shelf;
pub(crate) mod table;
pub(crate) mod workdir;

#[path = "../../../examples/healthsherpa_export/generator/mod.rs"]
pub(crate) mod generator;

#[path = "../../../examples/fortnight/nights/mod.rs"]
pub(crate) mod nights;

pub(crate) use self::{
    server::Server,
    shelf::*,
    workdir::{Workdir, balanced, client},
};

/// A key that the sandbox takes. No output may ever hold it.
pub(crate) const KEY: &str = "cc_test_0f1e2d3c4b5a69788796a5b4c3d2e1f0";
