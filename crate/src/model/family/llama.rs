//! Llama, and what Mistral and Qwen share with it. Also SmolLM2 and every other model that calls itself `llama`.

use super::declaration::{Declaration, Fields, Gguf, HuggingFace, Name, Sharing, TensorNames};
use super::traits::{Activation, Biases, BlockOrder, NormKind, NormPlaces, Positions, Traits};

/// RMS norm, rotary halves, gated SiLU, grouped heads, no biases.
pub(super) const TRAITS: Traits = Traits {
    norm: NormKind::Rms,
    norms: NormPlaces::Before,
    scaled_embeddings: false,
    local_layers: None,
    order: BlockOrder::Sequential,
    biases: Biases { query_key_value: false, attention_output: false, mlp: false, head: false },
    query_key_norm: None,
    unrotated_every: None,
    grouped_heads: true,
    activation: Activation::SiluGated,
    positions: Positions::Rotary { interleaved: false, partial: false },
    rope_theta: 10_000.0,
};

pub(super) const FAMILY: Declaration = Declaration {
    label: "Llama",
    traits: TRAITS,
    hugging_face: HUGGING_FACE,
    gguf: Some(Gguf { architecture: "llama", permuted: true, tensors: GGUF_TENSORS }),
};

pub(super) const HUGGING_FACE: HuggingFace = HuggingFace {
    model_type: "llama",
    architecture: "LlamaForCausalLM",
    fields: Fields {
        hidden: "hidden_size",
        inner: "intermediate_size",
        inner_per_hidden: None,
        layers: "num_hidden_layers",
        heads: "num_attention_heads",
        max_positions: "max_position_embeddings",
        norm_eps: "rms_norm_eps",
        default_norm_eps: 1e-6,
        activation: "hidden_act",
        fixed: &[("attention_bias", false), ("mlp_bias", false), ("use_sliding_window", false)],
        absent: &[],
        query_scalar: None,
        rope_theta: "rope_theta",
        rotary_share: None,
    },
    head_dim: None,
    sliding_window: None,
    tied_head: false,
    prefix: "model.",
    tensors: TensorNames {
        outside: &[("embed", "embed_tokens"), ("final_norm", "norm"), ("head", "lm_head")],
        blocks: "layers",
        block: &[NORMS, PROJECTIONS],
        sharing: Sharing::Stacked,
        transposed: false,
        gains_less_one: false,
    },
};

/// Norms in front of attention and MLP.
pub(super) const NORMS: &[Name] = &[("attn_norm", "input_layernorm"), ("mlp_norm", "post_attention_layernorm")];
/// Norms of q and k.
pub(super) const QUERY_KEY_NORMS: &[Name] = &[("attn.q_norm", "self_attn.q_norm"), ("attn.k_norm", "self_attn.k_norm")];
/// The linear layers of a block.
pub(super) const PROJECTIONS: &[Name] = &[
    ("attn.q", "self_attn.q_proj"),
    ("attn.k", "self_attn.k_proj"),
    ("attn.v", "self_attn.v_proj"),
    ("attn.o", "self_attn.o_proj"),
    ("mlp.gate", "mlp.gate_proj"),
    ("mlp.up", "mlp.up_proj"),
    ("mlp.down", "mlp.down_proj"),
];

/// llama.cpp gives the same names to the parts of every family; a file has those that its family has.
pub(super) const GGUF_TENSORS: TensorNames = TensorNames {
    outside: &[("embed", "token_embd"), ("positions", "position_embd"), ("final_norm", "output_norm"), ("head", "output")],
    blocks: "blk",
    block: &[&[
        ("attn_norm", "attn_norm"),
        ("attn.q", "attn_q"),
        ("attn.k", "attn_k"),
        ("attn.v", "attn_v"),
        ("attn.q_norm", "attn_q_norm"),
        ("attn.k_norm", "attn_k_norm"),
        ("attn.o", "attn_output"),
        ("attn_post_norm", "post_attention_norm"),
        ("mlp_norm", "ffn_norm"),
        ("mlp.gate", "ffn_gate"),
        ("mlp.up", "ffn_up"),
        ("mlp.down", "ffn_down"),
        ("mlp_post_norm", "post_ffw_norm"),
    ]],
    sharing: Sharing::Stacked,
    transposed: false,
    gains_less_one: false,
};
