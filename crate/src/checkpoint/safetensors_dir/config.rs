//! The configuration in config.json, with the names of transformers 4 and of transformers 5. Which fields a family has, its declaration says.

use super::json::Object;
use super::rope::{Rotary, rope};
use crate::model::{Activation, Family, LocalLayers, ModelConfig, Positions};
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
    for field in fields.absent {
        if let Some(value) = json.number(field)? {
            bail!(Checkpoint, "config.json: {field} is {value}, which is not supported");
        }
    }
    let activation = activation(json, fields.activation, traits.activation)?;
    let layers = json.required_size(fields.layers)?;
    let window = sliding_window(json, format.sliding_window.or(traits.local_layers.map(|local| local.window)))?;

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
    let (rope, local_theta, rotated_positions) = match traits.positions {
        Positions::Learned => (None, None, None),
        Positions::Rotary { interleaved, partial } => {
            let Rotary { rope, local_theta, positions } = rope(json, (interleaved, partial), head_dim, family)?;
            (Some(rope), local_theta, positions)
        }
    };
    let local = match (traits.local_layers, window) {
        (Some(usual), Some(window)) => {
            Some(LocalLayers { window, period: period(json, layers, usual.period)?, rope_theta: local_theta.unwrap_or(usual.rope_theta) })
        }
        _ => None,
    };
    Ok(ModelConfig {
        family,
        vocab: json.required_size("vocab_size")?,
        hidden,
        inner: match (json.size(fields.inner)?, fields.inner_per_hidden) {
            (None, Some(times)) => times * hidden,
            _ => json.required_size(fields.inner)?,
        },
        layers,
        heads,
        kv_heads: kv_heads.unwrap_or(heads),
        head_dim,
        // Up to the window, a sliding window hides nothing: where layers do not have it one by one, positions end there.
        max_positions: json
            .required_size(fields.max_positions)?
            .min(window.filter(|_| local.is_none()).unwrap_or(usize::MAX))
            .min(rotated_positions.unwrap_or(usize::MAX)),
        norm_eps: json.number(fields.norm_eps)?.unwrap_or(fields.default_norm_eps),
        rope,
        local,
        unrotated_every: match traits.unrotated_every {
            Some(usual) => unrotated(json, layers, usual)?,
            None => None,
        },
        query_scalar: match fields.query_scalar {
            Some((field, usual)) => Some(json.size(field)?.unwrap_or(usual)).filter(|&scalar| scalar != head_dim),
            None => None,
        },
        activation,
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
    if let Some(other) = layer_types.iter().find(|kind| !known.contains(&kind.as_str())) {
        bail!(Checkpoint, "config.json: layer_types holds {other}, supported is {}", known.join(" or "));
    }
    Ok(window)
}

/// Every how many layers one rotates nothing, by `no_rope_layers` (1 for those that rotate), or else by the field for the interval.
fn unrotated(json: &Object, layers: usize, usual: usize) -> Result<Option<usize>> {
    let rotated = json.flags("no_rope_layers")?;
    if rotated.is_empty() {
        return Ok(Some(json.size("no_rope_layer_interval")?.unwrap_or(usual)));
    }
    let unrotated: Vec<bool> = rotated.into_iter().map(|rotated| !rotated).collect();
    period_of("no_rope_layers", &unrotated, layers)
}

/// Every how many layers one attends to everything, by `layer_types`, or else by the field of older files; `usual` where neither is there.
fn period(json: &Object, layers: usize, usual: usize) -> Result<usize> {
    let types = json.string_list("layer_types")?;
    if types.is_empty() {
        let named = json.size("sliding_window_pattern")?.or(json.size("_sliding_window_pattern")?);
        return Ok(named.unwrap_or(usual));
    }
    let full: Vec<bool> = types.iter().map(|kind| kind == "full_attention").collect();
    Ok(period_of("layer_types", &full, layers)?.unwrap_or(layers + 1))
}

/// Every how many layers one is marked in `field`; `None` where none is.
fn period_of(field: &str, marked: &[bool], layers: usize) -> Result<Option<usize>> {
    ensure!(marked.len() == layers, Checkpoint, "config.json: {field} has {} entries for {layers} layers", marked.len());
    let Some(first) = marked.iter().position(|&marked| marked) else { return Ok(None) };
    let period = first + 1;
    let regular = marked.iter().enumerate().all(|(layer, &marked)| marked == (layer + 1).is_multiple_of(period));
    ensure!(regular, Checkpoint, "config.json: {field} has no period: every {period}th layer must be as layer {first} is, and no other");
    Ok(Some(period))
}

/// The non-linearity by its name, which decides between those of the same kind, gated or not, as the family's `usual` one.
fn activation(json: &Object, field: &str, usual: Activation) -> Result<Activation> {
    const TANH: &[&str] = &["gelu_new", "gelu_pytorch_tanh", "gelu_fast"];
    let known: &[(&[&str], Activation)] = if usual.gated() {
        &[(&["silu", "swish"], Activation::SiluGated), (TANH, Activation::GeluTanhGated)]
    } else {
        &[(TANH, Activation::GeluTanh), (&["gelu"], Activation::Gelu)]
    };
    let Some(name) = json.string(field)? else { return Ok(usual) };
    let found = known.iter().find(|(names, _)| names.contains(&name));
    let names = || known.iter().flat_map(|(names, _)| *names).copied().collect::<Vec<_>>().join(" or ");
    let Some((_, activation)) = found else { bail!(Checkpoint, "config.json: {field} is {name}, supported is {}", names()) };
    Ok(*activation)
}
