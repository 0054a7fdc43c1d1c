//! A run on disk: weights, what the optimiser remembers, and where the run stands.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::network::Network;
use super::optimizer::{Memory, Optimizer};
use super::plan::Plan;
use crate::checkpoint::write_atomically;
use crate::device::{read, upload};
use crate::{Error, ErrorKind, Result, ensure};

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    /// What the run was started with: a run is only continued with the same.
    pub(super) fingerprint: String,
    pub(super) plan: Plan,
    /// Optimiser steps done.
    pub(super) steps: u64,
    /// The epoch that is being read, and how many of its sequences were.
    pub(super) epoch: u64,
    pub(super) offset: usize,
    /// Tokens read.
    pub(super) tokens: u64,
    /// Seconds of training, evaluation not counted.
    pub(super) seconds: f64,
    /// Loss of the last step in nats.
    pub(super) loss: f64,
    /// Root mean square of the residual stream behind the last block in the last step.
    pub(super) residual: f64,
}

const KEY: &str = "position";

/// Writes all to `path`, never half.
///
/// # Errors
/// The device failed or the file cannot be written.
pub(super) async fn save(path: &Path, network: &Network, optimizer: &Optimizer, position: &Position) -> Result<()> {
    let mut buffers: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (parameter, memory) in network.parameters.iter().zip(&optimizer.memories) {
        let parts = [("value", Some(&parameter.values)), ("first", Some(&memory.first)), ("second", memory.second.as_ref())];
        for (part, tensor) in parts.into_iter().filter_map(|(part, tensor)| Some((part, tensor?))) {
            let bytes = read(tensor.clone()).await?.into_iter().flat_map(f32::to_le_bytes).collect();
            buffers.push((format!("{part}.{}", parameter.name), tensor.dims().to_vec(), bytes));
        }
    }
    let views: Vec<(&str, TensorView<'_>)> = buffers
        .iter()
        .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(malformed)?)))
        .collect::<Result<_>>()?;
    let position = serde_json::to_string(position).map_err(|error| Error::new(ErrorKind::Data, format!("the run's state: {error}")))?;
    let bytes = safetensors::serialize(views, Some(HashMap::from([(KEY.to_owned(), position)]))).map_err(malformed)?;
    write_atomically(path, |out| Ok(out.write_all(&bytes)?))
}

/// Reads what [`save`] wrote into a network and optimiser of the same sizes.
///
/// # Errors
/// The file cannot be read, is damaged, or of another model.
pub(super) fn load(path: &Path, network: &mut Network, optimizer: &mut Optimizer) -> Result<Position> {
    let bytes = std::fs::read(path).map_err(|error| Error::new(ErrorKind::Io, format!("cannot read {}: {error}", path.display())))?;
    let at = |error: Error| error.at(path.display());
    let file = SafeTensors::deserialize(&bytes).map_err(malformed).map_err(at)?;
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(malformed).map_err(at)?;
    let position = header.metadata().as_ref().and_then(|pairs| pairs.get(KEY)).and_then(|text| serde_json::from_str(text).ok());
    let position: Position = position.ok_or_else(|| at(Error::new(ErrorKind::Data, "is no state of a training run")))?;
    let device = network.device().clone();
    let tensor = |name: String, dims: [usize; 2]| {
        let view = file.tensor(&name).map_err(malformed)?;
        ensure!(view.shape() == dims && view.dtype() == Dtype::F32, Data, "`{name}` is {:?}, the model takes {dims:?}", view.shape());
        let values = view.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Ok(upload(values, dims, &device))
    };
    for (parameter, memory) in network.parameters.iter_mut().zip(&mut optimizer.memories) {
        let dims = parameter.values.dims();
        let part = |part: &str| tensor(format!("{part}.{}", parameter.name), dims).map_err(at);
        let second = memory.second.is_some().then(|| part("second")).transpose()?;
        *memory = Memory { first: part("first")?, second };
        parameter.values = part("value")?;
    }
    optimizer.steps = position.steps;
    Ok(position)
}

#[allow(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
fn malformed(error: safetensors::SafeTensorError) -> Error {
    Error::new(ErrorKind::Data, format!("not a valid state file: {error}"))
}
