//! Outputs that are no numbers: from weights that hold NaN or infinity, the most likely token is an arbitrary one, and every accuracy arbitrary.

use crate::{Error, ErrorKind, Result};

/// What makes outputs that are no numbers.
pub(crate) const NOT_FINITE: &str = "the model's weights hold NaN or infinity (`langedit inspect --weights` says which): download or convert it again; if it was edited, take the last edits back";

/// Refuses logits, or sums or logarithms made of them, that are NaN or infinite.
///
/// # Errors
/// `Numerics`: one of `values` is not finite; the hint names the likely causes.
pub(crate) fn ensure_finite_outputs(values: &[f32]) -> Result<()> {
    let Some(value) = values.iter().find(|value| !value.is_finite()) else { return Ok(()) };
    Err(Error::new(ErrorKind::Numerics, format!("the model's logits are not finite: there is {value} among them")).hint(NOT_FINITE))
}
