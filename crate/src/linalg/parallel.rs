//! Work that is shared among the cores, where there are several.

/// Operations from which on it pays.
#[cfg(not(target_family = "wasm"))]
const PARALLEL_FROM: usize = 2048 * 2048;

/// `of` each number below `count`, in order, where each takes some `size` operations; on all cores where there are several.
#[cfg_attr(target_family = "wasm", allow(unused_variables, reason = "there is one core"))]
pub(super) fn map<T: Send>(count: usize, size: usize, of: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    #[cfg(not(target_family = "wasm"))]
    if count.saturating_mul(size) > PARALLEL_FROM {
        use rayon::prelude::*;
        return (0..count).into_par_iter().map(of).collect();
    }
    (0..count).map(of).collect()
}
