//! The gate between a packed workbook and the library that reads it: no packed byte passes before what it
//! unpacks to has been looked at.
//!
//! A survey of the part that the library has begun to read runs ahead on a thread of its own, so that
//! looking costs a busy machine something and the reading next to nothing. Where the survey refuses, the
//! library gets an I/O error instead of more bytes, and [`Gate::refusal`] says why.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

use super::{
    WorkbookKind,
    failure::{DAMAGED, WorkbookFailure},
    limits::WorkbookLimits,
    marks::Marks,
    ods_survey::TableTally,
    package::{Package, Part, open_package},
    record_survey::{RecordRole, survey_records},
    sheet_scan::{Scanned, scan_sheet},
    unpacked::{SharedFile, Told, Unpacked},
    xml_survey::{Role, survey_xml},
};
use crate::panic_guard::guarded;

/// Parts below this packed size are looked through at once, without a thread.
const SMALL: u64 = 32 << 10;

/// What reading and survey share.
pub(super) struct Gate {
    kind: WorkbookKind,
    limits: WorkbookLimits,
    parts: Vec<Part>,
    pub(super) marks: Marks,
    state: Mutex<State>,
    turned: Condvar,
}

struct State {
    /// The library has found the directory. Before that it reads all kinds of bytes in search of it, and
    /// unpacks none.
    is_listed: bool,
    /// Parts that are read from now on are sheets, and not kept in memory.
    is_opened: bool,
    /// The part that is being looked through, and how far in the file that has come.
    current: Option<usize>,
    passed: u64,
    stage: Stage,
    /// The unpacked size of each part that was looked through.
    sizes: Vec<u64>,
    refusal: Option<WorkbookFailure>,
    is_refused: bool,
}

/// Where the survey of the current part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// None has begun.
    Idle,
    Running,
    /// Nobody wants to know any more.
    Stopped,
    Done,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why a survey refused, once. It is the cause of whatever the library said.
    pub(super) fn refusal(&self) -> Option<WorkbookFailure> {
        let mut state = self.state();
        let refusal = state.refusal.take();
        refusal.or(state.is_refused.then_some(DAMAGED))
    }

    /// From here on the library reads sheets.
    ///
    /// # Errors
    ///
    /// When it did not go where the directory is: then nothing has been looked at.
    pub(super) fn open(&self) -> Result<(), WorkbookFailure> {
        let mut state = self.state();
        state.is_opened = true;
        if state.is_listed {
            Ok(())
        } else {
            Err(DAMAGED)
        }
    }

    /// Ends the survey of a part that is not read on.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        if state.stage == Stage::Running {
            state.stage = Stage::Stopped;
        }
    }

    /// Waits for the survey of the part that was read last.
    ///
    /// # Errors
    ///
    /// When it refuses.
    pub(super) fn finish(&self) -> Result<(), WorkbookFailure> {
        let mut state = self.state();
        while state.stage == Stage::Running {
            state = self
                .turned
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        self.refusal().map_or(Ok(()), Err)
    }

    fn survey(&self, index: usize, file: &SharedFile) {
        let outcome = guarded(|| self.look_through(index, file)).unwrap_or(Err(DAMAGED));
        let mut state = self.state();
        match outcome {
            Ok(size) => {
                state.passed = u64::MAX;
                if let Some(slot) = state.sizes.get_mut(index) {
                    *slot = size;
                }
            }
            Err(_) if state.stage == Stage::Stopped => {}
            Err(refusal) => {
                state.refusal = Some(refusal);
                state.is_refused = true;
            }
        }
        state.stage = Stage::Done;
        self.turned.notify_all();
    }

    /// Gives the part's unpacked size.
    fn look_through(&self, index: usize, file: &SharedFile) -> Result<u64, WorkbookFailure> {
        let part = self.parts.get(index).ok_or(DAMAGED)?;
        let (is_opened, others) = {
            let state = self.state();
            let others = state.sizes.iter().enumerate();
            let others = others.filter(|(at, _)| *at != index).map(|(_, size)| size);
            (state.is_opened, others.sum())
        };
        let unpacked = || Unpacked::new(part, file.clone(), others, &self.limits, self);
        let name = part.name.to_ascii_lowercase();
        let is_strings = name.contains("sharedstrings.");
        if name.rsplit('.').next() == Some("bin") && self.kind == WorkbookKind::Xlsb {
            let role = match (is_opened, is_strings) {
                (true, _) => RecordRole::Sheet,
                (false, true) => RecordRole::Strings,
                (false, false) => RecordRole::Kept,
            };
            let mut unpacked = unpacked();
            survey_records(&mut unpacked, &self.limits, role)?;
            return Ok(unpacked.size());
        }
        if is_opened {
            let mut unpacked = unpacked();
            if scan_sheet(&mut unpacked, &self.marks)? == Scanned::Whole {
                return Ok(unpacked.size());
            }
        }
        let mut unpacked = unpacked();
        if name == "mimetype" {
            unpacked.finish()?;
        } else {
            let is_tables = self.kind == WorkbookKind::Ods && name == "content.xml";
            let role = match (is_opened, is_strings, is_tables) {
                (true, ..) => Role::Sheet(&self.marks),
                (false, true, _) => Role::Strings,
                (false, false, true) => Role::Tables(TableTally::default()),
                (false, false, false) => Role::Kept,
            };
            survey_xml(&mut unpacked, &self.limits, role)?;
        }
        Ok(unpacked.size())
    }
}

impl Told for Gate {
    fn passed(&self, place: u64) -> bool {
        let mut state = self.state();
        // A second survey of the same part begins again where the first began.
        state.passed = state.passed.max(place);
        self.turned.notify_all();
        state.stage == Stage::Running
    }
}

/// The file as the library sees it.
pub(super) struct GatedFile {
    gate: Arc<Gate>,
    file: SharedFile,
    size: u64,
    /// Where the directory begins.
    directory: u64,
    position: u64,
    survey: Option<JoinHandle<()>>,
}

impl GatedFile {
    /// Reads the package's directory; nothing is unpacked yet.
    ///
    /// # Errors
    ///
    /// When the file is no whole package, or packed with a password.
    pub(super) fn new(
        mut file: File,
        size: u64,
        kind: WorkbookKind,
        limits: &WorkbookLimits,
    ) -> Result<(Self, Arc<Gate>), WorkbookFailure> {
        let package = guarded(|| open_package(&mut file, size));
        let Package { parts, directory } = package.unwrap_or(Err(DAMAGED))?;
        let gate = Arc::new(Gate {
            kind,
            limits: *limits,
            marks: Marks::default(),
            state: Mutex::new(State {
                is_listed: false,
                is_opened: false,
                current: None,
                passed: 0,
                stage: Stage::Idle,
                sizes: vec![0; parts.len()],
                refusal: None,
                is_refused: false,
            }),
            turned: Condvar::new(),
            parts,
        });
        let gated = Self {
            gate: Arc::clone(&gate),
            file: SharedFile::new(file),
            size,
            directory,
            position: 0,
            survey: None,
        };
        Ok((gated, gate))
    }

    /// How many bytes may be read from the position on: to the end of a part as far as it has been looked
    /// at, or to the beginning of the next.
    fn allowed(&mut self) -> io::Result<u64> {
        if !self.gate.state().is_listed {
            return Ok(self.size.saturating_sub(self.position));
        }
        let parts = &self.gate.parts;
        let index = parts.partition_point(|part| part.data.end <= self.position);
        let Some(part) = parts.get(index) else {
            return Ok(self.size.saturating_sub(self.position));
        };
        let (start, end) = (part.data.start, part.data.end);
        if self.position < start {
            return Ok(start - self.position);
        }
        // A part is looked through whenever its reading begins, or goes on after another's.
        if self.position == start || self.gate.state().current != Some(index) {
            self.begin(index, end - start);
        }
        let mut state = self.gate.state();
        while state.passed <= self.position && state.stage == Stage::Running {
            state = self
                .gate
                .turned
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_refused || state.passed <= self.position {
            return Err(io::ErrorKind::Other.into());
        }
        Ok(state.passed.min(end) - self.position)
    }

    fn begin(&mut self, index: usize, packed_size: u64) {
        self.stop();
        {
            let mut state = self.gate.state();
            state.current = Some(index);
            state.passed = 0;
            state.stage = Stage::Running;
            // One damaged sheet says nothing of the others; what is kept in memory concerns all.
            if state.is_opened {
                state.is_refused = false;
                state.refusal = None;
            }
        }
        self.gate.marks.clear();
        let (gate, file) = (Arc::clone(&self.gate), self.file.clone());
        if packed_size < SMALL {
            gate.survey(index, &file);
            return;
        }
        let survey = move || gate.survey(index, &file);
        match thread::Builder::new()
            .name("workbook survey".to_owned())
            .spawn(survey)
        {
            Ok(handle) => self.survey = Some(handle),
            Err(_) => self.gate.survey(index, &self.file),
        }
    }

    /// Ends the survey that may still be under way.
    fn stop(&mut self) {
        self.gate.stop();
        if let Some(survey) = self.survey.take() {
            // It guards itself against panics.
            let _ = survey.join();
        }
    }
}

impl Drop for GatedFile {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Read for GatedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let allowed = usize::try_from(self.allowed()?).unwrap_or(usize::MAX);
        let length = allowed.min(buffer.len());
        self.file.position = self.position;
        let read = self
            .file
            .read(buffer.get_mut(..length).unwrap_or_default())?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for GatedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        if self.position == self.directory {
            self.gate.state().is_listed = true;
        }
        Ok(self.position)
    }
}
