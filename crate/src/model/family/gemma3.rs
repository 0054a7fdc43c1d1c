//! Gemma 3, the models of text alone: norms in front of attention and MLP and behind them, gains stored less one, heads normed, a GELU
//! gate, scaled embeddings, and five layers of six that see a window only and rotate faster.

use super::declaration::{Declaration, Fields, Gguf, HuggingFace, TensorNames};
use super::llama;
use super::traits::{Activation, LocalLayers, NormPlaces, QueryKeyNorm, Traits};

pub(super) const FAMILY: Declaration = Declaration {
    label: "Gemma3",
    traits: Traits {
        norms: NormPlaces::Around,
        scaled_embeddings: true,
        local_layers: Some(LocalLayers { window: 4096, period: 6, rope_theta: 10_000.0 }),
        query_key_norm: Some(QueryKeyNorm::Heads),
        activation: Activation::GeluTanhGated,
        rope_theta: 1_000_000.0,
        ..llama::TRAITS
    },
    hugging_face: HuggingFace {
        model_type: "gemma3_text",
        architecture: "Gemma3ForCausalLM",
        fields: Fields {
            activation: "hidden_activation",
            fixed: &[("attention_bias", false), ("use_bidirectional_attention", false)],
            absent: &["attn_logit_softcapping", "final_logit_softcapping"],
            query_scalar: Some(("query_pre_attn_scalar", 256)),
            ..llama::HUGGING_FACE.fields
        },
        head_dim: Some(256),
        tied_head: true,
        tensors: TensorNames {
            block: &[
                llama::PROJECTIONS,
                llama::QUERY_KEY_NORMS,
                &[
                    ("attn_norm", "input_layernorm"),
                    ("attn_post_norm", "post_attention_layernorm"),
                    ("mlp_norm", "pre_feedforward_layernorm"),
                    ("mlp_post_norm", "post_feedforward_layernorm"),
                ],
            ],
            gains_less_one: true,
            ..llama::HUGGING_FACE.tensors
        },
        ..llama::HUGGING_FACE
    },
    // The converter has added the one to the gains.
    gguf: Some(Gguf { architecture: "gemma3", permuted: false, tensors: llama::GGUF_TENSORS }),
};
