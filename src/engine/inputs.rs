//! The files of a run and the mapping that reads them, opened and held against each other before
//! anything else happens.

use std::path::PathBuf;

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};

use super::{Error, Suppression, export_age::ExportTimes};
use crate::{
    header::{Header, fold},
    journal::{RunPlan, SourcePlan},
    mapping::{BoundMapping, Mapping, Watch},
    source::{self, Limits, Source, Wanted},
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
    pub(super) watch: Watch,
    pub(super) sources: Vec<Source>,
    pub(super) suppression: Option<Suppression>,
}

/// The version of what goes into a run's identity.
const IDENTITY_VERSION: u8 = 1;

impl Inputs {
    /// Opens the tables in the files of one run and binds the mapping to their header.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, two tables differ in their columns or are the same, or a column that
    /// the mapping asks for is missing.
    pub fn open(mapping: Mapping, files: &[PathBuf]) -> Result<Self, Error> {
        let mut sources: Vec<Source> = Vec::with_capacity(files.len());
        let wanted = Wanted {
            format: mapping.format().clone(),
            limits: Limits::default(),
            lacks: &|header| mapping.lacks(header),
        };
        for path in files {
            let next = u32::try_from(sources.len()).unwrap_or(u32::MAX);
            for source in source::open(path, next, &wanted)? {
                expect_of_one_run(&sources, &source)?;
                sources.push(source);
            }
        }
        let first = sources
            .first()
            .ok_or(Error::Broken("a run without a file"))?;
        let bound = mapping
            .bind(first.header())
            .map_err(|error| Error::Header {
                origin: first.origin().clone(),
                row: first.header_place().number,
                error,
            })?;
        Ok(Self {
            watch: mapping.watch(first.header()),
            mapping,
            bound,
            sources,
            suppression: None,
        })
    }

    /// Switches do-not-call on for everybody whom the list names.
    pub fn suppress(&mut self, list: Suppression) {
        self.suppression = Some(list);
    }

    /// The mapping.
    pub const fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The tables that are read.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The columns that no field takes.
    pub fn unused_columns(&self) -> Vec<String> {
        self.bound.unused_columns().map(str::to_owned).collect()
    }

    /// The files' size in bytes.
    pub fn size(&self) -> u64 {
        self.sources.iter().map(Source::size).sum()
    }

    /// The columns, which all tables share.
    pub(super) fn header(&self) -> Header {
        let first = self.sources.first();
        first
            .map(|source| source.header().clone())
            .unwrap_or_default()
    }

    /// When the export was made; `column` is what the mapping's `newest` column says.
    pub(super) fn export_times(&self, column: Option<i64>, today: NaiveDate) -> ExportTimes {
        let tables = self.sources.iter();
        let tables = tables.map(|source| (source.origin(), source.modified()));
        ExportTimes::of(tables, column, today)
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
        for source in &self.sources {
            identity.update(source.sha256());
        }
        if let Some(list) = &self.suppression {
            identity.update(list.digest());
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
            refresh: self
                .mapping
                .refresh()
                .map(|refresh| i64::try_from(refresh.as_millis()).unwrap_or(i64::MAX)),
            program: env!("CARGO_PKG_VERSION"),
            sources: self.source_plans(),
        }
    }

    fn source_plans(&self) -> Vec<SourcePlan> {
        self.sources
            .iter()
            .map(|source| SourcePlan {
                origin: source.origin().clone(),
                read_as: source.read_as().to_string(),
                sha256: source.sha256(),
                size: source.size(),
                modified: source.modified(),
                header: source.header().names().to_vec(),
                header_row: source.header_place().number,
            })
            .collect()
    }

    /// Refuses files that are not what they were when they were opened: half-written exports grow.
    pub(super) fn expect_unchanged(&self) -> Result<(), Error> {
        match self.sources.iter().find(|source| !source.is_unchanged()) {
            None => Ok(()),
            Some(source) => Err(Error::FileChanged {
                origin: source.origin().clone(),
            }),
        }
    }
}

/// Tables of one run share a header, and none comes twice: the same export under two names would count
/// its customers twice.
fn expect_of_one_run(others: &[Source], source: &Source) -> Result<(), Error> {
    let both = |first: &Source| {
        let boxed = |source: &Source| Box::new(source.origin().clone());
        (boxed(first), boxed(source))
    };
    if let Some(first) = others.first()
        && !same_columns(first.header(), source.header())
    {
        let (first, other) = both(first);
        return Err(Error::HeadersDiffer { first, other });
    }
    match others
        .iter()
        .find(|other| other.sha256() == source.sha256())
    {
        None => Ok(()),
        Some(twin) => {
            let (first, other) = both(twin);
            Err(Error::SameFileTwice { first, other })
        }
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
