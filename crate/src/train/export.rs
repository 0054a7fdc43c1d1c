//! The trained weights as the files that are shipped.

use std::collections::BTreeMap;
use std::path::Path;

use burn::prelude::*;

use super::trainer::NamedWeight;
use crate::checkpoint::{About, GgufVocabulary, write_atomically, write_gguf};
use crate::model::quant::{StoredMatrix, StoredType, quantize_q4_1, quantize_q8_0};
use crate::model::{ModelConfig, Transformer};
use crate::{Result, bail};

/// Weights in the format in which they are stored, by canonical name.
pub struct Stored(BTreeMap<String, StoredMatrix>);

impl Stored {
    /// Matrices rounded to `ty` (F32, Q8_0 or Q4_1), vectors as they are.
    ///
    /// # Errors
    /// `Usage`: another format. `Numerics`: rows that are no multiple of 32.
    pub fn new(weights: &[NamedWeight], ty: StoredType) -> Result<Self> {
        let store = |weight: &NamedWeight| {
            let NamedWeight { rows, cols, values, .. } = weight;
            let stored = match ty {
                _ if weight.vector => StoredMatrix::from_f32(*rows, *cols, values)?,
                StoredType::F32 => StoredMatrix::from_f32(*rows, *cols, values)?,
                StoredType::Q8_0 => quantize_q8_0(*rows, *cols, values)?,
                StoredType::Q4_1 => quantize_q4_1(*rows, *cols, values)?,
                other => bail!(Usage, "models are not written in {}", other.name()),
            };
            Ok((weight.name.clone(), stored))
        };
        Ok(Self(weights.iter().map(store).collect::<Result<_>>()?))
    }

    /// The model with exactly these weights.
    ///
    /// # Errors
    /// A weight is missing.
    pub fn model(&self, config: &ModelConfig, device: &Device) -> Result<Transformer> {
        Transformer::load(config, &|name| Ok(self.0.get(name).cloned()), device, |_, _| ())
    }

    /// Writes them as a GGUF file.
    ///
    /// # Errors
    /// As [`write_gguf`].
    pub fn write(&self, path: &Path, config: &ModelConfig, vocabulary: &GgufVocabulary, about: About<'_>) -> Result<()> {
        write_atomically(path, |out| write_gguf(config, vocabulary, about, |name| self.0.get(name).cloned(), out))
    }
}
