//! What `--version` says: the program's version and those of the data that it carries.

use std::sync::LazyLock;

static LONG: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}\ntime zones: IANA {} (chrono-tz {})\nphone numbers: phonenumber {}",
        env!("CARGO_PKG_VERSION"),
        chrono_tz::IANA_TZDB_VERSION,
        locked_version("chrono-tz"),
        locked_version("phonenumber"),
    )
});

/// The text behind `--version`.
pub(super) fn long() -> &'static str {
    &LONG
}

/// The version of a package that this program was built with. The version of `phonenumber` ends in
/// that of its metadata.
fn locked_version(package: &str) -> &'static str {
    const LOCK: &str = include_str!("../../Cargo.lock");
    let name = format!("name = \"{package}\"");
    LOCK.lines()
        .skip_while(|line| *line != name)
        .nth(1)
        .and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .unwrap_or("unknown")
}
