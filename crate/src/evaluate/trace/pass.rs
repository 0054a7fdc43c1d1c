//! A block's forward pass taken apart at its two sub-layers, so that their outputs can be kept and replaced.

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use crate::model::{BeforeValues, Block, KeyValues, Layout, SavedBlock};

/// What is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// The residual stream behind a block.
    State,
    /// What an MLP adds to the residual stream.
    Mlp,
    /// What an attention adds to it.
    Attention,
}

impl Component {
    /// All of them, in the order of figures.
    pub const ALL: [Self; 3] = [Self::State, Self::Mlp, Self::Attention];

    /// What a figure calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::State => "hidden states",
            Self::Mlp => "MLP outputs",
            Self::Attention => "attention outputs",
        }
    }
}

/// What one pass through a block leaves behind, `[tokens, hidden]` each.
pub(super) struct Passed {
    pub(super) output: Tensor<2>,
    pub(super) attention: Tensor<2>,
    pub(super) mlp: Tensor<2>,
    pub(super) saved: SavedBlock,
}

/// As [`Block::forward`], with the output of the attention, of the MLP and of the whole block replaced where `replace` gives another.
pub(super) fn pass(
    block: &Block,
    h: Tensor<2>,
    layout: &Layout,
    past: Option<&KeyValues>,
    replace: impl Fn(Component, &Tensor<2>) -> Option<Tensor<2>>,
) -> Passed {
    let BeforeValues { mut residual, mut keys, saved } = block.before_values(h.clone(), layout, past);
    // The block adds its attention's output to its input; the difference gives it back, to rounding.
    let mut attention = residual.clone() - h.clone();
    if let Some(replaced) = replace(Component::Attention, &attention) {
        residual = h + replaced.clone();
        attention = replaced;
        // In a parallel block the MLP does not see the attention's output.
        keys = block.keys_of(residual.clone()).unwrap_or(keys);
    }
    let values = block.mlp.values(keys);
    let added = block.added(values);
    let mlp = replace(Component::Mlp, &added).unwrap_or(added);
    let output = residual + mlp.clone();
    let output = replace(Component::State, &output).unwrap_or(output);
    Passed { output, attention, mlp, saved }
}
