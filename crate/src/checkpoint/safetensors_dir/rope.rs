//! The rotary embedding in config.json. Version 5 of transformers has all of it in `rope_parameters`, some models once for each type of layer;
//! version 4 had `rope_theta` and, where scaled, `rope_scaling`.
//!
//! A field that changes the angles in a way that is not computed is refused by name: read as no scaling, it would mean wrong numbers.

use super::json::Object;
use crate::model::{Family, Llama3Scaling, Rope};
use crate::{Error, ErrorKind, Result, bail, ensure};

/// The types of layers that `rope_parameters` may tell apart.
const LAYER_TYPES: [&str; 2] = ["full_attention", "sliding_attention"];
/// Fields that go with every type of scaling.
const GENERAL: [&str; 4] = ["rope_type", "type", "rope_theta", "partial_rotary_factor"];
const LLAMA3: [&str; 4] = ["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"];
const LONGROPE: [&str; 5] = ["short_factor", "long_factor", "factor", "attention_factor", "original_max_position_embeddings"];
const SUPPORTED: &str = "supported: default, linear, llama3, longrope";

/// What one object says.
#[derive(Clone, Debug, PartialEq)]
struct Parameters {
    theta: Option<f64>,
    scaling: Scaling,
    /// Share of a head's dimensions that is rotated.
    share: Option<f64>,
    /// Of the layers with a window, where they have another.
    local_theta: Option<f64>,
}

/// How wavelengths are stretched.
#[derive(Clone, Debug, PartialEq)]
enum Scaling {
    None,
    /// All by one factor.
    Linear(f64),
    Llama3(Llama3Scaling),
    /// Each by its own, in texts no longer than those of the pre-training; queries and keys are multiplied by a factor.
    LongRope {
        short: Vec<f32>,
        attention_factor: f64,
        original_positions: usize,
    },
}

/// What config.json says of positions.
pub(super) struct Rotary {
    pub(super) rope: Rope,
    /// Base of the layers with a window, where the family has them and config.json says so.
    pub(super) local_theta: Option<f64>,
    /// Texts up to so many positions are rotated like this.
    pub(super) positions: Option<usize>,
}

/// The rotary embedding of heads of `head_dim` dimensions.
///
/// # Errors
/// A scaling that is not computed, that its fields leave open, or on which two places disagree; the message names the field.
pub(super) fn rope(json: &Object, (interleaved, partial): (bool, bool), head_dim: usize, family: Family) -> Result<Rotary> {
    let (traits, fields) = (family.traits(), &family.declaration().hugging_face.fields);
    let local = traits.local_layers.is_some();
    let found = match (parameters(json, "rope_parameters", local)?, parameters(json, "rope_scaling", local)?) {
        (Some(new), Some(old)) => {
            ensure!(new.scaling == old.scaling, Checkpoint, "config.json: rope_parameters and rope_scaling contradict each other");
            Some(Parameters { theta: new.theta.or(old.theta), share: new.share.or(old.share), ..new })
        }
        (new, old) => new.or(old),
    };
    let Parameters { theta, scaling, share, local_theta } =
        found.unwrap_or(Parameters { theta: None, scaling: Scaling::None, share: None, local_theta: None });
    let theta = match theta {
        Some(theta) => theta,
        None => json.number(fields.rope_theta)?.unwrap_or(traits.rope_theta),
    };
    let local_theta = match local_theta {
        None if local => json.number("rope_local_base_freq")?,
        found => found,
    };
    let dims = rotated_dims(json, share, (fields.rotary_share, partial), head_dim)?;
    let mut rope = Rope { theta, dims, interleaved, llama3: None, frequency_divisors: None, attention_factor: None };
    let mut positions = None;
    match scaling {
        Scaling::None => {}
        Scaling::Linear(factor) => rope.frequency_divisors = Some(vec![factor as f32; dims / 2]),
        Scaling::Llama3(scaling) => rope.llama3 = Some(scaling),
        Scaling::LongRope { short, attention_factor, original_positions } => {
            ensure!(
                short.len() == dims / 2,
                Checkpoint,
                "config.json: short_factor has {} numbers, and {dims} rotated dimensions have {} pairs",
                short.len(),
                dims / 2
            );
            rope.frequency_divisors = Some(short);
            rope.attention_factor = Some(attention_factor);
            positions = Some(original_positions);
        }
    }
    Ok(Rotary { rope, local_theta, positions })
}

/// How many leading dimensions of a head are rotated: `share` is what stands beside the scaling, `usual` the family's field for it.
fn rotated_dims(json: &Object, share: Option<f64>, (usual, partial): (Option<(&str, f64)>, bool), head_dim: usize) -> Result<usize> {
    let (field, usual) = usual.unwrap_or(("partial_rotary_factor", 1.0));
    if usual == 1.0
        && partial
        && let Some(dims) = json.size("rotary_dim")?
    {
        return Ok(dims);
    }
    let named = json.number(field)?;
    if let (Some(inside), Some(outside)) = (share, named) {
        ensure!(inside == outside, Checkpoint, "config.json: {field} is {outside}, but the rotary parameters have {inside}");
    }
    let (field, share) = match share {
        Some(share) => ("partial_rotary_factor of rope_parameters or rope_scaling", share),
        None => (field, named.unwrap_or(usual)),
    };
    ensure!(partial || share == 1.0, Checkpoint, "config.json: {field} is {share}, which is not supported");
    ensure!(share > 0.0 && share <= 1.0, Checkpoint, "config.json: {field} is {share}, not a share of a head");
    Ok((head_dim as f64 * share) as usize)
}

/// What `field` says; `None` where it is absent, null or empty, which all mean the same.
fn parameters(json: &Object, field: &str, local: bool) -> Result<Option<Parameters>> {
    let Some(object) = json.object(field)? else { return Ok(None) };
    if object.names().any(|name| LAYER_TYPES.contains(&name)) {
        return by_layer_type(json, &object, local).map(Some);
    }
    if object.names().all(|name| object.is_null(name)) { Ok(None) } else { of_one(json, &object).map(Some) }
}

/// All types of layers must agree, since there is one table of angles for all layers; but for the base, where those with a window have a
/// table of their own (`local`).
fn by_layer_type(json: &Object, object: &Object, local: bool) -> Result<Parameters> {
    let place = object.place();
    let (mut first, mut local_theta) = (None, None);
    for name in object.names() {
        ensure!(LAYER_TYPES.contains(&name), Checkpoint, "{place}: {name} stands beside types of layers and is not one");
        let Some(layers) = object.object(name)? else {
            bail!(Checkpoint, "{place}: {name} is null: layers without a rotary embedding are not supported");
        };
        let found = of_one(json, &layers)?;
        if local && name == "sliding_attention" {
            ensure!(found.scaling == Scaling::None, Checkpoint, "{place}: {name} is scaled, which is not supported");
            local_theta = found.theta;
            continue;
        }
        let agreed = first.get_or_insert_with(|| found.clone());
        ensure!(found == *agreed, Checkpoint, "{place}: {name} differs from another type of layers, which is not supported");
    }
    let Some(agreed) = first else { bail!(Checkpoint, "{place} does not say how full_attention is rotated") };
    Ok(Parameters { local_theta, ..agreed })
}

/// The parameters in an object of their own.
fn of_one(json: &Object, object: &Object) -> Result<Parameters> {
    let place = object.place();
    let kind = match (object.string("rope_type")?, object.string("type")?) {
        (Some(new), Some(old)) if new != old => {
            return Err(Error::new(ErrorKind::Checkpoint, format!("{place}: rope_type is {new}, but type is {old}"))
                .hint("leave the one that the model was trained with"));
        }
        (new, old) => new.or(old),
    };
    let factor = object.number("factor")?;
    let scaling = match kind {
        // Scaling by one is none.
        None | Some("default" | "linear") if factor == Some(1.0) => {
            refuse_others(object, kind, &["factor"])?;
            Scaling::None
        }
        None | Some("default") => {
            refuse_others(object, kind, &[])?;
            Scaling::None
        }
        Some("linear") => {
            refuse_others(object, kind, &["factor"])?;
            let factor = object.required_number("factor")?;
            ensure!(factor.is_finite() && factor > 0.0, Checkpoint, "{place}: factor is {factor}, not a positive number");
            Scaling::Linear(factor)
        }
        Some("llama3") => {
            refuse_others(object, kind, &LLAMA3)?;
            Scaling::Llama3(llama3(json, object)?)
        }
        // Phi-3's first files call it su.
        Some("longrope" | "su") => {
            refuse_others(object, kind, &LONGROPE)?;
            longrope(json, object)?
        }
        Some(kind) => {
            return Err(Error::new(ErrorKind::Checkpoint, format!("{place}: the rotary scaling {kind} is not supported")).hint(SUPPORTED));
        }
    };
    let share = object.number("partial_rotary_factor")?;
    Ok(Parameters { theta: object.number("rope_theta")?, scaling, share, local_theta: None })
}

/// Refuses fields that the scaling `kind` does not have.
fn refuse_others(object: &Object, kind: Option<&str>, known: &[&str]) -> Result<()> {
    let other = object.names().find(|name| !GENERAL.contains(name) && !known.contains(name) && !object.is_null(name));
    let Some(other) = other else { return Ok(()) };
    let place = object.place();
    let message = match kind {
        Some(kind) => format!("{place}: {other} does not belong to the rotary scaling {kind}"),
        None => format!("{place}: there is {other}, but no rope_type says what kind of scaling it belongs to"),
    };
    Err(Error::new(ErrorKind::Checkpoint, message).hint(format!("set rope_type as the model was trained; {SUPPORTED}")))
}

fn llama3(json: &Object, object: &Object) -> Result<Llama3Scaling> {
    let scaling = Llama3Scaling {
        factor: object.required_number("factor")?,
        low_freq_factor: object.required_number("low_freq_factor")?,
        high_freq_factor: object.required_number("high_freq_factor")?,
        original_positions: original_positions(json, object)?,
    };
    let Llama3Scaling { factor, low_freq_factor, high_freq_factor, .. } = scaling;
    let sensible = factor > 0.0 && low_freq_factor > 0.0 && high_freq_factor > low_freq_factor;
    ensure!(
        sensible,
        Checkpoint,
        "{}: factor {factor}, low_freq_factor {low_freq_factor} and high_freq_factor {high_freq_factor} are no llama3 scaling: all must be \
         positive, the last above the one before",
        object.place()
    );
    Ok(scaling)
}

/// The factors for texts no longer than those of the pre-training; longer ones are refused by their length, since they would take others.
fn longrope(json: &Object, object: &Object) -> Result<Scaling> {
    let place = object.place();
    let original_positions = original_positions(json, object)?;
    let short = object.numbers("short_factor")?;
    ensure!(!short.is_empty(), Checkpoint, "{place}: short_factor is missing");
    let sensible = short.iter().all(|factor| factor.is_finite() && *factor > 0.0);
    ensure!(sensible, Checkpoint, "{place}: short_factor has values that are not positive");
    let attention_factor = match (object.number("attention_factor")?, object.number("factor")?) {
        (Some(factor), _) => factor,
        (None, Some(stretch)) => longrope_attention_factor(stretch, original_positions),
        (None, None) => {
            let positions = json.required_size("max_position_embeddings")?;
            longrope_attention_factor(positions as f64 / original_positions as f64, original_positions)
        }
    };
    let finite = attention_factor.is_finite() && attention_factor > 0.0;
    ensure!(finite, Checkpoint, "{place}: the attention factor is {attention_factor}, not a positive number");
    Ok(Scaling::LongRope { short: short.into_iter().map(|factor| factor as f32).collect(), attention_factor, original_positions })
}

/// What queries and keys are multiplied by where texts of `stretch` times the `original` positions can be read.
/// Source: `_compute_longrope_parameters` of transformers.
fn longrope_attention_factor(stretch: f64, original: usize) -> f64 {
    if stretch > 1.0 { (1.0 + stretch.ln() / (original as f64).ln()).sqrt() } else { 1.0 }
}

/// The context length of the pre-training: in the scaling's object, or for all of config.json.
fn original_positions(json: &Object, object: &Object) -> Result<usize> {
    let field = "original_max_position_embeddings";
    match (object.size(field)?, json.size(field)?) {
        (Some(inside), Some(outside)) if inside != outside => {
            bail!(Checkpoint, "{}: {field} is {inside}, but outside of it {outside}", object.place())
        }
        (None, Some(outside)) => Ok(outside),
        _ => object.required_size(field),
    }
}
