//! What the command checks before it uses a GPU, and edits by every kind of method on it.

use langedit::edit::{SELF_CHECK_TOLERANCE, self_check};
use pollster::block_on;

use crate::gpu;

#[test]
fn a_gpu_that_computes_rightly_passes_its_check() {
    let Some(gpu) = gpu() else { return };
    let difference = block_on(self_check(&gpu)).unwrap();
    assert!(difference <= SELF_CHECK_TOLERANCE / 10.0, "{difference:e}");
    assert_eq!(block_on(self_check(&burn::prelude::Device::flex())).unwrap(), 0.0, "the CPU against itself");
}
