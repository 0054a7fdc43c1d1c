//! SmolLM3: Llama, in which every fourth layer rotates nothing.

use super::declaration::{Declaration, Gguf, HuggingFace};
use super::llama;
use super::traits::Traits;

pub(super) const FAMILY: Declaration = Declaration {
    label: "SmolLM3",
    traits: Traits { unrotated_every: Some(4), rope_theta: 2_000_000.0, ..llama::TRAITS },
    hugging_face: HuggingFace { model_type: "smollm3", architecture: "SmolLM3ForCausalLM", tied_head: true, ..llama::HUGGING_FACE },
    gguf: Some(Gguf { architecture: "smollm3", permuted: true, tensors: llama::GGUF_TENSORS }),
};
