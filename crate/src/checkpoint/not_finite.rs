//! Weights that are no numbers.

use super::{Checkpoint, expected_tensors};
use crate::Result;

/// Values that are looked at together.
const VALUES: usize = 1 << 20;

/// A weight that is no number.
#[derive(Clone, Debug, PartialEq)]
pub struct NotFinite {
    /// Canonical name of the tensor.
    pub tensor: String,
    /// Row, counted from 0.
    pub row: usize,
    /// Column, counted from 0.
    pub column: usize,
    /// NaN or an infinity.
    pub value: f32,
}

impl Checkpoint {
    /// The first value of each tensor that is NaN or infinite. Reads every weight.
    ///
    /// # Errors
    /// A tensor cannot be read.
    pub fn not_finite(&self) -> Result<Vec<NotFinite>> {
        let (mut found, mut values) = (Vec::new(), Vec::new());
        for tensor in expected_tensors(&self.config) {
            let Some(matrix) = self.tensors.matrix(&tensor.name)? else { continue };
            let cols = matrix.cols.max(1);
            let together = (VALUES / cols).max(1);
            for start in (0..matrix.rows).step_by(together) {
                let rows = start..matrix.rows.min(start + together);
                values.resize(rows.len() * matrix.cols, 0.0);
                matrix.dequantize_rows(rows, &mut values)?;
                if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                    found.push(NotFinite { tensor: tensor.name, row: start + at / cols, column: at % cols, value: values[at] });
                    break;
                }
            }
        }
        Ok(found)
    }
}
