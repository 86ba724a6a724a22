//! The API key: a secret that prints nothing of itself.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::Path,
};

use reqwest::header::HeaderValue;
use sha2::{Digest, Sha256};

use super::Error;
use crate::{platform, private::Private};

/// How every key begins (page A1).
const PREFIX: &str = "cc_";
/// No key is longer; a longer file is some other file.
const LONGEST: u64 = 4096;
/// Keeps the ledger's name from being a plain hash of the key, which could be looked up elsewhere.
const LEDGER_PURPOSE: &[u8] = b"aca-sync ledger of the key\0";
/// So many bytes of the hash name the ledger: enough to be unique, too few to say anything.
const LEDGER_NAME_BYTES: usize = 16;

/// The key that opens the API. It shows itself to the request's header only.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    text: Private<String>,
    exposed: bool,
}

impl ApiKey {
    /// The key in `text`, without surrounding white space.
    ///
    /// # Errors
    ///
    /// When it does not begin with `cc_`, or holds anything but visible ASCII characters.
    pub fn from_text(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let body = text.strip_prefix(PREFIX).ok_or(Error::KeyPrefix)?;
        if body.is_empty() || !body.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::KeyCharacters);
        }
        Ok(Self {
            text: Private::new(text.to_owned()),
            exposed: false,
        })
    }

    /// The key in the file at `path`, which holds nothing else.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or holds no key; the error names the file.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        let (text, exposed) = read(path).map_err(|source| Error::KeyFile {
            path: path.to_owned(),
            source,
        })?;
        let key = Self::from_text(&text).map_err(|problem| Error::KeyInFile {
            path: path.to_owned(),
            problem: Box::new(problem),
        })?;
        Ok(Self { exposed, ..key })
    }

    /// True when the key came from a file that others than its owner may read.
    pub const fn is_exposed(&self) -> bool {
        self.exposed
    }

    /// What names this key's ledger: hexadecimal, the same for the same key, and no way back to it.
    pub fn ledger_name(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(LEDGER_PURPOSE);
        hash.update(self.text.expose().as_bytes());
        let mut name = String::with_capacity(2 * LEDGER_NAME_BYTES);
        for byte in hash.finalize().iter().take(LEDGER_NAME_BYTES) {
            name.extend(
                [byte >> 4, byte & 0xf]
                    .map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or_default()),
            );
        }
        name
    }

    /// The value of the `x-api-key` header, marked so that no HTTP library prints it.
    pub(super) fn header_value(&self) -> Result<HeaderValue, Error> {
        let mut value =
            HeaderValue::from_str(self.text.expose()).map_err(|_| Error::KeyCharacters)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey(private)")
    }
}

/// The file's text, and whether others may read it.
fn read(path: &Path) -> io::Result<(String, bool)> {
    let file = File::open(path)?;
    let exposed = platform::is_readable_by_others(&file)?;
    let mut text = String::new();
    file.take(LONGEST + 1).read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > LONGEST) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "too long to be a key",
        ));
    }
    Ok((text, exposed))
}
