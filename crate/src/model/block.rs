//! One transformer block, sequential (llama, qwen2, gpt2) or parallel (gptj), forward and backward.

use burn::prelude::*;

use super::attention::{Attention, KeyValues, SavedAttention};
use super::layout::Layout;
use super::mlp::{Mlp, SavedMlp};
use super::norm::Norm;

/// A transformer block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Norm in front of the attention.
    pub attention_norm: Norm,
    /// The attention.
    pub attention: Attention,
    /// Norm in front of the MLP; `None` in parallel blocks, where both sub-layers read the first norm.
    pub mlp_norm: Option<Norm>,
    /// The MLP.
    pub mlp: Mlp,
}

/// What the backward pass of a [`Block`] needs: activations only, no weights.
#[derive(Clone, Debug)]
pub struct SavedBlock {
    input: Tensor<2>,
    middle: Option<Tensor<2>>,
    attention: SavedAttention,
    mlp: SavedMlp,
}

/// One pass through a block.
#[derive(Clone, Debug)]
pub struct BlockPass {
    /// The residual stream behind the block, `[tokens, hidden]`.
    pub output: Tensor<2>,
    /// The keys of the down-projection, `[tokens, inner]`.
    pub keys: Tensor<2>,
    /// What the backward pass needs; also holds the attention's keys and values.
    pub saved: SavedBlock,
}

impl Block {
    /// The residual stream `h` `[tokens, hidden]` through the block.
    pub fn forward(&self, h: Tensor<2>, layout: &Layout, past: Option<&KeyValues>) -> BlockPass {
        let before = self.before_values(h, layout, past);
        let output = before.residual + self.mlp.values(before.keys.clone());
        BlockPass { output, keys: before.keys, saved: before.saved }
    }

    /// Everything of the block but the down-projection: the keys, and the residual stream that its values are added to.
    pub fn before_values(&self, h: Tensor<2>, layout: &Layout, past: Option<&KeyValues>) -> BeforeValues {
        let x = self.attention_norm.forward(h.clone());
        let (attended, attention) = self.attention.forward(x.clone(), layout, past);
        let middle = h.clone() + attended;
        let (keys, mlp, saved_middle) = match &self.mlp_norm {
            Some(norm) => {
                let (keys, mlp) = self.mlp.keys(norm.forward(middle.clone()));
                (keys, mlp, Some(middle.clone()))
            }
            None => {
                let (keys, mlp) = self.mlp.keys(x);
                (keys, mlp, None)
            }
        };
        BeforeValues { residual: middle, keys, saved: SavedBlock { input: h, middle: saved_middle, attention, mlp } }
    }

    /// Gradient with respect to the block's input, given that of its output.
    pub fn backward(&self, gradient: Tensor<2>, saved: &SavedBlock, layout: &Layout) -> Tensor<2> {
        let toward_mlp_input = self.mlp.backward(gradient.clone(), &saved.mlp);
        match (&self.mlp_norm, &saved.middle) {
            (Some(norm), Some(middle)) => {
                let toward_middle = gradient + norm.backward(middle.clone(), toward_mlp_input);
                let toward_x = self.attention.backward(toward_middle.clone(), &saved.attention, layout);
                toward_middle + self.attention_norm.backward(saved.input.clone(), toward_x)
            }
            _ => {
                let toward_x = self.attention.backward(gradient.clone(), &saved.attention, layout) + toward_mlp_input;
                gradient + self.attention_norm.backward(saved.input.clone(), toward_x)
            }
        }
    }
}

/// A block's state in front of its down-projection.
#[derive(Clone, Debug)]
pub struct BeforeValues {
    /// Residual stream that the values are added to, `[tokens, hidden]`.
    pub residual: Tensor<2>,
    /// Keys, `[tokens, inner]`.
    pub keys: Tensor<2>,
    /// What the backward pass needs.
    pub saved: SavedBlock,
}

impl SavedBlock {
    /// The attention's keys and values, past and present columns.
    pub fn held(&self) -> &KeyValues {
        self.attention.held()
    }
}
