//! The configuration in config.json. Source: `transformers.models.{llama,qwen2,gpt2,gptj}`, with the names of version 4 and of version 5.

use super::json::Object;
use crate::model::{Activation, Family, Llama3Scaling, ModelConfig, Rope};
use crate::{Error, ErrorKind, Result, bail, ensure};

/// Reads the configuration.
///
/// # Errors
/// An architecture or a variant that we do not compute, or a field that is missing or makes no sense.
pub(super) fn config(json: &Object) -> Result<ModelConfig> {
    match json.string("model_type")? {
        Some("llama") => llama(json, Family::Llama),
        Some("qwen2") => llama(json, Family::Qwen2),
        Some("gpt2") => gpt(json, Family::Gpt2),
        Some("gptj") => gpt(json, Family::GptJ),
        Some(other) => Err(Error::new(ErrorKind::Checkpoint, format!("config.json: the model_type {other} is not supported"))
            .hint("supported: llama, qwen2, gpt2, gptj")),
        None => bail!(Checkpoint, "config.json: model_type is missing"),
    }
}

fn llama(json: &Object, family: Family) -> Result<ModelConfig> {
    for field in ["attention_bias", "mlp_bias", "use_sliding_window"] {
        json.require_bool(field, false)?;
    }
    let partial = json.number("partial_rotary_factor")?.unwrap_or(1.0);
    ensure!(partial == 1.0, Checkpoint, "config.json: partial_rotary_factor is {partial}, which is not supported");
    let layer_types = json.string_list("layer_types")?;
    let sparse = layer_types.iter().find(|kind| *kind != "full_attention");
    ensure!(sparse.is_none(), Checkpoint, "config.json: layer_types holds {sparse:?}, only full_attention is supported");
    activation(json, "hidden_act", &["silu", "swish"], "silu")?;

    let (hidden, heads) = (json.required_size("hidden_size")?, json.required_size("num_attention_heads")?);
    let head_dim = match json.size("head_dim")? {
        Some(head_dim) => head_dim,
        None => per_head(hidden, heads)?,
    };
    Ok(ModelConfig {
        family,
        vocab: json.required_size("vocab_size")?,
        hidden,
        inner: json.required_size("intermediate_size")?,
        layers: json.required_size("num_hidden_layers")?,
        heads,
        kv_heads: json.size("num_key_value_heads")?.unwrap_or(heads),
        head_dim,
        max_positions: json.required_size("max_position_embeddings")?,
        norm_eps: json.number("rms_norm_eps")?.unwrap_or(1e-6),
        rope: Some(rope(json, head_dim)?),
        activation: Activation::SiluGated,
        tied_head: json.bool("tie_word_embeddings")?.unwrap_or(false),
    })
}

/// Version 5 has everything in `rope_parameters`; version 4 had `rope_theta` and, where scaled, `rope_scaling`.
fn rope(json: &Object, head_dim: usize) -> Result<Rope> {
    let parameters = json.object("rope_parameters")?;
    let theta = match &parameters {
        Some(parameters) => parameters.number("rope_theta")?,
        None => None,
    };
    let theta = match theta {
        Some(theta) => theta,
        None => json.number("rope_theta")?.unwrap_or(10_000.0),
    };
    let scaling = match parameters {
        Some(parameters) => Some(parameters),
        None => json.object("rope_scaling")?,
    };
    Ok(Rope { theta, dims: head_dim, interleaved: false, llama3: scaling.as_ref().map_or(Ok(None), llama3)?, frequency_divisors: None })
}

fn llama3(scaling: &Object) -> Result<Option<Llama3Scaling>> {
    let kind = match scaling.string("rope_type")? {
        Some(kind) => Some(kind),
        None => scaling.string("type")?,
    };
    match kind {
        None | Some("default") => Ok(None),
        Some("llama3") => {
            let scaling = Llama3Scaling {
                factor: scaling.required_number("factor")?,
                low_freq_factor: scaling.required_number("low_freq_factor")?,
                high_freq_factor: scaling.required_number("high_freq_factor")?,
                original_positions: scaling.required_size("original_max_position_embeddings")?,
            };
            let Llama3Scaling { factor, low_freq_factor, high_freq_factor, .. } = scaling;
            let sensible = factor > 0.0 && low_freq_factor > 0.0 && high_freq_factor > low_freq_factor;
            ensure!(sensible, Checkpoint, "config.json: the llama3 scaling {scaling:?} makes no sense");
            Ok(Some(scaling))
        }
        Some(kind) => Err(Error::new(ErrorKind::Checkpoint, format!("config.json: the rotary scaling {kind} is not supported"))
            .hint("supported: default, llama3")),
    }
}

fn gpt(json: &Object, family: Family) -> Result<ModelConfig> {
    json.require_bool("scale_attn_weights", true)?;
    json.require_bool("scale_attn_by_inverse_layer_idx", false)?;
    json.require_bool("add_cross_attention", false)?;
    activation(json, "activation_function", &["gelu_new", "gelu_pytorch_tanh", "gelu_fast"], "gelu_new")?;
    let (hidden, heads) = (json.required_size("n_embd")?, json.required_size("n_head")?);
    let head_dim = per_head(hidden, heads)?;
    let inner = json.size("n_inner")?;
    let rope = match family {
        Family::GptJ => Some(Rope {
            theta: 10_000.0,
            dims: json.size("rotary_dim")?.unwrap_or(head_dim),
            interleaved: true,
            llama3: None,
            frequency_divisors: None,
        }),
        _ => None,
    };
    Ok(ModelConfig {
        family,
        vocab: json.required_size("vocab_size")?,
        hidden,
        inner: inner.unwrap_or(4 * hidden),
        layers: json.required_size("n_layer")?,
        heads,
        kv_heads: heads,
        head_dim,
        max_positions: json.required_size("n_positions")?,
        norm_eps: json.number("layer_norm_epsilon")?.unwrap_or(1e-5),
        rope,
        activation: Activation::GeluTanh,
        tied_head: json.bool("tie_word_embeddings")?.unwrap_or(family == Family::Gpt2),
    })
}

fn per_head(hidden: usize, heads: usize) -> Result<usize> {
    ensure!(hidden.is_multiple_of(heads), Checkpoint, "config.json: {hidden} features are no multiple of {heads} heads");
    Ok(hidden / heads)
}

fn activation(json: &Object, field: &str, known: &[&str], default: &str) -> Result<()> {
    let name = json.string(field)?.unwrap_or(default);
    ensure!(known.contains(&name), Checkpoint, "config.json: {field} is {name}, supported is {}", known.join(" or "));
    Ok(())
}
