//! The CPU's own loops over host memory: norms, activations, rotary embedding, attention on packed rows, matrix products, losses.
//!
//! Each computes what a chain of tensor operations computes on a GPU, in one pass over memory that the cache still holds, on all cores.
//! The tensor operations stay: they are what GPUs run, and the tests hold the two against each other.

pub(super) mod activation;
pub(super) mod attention;
pub(crate) mod loss;
pub(super) mod norm;
pub(super) mod product;
pub(super) mod rotary;
mod tile;
pub(super) mod vector;

use burn::prelude::*;

use crate::device::{is_cpu, upload};

/// Why reading a tensor of the CPU cannot fail.
const ON_HOST: &str = "a float tensor of the CPU lies in host memory as f32";

/// Values below which a piece of work is not worth handing to another core.
const GRAIN: usize = 1 << 14;

/// The values of a tensor of the CPU; without a copy where nothing else holds the tensor. GPUs are read back by [`crate::device::read`].
pub(crate) fn into_values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    debug_assert!(is_cpu(&tensor.device()), "a GPU is never read back synchronously");
    tensor.into_data().try_into_vec::<f32>().expect(ON_HOST)
}

/// The tensor `[rows, width]` of the CPU with these values, which are not copied.
pub(crate) fn from_values(values: Vec<f32>, width: usize) -> Tensor<2> {
    let rows = values.len() / width.max(1);
    upload(values, [rows, width], &Device::flex())
}

/// Cores that [`for_each_task`] keeps busy.
pub(super) fn cores() -> usize {
    #[cfg(not(target_family = "wasm"))]
    let cores = rayon::current_num_threads();
    #[cfg(target_family = "wasm")]
    let cores = 1;
    cores
}

/// `work` on each task: side by side on the cores natively, in order in a browser.
#[cfg(not(target_family = "wasm"))]
pub(super) fn for_each_task<T: Send>(tasks: Vec<T>, work: impl Fn(T) + Sync + Send) {
    use rayon::prelude::*;
    if tasks.len() < 2 {
        tasks.into_iter().for_each(work);
    } else {
        tasks.into_par_iter().with_max_len(1).for_each(work);
    }
}

/// `work` on each task: side by side on the cores natively, in order in a browser.
#[cfg(target_family = "wasm")]
pub(super) fn for_each_task<T>(tasks: Vec<T>, work: impl Fn(T)) {
    tasks.into_iter().for_each(work);
}

/// Rows of `width` values that are one piece of work.
pub(super) fn grain_rows(width: usize) -> usize {
    (GRAIN / width.max(1)).max(1)
}
