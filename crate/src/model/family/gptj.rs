//! GPT-J: one layer norm a block, attention and MLP in parallel, the leading dimensions of a head rotated in interleaved pairs.

use super::declaration::{Declaration, Gguf, HuggingFace, Sharing, TensorNames};
use super::traits::{Activation, Biases, BlockOrder, NormKind, NormPlaces, Positions, Traits};
use super::{gpt2, llama};

pub(super) const FAMILY: Declaration = Declaration {
    label: "GPT-J",
    traits: Traits {
        norm: NormKind::Layer,
        norms: NormPlaces::Before,
        scaled_embeddings: false,
        local_layers: None,
        order: BlockOrder::Parallel,
        biases: Biases { query_key_value: false, attention_output: false, mlp: true, head: true },
        query_key_norm: None,
        unrotated_every: None,
        rope_theta: 10_000.0,
        grouped_heads: false,
        activation: Activation::GeluTanh,
        positions: Positions::Rotary { interleaved: true, partial: true },
    },
    hugging_face: HuggingFace {
        model_type: "gptj",
        architecture: "GPTJForCausalLM",
        fields: gpt2::FIELDS,
        head_dim: None,
        sliding_window: None,
        tied_head: false,
        prefix: "transformer.",
        tensors: TensorNames {
            outside: &[("embed", "wte"), ("final_norm", "ln_f"), ("head", "lm_head")],
            blocks: "h",
            block: &[&[
                ("attn_norm", "ln_1"),
                ("attn.q", "attn.q_proj"),
                ("attn.k", "attn.k_proj"),
                ("attn.v", "attn.v_proj"),
                ("attn.o", "attn.out_proj"),
                ("mlp.up", "mlp.fc_in"),
                ("mlp.down", "mlp.fc_out"),
            ]],
            sharing: Sharing::Stacked,
            transposed: false,
            gains_less_one: false,
        },
    },
    gguf: Some(Gguf { architecture: "gptj", permuted: false, tensors: llama::GGUF_TENSORS }),
};
