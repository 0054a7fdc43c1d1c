//! An allocator that knows how much memory the current thread holds at most.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(change: isize) {
    // While a thread ends its counters may be gone already.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + change);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

// SAFETY: every call is passed to the system's allocator unchanged.
#[allow(unsafe_code, reason = "an allocator has no safe interface")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Runs `body`; returns its value and how many bytes this thread held at most beyond what it held before.
pub(crate) fn peak_of<T>(body: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    PEAK.set(before);
    let value = body();
    (value, (PEAK.get() - before).cast_unsigned())
}

#[test]
fn the_peak_counts_what_was_freed_again() {
    let (_, peak) = peak_of(|| drop(vec![0_u8; 100_000]));
    assert!((100_000..101_000).contains(&peak));
}
