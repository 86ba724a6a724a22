//! Why the door to the API cannot be opened.

use std::{io, path::PathBuf};

/// What is wrong with the key, the address, the rate or the ledger. No text holds the key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key does not look like one.
    #[error("an API key begins with `cc_`; copy it again from careCycle's Developer Dashboard")]
    KeyPrefix,
    /// The key holds what no key holds.
    #[error(
        "an API key is one line of visible ASCII characters; copy it again, without anything around it"
    )]
    KeyCharacters,
    /// The key's file cannot be read.
    #[error("{}: the API key cannot be read: {source}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The key's file holds no key.
    #[error("{}: {problem}", path.display())]
    KeyInFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with its content.
        problem: Box<Error>,
    },
    /// The address is none.
    #[error("the base URL is not an address; write it like https://api.carecycle.ai")]
    AddressUnreadable,
    /// The address would send the key and people's data in the open.
    #[error(
        "the base URL has to begin with https://; http:// is for this machine only (localhost, 127.0.0.1, [::1])"
    )]
    AddressUnencrypted,
    /// The address holds a user or a password.
    #[error("the base URL holds a user or a password; remove it, the API takes a key only")]
    AddressWithUser,
    /// The address holds more than host, port and path.
    #[error("the base URL holds a query or a fragment; remove what follows `?` or `#`")]
    AddressWithQuery,
    /// The rate is none.
    #[error(
        "`{text}` is not a rate; write it like 60/min, 10/s or 1000/h, with 1 to 1000000 requests"
    )]
    Rate {
        /// What was written.
        text: String,
    },
    /// The ledger of the key cannot be used.
    #[error("{}: the ledger of requests cannot be used: {source}\n\nhint: look at free space and rights, then run the same command again", path.display())]
    Ledger {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system's certificates or the TLS library cannot be used.
    #[error(
        "TLS cannot be set up; check that the system's root certificates (ca-certificates) are installed"
    )]
    Tls,
}
