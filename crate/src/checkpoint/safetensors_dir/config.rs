//! The configuration in config.json, with the names of transformers 4 and of transformers 5. Which fields a family has, its declaration says.

use super::json::Object;
use super::rope::rope;
use crate::model::{Activation, Family, ModelConfig, Positions};
use crate::{Error, ErrorKind, Result, bail, ensure};

/// Reads the configuration.
///
/// # Errors
/// An architecture or a variant that we do not compute, or a field that is missing or makes no sense.
pub(super) fn config(json: &Object) -> Result<ModelConfig> {
    let family = family(json)?;
    let (traits, format) = (family.traits(), &family.declaration().hugging_face);
    let fields = &format.fields;
    for (switch, value) in fields.fixed {
        json.require_bool(switch, *value)?;
    }
    activation(json, fields.activation, traits.activation)?;
    let window = sliding_window(json, format.sliding_window)?;

    let (hidden, heads) = (json.required_size(fields.hidden)?, json.required_size(fields.heads)?);
    let (kv_heads, head_dim) =
        if traits.grouped_heads { (json.size("num_key_value_heads")?, json.size("head_dim")?.or(format.head_dim)) } else { (None, None) };
    let head_dim = match head_dim {
        Some(head_dim) => head_dim,
        None => {
            ensure!(hidden.is_multiple_of(heads), Checkpoint, "config.json: {hidden} features are no multiple of {heads} heads");
            hidden / heads
        }
    };
    Ok(ModelConfig {
        family,
        vocab: json.required_size("vocab_size")?,
        hidden,
        inner: match (json.size(fields.inner)?, fields.inner_per_hidden) {
            (None, Some(times)) => times * hidden,
            _ => json.required_size(fields.inner)?,
        },
        layers: json.required_size(fields.layers)?,
        heads,
        kv_heads: kv_heads.unwrap_or(heads),
        head_dim,
        // Up to the window, a sliding window hides nothing: positions end there.
        max_positions: json.required_size(fields.max_positions)?.min(window.unwrap_or(usize::MAX)),
        norm_eps: json.number(fields.norm_eps)?.unwrap_or(fields.default_norm_eps),
        rope: match traits.positions {
            Positions::Learned => None,
            Positions::Rotary { interleaved, partial } => Some(rope(json, interleaved, rotated_dims(json, partial, head_dim)?)?),
        },
        activation: traits.activation,
        tied_head: json.bool("tie_word_embeddings")?.unwrap_or(format.tied_head),
    })
}

/// By `model_type`, or where that is missing, by the first of `architectures`.
fn family(json: &Object) -> Result<Family> {
    let classes = json.string_list("architectures")?;
    let (found, named) = match (json.string("model_type")?, classes.first()) {
        (Some(name), _) => (Family::ALL.iter().copied().find(|family| family.model_type() == name), format!("model_type {name}")),
        (None, Some(class)) => (Family::of_class(class), format!("architecture {class}")),
        (None, None) => bail!(Checkpoint, "config.json: model_type is missing"),
    };
    found.ok_or_else(|| {
        let known: Vec<&str> = Family::ALL.iter().map(|family| family.model_type()).collect();
        Error::new(ErrorKind::Checkpoint, format!("config.json: the {named} is not supported"))
            .hint(format!("supported: {}", known.join(", ")))
    })
}

/// The window of the layers that have one; `default` is the family's, `None` in families without.
fn sliding_window(json: &Object, default: Option<usize>) -> Result<Option<usize>> {
    let window = match default {
        Some(_) if json.is_null("sliding_window") => None,
        Some(default) => Some(json.size("sliding_window")?.unwrap_or(default)),
        None => None,
    };
    let known: &[&str] = if window.is_some() { &["full_attention", "sliding_attention"] } else { &["full_attention"] };
    let layer_types = json.string_list("layer_types")?;
    let other = layer_types.iter().find(|kind| !known.contains(&kind.as_str()));
    ensure!(other.is_none(), Checkpoint, "config.json: layer_types holds {other:?}, supported is {}", known.join(" or "));
    Ok(window)
}

/// How many leading dimensions of a head are rotated.
fn rotated_dims(json: &Object, partial: bool, head_dim: usize) -> Result<usize> {
    if partial {
        return Ok(json.size("rotary_dim")?.unwrap_or(head_dim));
    }
    let share = json.number("partial_rotary_factor")?.unwrap_or(1.0);
    ensure!(share == 1.0, Checkpoint, "config.json: partial_rotary_factor is {share}, which is not supported");
    Ok(head_dim)
}

/// Refuses another non-linearity than the family's, which config.json may call by several names.
fn activation(json: &Object, field: &str, activation: Activation) -> Result<()> {
    let known: &[&str] = match activation {
        Activation::SiluGated => &["silu", "swish"],
        Activation::GeluTanh => &["gelu_new", "gelu_pytorch_tanh", "gelu_fast"],
    };
    if let Some(name) = json.string(field)? {
        ensure!(known.contains(&name), Checkpoint, "config.json: {field} is {name}, supported is {}", known.join(" or "));
    }
    Ok(())
}
