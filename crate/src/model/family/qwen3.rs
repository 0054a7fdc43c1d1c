//! Qwen3: Llama with an RMS norm on every head of q and k, and heads of 128 whatever the hidden size.

use super::declaration::{Declaration, Gguf, HuggingFace, TensorNames};
use super::llama;
use super::traits::{QueryKeyNorm, Traits};

pub(super) const FAMILY: Declaration = Declaration {
    label: "Qwen3",
    traits: Traits { query_key_norm: Some(QueryKeyNorm::Heads), ..llama::TRAITS },
    hugging_face: HuggingFace {
        model_type: "qwen3",
        architecture: "Qwen3ForCausalLM",
        head_dim: Some(128),
        tensors: TensorNames { block: &[llama::NORMS, llama::PROJECTIONS, llama::QUERY_KEY_NORMS], ..llama::HUGGING_FACE.tensors },
        ..llama::HUGGING_FACE
    },
    gguf: Some(Gguf { architecture: "qwen3", permuted: false, tensors: llama::GGUF_TENSORS }),
};
