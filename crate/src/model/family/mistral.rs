//! Mistral: Llama, whose first version lets a token see only the last 4,096. The readers end its positions there: up to the window both
//! compute the same. Its GGUF files call themselves `llama`.

use super::declaration::{Declaration, HuggingFace};
use super::llama;

pub(super) const FAMILY: Declaration = Declaration {
    label: "Mistral",
    traits: llama::TRAITS,
    hugging_face: HuggingFace {
        model_type: "mistral",
        architecture: "MistralForCausalLM",
        sliding_window: Some(4096),
        ..llama::HUGGING_FACE
    },
    gguf: None,
};
