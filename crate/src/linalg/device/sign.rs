//! The null-space projector as a matrix sign, `P = (I - sign(C - t I)) / 2`.

use burn::tensor::Tensor;
use serde::Serialize;

use super::copies::scalar;
use crate::{Error, ErrorKind, Result, ensure};

/// Room above the bound of the norm for the rounding of its own computation.
const NORM_MARGIN: f64 = 1.01;

/// Lower end of the spectrum assumed by the step length. Below it, growth per step could only rise from 2.54 to 2.6, while the
/// largest eigenvalues would come close enough to zero for rounding to flip their sign.
const SHORTEST: f64 = 0.04;

/// Steps between two looks at the convergence; each look waits for the device.
const STEPS_PER_READBACK: usize = 4;

/// Limits of the sign iteration.
#[derive(Clone, Copy, Debug)]
pub struct SignOptions {
    /// Steps after which the iteration gives up.
    pub max_iterations: usize,
    /// `||X^2 - I||_F / sqrt(n)` below which it stops; `None`: 64 times the precision of the tensors, times `sqrt(n)`.
    pub tolerance: Option<f64>,
}

impl Default for SignOptions {
    fn default() -> Self {
        Self { max_iterations: 80, tolerance: None }
    }
}

/// What the sign iteration did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SignReport {
    /// Steps taken, two matrix products each.
    pub iterations: usize,
    /// `||P^2 - P||_F / sqrt(n)`; 0 for an exact projector.
    pub idempotency: f64,
    /// `tr P`, within rounding of a whole number: the null dimension.
    pub trace: f64,
    /// Half-width around the threshold within which this precision cannot tell eigenvalues apart. They count as not null.
    pub resolution: f64,
}

impl SignReport {
    /// Dimension of the null space.
    pub fn null_dimension(&self) -> usize {
        self.trace.round().max(0.0) as usize
    }
}

/// The projector onto the eigenvectors of a symmetric `covariance` (`n x n`) with eigenvalues below `threshold`.
///
/// Newton-Schulz steps `X <- a X (3 I - a^2 X^2) / 2` from `X = (C - t I) / bound` drive every eigenvalue to its sign. The scale
/// `a = sqrt(3 / (1 + l + l^2))`, for a spectrum within `[l, 1]` (Chen and Chow 2014), moves small ones 2.5 times a step rather than
/// 1.5. An eigenvalue within the precision of the threshold would never leave zero, so the threshold is lowered by that much: the
/// direction is protected rather than edited. `4 n^3` operations a step, four `n x n` tensors.
///
/// # Errors
/// Shape or threshold are wrong, the threshold is below what the precision of the tensor resolves, the iteration does not converge,
/// the device fails.
pub async fn sign_projector(covariance: Tensor<2>, threshold: f64, options: SignOptions) -> Result<(Tensor<2>, SignReport)> {
    let [rows, n] = covariance.dims();
    ensure!(rows == n && n > 0, Numerics, "a key covariance must be square, not {rows}x{n}");
    ensure!(threshold.is_finite() && threshold > 0.0, Numerics, "the null-space threshold must be positive, not {threshold}");
    let (device, dtype) = (covariance.device(), covariance.dtype());
    let Some(info) = dtype.finfo() else {
        crate::bail!(Numerics, "a sign iteration needs floating-point tensors, not {dtype:?}");
    };
    let epsilon = info.epsilon;
    let root = (n as f64).sqrt();

    let norm = norm_bound(&covariance).await?;
    let resolution = 2.0 * epsilon * root * norm.max(threshold);
    if resolution > 0.25 * threshold {
        return Err(Error::new(
            ErrorKind::Numerics,
            format!("{dtype:?} resolves eigenvalues of a covariance of norm {norm:e} to {resolution:e}, not enough for the threshold {threshold:e}"),
        )
        .hint("use f64 tensors or the projector of the host"));
    }
    let shift = threshold - resolution;
    // A positive semidefinite C has the eigenvalues of C - t I within [-t, norm - t].
    let bound = NORM_MARGIN * norm.max(threshold);
    let identity = Tensor::<2>::eye(n, &device).cast(dtype);
    let mut x = (covariance - identity.clone() * shift) / bound;

    let tolerance = options.tolerance.unwrap_or(64.0 * epsilon * root);
    let mut shortest = resolution / bound;
    let mut residual = f64::INFINITY;
    let mut iterations = 0;
    while iterations < options.max_iterations {
        let square = x.clone().matmul(x.clone());
        let settled = shortest > 0.9;
        if settled && iterations % STEPS_PER_READBACK == 0 {
            residual = scalar((square.clone() - identity.clone()).square().sum()).await?.sqrt() / root;
            if residual <= tolerance {
                break;
            }
        }
        let l = shortest.max(SHORTEST);
        let a = if settled { 1.0 } else { (3.0 / (1.0 + l + l * l)).sqrt() };
        let next = x.clone() * (1.5 * a) - square.matmul(x) * (0.5 * a.powi(3));
        x = (next.clone() + next.transpose()) * 0.5;
        shortest = 0.5 * a * shortest * (3.0 - (a * shortest).powi(2));
        iterations += 1;
    }
    ensure!(
        residual.is_finite() && residual <= tolerance,
        Numerics,
        "the sign iteration for threshold {threshold:e} stands at {residual:e} after {iterations} steps, not within {tolerance:e}"
    );

    let projector = (identity.clone() - x) * 0.5;
    let trace = scalar((projector.clone() * identity).sum()).await?;
    let defect = projector.clone().matmul(projector.clone()) - projector.clone();
    let idempotency = scalar(defect.square().sum()).await?.sqrt() / root;
    Ok((projector, SignReport { iterations, idempotency, trace, resolution }))
}

/// An upper bound of `||C||_2` for a symmetric matrix, `||C^4||_F^(1/4)`: at most `n^(1/8)` too large, and never too small. A power
/// iteration approaches the norm from below instead, and an eigenvalue outside the bound would silently take the wrong sign.
async fn norm_bound(covariance: &Tensor<2>) -> Result<f64> {
    let frobenius = scalar(covariance.clone().square().sum()).await?.sqrt();
    if frobenius == 0.0 {
        return Ok(0.0);
    }
    let scaled = covariance.clone() / frobenius;
    let square = scaled.clone().matmul(scaled);
    let fourth = square.clone().matmul(square);
    Ok(scalar(fourth.square().sum()).await?.sqrt().powf(0.25) * frobenius)
}
