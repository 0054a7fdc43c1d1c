//! Least squares inside a null space: directions that are not used at all are free, those that are used a little cost what they are used.

use faer::Side;
use faer::get_global_parallelism;
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;

use super::columns::Columns;
use super::solve::{checked, ridge_columns};
use super::{KeyCovariance, LowRank, Matrix, Projector};
use crate::{Error, ErrorKind, Result, ensure};

/// `M = U (U^T (lambda C + l2 I) U)^-1 U^T` for an orthonormal basis `U` (`d_in x r`) of a null space: the inverse of `lambda C + l2 I` on it,
/// and 0 on what it discards. Kept as `S` (`d_in x r`) with `M = S S^T`, from 8,000 dimensions on in f32.
///
/// With `U = I` it is the inverse that MEMIT has, with a ridge; with `lambda = 0` it is `P / l2`, what AlphaEdit and LangEdit have.
#[derive(Clone, Debug)]
pub struct Weighing {
    root: Columns,
}

impl Weighing {
    /// On the null space of `projector`: `S = U L^-T`, `L` being the Cholesky factor of `U^T (lambda C + l2 I) U` (`r x r`). The projector may
    /// come from another covariance than the one that is weighed. Of order `d_in^2 r + r^3`, once.
    ///
    /// # Errors
    /// Dimensions differ, a weight is negative or not finite, `l2` is not positive, or the weighed covariance is not definite.
    pub fn new(covariance: &KeyCovariance, projector: &Projector, lambda: f64, l2: f64) -> Result<Self> {
        ensure!(lambda.is_finite() && lambda >= 0.0, Numerics, "the weight of a covariance must be at least 0, not {lambda}");
        ensure!(l2.is_finite() && l2 > 0.0, Numerics, "the regulariser of an update must be positive, not {l2}");
        let dim = covariance.dim();
        ensure!(projector.dim() == dim, Numerics, "a projector of dimension {} does not fit a covariance of {dim}", projector.dim());
        let mut root = projector.null_basis().into_owned();
        let mut weighed = faer::Scale(lambda) * (root.transpose() * (covariance.mean() * &root));
        for i in 0..weighed.nrows() {
            weighed[(i, i)] += l2;
        }
        let factor = weighed.llt(Side::Lower).map_err(|_| {
            let size = weighed.nrows();
            Error::new(ErrorKind::Numerics, format!("the weighed covariance of a null space of {size} dimensions is not positive definite"))
                .hint("its statistics may be damaged, or l2 too small beside mom2_update_weight")
        })?;
        // S^T = L^-1 U^T.
        solve_lower_triangular_in_place(factor.L(), root.transpose_mut(), get_global_parallelism());
        Ok(Self { root: root.into() })
    }

    /// Dimension of the keys.
    pub fn dim(&self) -> usize {
        self.root.nrows()
    }

    /// `M`, `d_in x d_in`: for tests, never for a solve.
    pub fn dense(&self) -> Matrix {
        let root = self.root.wide();
        &*root * root.transpose()
    }
}

/// `Delta = R K^T M (I + (K K^T + K_p K_p^T) M)^-1`, which minimises
/// `|Delta K - R|_F^2 + |Delta K_p|_F^2 + lambda tr(Delta C Delta^T) + l2 |Delta|_F^2` among the changes with `Delta = Delta P`.
///
/// `past` (`d_in x p`, `p` may be 0) holds the keys of earlier edits. With `B = [K, K_p]` and `W = S^T B` it is
/// `R (S W (I + W^T W)^-1 E)^T`, `E` selecting the columns of `K`: one `(n + p)`-sized system, of order `d_in r (n + p) + (n + p)^3`.
///
/// # Errors
/// Shapes do not fit, or a value is not finite.
pub fn weighed_update(residual: &Matrix, keys: &Matrix, past: &Matrix, weighing: &Weighing) -> Result<LowRank> {
    let all = checked(residual, keys, past, weighing.dim(), "the null space", 1.0)?;
    let mapped = weighing.root.coordinates(all.as_ref());
    let mixing = ridge_columns(mapped.as_ref(), keys.ncols(), 1.0)?;
    LowRank::new(residual.clone(), weighing.root.combined((mapped * mixing).as_ref()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngSeed};

    use super::super::properties::random;
    use super::super::{CovarianceFactor, Threshold, alphaedit_update, langedit_update, memit_seq_update};
    use super::*;

    fn covariance(dim: usize, seed: u64) -> KeyCovariance {
        let mut covariance = KeyCovariance::new(dim);
        let keys = random(dim, 3 * dim, seed);
        let decaying = Matrix::from_fn(dim, 3 * dim, |i, j| keys[(i, j)] / (1.0 + i as f64));
        covariance.add_keys(decaying.as_ref(), 1.0).unwrap();
        covariance
    }

    fn near(found: &LowRank, expected: &LowRank, tolerance: f64) -> std::result::Result<(), TestCaseError> {
        let error = (found.dense() - expected.dense()).norm_l2() / (1e-300 + expected.frobenius_norm());
        prop_assert!(error < tolerance, "{error:e}");
        Ok(())
    }

    /// `|D K - R|^2 + |D K_p|^2 + lambda tr(D C D^T) + l2 |D|^2`.
    fn cost(d: &Matrix, (r, k, past): (&Matrix, &Matrix, &Matrix), c: &KeyCovariance, lambda: f64, l2: f64) -> f64 {
        let of_past = if past.ncols() == 0 { 0.0 } else { (d * past).squared_norm_l2() };
        let used: f64 = (0..d.nrows()).map(|i| (d.row(i) * c.mean() * d.row(i).transpose()) * lambda).sum();
        (d * k - r).squared_norm_l2() + of_past + used + l2 * d.squared_norm_l2()
    }

    proptest! {
        #![proptest_config(Config { cases: 48, failure_persistence: None, rng_seed: RngSeed::Fixed(0x03e1_64ed), ..Config::default() })]

        /// Without a weight on C it is AlphaEdit's change; without past keys too, LangEdit's.
        #[test]
        fn without_a_weight_it_is_the_projected_solve(d_in in 3usize..40, d_out in 1usize..12, n in 1usize..5, past in 0usize..5, l2 in 0.1f64..20.0, seed: u64) {
            let c = covariance(d_in, seed);
            let p = Projector::from_covariance(&c, Threshold::EnergyShare(0.4)).unwrap();
            let (r, k, past) = (random(d_out, n, seed ^ 1), random(d_in, n, seed ^ 2), random(d_in, past, seed ^ 3));
            let weighing = Weighing::new(&c, &p, 0.0, l2).unwrap();
            let found = weighed_update(&r, &k, &past, &weighing).unwrap();
            near(&found, &alphaedit_update(&r, &k, &past, &p, l2).unwrap(), 1e-9)?;
            if past.ncols() == 0 {
                near(&found, &langedit_update(&r, &k, &p, l2).unwrap(), 1e-9)?;
            }
            prop_assert!((weighing.dense() * faer::Scale(l2) - p.dense()).norm_max() < 1e-9);
        }

        /// With P = I and next to no ridge it is MEMIT's.
        #[test]
        fn without_a_projection_it_is_the_weighed_solve(d_in in 2usize..40, d_out in 1usize..12, n in 1usize..5, past in 0usize..5, lambda in 0.1f64..100.0, seed: u64) {
            let c = covariance(d_in, seed);
            let (r, k, past) = (random(d_out, n, seed ^ 1), random(d_in, n, seed ^ 2), random(d_in, past, seed ^ 3));
            let weighing = Weighing::new(&c, &Projector::identity(d_in), lambda, 1e-13).unwrap();
            let memit = memit_seq_update(&r, &k, &past, &CovarianceFactor::new(&c).unwrap(), lambda).unwrap();
            near(&weighed_update(&r, &k, &past, &weighing).unwrap(), &memit, 1e-6)?;
        }

        /// It is 0 on what the projector discards, also where that comes from elsewhere, and no change within the null space costs less.
        #[test]
        fn it_is_the_least_cost_within_the_null_space(d_in in 3usize..30, d_out in 1usize..8, n in 1usize..5, past in 0usize..5, lambda in 0.1f64..10.0, seed: u64) {
            let c = covariance(d_in, seed);
            let mut p = Projector::from_covariance(&c, Threshold::EnergyShare(0.4)).unwrap();
            p.remove_span(&random(d_in, 1, seed ^ 9), 1e-12).unwrap();
            let (r, k, past) = (random(d_out, n, seed ^ 1), random(d_in, n, seed ^ 2), random(d_in, past, seed ^ 3));
            let delta = weighed_update(&r, &k, &past, &Weighing::new(&c, &p, lambda, 0.3).unwrap()).unwrap();
            prop_assert!(delta.apply(&p.discarded_basis()).unwrap().norm_l2() < 1e-10 * (1.0 + delta.frobenius_norm()));
            let delta = delta.dense();
            let least = cost(&delta, (&r, &k, &past), &c, lambda, 0.3);
            for (i, size) in [1e-4, 1e-2, 1.0].into_iter().enumerate() {
                let step = random(d_out, d_in, seed ^ (20 + i as u64)) * p.dense();
                for sign in [size, -size] {
                    let other = &delta + faer::Scale(sign) * &step;
                    prop_assert!(cost(&other, (&r, &k, &past), &c, lambda, 0.3) >= least * (1.0 - 1e-12));
                }
            }
        }
    }

    #[test]
    fn weights_and_shapes_without_meaning_are_refused() {
        let (c, p) = (covariance(4, 1), Projector::identity(4));
        for (lambda, l2, says) in
            [(-1.0, 1.0, "at least 0"), (f64::NAN, 1.0, "at least 0"), (1.0, 0.0, "positive"), (1.0, f64::INFINITY, "positive")]
        {
            let error = Weighing::new(&c, &p, lambda, l2).unwrap_err();
            assert!(error.message().contains(says), "{error}");
        }
        assert!(Weighing::new(&c, &Projector::identity(5), 1.0, 1.0).unwrap_err().message().contains("dimension 5"));
        let weighing = Weighing::new(&c, &p, 1.0, 1.0).unwrap();
        let none = Matrix::zeros(4, 0);
        assert!(weighed_update(&random(2, 1, 1), &random(5, 1, 2), &none, &weighing).is_err());
        assert!(weighed_update(&random(2, 2, 1), &random(4, 1, 2), &none, &weighing).is_err());
    }

    /// Where everything is discarded nothing can be written.
    #[test]
    fn an_empty_null_space_takes_no_change() {
        let c = covariance(4, 1);
        let p = Projector::from_covariance(&c, Threshold::EnergyShare(0.0)).unwrap();
        let delta = weighed_update(&random(2, 1, 1), &random(4, 1, 2), &Matrix::zeros(4, 0), &Weighing::new(&c, &p, 1.0, 1.0).unwrap());
        assert_eq!(delta.unwrap().frobenius_norm(), 0.0);
    }
}
