//! What a build without kernels has in their place: types without values, so that no other module need ask how it was built.

use std::convert::Infallible;

use burn::tensor::{Device, Int, Tensor};

use super::parameters::{Activation, Added, AttentionShape, DescentSettings, HeadGains, Packing, RowLosses};

/// Why none of these is ever made.
const ABSENT: &str = "a build without GPU kernels opens no GPU";

/// A matrix `[rows, cols]` on a GPU.
#[derive(Clone, Debug)]
pub struct Matrix(Infallible);

impl Matrix {
    /// As with kernels.
    pub fn of_floats(_: Tensor<2>) -> Self {
        unreachable!("{ABSENT}")
    }

    /// As with kernels.
    pub fn of_words(_: Tensor<2, Int>, _: Option<Tensor<3>>, _: Packing) -> Self {
        unreachable!("{ABSENT}")
    }

    /// As with kernels.
    pub fn shape(&self) -> [usize; 2] {
        match self.0 {}
    }

    /// As with kernels.
    pub fn bytes(&self) -> usize {
        match self.0 {}
    }

    /// As with kernels.
    pub fn dense(&self) -> Tensor<2> {
        match self.0 {}
    }

    /// As with kernels.
    pub fn lookup(&self, _: Tensor<1, Int>) -> Tensor<2> {
        match self.0 {}
    }

    /// As with kernels.
    pub fn forward(&self, _: Tensor<2>, _: Option<&RowNorm>, _: Added<'_>) -> Tensor<2> {
        match self.0 {}
    }

    /// As with kernels.
    pub fn forward_activated(&self, _: Tensor<2>, _: Option<&RowNorm>, _: Option<&Tensor<1>>, _: Activation) -> (Tensor<2>, Tensor<2>) {
        match self.0 {}
    }

    /// As with kernels.
    pub fn backward(&self, _: Tensor<2>, _: Option<Tensor<2>>) -> Tensor<2> {
        match self.0 {}
    }

    /// As with kernels.
    pub fn backward_activated(&self, _: Tensor<2>, _: Tensor<2>, _: Activation) -> Tensor<2> {
        match self.0 {}
    }
}

/// A norm over rows.
#[derive(Clone, Debug)]
pub struct RowNorm(Infallible);

impl RowNorm {
    /// As with kernels.
    pub fn new(_: &Tensor<1>, _: Option<&Tensor<1>>, _: f64) -> Self {
        unreachable!("{ABSENT}")
    }

    /// As with kernels.
    pub fn forward_onto(&self, _: Tensor<2>, _: Tensor<2>) -> Tensor<2> {
        match self.0 {}
    }

    /// As with kernels.
    pub fn backward(&self, _: Tensor<2>, _: Tensor<2>, _: Option<Tensor<2>>) -> Tensor<2> {
        match self.0 {}
    }
}

/// Rows of a batch.
#[derive(Clone, Debug)]
pub struct Spans(Infallible);

impl Spans {
    /// As with kernels.
    pub fn new(_: &[usize], _: &[Vec<bool>], _: &[f32], _: &[f32], _: &Device) -> Self {
        unreachable!("{ABSENT}")
    }

    /// As with kernels.
    #[must_use]
    pub fn turned(&self, _: &[f32], _: &[f32]) -> Self {
        match self.0 {}
    }
}

/// What the adjoint of an attention needs.
#[derive(Clone, Debug)]
pub struct Attended {
    /// Keys and values of all columns.
    pub columns: Tensor<3>,
    never: Infallible,
}

impl AttentionShape {
    /// As with kernels.
    pub fn forward(self, _: Tensor<2>, spans: &Spans, _: Option<Tensor<3>>) -> (Tensor<2>, Attended) {
        match spans.0 {}
    }

    /// As with kernels.
    pub fn backward(self, _: Tensor<2>, attended: &Attended, _: &Spans) -> Tensor<2> {
        match attended.never {}
    }
}

impl HeadGains {
    /// As with kernels.
    pub fn forward(&self, _: Tensor<2>, _: AttentionShape) -> Tensor<2> {
        unreachable!("{ABSENT}")
    }

    /// As with kernels.
    pub fn backward(&self, _: Tensor<2>, _: Tensor<2>, _: AttentionShape) -> Tensor<2> {
        unreachable!("{ABSENT}")
    }
}

/// Which rows, losses and tokens belong to which fact.
#[derive(Clone, Debug)]
pub struct FactTable(Infallible);

impl FactTable {
    /// As with kernels.
    pub fn new(_: &[usize], _: &[usize], _: &[usize], _: Vec<f32>, _: &[usize], _: &Device) -> Self {
        unreachable!("{ABSENT}")
    }

    /// As with kernels.
    pub fn weights(&self) -> &Tensor<1> {
        match self.0 {}
    }
}

/// The deltas of a batch of facts under optimisation.
#[derive(Clone, Debug)]
pub struct Descent(Infallible);

impl Descent {
    /// As with kernels.
    pub fn new(_: &[f32], _: usize, _: DescentSettings, _: &Device) -> Self {
        unreachable!("{ABSENT}")
    }

    /// As with kernels.
    pub fn placed(&self, _: Tensor<2>, _: &FactTable) -> Tensor<2> {
        match self.0 {}
    }

    /// As with kernels.
    pub fn step(&mut self, _: &Tensor<1>, _: Tensor<2>, _: &FactTable, _: [f32; 2]) {
        match self.0 {}
    }

    /// As with kernels.
    #[must_use]
    pub fn keep(&self, _: &[usize], _: &Device) -> Self {
        match self.0 {}
    }

    /// As with kernels.
    pub fn found(&self) -> (Tensor<2>, Tensor<2>) {
        match self.0 {}
    }
}

/// As with kernels.
pub fn row_losses(_: Tensor<2>, _: &Tensor<1, Int>, _: &Tensor<1>, _: Tensor<2>) -> RowLosses {
    unreachable!("{ABSENT}")
}

/// As with kernels.
pub fn spread(_: Tensor<2>, _: &Tensor<1, Int>) -> Tensor<2> {
    unreachable!("{ABSENT}")
}
