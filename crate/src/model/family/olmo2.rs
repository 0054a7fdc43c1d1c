//! OLMo 2: Llama with its norms behind attention and MLP instead of in front of them, and one norm over all heads of q, and of k.

use super::declaration::{Declaration, Fields, Gguf, HuggingFace, TensorNames};
use super::llama;
use super::traits::{NormPlaces, QueryKeyNorm, Traits};

pub(super) const FAMILY: Declaration = Declaration {
    label: "OLMo2",
    traits: Traits { norms: NormPlaces::Behind, query_key_norm: Some(QueryKeyNorm::Width), ..llama::TRAITS },
    hugging_face: HuggingFace {
        model_type: "olmo2",
        architecture: "Olmo2ForCausalLM",
        fields: Fields { default_norm_eps: 1e-5, ..llama::HUGGING_FACE.fields },
        tensors: TensorNames {
            block: &[
                llama::PROJECTIONS,
                llama::QUERY_KEY_NORMS,
                &[("attn_post_norm", "post_attention_layernorm"), ("mlp_post_norm", "post_feedforward_layernorm")],
            ],
            ..llama::HUGGING_FACE.tensors
        },
        ..llama::HUGGING_FACE
    },
    gguf: Some(Gguf { architecture: "olmo2", permuted: false, tensors: llama::GGUF_TENSORS }),
};
