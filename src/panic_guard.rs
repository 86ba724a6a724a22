//! Panics become `None`, and nothing of their words is printed: a message may quote a file. Those of a library,
//! over a hostile file or a full disk, stay silent; all others say where in the code they were.

use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe, Location},
    sync::Once,
};

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// Does the work; none when it panicked. What the work was changing may be left half done and is only
/// good for being dropped.
///
/// A panic's message may quote the file. The process's hook is wrapped once: it stays silent for guarded
/// work, and all other panics go where they went before.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_GUARDED.get() {
                before(panic);
            }
        }));
    });
    let was_guarded = IS_GUARDED.replace(true);
    let result = caught(work);
    IS_GUARDED.set(was_guarded);
    result
}

/// Does the work; none when it panicked.
pub fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    panic::catch_unwind(AssertUnwindSafe(work)).ok()
}

/// From now on a panic of this process, on any thread, tells `say` its place in the code, and nothing more.
pub fn say_only_where(say: fn(&Location<'_>)) {
    panic::set_hook(Box::new(move |panic| {
        if let Some(place) = panic.location() {
            say(place);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::{IS_GUARDED, guarded};

    #[test]
    fn a_panic_ends_with_the_guarded_work() {
        let nothing: &[u8] = &[];

        assert_eq!(guarded(|| nothing[0]), None);
        assert_eq!(guarded(|| guarded(|| nothing[0])), Some(None));
        assert_eq!(guarded(|| 1), Some(1));
        assert!(!IS_GUARDED.get());
    }
}
