//! OLMo 2: Llama with its norms behind attention and MLP instead of in front of them, and one norm over all heads of q, and of k.

use super::declaration::{Declaration, Gguf, HuggingFace, TensorNames};
use super::llama;
use super::traits::{NormPlaces, QueryKeyNorm, Traits};

pub(super) const FAMILY: Declaration = Declaration {
    label: "OLMo2",
    traits: Traits { norms: NormPlaces::Behind, query_key_norm: Some(QueryKeyNorm::Width), ..llama::TRAITS },
    hugging_face: HuggingFace {
        model_type: "olmo2",
        architecture: "Olmo2ForCausalLM",
        tensors: TensorNames {
            block: &[&[
                ("attn.q", "self_attn.q_proj"),
                ("attn.k", "self_attn.k_proj"),
                ("attn.v", "self_attn.v_proj"),
                ("attn.q_norm", "self_attn.q_norm"),
                ("attn.k_norm", "self_attn.k_norm"),
                ("attn.o", "self_attn.o_proj"),
                ("attn_post_norm", "post_attention_layernorm"),
                ("mlp.gate", "mlp.gate_proj"),
                ("mlp.up", "mlp.up_proj"),
                ("mlp.down", "mlp.down_proj"),
                ("mlp_post_norm", "post_feedforward_layernorm"),
            ]],
            ..llama::HUGGING_FACE.tensors
        },
        ..llama::HUGGING_FACE
    },
    gguf: Some(Gguf { architecture: "olmo2", permuted: false, tensors: llama::GGUF_TENSORS }),
};
