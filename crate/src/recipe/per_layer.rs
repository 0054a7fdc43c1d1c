//! A number per edited layer.

use std::collections::BTreeMap;

/// A number per edited layer; the keys are layer numbers (text in JSON).
pub type PerLayer<T> = BTreeMap<usize, T>;
