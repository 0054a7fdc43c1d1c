//! Muon for the matrices inside the blocks, AdamW for the embedding and the gains.
//!
//! Muon (Jordan 2024): the momentum of a matrix, with its singular values all brought near one by Newton-Schulz steps, is the update. It
//! moves rare directions as far as common ones, so facts that are seen a few times are learnt in fewer passes than with Adam.

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use super::network::Parameter;
use crate::schedule::each;
use crate::{Result, bail};

/// Coefficients of the odd quintic that brings singular values from (0, 1] to about 1 in five steps (Jordan 2024).
const QUINTIC: [f64; 3] = [3.4445, -4.7750, 2.0315];
/// Steps of it.
const ROUNDS: usize = 5;
/// Decay of AdamW's first and second moment.
const BETAS: (f64, f64) = (0.9, 0.95);
/// Added to the root of AdamW's second moment.
const EPSILON: f64 = 1e-8;

/// How far and which way weights move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rates {
    /// Muon's rate: the largest singular value of an update, times sqrt(out / in) where that is above one.
    pub(super) muon: f64,
    /// AdamW's rate.
    pub(super) adam: f64,
    /// Share of a matrix that goes with each step, times its rate.
    pub(super) decay: f64,
    /// Decay of Muon's momentum.
    pub(super) momentum: f64,
}

/// Which rule moves the matrices inside the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// Muon.
    Muon,
    /// AdamW, as for all else.
    AdamW,
}

/// What the optimiser remembers of a parameter.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    /// Momentum, or the first moment.
    pub(super) first: Tensor<2>,
    /// The second moment; `None` under Muon.
    pub(super) second: Option<Tensor<2>>,
}

/// State of the optimiser.
#[derive(Clone, Debug)]
pub(super) struct Optimizer {
    pub(super) memories: Vec<Memory>,
    pub(super) steps: u64,
}

impl Optimizer {
    /// That has not seen a gradient.
    pub(super) fn new(parameters: &[Parameter], rule: Rule) -> Self {
        let memory = |parameter: &Parameter| {
            let zeros = Tensor::zeros(parameter.values.dims(), &parameter.values.device());
            Memory { second: (!under_muon(parameter, rule)).then(|| zeros.clone()), first: zeros }
        };
        Self { memories: parameters.iter().map(memory).collect(), steps: 0 }
    }

    /// Moves the parameters against their gradients.
    ///
    /// # Errors
    /// There are not as many gradients as parameters.
    pub(super) async fn step(
        &mut self,
        device: &Device,
        parameters: &mut [Parameter],
        gradients: Vec<Tensor<2>>,
        rates: Rates,
    ) -> Result<()> {
        if gradients.len() != parameters.len() || self.memories.len() != parameters.len() {
            bail!(Numerics, "{} gradients for {} parameters", gradients.len(), parameters.len());
        }
        self.steps += 1;
        let steps = self.steps;
        // The largest first, so that no lane is left with one at the end.
        let mut work: Vec<_> = parameters.iter_mut().zip(&mut self.memories).zip(gradients).collect();
        work.sort_by_key(|((parameter, _), _)| std::cmp::Reverse(parameter.values.dims().iter().product::<usize>()));
        each(device, work, |((parameter, memory), gradient)| async move {
            let [rows, cols] = parameter.values.dims();
            let (values, decay) = (parameter.values.clone(), if parameter.vector { 0.0 } else { rates.decay });
            parameter.values = match memory.second.take() {
                None => {
                    memory.first = memory.first.clone().mul_scalar(rates.momentum) + gradient.clone();
                    // Nesterov's look ahead.
                    let ahead = gradient + memory.first.clone().mul_scalar(rates.momentum);
                    let rate = rates.muon * (rows as f64 / cols as f64).max(1.0).sqrt();
                    values.mul_scalar(1.0 - rates.muon * decay) - orthogonal(ahead).mul_scalar(rate)
                }
                Some(second) => {
                    memory.first = memory.first.clone().mul_scalar(BETAS.0) + gradient.clone().mul_scalar(1.0 - BETAS.0);
                    let second = second.mul_scalar(BETAS.1) + (gradient.clone() * gradient).mul_scalar(1.0 - BETAS.1);
                    let unbiased = |beta: f64| 1.0 - beta.powi(i32::try_from(steps).unwrap_or(i32::MAX));
                    let root = second.clone().div_scalar(unbiased(BETAS.1)).sqrt().add_scalar(EPSILON);
                    memory.second = Some(second);
                    let update = memory.first.clone().mul_scalar(rates.adam / unbiased(BETAS.0)) / root;
                    values.mul_scalar(1.0 - rates.adam * decay) - update
                }
            };
            Ok(())
        })
        .await?;
        Ok(())
    }
}

fn under_muon(parameter: &Parameter, rule: Rule) -> bool {
    rule == Rule::Muon && !parameter.vector && parameter.name != "embed"
}

/// `U V^T`, nearly, of `matrix = U S V^T`: singular values between about 0.7 and 1.2. The matrix is divided by its Frobenius norm first.
fn orthogonal(matrix: Tensor<2>) -> Tensor<2> {
    let [rows, cols] = matrix.dims();
    let norm = (matrix.clone() * matrix.clone()).sum_dim(0).sum_dim(1).sqrt().add_scalar(1e-12);
    let mut x = matrix / norm;
    let tall = rows > cols;
    if tall {
        x = x.transpose();
    }
    let [a, b, c] = QUINTIC;
    for _ in 0..ROUNDS {
        let gram = x.clone().matmul(x.clone().transpose());
        let polynomial = gram.clone().mul_scalar(b) + gram.clone().matmul(gram).mul_scalar(c);
        x = x.clone().mul_scalar(a) + polynomial.matmul(x);
    }
    if tall { x.transpose() } else { x }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot compute should stop")]

    use super::*;
    use crate::device::upload;
    use crate::linalg::Matrix;

    fn wave(rows: usize, cols: usize) -> Tensor<2> {
        // Of full rank, with singular values of very different sizes.
        let value = |i: usize, j: usize| ((i * 7 + j * 13) as f32 * 0.61).sin() + if i == j { 2.0 / (1 + i) as f32 } else { 0.0 };
        let values = (0..rows).flat_map(|i| (0..cols).map(move |j| value(i, j))).collect();
        upload(values, [rows, cols], &Device::flex())
    }

    #[test]
    fn singular_values_come_near_one() {
        for (rows, cols) in [(6, 20), (20, 6), (8, 8)] {
            let x = orthogonal(wave(rows, cols)).into_data();
            let x = x.as_slice::<f32>().unwrap();
            let x = Matrix::from_fn(rows, cols, |i, j| f64::from(x[i * cols + j]));
            let singular = x.singular_values().unwrap();
            let (largest, smallest) = (singular[0], singular[rows.min(cols) - 1]);
            assert!(largest < 1.3 && smallest > 0.3, "{rows}x{cols}: {singular:?}");
        }
    }

    /// Least squares from a fixed start: both rules reach a small loss.
    #[test]
    fn both_rules_descend() {
        let device = Device::flex();
        for rule in [Rule::Muon, Rule::AdamW] {
            let target = wave(8, 12);
            let mut parameters = vec![Parameter { name: "w".into(), vector: false, values: Tensor::zeros([8, 12], &device) }];
            let mut optimizer = Optimizer::new(&parameters, rule);
            let loss = |w: &Tensor<2>| (w.clone() - target.clone()).powi_scalar(2).sum().into_scalar::<f32>();
            let first = loss(&parameters[0].values);
            for step in 0..300 {
                let rate = 0.1 * (1.0 - f64::from(step) / 300.0);
                let gradient = (parameters[0].values.clone() - target.clone()).mul_scalar(2.0);
                let rates = Rates { muon: rate, adam: rate, decay: 0.0, momentum: 0.9 };
                pollster::block_on(optimizer.step(&device, &mut parameters, vec![gradient], rates)).unwrap();
            }
            assert!(loss(&parameters[0].values) < 0.01 * first, "{rule:?}: {first} to {}", loss(&parameters[0].values));
        }
    }
}
