//! Products with a matrix on a device: by the kernels of [`crate::gpu`] where it is a GPU, by burn where it is not.

use burn::tensor::{DType, Tensor};

use crate::device::is_cpu;
use crate::gpu::{self, Added};

/// A matrix `W` on a device that others are multiplied with.
#[derive(Clone, Debug)]
pub(super) enum Factor {
    /// On a GPU, in f32.
    Kernels(Box<gpu::Matrix>),
    /// On the CPU, in any precision.
    Tensor(Box<Tensor<2>>),
}

impl Factor {
    pub(super) fn new(matrix: Tensor<2>) -> Self {
        // The kernels compute in f32 alone.
        if is_cpu(&matrix.device()) || matrix.dtype() != DType::F32 {
            Self::Tensor(Box::new(matrix))
        } else {
            Self::Kernels(Box::new(gpu::Matrix::of_floats(matrix)))
        }
    }

    /// `X W^T`, `[n, rows]` for `X` `[n, cols]`.
    pub(super) fn transposed_behind(&self, x: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Kernels(w) => w.forward(x, None, Added::default()),
            Self::Tensor(w) => x.matmul((**w).clone().transpose()),
        }
    }

    /// `X W (+ onto)`, `[n, cols]` for `X` `[n, rows]`.
    pub(super) fn behind(&self, x: Tensor<2>, onto: Option<Tensor<2>>) -> Tensor<2> {
        match (self, onto) {
            (Self::Kernels(w), onto) => w.backward(x, onto),
            (Self::Tensor(w), Some(onto)) => onto + x.matmul((**w).clone()),
            (Self::Tensor(w), None) => x.matmul((**w).clone()),
        }
    }

    /// `X - (X W^T) W`: for orthonormal rows of `W` what of the rows of `X` is orthogonal to them.
    pub(super) fn reject(&self, x: Tensor<2>) -> Tensor<2> {
        self.behind(-self.transposed_behind(x.clone()), Some(x))
    }
}
