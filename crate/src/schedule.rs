//! Independent pieces of work: side by side on the host's cores, one after another where a GPU or a browser's one thread does them.

use std::future::Future;
use std::ops::Range;

use burn::tensor::Device;

use crate::Result;

/// `Send` natively, where work may move between threads; nothing in a browser, where it cannot.
#[cfg(not(target_family = "wasm"))]
pub trait MaybeSend: Send {}
#[cfg(not(target_family = "wasm"))]
impl<T: Send + ?Sized> MaybeSend for T {}

/// `Send` natively, where work may move between threads; nothing in a browser, where it cannot.
#[cfg(target_family = "wasm")]
pub trait MaybeSend {}
#[cfg(target_family = "wasm")]
impl<T: ?Sized> MaybeSend for T {}

/// How many pieces of work on `device` are done at the same time.
pub fn lanes(device: &Device) -> usize {
    #[cfg(not(target_family = "wasm"))]
    if crate::device::is_cpu(device) {
        return rayon::current_num_threads();
    }
    let _ = device;
    1
}

/// The results of `job` for each of `items`, in order. Tensor operations are mostly too small to fill several cores, pieces of work are
/// not: with several [`lanes`], each core takes a piece at a time.
///
/// # Errors
/// The first error of a job; the others may have run.
#[cfg(not(target_family = "wasm"))]
pub async fn each<T, R, F, Fut>(device: &Device, items: Vec<T>, job: F) -> Result<Vec<R>>
where
    T: Send,
    R: Send,
    F: Fn(T) -> Fut + Sync,
    Fut: Future<Output = Result<R>>,
{
    use rayon::prelude::*;
    if lanes(device) > 1 && items.len() > 1 {
        // One at a time: a core asks for its next piece when it has done one.
        return items.into_par_iter().with_max_len(1).map(|item| pollster::block_on(job(item))).collect();
    }
    one_by_one(items, job).await
}

/// The results of `job` for each of `items`, in order.
///
/// # Errors
/// The first error of a job.
#[cfg(target_family = "wasm")]
pub async fn each<T, R, F, Fut>(_: &Device, items: Vec<T>, job: F) -> Result<Vec<R>>
where
    F: Fn(T) -> Fut,
    Fut: Future<Output = Result<R>>,
{
    one_by_one(items, job).await
}

async fn one_by_one<T, R, F, Fut>(items: Vec<T>, job: F) -> Result<Vec<R>>
where
    F: Fn(T) -> Fut,
    Fut: Future<Output = Result<R>>,
{
    let mut results = Vec::with_capacity(items.len());
    for item in items {
        results.push(job(item).await?);
    }
    Ok(results)
}

/// Splits `0..weights.len()` into runs of neighbours: a run a lane where there are items enough, more where they would weigh over `most`.
pub fn runs(weights: &[usize], most: usize, lanes: usize) -> Vec<Range<usize>> {
    let total: usize = weights.iter().sum();
    let target = most.min(total.div_ceil(lanes.max(1))).max(1);
    let (mut runs, mut start, mut held) = (Vec::new(), 0, 0);
    for (i, &weight) in weights.iter().enumerate() {
        if i > start && (held + weight > most || held >= target) {
            runs.push(start..i);
            (start, held) = (i, 0);
        }
        held += weight;
    }
    if start < weights.len() {
        runs.push(start..weights.len());
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_cover_everything_once_and_stay_light(
            weights in prop::collection::vec(0_usize..50, 0..40),
            most in 1_usize..100,
            lanes in 1_usize..5,
        ) {
            let runs = runs(&weights, most, lanes);
            let covered: Vec<usize> = runs.iter().cloned().flatten().collect();
            prop_assert_eq!(covered, (0..weights.len()).collect::<Vec<_>>());
            for run in &runs {
                let weight: usize = weights[run.clone()].iter().sum();
                prop_assert!(weight <= most || run.len() == 1);
            }
        }
    }

    #[test]
    fn each_lane_gets_a_run() {
        assert_eq!(runs(&[10, 10, 10, 10], 100, 2), [0..2, 2..4]);
        assert_eq!(runs(&[10, 10, 10], 100, 2), [0..2, 2..3]);
        assert_eq!(runs(&[10], 100, 2), [Range { start: 0, end: 1 }]);
        assert_eq!(runs(&[80, 80], 100, 1), [0..1, 1..2]);
    }
}
