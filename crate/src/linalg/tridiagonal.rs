//! A large symmetric matrix made tridiagonal by reflections, some columns at a time.
//!
//! Column by column, as LAPACK's dlatrd: a column is brought up to date and reflected, and the product of the matrix with the reflection's vector `v`
//! gives what the reflection changes, `A <- A - v w^T - w v^T`. That is left for [`PANEL`] columns together, a matrix product. So a column reads the
//! triangle once and writes nothing of it, where changing it at once, as faer does, reads and writes it: a large matrix waits for the memory, not for
//! the arithmetic. Measured on two cores that others used too: 37 s instead of 59 at 4,864 rows.

use std::ops::Range;

use faer::linalg::householder::{make_householder_in_place, upgrade_householder_factor};
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::traits::pulp::{Arch, Simd, WithSimd};
use faer::{Accum, Col, Par};

use super::parallel::map;
use super::{Matrix, MatrixRef};

/// Columns whose changes are made together. Tests have few, and several panels.
const PANEL: usize = if cfg!(test) { 5 } else { 32 };
/// Fewer rows are multiplied on one core.
const ROWS_OF_A_CORE: usize = if cfg!(test) { 16 } else { 512 };

/// Makes the lower triangle of `matrix` tridiagonal, in the form of faer's `tridiag_in_place`: below the subdiagonal stand the vectors of the
/// reflections `I - v v^T / tau`, without their leading 1, and `blocks` gets the triangular factors of as many together as it has rows.
pub(super) fn make_tridiagonal(matrix: &mut Matrix, blocks: &mut Matrix, parallelism: Par) {
    let n = matrix.nrows();
    let (mut vectors, mut changes) = (Matrix::zeros(n, PANEL), Matrix::zeros(n, PANEL));
    let mut taus = Vec::with_capacity(n);
    for start in (0..n).step_by(PANEL) {
        let width = PANEL.min(n - start);
        for j in 0..width {
            let k = start + j;
            let (v, w) = (vectors.get(k.., ..j), changes.get(k.., ..j));
            if j > 0 {
                let changed = v * w.row(0).transpose() + w * v.row(0).transpose();
                (0..n - k).for_each(|i| matrix[(k + i, k)] -= changed[i]);
            }
            if k + 1 == n {
                break;
            }
            let below = n - k - 1;
            let column = matrix.as_mut().col_mut(k).subrows_mut(k + 1, below);
            let (head, tail) = column.split_at_row_mut(1);
            let mut beta = head[0];
            let tau = make_householder_in_place(&mut beta, tail).tau;
            matrix[(k + 1, k)] = beta;
            let x = Col::from_fn(below, |i| if i == 0 { 1.0 } else { matrix[(k + 1 + i, k)] });
            let mut y = product(matrix.as_ref().submatrix(k + 1, k + 1, below, below), &x, parallelism);
            if j > 0 {
                let (v, w) = (v.subrows(1, below), w.subrows(1, below));
                y -= v * (w.transpose() * &x) + w * (v.transpose() * &x);
            }
            y *= faer::Scale(1.0 / tau);
            let half = 0.5 / tau * (x.transpose() * &y);
            y -= faer::Scale(half) * &x;
            for (columns, entries) in [(&mut vectors, &x), (&mut changes, &y)] {
                let (mut above, mut column) = columns.as_mut().col_mut(j).split_at_row_mut(k + 1);
                above.fill(0.0);
                column.copy_from(entries);
            }
            taus.push(tau);
        }
        let rest = start + width;
        if rest < n {
            let (v, w) = (vectors.get(rest.., ..width), changes.get(rest.., ..width));
            for (a, b) in [(v, w), (w, v)] {
                triangular::matmul(
                    matrix.get_mut(rest.., rest..),
                    BlockStructure::TriangularLower,
                    Accum::Add,
                    a,
                    BlockStructure::Rectangular,
                    b.transpose(),
                    BlockStructure::Rectangular,
                    -1.0,
                    parallelism,
                );
            }
        }
    }
    let (size, reflections) = (blocks.nrows(), matrix.get(1.., ..n - 1));
    for start in (0..taus.len()).step_by(size) {
        let count = size.min(taus.len() - start);
        let mut block = blocks.as_mut().submatrix_mut(0, start, count, count);
        (0..count).for_each(|k| block[(k, k)] = taus[start + k]);
        upgrade_householder_factor(block, reflections.submatrix(start, start, taus.len() - start, count), count, 1, parallelism);
    }
}

/// `A x`, of which the lower triangle is given: in parts of equal area, one a core, which are added in order.
fn product(lower: MatrixRef<'_>, x: &Col<f64>, parallelism: Par) -> Col<f64> {
    let n = x.nrows();
    let parts = if n < ROWS_OF_A_CORE { 1 } else { parallelism.degree() };
    // Behind column c there is (1 - c/n)^2 of the triangle.
    let bound = |part: usize| if part == parts { n } else { (n as f64 * (1.0 - (1.0 - part as f64 / parts as f64).sqrt())) as usize };
    let x: Vec<f64> = x.iter().copied().collect();
    let of_part = |part: usize| {
        let mut sum = vec![0.0; n];
        Arch::new().dispatch(Part { lower, x: &x, columns: bound(part)..bound(part + 1), sum: &mut sum });
        sum
    };
    let mut total = Col::zeros(n);
    // There are no more parts than pay.
    for sum in map(parts, usize::MAX, of_part) {
        total.iter_mut().zip(&sum).for_each(|(total, sum)| *total += sum);
    }
    total
}

/// What some columns of the lower triangle, and the rows that mirror them, add to the product with `x`.
struct Part<'a> {
    lower: MatrixRef<'a>,
    x: &'a [f64],
    columns: Range<usize>,
    sum: &'a mut [f64],
}

impl WithSimd for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { lower, x, columns, sum } = self;
        for first in columns.clone().step_by(4) {
            let width = 4.min(columns.end - first);
            let below = first + width;
            for a in first..below {
                sum[a] += lower[(a, a)] * x[a];
                for b in a + 1..below {
                    sum[b] += lower[(b, a)] * x[a];
                    sum[a] += lower[(b, a)] * x[b];
                }
            }
            // Columns that are left over are none.
            let column = |a: usize| match lower.col(first + a.min(width - 1)).subrows(below, x.len() - below).try_as_col_major() {
                Some(column) => column.as_slice(),
                None => unreachable!("a matrix of its own is stored by columns"),
            };
            let scales = [0, 1, 2, 3].map(|a| if a < width { x[first + a] } else { 0.0 });
            let (own, rest) = sum.split_at_mut(below);
            let along = four_columns(simd, [column(0), column(1), column(2), column(3)], scales, &x[below..], rest);
            own[first..].iter_mut().zip(along).for_each(|(sum, along)| *sum += along);
        }
    }
}

/// `y += sum_a scales[a] columns[a]`, and the products of the columns with `x`: each entry is read once.
#[inline(always)]
fn four_columns<S: Simd>(simd: S, columns: [&[f64]; 4], scales: [f64; 4], x: &[f64], y: &mut [f64]) -> [f64; 4] {
    let [(a, a_rest), (b, b_rest), (c, c_rest), (d, d_rest)] = columns.map(S::as_simd_f64s);
    let ((x, x_rest), (y, y_rest)) = (S::as_simd_f64s(x), S::as_mut_simd_f64s(y));
    let wide = scales.map(|scale| simd.splat_f64s(scale));
    let mut sums = [simd.splat_f64s(0.0); 4];
    let count = [x.len(), y.len(), a.len(), b.len(), c.len(), d.len()].into_iter().fold(usize::MAX, usize::min);
    let (a, b, c, d, x, y) = (&a[..count], &b[..count], &c[..count], &d[..count], &x[..count], &mut y[..count]);
    for i in 0..count {
        let sum = simd.mul_add_e_f64s(wide[1], b[i], simd.mul_add_e_f64s(wide[0], a[i], y[i]));
        y[i] = simd.mul_add_e_f64s(wide[3], d[i], simd.mul_add_e_f64s(wide[2], c[i], sum));
        sums[0] = simd.mul_add_e_f64s(a[i], x[i], sums[0]);
        sums[1] = simd.mul_add_e_f64s(b[i], x[i], sums[1]);
        sums[2] = simd.mul_add_e_f64s(c[i], x[i], sums[2]);
        sums[3] = simd.mul_add_e_f64s(d[i], x[i], sums[3]);
    }
    let mut along = sums.map(|sum| simd.reduce_sum_f64s(sum));
    for ((along, rest), scale) in along.iter_mut().zip([a_rest, b_rest, c_rest, d_rest]).zip(scales) {
        for ((entry, x), y) in rest.iter().zip(x_rest).zip(&mut *y_rest) {
            *y += scale * entry;
            *along += entry * x;
        }
    }
    along
}

#[cfg(test)]
mod tests {
    use faer::dyn_stack::{MemBuffer, MemStack};
    use faer::linalg::evd::tridiag::{tridiag_in_place, tridiag_in_place_scratch};
    use faer::{Spec, get_global_parallelism};

    use super::super::properties::random;
    use super::*;

    #[test]
    fn it_is_what_faer_makes_of_it() {
        for n in [4, 5, 6, 9, 23, 40, 61] {
            let any = random(n, n, n as u64);
            // What stands above the diagonal is not read.
            let matrix = Matrix::from_fn(n, n, |i, j| if i < j { 1e3 } else { any[(i, j)] });
            let (parallelism, size) = (get_global_parallelism(), 4);
            let (mut found, mut blocks) = (matrix.clone(), Matrix::zeros(size, n - 1));
            make_tridiagonal(&mut found, &mut blocks, parallelism);
            let (mut expected, mut expected_blocks) = (matrix, Matrix::zeros(size, n - 1));
            let mut memory = MemBuffer::new(tridiag_in_place_scratch::<f64>(n, parallelism, Spec::default()));
            let memory = MemStack::new(&mut memory);
            tridiag_in_place(expected.as_mut(), expected_blocks.as_mut(), parallelism, memory, Spec::default());
            for i in 0..n {
                (0..=i).for_each(|j| assert!((found[(i, j)] - expected[(i, j)]).abs() < 1e-11, "{n}: {i} {j}"));
            }
            // The last reflection turns nothing: its tau is infinite.
            let near = |a: f64, b: f64| a == b || (a - b).abs() < 1e-11;
            for at in 0..n - 1 {
                let rows = 0..=at % size;
                rows.for_each(|row| assert!(near(blocks[(row, at)], expected_blocks[(row, at)]), "{n}: factor {row} {at}"));
            }
        }
    }

    #[test]
    fn a_triangle_is_multiplied_as_the_whole() {
        for n in [1, 3, 4, 17, 40, 67] {
            let any = random(n, n, 7);
            let whole = Matrix::from_fn(n, n, |i, j| any[(i.max(j), i.min(j))]);
            let x = Col::from_fn(n, |i| (i as f64).cos());
            for parallelism in [Par::Seq, get_global_parallelism()] {
                let found = product(any.as_ref(), &x, parallelism);
                assert!((found - &whole * &x).norm_max() < 1e-12 * n as f64, "{n}");
            }
        }
    }
}
