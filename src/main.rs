//! The `aca-sync` command.

fn main() {}
