//! The configuration that a GGUF file's metadata describes. Source of the keys: `gguf/constants.py` and `llama-arch.cpp` of llama.cpp.

use std::collections::BTreeMap;

use super::metadata::Metadata;
use crate::checkpoint::tensors::FileTensor;
use crate::model::quant::StoredType;
use crate::model::{Family, LocalLayers, ModelConfig, NormKind, Positions, Rope};
use crate::{Error, ErrorKind, Result, bail, ensure};

/// Tensors that change how positions are rotated and are no weights.
pub(super) const FREQUENCIES: [&str; 3] = [DIVISORS, SHORT_FACTORS, LONG_FACTORS];
/// What the frequencies are divided by in texts of any length.
const DIVISORS: &str = "rope_freqs.weight";
/// The factors of longrope for texts no longer than those of the pre-training.
const SHORT_FACTORS: &str = "rope_factors_short.weight";
/// Those for longer texts.
const LONG_FACTORS: &str = "rope_factors_long.weight";

/// Reads the configuration; the vocabulary's size is that of the embedding.
///
/// # Errors
/// An architecture or a variant that we do not compute, or a field that is missing or makes no sense.
pub(super) fn config(metadata: &Metadata<'_>, tensors: &BTreeMap<String, FileTensor>) -> Result<ModelConfig> {
    let Some(arch) = metadata.string("general.architecture")? else { bail!(Checkpoint, "metadata general.architecture is missing") };
    let Some(&family) = Family::ALL.iter().find(|family| family.gguf_architecture() == Some(arch)) else {
        let known: Vec<&str> = Family::ALL.iter().filter_map(|family| family.gguf_architecture()).collect();
        return Err(Error::new(ErrorKind::Checkpoint, format!("the architecture {arch} is not supported"))
            .hint(format!("supported: {}", known.join(", "))));
    };
    let traits = family.traits();
    let key = |name: &str| format!("{arch}.{name}");
    let size = |name: &str| metadata.required_size(&key(name));

    let (hidden, heads) = (size("embedding_length")?, size("attention.head_count")?);
    let head_dim = match metadata.size(&key("attention.key_length"))? {
        Some(length) => length,
        None => {
            ensure!(hidden.is_multiple_of(heads), Checkpoint, "{arch}.embedding_length {hidden} is no multiple of {heads} heads");
            hidden / heads
        }
    };
    let value_length = metadata.size(&key("attention.value_length"))?.unwrap_or(head_dim);
    ensure!(value_length == head_dim, Checkpoint, "keys of {head_dim} and values of {value_length} in a head are not supported");
    let experts = metadata.integer(&key("expert_count"))?.unwrap_or(0);
    ensure!(experts == 0, Checkpoint, "{arch}.expert_count is {experts}: mixtures of experts are not supported");
    for name in ["attn_logit_softcapping", "final_logit_softcapping"].map(&key) {
        let cap = metadata.number(&name)?.unwrap_or(0.0);
        ensure!(cap == 0.0, Checkpoint, "metadata {name} is {cap}, which is not supported");
    }
    let eps_name = key(match traits.norm {
        NormKind::Rms => "attention.layer_norm_rms_epsilon",
        NormKind::Layer => "attention.layer_norm_epsilon",
    });
    let Some(norm_eps) = metadata.number(&eps_name)? else { bail!(Checkpoint, "metadata {eps_name} is missing") };

    let parallel = metadata.bool(&key("use_parallel_residual"))?;
    ensure!(
        parallel.is_none_or(|parallel| parallel == traits.order.parallel()),
        Checkpoint,
        "metadata {} is {}, which is not supported",
        key("use_parallel_residual"),
        !traits.order.parallel()
    );
    // 0 is none.
    let window = metadata.integer(&key("attention.sliding_window"))?.filter(|&window| window > 0).map(|window| window as usize);
    let local = match (traits.local_layers, window) {
        (Some(usual), Some(window)) => Some(LocalLayers {
            window,
            period: metadata.size(&key("attention.sliding_window_pattern"))?.unwrap_or(usual.period),
            rope_theta: number(metadata, ["rope.freq_base_swa", "rope.local.freq_base"].map(&key))?.unwrap_or(usual.rope_theta),
        }),
        _ => None,
    };

    Ok(ModelConfig {
        family,
        vocab: vocabulary_size(tensors)?,
        hidden,
        inner: size("feed_forward_length")?,
        layers: size("block_count")?,
        heads,
        kv_heads: metadata.size(&key("attention.head_count_kv"))?.unwrap_or(heads),
        head_dim,
        // Up to the window, a sliding window hides nothing: where layers do not have it one by one, positions end there.
        max_positions: size("context_length")?
            .min(window.filter(|_| local.is_none()).unwrap_or(usize::MAX))
            .min(rotated_positions(metadata, &key, tensors)?),
        norm_eps,
        rope: match traits.positions {
            Positions::Learned => None,
            Positions::Rotary { interleaved, partial } => {
                let permuted = family.declaration().gguf.is_some_and(|gguf| gguf.permuted);
                let usual = traits.rope_theta;
                Some(rope(metadata, &key, (interleaved || permuted, usual), (!partial).then_some(head_dim), tensors)?)
            }
        },
        local,
        unrotated_every: traits.unrotated_every,
        query_scalar: None,
        activation: traits.activation,
        tied_head: !tensors.contains_key("output.weight"),
    })
}

fn vocabulary_size(tensors: &BTreeMap<String, FileTensor>) -> Result<usize> {
    match tensors.get("token_embd.weight").map(|tensor| tensor.shape.as_slice()) {
        Some([rows, _]) => Ok(*rows),
        Some(shape) => bail!(Checkpoint, "tensor token_embd.weight has the shape {shape:?}, not two dimensions"),
        None => bail!(Checkpoint, "tensor token_embd.weight is missing"),
    }
}

/// How many positions are rotated as [`rope`] says: longrope has other factors beyond the length of the pre-training.
fn rotated_positions(metadata: &Metadata<'_>, key: &impl Fn(&str) -> String, tensors: &BTreeMap<String, FileTensor>) -> Result<usize> {
    if tensors.contains_key(SHORT_FACTORS) { metadata.required_size(&key("rope.scaling.original_context_length")) } else { Ok(usize::MAX) }
}

/// A number, such as the base of the rotary embedding, under the first of the names that converters give it.
fn number(metadata: &Metadata<'_>, names: [String; 2]) -> Result<Option<f64>> {
    let [first, second] = names;
    Ok(match metadata.number(&first)? {
        None => metadata.number(&second)?,
        found => found,
    })
}

/// `dims` are the rotated dimensions, and `usual_theta` the base, where the file does not say.
fn rope(
    metadata: &Metadata<'_>,
    key: &impl Fn(&str) -> String,
    (interleaved, usual_theta): (bool, f64),
    dims: Option<usize>,
    tensors: &BTreeMap<String, FileTensor>,
) -> Result<Rope> {
    let Some(dims) = metadata.size(&key("rope.dimension_count"))?.or(dims) else {
        bail!(Checkpoint, "metadata {} is missing", key("rope.dimension_count"));
    };
    let stored = [DIVISORS, SHORT_FACTORS].into_iter().filter_map(|name| Some((name, tensors.get(name)?)));
    let mut stored = stored.map(|(name, tensor)| divisors(name, tensor, dims));
    let frequency_divisors = match (linear_factor(metadata, key)?, stored.next(), stored.next()) {
        (None, None, _) => None,
        (None, Some(stored), None) => Some(stored?),
        (Some(factor), None, _) => Some(vec![factor as f32; dims / 2]),
        _ => bail!(Checkpoint, "the file stretches its rotary embedding in two ways: by metadata and by tensors"),
    };
    let long = tensors.contains_key(SHORT_FACTORS);
    let meant = metadata.string(&key("rope.scaling.type"))? == Some("longrope") || tensors.contains_key(LONG_FACTORS);
    ensure!(long || !meant, Checkpoint, "the rotary embedding is one of longrope, but tensor {SHORT_FACTORS} is missing");
    let name = key("rope.scaling.attn_factor");
    let attention_factor = metadata.number(&name)?.filter(|&factor| factor != 1.0);
    if let Some(factor) = attention_factor {
        ensure!(long, Checkpoint, "metadata {name} is {factor}, which is not supported");
        ensure!(factor.is_finite() && factor > 0.0, Checkpoint, "metadata {name} is {factor}, not a positive number");
    }
    Ok(Rope {
        theta: number(metadata, ["rope.freq_base", "rope.global.freq_base"].map(key))?.unwrap_or(usual_theta),
        dims,
        interleaved,
        llama3: None,
        frequency_divisors,
        attention_factor,
    })
}

/// By what all wavelengths are stretched, as llama.cpp reads the keys: without a type, a factor scales linearly; zero stands for one; the type
/// `none` leaves the factor out, and longrope's factors are tensors.
fn linear_factor(metadata: &Metadata<'_>, key: &impl Fn(&str) -> String) -> Result<Option<f64>> {
    let kind = key("rope.scaling.type");
    match metadata.string(&kind)? {
        Some("none" | "longrope") => Ok(None),
        None | Some("linear") => {
            let factor = number(metadata, ["rope.scaling.factor", "rope.scale_linear"].map(key))?.filter(|&factor| factor != 0.0);
            if let Some(factor) = factor.filter(|factor| !(factor.is_finite() && *factor > 0.0)) {
                bail!(Checkpoint, "metadata {} is {factor}, not a positive number", key("rope.scaling.factor"));
            }
            Ok(factor.filter(|&factor| factor != 1.0))
        }
        Some(other) => {
            bail!(Checkpoint, "metadata {kind} is {other:?}: supported are linear scaling, longrope and files with a rope_freqs tensor");
        }
    }
}

fn divisors(name: &str, tensor: &FileTensor, dims: usize) -> Result<Vec<f32>> {
    ensure!(
        tensor.shape == [dims / 2] && tensor.ty == Ok(StoredType::F32),
        Checkpoint,
        "tensor {name} has the shape {:?}, not the F32 frequencies of {dims} rotated dimensions",
        tensor.shape
    );
    let divisors = tensor.matrix()?.to_f32_vec()?;
    ensure!(
        divisors.iter().all(|divisor| divisor.is_finite() && *divisor > 0.0),
        Checkpoint,
        "tensor {name} has values that are not positive"
    );
    Ok(divisors)
}
