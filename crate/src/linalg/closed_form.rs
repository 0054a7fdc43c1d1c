//! LangEdit's closed form on a handful of keys, with and without its projector, and what either change does to the keys: what figures and
//! lessons show.

use super::dense::column_norms;
use super::{KeyCovariance, LowRank, Matrix, Projector, Threshold, langedit_update};
use crate::{Result, ensure};

/// The most inputs, outputs, past keys and new keys of one question: a figure has a few, and this many are solved in milliseconds.
pub const CLOSED_FORM_UP_TO: usize = 64;

/// A direction of the past keys shorter than this share of the longest one is rounding.
const SPAN_TOLERANCE: f64 = 1e-12;

/// What [`closed_form`] finds.
#[derive(Clone, Debug)]
pub struct ClosedForm {
    /// `P`, which lets through what the past keys leave free.
    pub projector: Projector,
    /// `P K`, `d_in x n`.
    pub projected_keys: Matrix,
    /// `||P k|| / ||k||` per new key.
    pub room: Vec<f64>,
    /// `Delta = R K^T P (K K^T P + ridge I)^-1`.
    pub projected: Effect,
    /// The same with `P = I`.
    pub plain: Effect,
}

/// A weight change and what it does.
#[derive(Clone, Debug)]
pub struct Effect {
    /// `Delta`.
    pub update: LowRank,
    /// `||Delta k||` per past key: how far its value moves.
    pub moved: Vec<f64>,
    /// `||Delta k - r||` per new key: what its value still lacks.
    pub lacking: Vec<f64>,
}

/// Solves for keys that are given one by one: `past` is what must not change, `fresh` (of `d_in` numbers each) what is to change by
/// `residuals` (`d_out` numbers each).
///
/// With a `threshold` of 0 the null space is all that is orthogonal to the past keys; above, it is cut from the spectrum of their
/// covariance, where its directions hold together at most this share of the energy ([`Threshold::EnergyShare`]).
///
/// # Errors
/// There is no new key, or not one residual for each; there are more keys or dimensions than [`CLOSED_FORM_UP_TO`], or vectors of different
/// lengths; a number is not finite, or so large that its square is not; the threshold lies outside 0 to 1; the ridge is not positive.
pub fn closed_form(past: &[Vec<f64>], fresh: &[Vec<f64>], residuals: &[Vec<f64>], threshold: f64, ridge: f64) -> Result<ClosedForm> {
    ensure!(!fresh.is_empty(), Numerics, "the closed form needs at least one new key");
    ensure!(
        fresh.len() == residuals.len(),
        Numerics,
        "the closed form needs one residual per new key, not {} for {}",
        residuals.len(),
        fresh.len()
    );
    let fresh = columns("new keys", fresh, None)?;
    let past = columns("past keys", past, Some(fresh.nrows()))?;
    let residuals = columns("residuals", residuals, None)?;

    let projector = null_space(&past, threshold)?;
    let effect = |projector: &Projector| Effect::of(langedit_update(&residuals, &fresh, projector, ridge)?, &past, &fresh, &residuals);
    let (projected, plain) = (effect(&projector)?, effect(&Projector::identity(fresh.nrows()))?);
    Ok(ClosedForm { projected_keys: projector.apply(&fresh)?, room: projector.leak(&fresh)?, projector, projected, plain })
}

/// The projector onto what `past` leaves free.
fn null_space(past: &Matrix, threshold: f64) -> Result<Projector> {
    if threshold == 0.0 {
        // The spectrum of rank-deficient keys has rounding in place of zeros; their span has none.
        let mut projector = Projector::identity(past.nrows());
        projector.remove_span(past, SPAN_TOLERANCE)?;
        return Ok(projector);
    }
    let mut covariance = KeyCovariance::new(past.nrows());
    covariance.add_keys(past.as_ref(), 1.0)?;
    Projector::from_covariance(&covariance, Threshold::EnergyShare(threshold))
}

impl Effect {
    fn of(update: LowRank, past: &Matrix, fresh: &Matrix, residuals: &Matrix) -> Result<Self> {
        let moved = column_norms(update.apply(past)?.as_ref());
        let lacking = column_norms((update.apply(fresh)? - residuals).as_ref());
        ensure!(
            moved.iter().chain(&lacking).all(|norm| norm.is_finite()),
            Numerics,
            "the closed form leaves the range of numbers: the keys or residuals are too large"
        );
        Ok(Self { update, moved, lacking })
    }
}

/// `vectors` as the columns of a matrix of `rows` rows, or of as many as the first one has numbers.
fn columns(what: &str, vectors: &[Vec<f64>], rows: Option<usize>) -> Result<Matrix> {
    const MOST: usize = CLOSED_FORM_UP_TO;
    let rows = rows.or_else(|| vectors.first().map(Vec::len)).unwrap_or(0);
    ensure!(vectors.len() <= MOST, Numerics, "the closed form takes at most {MOST} {what}, not {}", vectors.len());
    ensure!((1..=MOST).contains(&rows), Numerics, "the closed form takes {what} of 1 to {MOST} dimensions, not {rows}");
    for (i, vector) in vectors.iter().enumerate() {
        ensure!(vector.len() == rows, Numerics, "number {} of the {what} has {} dimensions instead of {rows}", i + 1, vector.len());
        ensure!(vector.iter().all(|value| value.is_finite()), Numerics, "number {} of the {what} is not finite", i + 1);
    }
    Ok(Matrix::from_fn(rows, vectors.len(), |i, j| vectors[j][i]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::super::properties::random;
    use super::*;

    fn vectors(matrix: &Matrix) -> Vec<Vec<f64>> {
        matrix.col_iter().map(|column| column.iter().copied().collect()).collect()
    }

    /// The formula as it is written, with a d x d inverse by Gauss and Jordan: `Delta = R K^T P (K K^T P + ridge I)^-1`.
    fn dense(residuals: &Matrix, keys: &Matrix, p: &Matrix, ridge: f64) -> Matrix {
        let d = p.nrows();
        let system = keys * keys.transpose() * p + faer::Scale(ridge) * Matrix::identity(d, d);
        let mut rows = Matrix::from_fn(d, 2 * d, |i, j| if j < d { system[(i, j)] } else { f64::from(u8::from(i == j - d)) });
        for pivot in 0..d {
            let best = (pivot..d).max_by(|&a, &b| rows[(a, pivot)].abs().total_cmp(&rows[(b, pivot)].abs())).unwrap();
            for j in 0..2 * d {
                let (a, b) = (rows[(pivot, j)], rows[(best, j)]);
                (rows[(pivot, j)], rows[(best, j)]) = (b, a);
            }
            let by = rows[(pivot, pivot)];
            (0..2 * d).for_each(|j| rows[(pivot, j)] /= by);
            for i in (0..d).filter(|&i| i != pivot) {
                let by = rows[(i, pivot)];
                (0..2 * d).for_each(|j| rows[(i, j)] -= by * rows[(pivot, j)]);
            }
        }
        residuals * keys.transpose() * p * rows.get(.., d..)
    }

    fn agrees(found: &Matrix, expected: &Matrix) {
        let error = (found - expected).norm_l2() / (1.0 + expected.norm_l2());
        assert!(error < 1e-10, "{error:e}");
    }

    #[test]
    fn it_is_the_dense_formula_with_and_without_the_projector() {
        for (d_in, d_out, n, kept, seed) in [(2, 2, 1, 1, 1), (3, 1, 1, 2, 2), (12, 5, 4, 6, 3), (64, 64, 64, 40, 4)] {
            let (keys, past, residuals) = (random(d_in, n, seed), random(d_in, kept, seed ^ 8), random(d_out, n, seed ^ 16));
            let found = closed_form(&vectors(&past), &vectors(&keys), &vectors(&residuals), 0.0, 0.7).unwrap();
            let q = past.qr().compute_thin_Q();
            let p = Matrix::identity(d_in, d_in) - &q * q.transpose();
            agrees(&found.projected.update.dense(), &dense(&residuals, &keys, &p, 0.7));
            agrees(&found.plain.update.dense(), &dense(&residuals, &keys, &Matrix::identity(d_in, d_in), 0.7));
            agrees(&found.projected_keys, &(&p * &keys));
            assert_eq!(found.projector.null_dimension(), d_in - kept);
            assert!(found.projected.moved.iter().all(|&moved| moved < 1e-11), "{:?}", found.projected.moved);
            assert!(found.plain.moved.iter().any(|&moved| moved > 1e-3));
            let lacking = column_norms((found.plain.update.dense() * &keys - &residuals).as_ref());
            assert!(lacking.iter().zip(&found.plain.lacking).all(|(a, b)| (a - b).abs() < 1e-9));
        }
    }

    #[test]
    fn a_threshold_cuts_the_spectrum_of_the_past_keys() {
        let past = [vec![1.0, 0.0, 0.0], vec![0.0, 0.3, 0.0]];
        let solve = |threshold| closed_form(&past, &[vec![0.5, 0.5, 0.5]], &[vec![1.0]], threshold, 1.0).unwrap();
        let (exact, cut) = (solve(0.0), solve(0.2));
        assert_eq!((exact.projector.null_dimension(), cut.projector.null_dimension()), (1, 2));
        assert!(exact.projected.moved[1] < 1e-12 && cut.projected.moved[1] > 0.05);
        assert!(cut.projected.moved[0] < 1e-12 && cut.room[0] > exact.room[0]);
    }

    /// What P leaves of a key decides how much is written: k^T P k / (k^T P k + ridge).
    #[test]
    fn no_past_leaves_everything_free_and_a_full_one_nothing() {
        let free = closed_form(&[], &[vec![2.0, 0.0]], &[vec![1.0]], 0.0, 1.0).unwrap();
        assert_eq!(free.room, [1.0]);
        assert!((free.projected.lacking[0] - 0.2).abs() < 1e-12);
        let parallel = closed_form(&[vec![3.0, 1.0]], &[vec![1.5, 0.5]], &[vec![1.0]], 0.0, 1.0).unwrap();
        assert!(parallel.room[0] < 1e-12 && (parallel.projected.lacking[0] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn questions_without_meaning_are_refused() {
        let key = || vec![vec![1.0, 2.0]];
        let one = || vec![vec![1.0]];
        let long = vec![vec![0.5; 65]];
        let many = vec![vec![0.5, 0.1]; 65];
        for (result, says) in [
            (closed_form(&[], &[], &[], 0.0, 1.0), "at least one new key"),
            (closed_form(&[], &key(), &[], 0.0, 1.0), "one residual per new key, not 0 for 1"),
            (closed_form(&[vec![1.0]], &key(), &one(), 0.0, 1.0), "number 1 of the past keys has 1 dimensions instead of 2"),
            (closed_form(&[], &[vec![f64::NAN, 1.0]], &one(), 0.0, 1.0), "number 1 of the new keys is not finite"),
            (closed_form(&[], &long, &one(), 0.0, 1.0), "1 to 64 dimensions, not 65"),
            (closed_form(&[], &[Vec::new()], &one(), 0.0, 1.0), "1 to 64 dimensions, not 0"),
            (closed_form(&many, &key(), &one(), 0.0, 1.0), "at most 64 past keys, not 65"),
            (closed_form(&key(), &key(), &one(), 1.5, 1.0), "between 0 and 1"),
            (closed_form(&key(), &key(), &one(), f64::NAN, 1.0), "between 0 and 1"),
            (closed_form(&key(), &key(), &one(), 0.0, 0.0), "regulariser"),
            (closed_form(&[], &[vec![1e200, 1.0]], &one(), 0.0, 1.0), ""),
        ] {
            let error = result.unwrap_err();
            assert!(error.message().contains(says), "{error} does not say {says:?}");
        }
    }
}
