//! Edited weights written back into a copy of the checkpoint that they came from.

#[cfg(not(target_family = "wasm"))]
mod folder;
mod gguf;
#[cfg(not(target_family = "wasm"))]
mod safetensors;
#[cfg(not(target_family = "wasm"))]
mod whole;

use std::collections::BTreeMap;

#[cfg(not(target_family = "wasm"))]
pub use folder::check_saved_alone;
pub use gguf::save_gguf;
#[cfg(not(target_family = "wasm"))]
pub use safetensors::save_safetensors_dir;
#[cfg(not(target_family = "wasm"))]
pub use whole::{About, write_gguf};

use super::names::{Expected, Place, expected_tensors};
use super::tensors::FileTensor;
use crate::model::ModelConfig;
use crate::{Result, bail, ensure};

/// New values: canonical name to (rows, columns, row-major values).
pub type Replaced = BTreeMap<String, (usize, usize, Vec<f32>)>;

/// Translates new values to tensors of the file, in the file's names and orientation. Where only a part of a tensor is new (GPT-2's fused
/// q, k, v), the rest keeps its values.
fn to_file(
    config: &ModelConfig,
    replaced: &Replaced,
    place: impl Fn(&str) -> Option<Place>,
    tensors: &BTreeMap<String, FileTensor>,
) -> Result<BTreeMap<String, Vec<f32>>> {
    let mut wanted: BTreeMap<_, _> = replaced.iter().collect();
    let mut out: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    for expected in expected_tensors(config) {
        let Some((rows, cols, values)) = wanted.remove(&expected.name) else { continue };
        ensure!(
            (*rows, *cols) == (expected.rows, expected.cols) && values.len() == rows * cols,
            Usage,
            "the new values of {} are [{rows}, {cols}] ({} values), the model takes [{}, {}]",
            expected.name,
            values.len(),
            expected.rows,
            expected.cols
        );
        let Some(place) = place(&expected.name) else { bail!(Usage, "this format has no place for {}", expected.name) };
        let Some(tensor) = tensors.get(&place.tensor) else { bail!(Checkpoint, "tensor {} is missing", place.tensor) };
        let name = place.tensor.clone();
        if place.part.is_some() && !out.contains_key(&name) {
            out.insert(name.clone(), tensor.matrix()?.to_f32_vec()?);
        }
        let file = out.entry(name).or_insert_with(|| vec![0.0; values.len()]);
        write_part(file, &expected, &place, values);
        if place.less_one {
            file.iter_mut().for_each(|gain| *gain -= 1.0);
        }
    }
    if let Some(name) = wanted.keys().next() {
        bail!(Usage, "the model has no weight {name}");
    }
    Ok(out)
}

/// Writes a canonical matrix or vector into the tensor of the file that holds it.
fn write_part(file: &mut [f32], expected: &Expected, place: &Place, values: &[f32]) {
    // A vector of outputs is a matrix of one column here.
    let cols = if expected.vector { 1 } else { expected.cols };
    let width = file.len() / cols;
    for (r, row) in values.chunks_exact(cols).enumerate() {
        let r = place.part.map_or(r, |part| part.row(r));
        if place.transposed {
            row.iter().enumerate().for_each(|(c, value)| file[c * width + r] = *value);
        } else {
            file[r * cols..(r + 1) * cols].copy_from_slice(row);
        }
    }
}
