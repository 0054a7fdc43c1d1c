//! GPT-NeoX and Pythia: attention and MLP in parallel, each through a layer norm of its own, a quarter of each head rotated in halves, biases
//! everywhere but in the head, and queries, keys and values in one matrix, head by head.

use super::declaration::{Declaration, Fields, Gguf, HuggingFace, Sharing, TensorNames};
use super::traits::{Activation, Biases, BlockOrder, NormKind, Positions, Traits};
use super::{gpt2, llama};

pub(super) const FAMILY: Declaration = Declaration {
    label: "GPT-NeoX",
    traits: Traits {
        norm: NormKind::Layer,
        order: BlockOrder::ParallelNormedApart,
        biases: Biases { query_key_value: true, attention_output: true, mlp: true, head: false },
        grouped_heads: false,
        // Some checkpoints (GPT-NeoX-20B) have the tanh form, which config.json says.
        activation: Activation::Gelu,
        positions: Positions::Rotary { interleaved: false, partial: true },
        ..llama::TRAITS
    },
    hugging_face: HuggingFace {
        model_type: "gpt_neox",
        architecture: "GPTNeoXForCausalLM",
        fields: Fields {
            norm_eps: "layer_norm_eps",
            default_norm_eps: 1e-5,
            fixed: &[("attention_bias", true), ("use_parallel_residual", true)],
            rope_theta: "rotary_emb_base",
            rotary_share: Some(("rotary_pct", 0.25)),
            ..llama::HUGGING_FACE.fields
        },
        head_dim: None,
        sliding_window: None,
        tied_head: false,
        prefix: "gpt_neox.",
        tensors: TensorNames {
            outside: &[("embed", "embed_in"), ("final_norm", "final_layer_norm"), ("head", "embed_out")],
            blocks: "layers",
            block: &[
                llama::NORMS,
                &[
                    ("attn.q", "attention.query_key_value"),
                    ("attn.k", "attention.query_key_value"),
                    ("attn.v", "attention.query_key_value"),
                    ("attn.o", "attention.dense"),
                    ("mlp.up", "mlp.dense_h_to_4h"),
                    ("mlp.down", "mlp.dense_4h_to_h"),
                ],
            ],
            sharing: Sharing::ByHead,
            transposed: false,
            gains_less_one: false,
        },
    },
    // The converter stacks what is head by head.
    gguf: Some(Gguf { architecture: "gptneox", permuted: false, tensors: gpt2::GGUF_TENSORS }),
};
