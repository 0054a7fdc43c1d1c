//! A block's forward pass taken apart at its two sub-layers, so that their outputs can be kept and replaced.

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use crate::model::{Block, KeyValues, Layout};

/// What is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// The residual stream behind a block.
    State,
    /// The output of an MLP.
    Mlp,
    /// The output of an attention.
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
    pub(super) held: KeyValues,
}

/// As [`Block::forward`], with `replace` applied to the output of the attention, of the MLP, and of the whole block.
pub(super) fn pass(
    block: &Block,
    h: Tensor<2>,
    layout: &Layout,
    past: Option<&KeyValues>,
    replace: impl Fn(Component, Tensor<2>) -> Tensor<2>,
) -> Passed {
    let x = block.attention_norm.forward(h.clone());
    let (attended, saved) = block.attention.forward(x.clone(), layout, past);
    let attention = replace(Component::Attention, attended);
    let middle = h + attention.clone();
    let input = match &block.mlp_norm {
        Some(norm) => norm.forward(middle.clone()),
        None => x,
    };
    let mlp = replace(Component::Mlp, block.mlp.values(block.mlp.keys(input).0));
    Passed { output: replace(Component::State, middle + mlp.clone()), attention, mlp, held: saved.held().clone() }
}
