//! Reading and writing the values of settings as text.

use crate::linalg::Threshold;
use crate::{Error, ErrorKind, Result, bail, ensure};

/// Layers are counted from 0 and no supported model is deeper than this.
const MAX_LAYER: usize = 1023;
/// An empty list of layers.
const NO_LAYERS: &str = "none";

/// `4-8`, `3,5,7` or a mixture: layer numbers from 0, ascending in the result.
///
/// # Errors
/// `Usage` where the text is no such list, a range runs backwards or a layer comes twice.
pub fn parse_layers(text: &str) -> Result<Vec<usize>> {
    let number = |part: &str| -> Result<usize> {
        match part.trim().parse::<usize>() {
            Ok(layer) if layer <= MAX_LAYER => Ok(layer),
            _ => Err(Error::new(ErrorKind::Usage, format!("layers `{text}`: `{}` is not a layer number (0 to {MAX_LAYER})", part.trim()))
                .hint("write a range such as 4-8 or a list such as 3,5,7")),
        }
    };
    let mut layers = Vec::new();
    for part in text.split(',') {
        match part.split_once('-') {
            None => layers.push(number(part)?),
            Some((from, to)) => {
                let (from, to) = (number(from)?, number(to)?);
                ensure!(from <= to, Usage, "layers `{text}`: the range {from}-{to} runs backwards");
                layers.extend(from..=to);
            }
        }
    }
    layers.sort_unstable();
    if let Some(twice) = layers.windows(2).find_map(|pair| (pair.first() == pair.last()).then(|| pair.first())).flatten() {
        bail!(Usage, "layers `{text}`: layer {twice} is named twice");
    }
    Ok(layers)
}

/// The shortest text that [`parse_layers`] reads as `layers` (ascending): `4-8`, `3,5,7`, `1,4-6`.
pub fn format_layers(layers: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &layer in layers {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == layer => *end = layer,
            _ => runs.push((layer, layer)),
        }
    }
    let texts: Vec<String> = runs.iter().map(|&(from, to)| if from == to { from.to_string() } else { format!("{from}-{to}") }).collect();
    texts.join(",")
}

/// No layers, where the text says so.
pub(super) fn parse_no_layers(text: &str) -> Option<Vec<usize>> {
    (text == NO_LAYERS).then(Vec::new)
}

/// [`format_layers`], or that there are none.
pub(super) fn format_any_layers(layers: &[usize]) -> String {
    if layers.is_empty() { NO_LAYERS.to_owned() } else { format_layers(layers) }
}

/// A plain number is an absolute threshold on eigenvalues; `1%` or `share:0.01` is a share of the keys' energy.
pub(in crate::edit) fn parse_threshold(text: &str) -> Option<Threshold> {
    let share = |text: &str, scale: f64| number(text, 0.0, scale).map(|value| Threshold::EnergyShare(value / scale));
    if let Some(percent) = text.strip_suffix('%') {
        return share(percent, 100.0);
    }
    if let Some(text) = text.strip_prefix("share:") {
        return share(text, 1.0);
    }
    number(text, 0.0, 1e12).map(Threshold::Absolute)
}

/// What [`parse_threshold`] reads as `threshold`.
pub(in crate::edit) fn format_threshold(threshold: Threshold) -> String {
    match threshold {
        Threshold::Absolute(value) => value.to_string(),
        Threshold::EnergyShare(share) => format!("share:{share}"),
    }
}

/// A finite number in `low..=high`.
pub(super) fn number(text: &str, low: f64, high: f64) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|value| (low..=high).contains(value))
}

/// A number from 1e-12 to `high`. What is smaller, though above zero, is zero beside the numbers of a model, which have single precision.
pub(super) fn positive(text: &str, high: f64) -> Option<f64> {
    number(text, 1e-12, high)
}

/// A whole number in `1..=most`.
pub(super) fn whole(text: &str, most: usize) -> Option<usize> {
    text.parse().ok().filter(|number| (1..=most).contains(number))
}

/// The error for a `name` that is not among `legal` ones: lists them and suggests the nearest.
pub(crate) fn unknown_name(what: &str, name: &str, legal: &[&str]) -> Error {
    let list = legal.join(", ");
    let hint = match closest(name, legal) {
        Some(near) => format!("did you mean `{near}`? legal: {list}"),
        None => format!("legal: {list}"),
    };
    Error::new(ErrorKind::Usage, format!("unknown {what} `{}`", excerpt(name))).hint(hint)
}

/// The name at most a third of its length of edits away.
fn closest<'a>(name: &str, legal: &[&'a str]) -> Option<&'a str> {
    if name.chars().count() > 64 {
        return None;
    }
    legal.iter().map(|near| (distance(name, near), *near)).min().filter(|(d, near)| *d <= near.len().div_ceil(3)).map(|(_, near)| near)
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, y) in row.iter_mut().skip(1).zip(b.chars()) {
            let above = *cell;
            left = (diagonal + usize::from(x != y)).min(above + 1).min(left + 1);
            diagonal = above;
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// At most the first 60 characters, so that hostile input stays one readable line.
pub(crate) fn excerpt(text: &str) -> String {
    let mut short: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}
