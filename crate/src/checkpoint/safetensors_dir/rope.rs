//! The rotary embedding in config.json. Version 5 of transformers has all of it in `rope_parameters`, some models once for each type of layer;
//! version 4 had `rope_theta` and, where scaled, `rope_scaling`.
//!
//! A field that changes the angles in a way that is not computed is refused by name: read as no scaling, it would mean wrong numbers.

use super::json::Object;
use crate::model::{Llama3Scaling, Rope, Traits};
use crate::{Error, ErrorKind, Result, bail, ensure};

/// The types of layers that `rope_parameters` may tell apart.
const LAYER_TYPES: [&str; 2] = ["full_attention", "sliding_attention"];
/// Fields that go with every type of scaling.
const GENERAL: [&str; 4] = ["rope_type", "type", "rope_theta", "partial_rotary_factor"];
const LLAMA3: [&str; 4] = ["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"];
const SUPPORTED: &str = "supported: default, llama3";

/// What one object says.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Parameters {
    theta: Option<f64>,
    llama3: Option<Llama3Scaling>,
    /// Of the layers with a window, where they have another.
    local_theta: Option<f64>,
}

/// The rotary embedding of `dims` dimensions of a head, and the base of the layers with a window, where the family has them and config.json says
/// so.
///
/// # Errors
/// A scaling that is not computed, that its fields leave open, or on which two places disagree; the message names the field.
pub(super) fn rope(json: &Object, interleaved: bool, dims: usize, traits: &Traits) -> Result<(Rope, Option<f64>)> {
    let local = traits.local_layers.is_some();
    let found = match (parameters(json, "rope_parameters", local)?, parameters(json, "rope_scaling", local)?) {
        (Some(new), Some(old)) => {
            ensure!(new.llama3 == old.llama3, Checkpoint, "config.json: rope_parameters and rope_scaling contradict each other");
            Some(Parameters { theta: new.theta.or(old.theta), ..new })
        }
        (new, old) => new.or(old),
    };
    let theta = match found.and_then(|found| found.theta) {
        Some(theta) => theta,
        None => json.number("rope_theta")?.unwrap_or(traits.rope_theta),
    };
    let local_theta = match found.and_then(|found| found.local_theta) {
        None if local => json.number("rope_local_base_freq")?,
        found => found,
    };
    Ok((Rope { theta, dims, interleaved, llama3: found.and_then(|found| found.llama3), frequency_divisors: None }, local_theta))
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
            ensure!(found.llama3.is_none(), Checkpoint, "{place}: {name} is scaled, which is not supported");
            local_theta = found.theta;
            continue;
        }
        let agreed = *first.get_or_insert(found);
        ensure!(found == agreed, Checkpoint, "{place}: {name} differs from another type of layers, which is not supported");
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
    let share = object.number("partial_rotary_factor")?.unwrap_or(1.0);
    ensure!(share == 1.0, Checkpoint, "{place}: partial_rotary_factor is {share}, which is not supported");
    let factor = object.number("factor")?;
    let llama3 = match kind {
        // Scaling by one is none.
        None | Some("default" | "linear") if factor == Some(1.0) => {
            refuse_others(object, kind, &["factor"])?;
            None
        }
        None | Some("default") => {
            refuse_others(object, kind, &[])?;
            None
        }
        Some("llama3") => {
            refuse_others(object, kind, &LLAMA3)?;
            Some(llama3(json, object)?)
        }
        Some(kind) => {
            return Err(Error::new(ErrorKind::Checkpoint, format!("{place}: the rotary scaling {kind} is not supported")).hint(SUPPORTED));
        }
    };
    Ok(Parameters { theta: object.number("rope_theta")?, llama3, local_theta: None })
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
    ensure!(sensible, Checkpoint, "{}: the llama3 scaling {scaling:?} makes no sense", object.place());
    Ok(scaling)
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
