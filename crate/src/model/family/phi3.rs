//! Phi-3 and Phi-4-mini: Llama with queries, keys and values in one matrix, gate and up-projection in another, in some a share of each head
//! rotated, and frequencies stretched one by one for long texts.

use super::declaration::{Declaration, Fields, Gguf, HuggingFace, TensorNames};
use super::traits::{Positions, Traits};
use super::{gpt2, llama};

pub(super) const FAMILY: Declaration = Declaration {
    label: "Phi-3",
    traits: Traits { positions: Positions::Rotary { interleaved: false, partial: true }, ..llama::TRAITS },
    hugging_face: HuggingFace {
        model_type: "phi3",
        architecture: "Phi3ForCausalLM",
        fields: Fields { default_norm_eps: 1e-5, rotary_share: Some(("partial_rotary_factor", 1.0)), ..llama::HUGGING_FACE.fields },
        // Without the field there is no window.
        sliding_window: Some(usize::MAX),
        tensors: TensorNames {
            block: &[
                llama::NORMS,
                &[
                    ("attn.q", "self_attn.qkv_proj"),
                    ("attn.k", "self_attn.qkv_proj"),
                    ("attn.v", "self_attn.qkv_proj"),
                    ("attn.o", "self_attn.o_proj"),
                    ("mlp.gate", "mlp.gate_up_proj"),
                    ("mlp.up", "mlp.gate_up_proj"),
                    ("mlp.down", "mlp.down_proj"),
                ],
            ],
            ..llama::HUGGING_FACE.tensors
        },
        ..llama::HUGGING_FACE
    },
    gguf: Some(Gguf {
        architecture: "phi3",
        permuted: false,
        // The gate's outputs come before those of the up-projection.
        tensors: TensorNames { block: &[&[("mlp.gate", "ffn_up")], gpt2::GGUF_BLOCK], ..llama::GGUF_TENSORS },
    }),
};
