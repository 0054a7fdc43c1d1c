//! The stored matrix.

use std::ops::Range;

use super::activations::Activations;
use super::products::products;
use super::{Bytes, StoredType, dequantize};
use crate::{Result, ensure};

/// A matrix `[rows, cols]`, row-major, each row a whole number of blocks. Linear weights are `[out, in]`; vectors have one row.
#[derive(Clone, Debug)]
pub struct StoredMatrix {
    /// Block format.
    pub ty: StoredType,
    /// Rows (output features).
    pub rows: usize,
    /// Columns (input features), a multiple of the block length.
    pub cols: usize,
    /// The blocks.
    pub bytes: Bytes,
}

impl StoredMatrix {
    /// The matrix `[rows, cols]` of format `ty` whose blocks are `bytes`.
    ///
    /// # Errors
    /// A row is no whole number of blocks, or there are more or fewer bytes than the shape takes.
    pub fn new(ty: StoredType, rows: usize, cols: usize, bytes: Bytes) -> Result<Self> {
        let Some(row_bytes) = ty.row_bytes(cols) else {
            crate::bail!(Checkpoint, "{} rows are multiples of {} values, not {cols}", ty.name(), ty.block_len());
        };
        ensure!(
            row_bytes.checked_mul(rows) == Some(bytes.len()),
            Checkpoint,
            "{} values [{rows}, {cols}] take {rows} x {row_bytes} bytes, there are {}",
            ty.name(),
            bytes.len()
        );
        Ok(Self { ty, rows, cols, bytes })
    }

    /// The f32 matrix `[rows, cols]` with these row-major values.
    ///
    /// # Errors
    /// There are not `rows * cols` values.
    pub fn from_f32(rows: usize, cols: usize, values: &[f32]) -> Result<Self> {
        Self::new(StoredType::F32, rows, cols, Bytes::new(values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()))
    }

    /// Bytes of one row.
    pub fn row_bytes(&self) -> usize {
        self.cols / self.ty.block_len() * self.ty.block_bytes()
    }

    /// Bytes of the matrix.
    pub fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// The blocks of row `r`.
    ///
    /// # Panics
    /// Where there is no row `r`, as slices do.
    pub fn row(&self, r: usize) -> &[u8] {
        let row_bytes = self.row_bytes();
        &self.bytes.as_slice()[r * row_bytes..(r + 1) * row_bytes]
    }

    /// Writes the values of `rows` to `out`, row-major.
    ///
    /// Bit-exact to GGML's `dequantize_row_*` for finite scales, but for the sign of zeros.
    ///
    /// # Errors
    /// There are no such rows, or `out` does not hold `rows.len() * cols` values.
    pub fn dequantize_rows(&self, rows: Range<usize>, out: &mut [f32]) -> Result<()> {
        self.dequantize_part(rows, 0..self.cols, out)
    }

    /// Writes the values of `cols`, whole blocks, of `rows` to `out`, row-major.
    ///
    /// # Errors
    /// There are no such rows, `cols` cuts a block or goes beyond the row, or `out` does not hold `rows.len() * cols.len()` values.
    pub fn dequantize_part(&self, rows: Range<usize>, cols: Range<usize>, out: &mut [f32]) -> Result<()> {
        let (len, size) = (self.ty.block_len(), self.ty.block_bytes());
        let whole = cols.start.is_multiple_of(len) && cols.end.is_multiple_of(len) && cols.start <= cols.end && cols.end <= self.cols;
        ensure!(whole, Numerics, "columns {cols:?} of {} in blocks of {len}", self.cols);
        ensure!(rows.start <= rows.end && rows.end <= self.rows, Numerics, "rows {rows:?} of a matrix with {}", self.rows);
        ensure!(out.len() == rows.len() * cols.len(), Numerics, "{rows:?} x {cols:?} values do not fit {} places", out.len());
        let (row_bytes, part) = (self.row_bytes(), cols.start / len * size..cols.end / len * size);
        let Some(bytes) = self.bytes.as_slice().get(rows.start * row_bytes..rows.end * row_bytes) else {
            crate::bail!(Checkpoint, "rows {rows:?} of {row_bytes} bytes lie beyond the {} bytes of the matrix", self.bytes.len());
        };
        dequantize::dequantize(self.ty, bytes.chunks_exact(row_bytes.max(1)).map(|row| &row[part.clone()]), cols.len(), out);
        Ok(())
    }

    /// Rows `x` `[n, cols]` as [`Self::products`] takes them, where that beats unpacking the matrix: it is packed, and the rows are few.
    pub(in crate::model) fn activations(&self, x: &[f32]) -> Option<Activations> {
        Activations::new(self.ty, x, self.cols)
    }

    /// Hands the products of `rows` with the rows of `x` to `take` as (row after `rows.start`, row of `x`, product), each within f32's rounding of
    /// the sum over the magnitudes of its terms.
    ///
    /// # Panics
    /// Where there are no such rows, as slices do.
    pub(in crate::model) fn products(&self, rows: Range<usize>, x: &Activations, take: impl FnMut(usize, usize, f32)) {
        let row_bytes = self.row_bytes();
        let bytes = &self.bytes.as_slice()[rows.start * row_bytes..rows.end * row_bytes];
        products(self.ty, bytes.chunks_exact(row_bytes.max(1)), x, take);
    }

    /// All values, row-major.
    ///
    /// # Errors
    /// The bytes do not hold `rows * cols` values (only where the fields were set by hand).
    pub fn to_f32_vec(&self) -> Result<Vec<f32>> {
        ensure!(
            self.bytes.len() == self.rows * self.row_bytes(),
            Checkpoint,
            "a matrix [{}, {}] of {} has {} bytes",
            self.rows,
            self.cols,
            self.ty.name(),
            self.bytes.len()
        );
        let mut values = vec![0.0; self.rows * self.cols];
        self.dequantize_rows(0..self.rows, &mut values)?;
        Ok(values)
    }
}
