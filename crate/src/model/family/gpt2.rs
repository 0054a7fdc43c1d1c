//! GPT-2: layer norm, learned positions, GELU, biases everywhere, q, k and v in one matrix.

use super::declaration::{Declaration, Fields, Gguf, HuggingFace, Name, Sharing, TensorNames};
use super::llama;
use super::traits::{Activation, Biases, BlockOrder, NormKind, NormPlaces, Positions, Traits};

pub(super) const FAMILY: Declaration = Declaration {
    label: "GPT-2",
    traits: Traits {
        norm: NormKind::Layer,
        norms: NormPlaces::Before,
        scaled_embeddings: false,
        local_layers: None,
        order: BlockOrder::Sequential,
        biases: Biases { query_key_value: true, attention_output: true, mlp: true, head: false },
        query_key_norm: None,
        unrotated_every: None,
        rope_theta: 10_000.0,
        grouped_heads: false,
        activation: Activation::GeluTanh,
        positions: Positions::Learned,
    },
    hugging_face: HuggingFace {
        model_type: "gpt2",
        architecture: "GPT2LMHeadModel",
        fields: FIELDS,
        head_dim: None,
        sliding_window: None,
        tied_head: true,
        prefix: "transformer.",
        tensors: TensorNames {
            outside: &[("embed", "wte"), ("positions", "wpe"), ("final_norm", "ln_f"), ("head", "lm_head")],
            blocks: "h",
            block: &[&[
                ("attn_norm", "ln_1"),
                ("attn.q", "attn.c_attn"),
                ("attn.k", "attn.c_attn"),
                ("attn.v", "attn.c_attn"),
                ("attn.o", "attn.c_proj"),
                ("mlp_norm", "ln_2"),
                ("mlp.up", "mlp.c_fc"),
                ("mlp.down", "mlp.c_proj"),
            ]],
            sharing: Sharing::Stacked,
            transposed: true,
            gains_less_one: false,
        },
    },
    gguf: Some(Gguf { architecture: "gpt2", permuted: false, tensors: GGUF_TENSORS }),
};

/// Also GPT-NeoX's.
pub(super) const GGUF_TENSORS: TensorNames = TensorNames { block: &[GGUF_BLOCK], ..llama::GGUF_TENSORS };

/// Also Phi-3's, which has a gate besides.
pub(super) const GGUF_BLOCK: &[Name] = &[
    ("attn_norm", "attn_norm"),
    ("attn.q", "attn_qkv"),
    ("attn.k", "attn_qkv"),
    ("attn.v", "attn_qkv"),
    ("attn.o", "attn_output"),
    ("mlp_norm", "ffn_norm"),
    ("mlp.up", "ffn_up"),
    ("mlp.down", "ffn_down"),
];

/// Also GPT-J's.
pub(super) const FIELDS: Fields = Fields {
    hidden: "n_embd",
    inner: "n_inner",
    inner_per_hidden: Some(4),
    layers: "n_layer",
    heads: "n_head",
    max_positions: "n_positions",
    norm_eps: "layer_norm_epsilon",
    default_norm_eps: 1e-5,
    activation: "activation_function",
    fixed: &[("scale_attn_weights", true), ("scale_attn_by_inverse_layer_idx", false), ("add_cross_attention", false)],
    absent: &[],
    query_scalar: None,
    rope_theta: "rope_theta",
    rotary_share: None,
};
