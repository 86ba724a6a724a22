//! Cells whose text the library does not tell: formulas never calculated, and errors unknown to it.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::failure::WorkbookFailure;

/// So many marks may wait for the reading to come by.
const MAX_WAITING: usize = 4 << 20;

/// What is special about a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A formula without a value.
    Uncalculated,
    /// An error word that the library refuses.
    UnknownError,
}

type Waiting = VecDeque<((u32, u32), Mark)>;

/// The marks of a sheet that is being read, in its order: the survey adds them, reading takes them.
#[derive(Debug, Default)]
pub(super) struct Marks {
    waiting: Mutex<Waiting>,
    is_any: AtomicBool,
    is_place_implied: AtomicBool,
}

impl Marks {
    /// Adds the mark of a cell. Marks come in the sheet's order, or once more from its start.
    ///
    /// # Errors
    ///
    /// When too many wait.
    pub(super) fn add(&self, place: (u32, u32), mark: Mark) -> Result<(), WorkbookFailure> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == MAX_WAITING {
            return Err(WorkbookFailure::TooLarge {
                what: "number of formulas without a value",
                limit: MAX_WAITING as u64,
            });
        }
        waiting.push_back((place, mark));
        self.is_any.store(true, Ordering::Release);
        Ok(())
    }

    /// Says that cells do not name their places.
    pub(super) fn imply_places(&self) {
        self.is_place_implied.store(true, Ordering::Release);
    }

    /// True when cells do not name their places, so that none may be lost on the way.
    pub(super) fn are_places_implied(&self) -> bool {
        self.is_place_implied.load(Ordering::Acquire)
    }

    /// The mark of the cell at this place. Places are asked for in the sheet's order.
    pub(super) fn take(&self, place: (u32, u32)) -> Option<Mark> {
        let mut waiting = self.waiting()?;
        while waiting.front().is_some_and(|(at, _)| *at < place) {
            waiting.pop_front();
        }
        let first = waiting.front().filter(|(at, _)| *at == place);
        first.map(|(_, mark)| *mark)
    }

    /// The place of the next error behind `last` that the library refuses.
    pub(super) fn take_unknown_error(&self, last: Option<(u32, u32)>) -> Option<(u32, u32)> {
        let mut waiting = self.waiting()?;
        while let Some((place, mark)) = waiting.pop_front() {
            if mark == Mark::UnknownError && Some(place) > last {
                return Some(place);
            }
        }
        None
    }

    /// None, and no lock, while there is no mark.
    fn waiting(&self) -> Option<MutexGuard<'_, Waiting>> {
        let is_any = self.is_any.load(Ordering::Acquire);
        is_any.then(|| self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn clear(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.clear();
        self.is_any.store(false, Ordering::Release);
        self.is_place_implied.store(false, Ordering::Release);
    }
}
