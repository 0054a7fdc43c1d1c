//! Burn tensors as the buffers that kernels bind, and back.

use burn::tensor::Shape;
use burn::tensor::{Int, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// Why a tensor that reaches a kernel has a buffer on a GPU.
const ON_GPU: &str = "only tensors of a GPU reach its kernels";

/// Units of a cube where each computes for itself.
const CUBE: u32 = 64;

/// The buffer of a tensor of floats, without gaps.
pub(super) fn floats<const D: usize>(tensor: Tensor<D>) -> CubeTensor {
    into_contiguous(tensor.try_into_primitive::<CubeBackend>().expect(ON_GPU))
}

/// The buffer of a tensor of 32-bit words, without gaps.
pub(super) fn words<const D: usize>(tensor: Tensor<D, Int>) -> CubeTensor {
    into_contiguous(tensor.try_into_primitive::<CubeBackend>().expect(ON_GPU))
}

/// The tensor of a buffer of floats.
pub(super) fn tensor<const D: usize>(buffer: CubeTensor) -> Tensor<D> {
    Tensor::from_primitive::<CubeBackend>(buffer)
}

/// A buffer of floats for a kernel to write, where `like` lies.
pub(super) fn empty<const D: usize>(like: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), Shape::from(shape), burn::tensor::DType::F32)
}

/// Cubes and their units for `x` units along rows of a matrix, in `y` such rows and `z` such matrices.
pub(super) fn grid(x: usize, y: usize, z: usize) -> (CubeCount, CubeDim) {
    let count = |units: usize| u32::try_from(units).unwrap_or(u32::MAX);
    (CubeCount::Static(count(x).div_ceil(CUBE).max(1), count(y).max(1), count(z).max(1)), CubeDim::new_1d(CUBE))
}
