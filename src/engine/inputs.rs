//! The files of a run and the mapping that reads them, opened and held against each other before
//! anything else happens.

use std::{
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use sha2::{Digest as _, Sha256};

use super::Error;
use crate::{
    header::{Header, fold},
    journal::{RunPlan, SourcePlan},
    mapping::{BoundMapping, Mapping},
    source::{self, Digest, Source},
};

/// Where a run sends to, and in whose name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The configured name of the account; never derived from the key.
    pub account: String,
    /// The API's address; literally `sandbox` for the sandbox.
    pub address: String,
}

/// Files that fit their mapping.
pub struct Inputs {
    pub(super) mapping: Mapping,
    pub(super) bound: BoundMapping,
    pub(super) sources: Vec<Source>,
    digests: Vec<Digest>,
}

/// The version of what goes into a run's identity.
const IDENTITY_VERSION: u8 = 1;

impl Inputs {
    /// Opens files of one run and binds the mapping to their header.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, two of them differ in their columns or are the same, or a column that
    /// the mapping asks for is missing.
    pub fn open(mapping: Mapping, files: &[PathBuf]) -> Result<Self, Error> {
        let mut sources: Vec<Source> = Vec::with_capacity(files.len());
        for (index, path) in (0..).zip(files) {
            let source = Source::open(path, index)?;
            if let Some(first) = sources
                .first()
                .filter(|first| !same_columns(first.header(), source.header()))
            {
                return Err(Error::HeadersDiffer {
                    first: first.path().to_owned(),
                    other: path.clone(),
                });
            }
            sources.push(source);
        }
        let first = sources
            .first()
            .ok_or(Error::Broken("a run without a file"))?;
        let bound = mapping
            .bind(first.header())
            .map_err(|error| Error::Header {
                path: first.path().to_owned(),
                error,
            })?;
        let digests = files
            .iter()
            .map(|path| source::digest(path))
            .collect::<Result<Vec<_>, _>>()?;
        refuse_twins(files, &digests)?;
        Ok(Self {
            mapping,
            bound,
            sources,
            digests,
        })
    }

    /// The mapping.
    pub const fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The columns that no field takes.
    pub fn unused_columns(&self) -> Vec<String> {
        self.bound.unused_columns().map(str::to_owned).collect()
    }

    /// The files' size in bytes.
    pub fn size(&self) -> u64 {
        self.sources.iter().map(Source::size).sum()
    }

    /// When the newest of the files was modified, in seconds since 1970.
    pub fn modified(&self) -> i64 {
        self.digests
            .iter()
            .map(|digest| digest.modified)
            .max()
            .unwrap_or_default()
    }

    /// What the run is about: two plans of equal identity would send the same to the same account.
    pub fn plan(&self, destination: &Destination, full: bool, command: String) -> RunPlan {
        let target = self.mapping.target().name();
        let mut identity = Sha256::new();
        identity.update([IDENTITY_VERSION, u8::from(full)]);
        for text in [
            target,
            destination.account.as_str(),
            destination.address.as_str(),
        ] {
            identity.update(text.as_bytes());
            identity.update([0]);
        }
        identity.update(self.mapping.digest());
        for digest in &self.digests {
            identity.update(digest.sha256);
        }
        RunPlan {
            identity: identity.finalize().into(),
            account: destination.account.clone(),
            target,
            address: destination.address.clone(),
            mapping: self.mapping.name().to_owned(),
            mapping_digest: self.mapping.digest(),
            command,
            full,
            program: env!("CARGO_PKG_VERSION"),
            sources: self.source_plans(),
        }
    }

    fn source_plans(&self) -> Vec<SourcePlan> {
        self.sources
            .iter()
            .zip(&self.digests)
            .map(|(source, digest)| SourcePlan {
                path: source.path().to_owned(),
                sha256: digest.sha256,
                size: digest.size,
                modified: digest.modified,
                header: source.header().names().to_vec(),
            })
            .collect()
    }

    /// Refuses files that are not what was digested any more: half-written exports grow.
    pub(super) fn expect_unchanged(&self) -> Result<(), Error> {
        for (source, digest) in self.sources.iter().zip(&self.digests) {
            if size_and_time(source.path()) != Some((digest.size, digest.modified)) {
                let path = source.path().to_owned();
                return Err(Error::FileChanged { path });
            }
        }
        Ok(())
    }
}

fn same_columns(one: &Header, other: &Header) -> bool {
    let folded = |header: &Header| {
        header
            .names()
            .iter()
            .map(|name| fold(name))
            .collect::<Vec<_>>()
    };
    folded(one) == folded(other)
}

/// The same export under two names would count its customers twice.
fn refuse_twins(files: &[PathBuf], digests: &[Digest]) -> Result<(), Error> {
    for (index, (path, digest)) in files.iter().zip(digests).enumerate() {
        let twin = files
            .iter()
            .zip(digests)
            .take(index)
            .find(|(_, other)| other.sha256 == digest.sha256);
        if let Some((first, _)) = twin {
            return Err(Error::SameFileTwice {
                first: first.clone(),
                other: path.clone(),
            });
        }
    }
    Ok(())
}

fn size_and_time(path: &Path) -> Option<(u64, i64)> {
    let metadata = fs::metadata(path).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((metadata.len(), i64::try_from(modified.as_secs()).ok()?))
}
