//! Any bytes as a file, with whole workbooks of every kind to begin with.
#![no_main]

mod read;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| read::read(bytes, read::small()));
