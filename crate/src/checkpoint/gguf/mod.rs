//! GGUF versions 2 and 3, read in place. Source: `docs/gguf.md` of ggml.

mod config;
mod header;
mod metadata;
mod reader;
mod vocabulary;

pub(super) use header::{Header, TensorInfo};

use super::digest::sha256;
use super::names::gguf_place;
use super::tensors::CheckedTensors;
use super::{Checkpoint, TokenizerSource};
use crate::model::ModelConfig;
use crate::model::quant::Bytes;
use crate::{Result, ensure};

/// Opens a GGUF file held in memory; `name` is used where the file does not name its model.
///
/// # Errors
/// The bytes are no GGUF file, truncated, corrupt, or of an architecture that we do not compute; the message names the tensor or field.
#[allow(clippy::needless_pass_by_value, reason = "the checkpoint keeps the file: callers hand it over")]
pub fn open_gguf(bytes: Bytes, name: &str) -> Result<Checkpoint> {
    open_with(&bytes, name, || sha256([bytes.as_slice()]))
}

/// As [`open_gguf`], with the hash from elsewhere. It is asked for last, when the file is known to be good.
pub(super) fn open_with(bytes: &Bytes, name: &str, hash: impl FnOnce() -> String) -> Result<Checkpoint> {
    let (header, config, checked) = parse(bytes)?;
    let metadata = &header.metadata;
    let vocabulary = vocabulary::vocabulary(metadata, config.vocab)?;
    Ok(Checkpoint {
        name: metadata.string(header::NAME)?.filter(|name| !name.is_empty()).unwrap_or(name).to_owned(),
        tokenizer: TokenizerSource::Gguf(Box::new(vocabulary)),
        end_tokens: vocabulary::end_tokens(metadata, config.vocab)?,
        tensors: Box::new(checked),
        config,
        sha256: hash(),
        warnings: vocabulary::warnings(metadata)?,
    })
}

/// Header, configuration and tensors.
pub(super) fn parse(bytes: &Bytes) -> Result<(Header<'_>, ModelConfig, CheckedTensors)> {
    let header = Header::parse(bytes.as_slice())?;
    let tensors = header.file_tensors(bytes)?;
    let config = config::config(&header.metadata, &tensors)?;
    check(&config)?;
    let checked = CheckedTensors::new(&config, &tensors, |name| gguf_place(&config, name), |name| config::FREQUENCIES.contains(&name))?;
    Ok((header, config, checked))
}

/// Relations between the sizes, for both formats.
pub(super) fn check(config: &ModelConfig) -> Result<()> {
    let ModelConfig { heads, kv_heads, head_dim, norm_eps, .. } = *config;
    ensure!(heads.is_multiple_of(kv_heads), Checkpoint, "{heads} query heads do not share {kv_heads} key/value heads evenly");
    ensure!(norm_eps.is_finite() && norm_eps > 0.0, Checkpoint, "the epsilon of the norms is {norm_eps}");
    if !config.family.traits().grouped_heads {
        let whole = kv_heads == heads && heads.checked_mul(head_dim) == Some(config.hidden);
        ensure!(whole, Checkpoint, "{heads} heads ({kv_heads} key/value heads) of {head_dim} do not make up {} features", config.hidden);
    }
    if let Some(rope) = &config.rope {
        let dims = rope.dims;
        ensure!(dims.is_multiple_of(2) && dims <= head_dim, Checkpoint, "{dims} rotated dimensions in heads of {head_dim}");
        ensure!(rope.theta.is_finite() && rope.theta > 0.0, Checkpoint, "the base of the rotary embedding is {}", rope.theta);
    }
    if let Some(local) = &config.local {
        let theta = local.rope_theta;
        ensure!(theta.is_finite() && theta > 0.0, Checkpoint, "the base of the local layers' rotary embedding is {theta}");
    }
    Ok(())
}
