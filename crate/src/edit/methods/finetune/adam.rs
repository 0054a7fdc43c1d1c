//! Adam on a whole matrix, on the device that holds it.

use burn::prelude::*;

use crate::edit::adam::{BETA_1, BETA_2, EPSILON, pace};

/// The descent of one matrix: its change so far, and Adam's moments.
pub(super) struct Descent {
    delta: Tensor<2>,
    first: Tensor<2>,
    second: Tensor<2>,
    steps: i32,
    learning_rate: f64,
    /// Largest entry that the change may have.
    constraint: Option<f64>,
}

impl Descent {
    /// From `weights`, unchanged.
    pub(super) fn new(weights: &Tensor<2>, learning_rate: f64, constraint: Option<f64>) -> Self {
        let zeros = weights.zeros_like();
        Self { delta: zeros.clone(), first: zeros.clone(), second: zeros, steps: 0, learning_rate, constraint }
    }

    /// One step down the gradient; gives the change.
    pub(super) fn step(&mut self, gradient: Tensor<2>) -> Tensor<2> {
        self.steps += 1;
        let [size, correction] = pace(self.steps, self.learning_rate);
        self.first = self.first.clone() + (gradient.clone() - self.first.clone()).mul_scalar(1.0 - BETA_1);
        self.second = self.second.clone().mul_scalar(BETA_2) + (gradient.clone() * gradient).mul_scalar(1.0 - BETA_2);
        let spread = self.second.clone().sqrt().div_scalar(correction).add_scalar(EPSILON);
        self.delta = self.delta.clone() - (self.first.clone() / spread).mul_scalar(size);
        if let Some(most) = self.constraint {
            self.delta = self.delta.clone().clamp(-most, most);
        }
        self.delta.clone()
    }

    /// The change.
    pub(super) fn into_delta(self) -> Tensor<2> {
        self.delta
    }
}
