//! The closed form for the figures that are moved by hand: it needs neither a device nor a model, and may be called while another call waits.

use serde::{Deserialize, Serialize};
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::border;
use crate::linalg::{self, Effect, Matrix};
use crate::{Error, Result};

/// Keys and residuals as lists of vectors.
#[derive(Deserialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct ClosedFormQuestion {
    past: Vec<Vec<f64>>,
    fresh: Vec<Vec<f64>>,
    residuals: Vec<Vec<f64>>,
    threshold: f64,
    ridge: f64,
}

/// A change, as rows, and what it does.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct ClosedFormChange {
    delta: Vec<Vec<f64>>,
    moved: Vec<f64>,
    lacking: Vec<f64>,
}

#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
struct ClosedForm {
    discarded_basis: Vec<Vec<f64>>,
    null_basis: Vec<Vec<f64>>,
    projected_keys: Vec<Vec<f64>>,
    room: Vec<f64>,
    projected: ClosedFormChange,
    plain: ClosedFormChange,
}

impl From<Effect> for ClosedFormChange {
    fn from(Effect { update, moved, lacking }: Effect) -> Self {
        Self { delta: update.dense().row_iter().map(|row| row.iter().copied().collect()).collect(), moved, lacking }
    }
}

/// [`linalg::closed_form`] of `{past, fresh, residuals, threshold, ridge}`: `{discarded_basis, null_basis, projected_keys, room, projected,
/// plain}`, the last two `{delta, moved, lacking}`. Keys and bases are lists of vectors, `delta` is a list of rows.
///
/// # Errors
/// `usage`: the question is not of this form. `numerics`: see [`linalg::closed_form`].
#[wasm_bindgen(unchecked_return_type = "ClosedForm")]
pub fn closed_form(#[wasm_bindgen(unchecked_param_type = "ClosedFormQuestion")] question: JsValue) -> Result<JsValue, JsValue> {
    let solve = || {
        let ClosedFormQuestion { past, fresh, residuals, threshold, ridge } = border::from_js("the keys of a closed form", question)?;
        let found = linalg::closed_form(&past, &fresh, &residuals, threshold, ridge)?;
        border::to_js(&ClosedForm {
            discarded_basis: vectors(&found.projector.discarded_basis()),
            null_basis: vectors(&found.projector.null_basis()),
            projected_keys: vectors(&found.projected_keys),
            room: found.room,
            projected: found.projected.into(),
            plain: found.plain.into(),
        })
    };
    solve().map_err(|error: Error| border::failure(&error))
}

/// The columns of a matrix.
fn vectors(matrix: &Matrix) -> Vec<Vec<f64>> {
    matrix.col_iter().map(|column| column.iter().copied().collect()).collect()
}
