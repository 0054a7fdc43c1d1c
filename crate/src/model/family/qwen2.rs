//! Qwen2 and Qwen2.5: Llama with biases on q, k and v.

use super::declaration::{Declaration, Gguf, HuggingFace};
use super::llama;
use super::traits::{Biases, Traits};

pub(super) const FAMILY: Declaration = Declaration {
    label: "Qwen2",
    traits: Traits { biases: Biases { query_key_value: true, ..llama::TRAITS.biases }, ..llama::TRAITS },
    hugging_face: HuggingFace { model_type: "qwen2", architecture: "Qwen2ForCausalLM", ..llama::HUGGING_FACE },
    gguf: Some(Gguf { architecture: "qwen2", permuted: false, tensors: llama::GGUF_TENSORS }),
};
