//! The null-space projector as a matrix sign, `P = (I - sign(C - t I)) / 2`.

use burn::tensor::{DType, Device, Tensor};

use super::copies::{download, upload};
use super::products::Factor;
use crate::linalg::Matrix;
use crate::{Error, ErrorKind, Result, ensure};

/// Lower end of the spectrum assumed by the step length. Below it, growth per step could only rise from 2.54 to 2.6, while the
/// largest eigenvalues would come close enough to zero for rounding to flip their sign.
const SHORTEST: f64 = 0.04;
/// Above this share of its goal an eigenvalue is left to plain steps, which square its distance.
const LONG: f64 = 0.9;
/// Plain steps that take [`LONG`] to the precision of f32.
const PLAIN_STEPS: usize = 3;
/// Plain steps between two looks at what has not settled: by then it has grown thirtyfold.
const STEPS_PER_LOOK: usize = 8;
/// Steps after which the iteration gives up.
const MAX_ITERATIONS: usize = 100;

/// What the sign iteration did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignReport {
    /// Steps taken, two matrix products each.
    pub iterations: usize,
    /// `||P^2 - P||_F / sqrt(n)` in front of the last step, which squares it; 0 for an exact projector.
    pub idempotency: f64,
    /// `tr P`, within rounding of a whole number: the null dimension.
    pub trace: f64,
    /// Width of the band below the threshold within which this precision does not tell on which side an eigenvalue lies.
    pub resolution: f64,
    /// Directions whose eigenvalues had not left that band when all others had: so many of the projector's may be on the wrong side.
    pub unresolved: usize,
}

impl SignReport {
    /// Dimension of the null space.
    pub fn null_dimension(&self) -> usize {
        self.trace.round().max(0.0) as usize
    }
}

/// The projector onto the eigenvectors of a symmetric, positive semidefinite `covariance` (`n x n`) with eigenvalues below `threshold`.
///
/// Newton-Schulz steps `X <- a X (3 I - a^2 X^2) / 2` from `X = (C - t I) / bound` drive every eigenvalue to its sign. The scale
/// `a = sqrt(3 / (1 + l + l^2))`, for a spectrum within `[l, 1]` (Chen and Chow 2014), moves small ones 2.5 times a step rather than
/// 1.5. An eigenvalue within the precision of the threshold would never leave zero, so the threshold is lowered by that much: the
/// direction is protected rather than edited. `4 n^3` operations a step, four `n x n` tensors. The shift and the bound are worked out in
/// f64, so that the one rounding of the matrix is to the precision of its own entries; how many steps are needed is known in
/// advance, and the device is waited for when they are done.
///
/// # Errors
/// `numerics`: shape or threshold are wrong, the precision cannot resolve the threshold, or the iteration does not converge. `device`: the
/// device fails.
pub async fn sign_projector(covariance: &Matrix, threshold: f64, device: &Device, dtype: DType) -> Result<(Tensor<2>, SignReport)> {
    let (n, cols) = covariance.shape();
    ensure!(n == cols && n > 0, Numerics, "a key covariance must be square, not {n}x{cols}");
    ensure!(threshold.is_finite() && threshold > 0.0, Numerics, "the null-space threshold must be positive, not {threshold}");
    let Some(info) = dtype.finfo() else {
        crate::bail!(Numerics, "a sign iteration needs floating-point tensors, not {dtype:?}");
    };
    let (epsilon, root) = (info.epsilon, (n as f64).sqrt());
    // Never below the largest eigenvalue, and by little above it: the spectrum of keys falls fast.
    let norm = covariance.norm_l2();
    // Entries are rounded independently, each relative to itself: between two unit eigenvectors that is epsilon norm / n, here with a factor of
    // sqrt(n) for what the sums of the products add.
    let resolution = epsilon * norm.max(threshold) / root;
    if resolution > 0.02 * threshold {
        return Err(Error::new(
            ErrorKind::Numerics,
            format!("{dtype:?} resolves eigenvalues of a covariance of norm {norm:e} to {resolution:e}, not enough for the threshold {threshold:e}"),
        )
        .hint("work the projector out on the host"));
    }
    // A positive semidefinite C has the eigenvalues of C - t I within [-t, norm - t].
    let (shift, bound) = (threshold - resolution, 1.01 * norm.max(threshold));
    let start = Matrix::from_fn(n, n, |i, j| (covariance[(i, j)] - if i == j { shift } else { 0.0 }) / bound);
    let mut x = upload(start.as_ref(), device, dtype);
    let identity = Tensor::<2>::eye(n, device).cast(dtype);

    let mut iterations = 0;
    let mut shortest = resolution / bound;
    while shortest < LONG {
        let l = shortest.max(SHORTEST);
        let a = (3.0 / (1.0 + l + l * l)).sqrt();
        x = step(&x, square(&x), a);
        shortest = 0.5 * a * shortest * (3.0 - (a * shortest).powi(2));
        iterations += 1;
    }
    let mut unresolved = None;
    let mut plain = PLAIN_STEPS;
    let tolerance = 8.0 * epsilon * n as f64;
    let (projector, defect, trace) = loop {
        for _ in 0..plain {
            x = step(&x, square(&x), 1.0);
            iterations += 1;
        }
        let squared = square(&x);
        let next = step(&x, squared.clone(), 1.0);
        let defect = (squared - identity.clone()).square().sum().reshape([1, 1]);
        let trace = (next.clone() * identity.clone()).sum().reshape([1, 1]);
        let [seen] = download([Tensor::cat(vec![defect, trace], 1)]).await?;
        let (defect, trace) = (seen[(0, 0)].max(0.0), seen[(0, 1)]);
        // An eigenvalue that is still near zero adds one to the sum.
        unresolved.get_or_insert(defect.round() as usize);
        if defect.sqrt() <= tolerance {
            break ((identity - next) * 0.5, defect.sqrt(), trace);
        }
        ensure!(
            defect.is_finite() && iterations < MAX_ITERATIONS,
            Numerics,
            "the sign iteration for threshold {threshold:e} stands at {:e} after {iterations} steps, not within {tolerance:e}",
            defect.sqrt()
        );
        (x, plain) = (next, STEPS_PER_LOOK);
        iterations += 1;
    };
    let report = SignReport {
        iterations: iterations + 1,
        idempotency: 0.25 * defect / root,
        trace: 0.5 * (n as f64 - trace),
        resolution,
        unresolved: unresolved.unwrap_or(0),
    };
    Ok((projector, report))
}

fn square(x: &Tensor<2>) -> Tensor<2> {
    Factor::new(x.clone()).behind(x.clone(), None)
}

/// `a X (3 I - a^2 X^2) / 2`, made symmetric again.
fn step(x: &Tensor<2>, squared: Tensor<2>, a: f64) -> Tensor<2> {
    let next = Factor::new(x.clone()).behind(squared * (-0.5 * a.powi(3)), Some(x.clone() * (1.5 * a)));
    (next.clone() + next.transpose()) * 0.5
}
