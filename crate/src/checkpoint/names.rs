//! Which tensors a model has under their canonical names, and where the two file formats keep them.

use crate::model::{Family, ModelConfig};

/// A tensor that a model needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Canonical name.
    pub name: String,
    /// Rows; vectors have one.
    pub rows: usize,
    /// Columns, or the length of the vector.
    pub cols: usize,
    /// A vector rather than a matrix.
    pub vector: bool,
}

/// The tensors that a model of this configuration needs, from the embedding to the head. Lazy: a lying number of layers costs nothing.
pub fn expected_tensors(config: &ModelConfig) -> impl Iterator<Item = Expected> {
    let c = config.clone();
    let (hidden, inner, family) = (c.hidden, c.inner, c.family);
    let (query, key) = (c.heads.saturating_mul(c.head_dim), c.kv_heads.saturating_mul(c.head_dim));
    let layer_norms = matches!(family, Family::Gpt2 | Family::GptJ);
    let matrix = |name: &str, rows, cols| Some(Expected { name: name.to_owned(), rows, cols, vector: false });
    let vector = |name: &str, cols| Some(Expected { name: name.to_owned(), rows: 1, cols, vector: true });

    let first =
        [matrix("embed", c.vocab, hidden), (family == Family::Gpt2).then(|| matrix("positions", c.max_positions, hidden)).flatten()];
    let attention_bias = |part: &str| family == Family::Gpt2 || family == Family::Qwen2 && part != "o";
    let mut block = vec![vector("attn_norm.weight", hidden)];
    block.extend(layer_norms.then(|| vector("attn_norm.bias", hidden)));
    for (part, rows, cols) in [("q", query, hidden), ("k", key, hidden), ("v", key, hidden), ("o", hidden, query)] {
        block.push(matrix(&format!("attn.{part}.weight"), rows, cols));
        block.extend(attention_bias(part).then(|| vector(&format!("attn.{part}.bias"), rows)));
    }
    if family != Family::GptJ {
        block.push(vector("mlp_norm.weight", hidden));
        block.extend(layer_norms.then(|| vector("mlp_norm.bias", hidden)));
    }
    for (part, rows, cols) in [("gate", inner, hidden), ("up", inner, hidden), ("down", hidden, inner)] {
        if part == "gate" && layer_norms {
            continue;
        }
        block.push(matrix(&format!("mlp.{part}.weight"), rows, cols));
        block.extend(layer_norms.then(|| vector(&format!("mlp.{part}.bias"), rows)));
    }
    let block: Vec<Expected> = block.into_iter().flatten().collect();
    let last = [
        vector("final_norm.weight", hidden),
        layer_norms.then(|| vector("final_norm.bias", hidden)).flatten(),
        (!c.tied_head).then(|| matrix("head.weight", c.vocab, hidden)).flatten(),
        (!c.tied_head && family == Family::GptJ).then(|| vector("head.bias", c.vocab)).flatten(),
    ];
    let blocks = (0..c.layers).flat_map(move |layer| {
        block.clone().into_iter().map(move |tensor| Expected { name: format!("layers.{layer}.{}", tensor.name), ..tensor })
    });
    first.into_iter().flatten().chain(blocks).chain(last.into_iter().flatten())
}

/// Where a file keeps a canonical tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The file's name.
    pub(super) tensor: String,
    /// GPT-2 fuses q, k and v along the output: which third.
    pub(super) third: Option<usize>,
    /// GPT-2's Conv1D in safetensors stores `[in, out]`.
    pub(super) transposed: bool,
}

/// Splits `layers.N.attn.q.weight` into `Some("N")`, `attn.q`, `weight`; `embed` into `None`, `embed`, `weight`.
fn split(canonical: &str) -> (Option<&str>, &str, &str) {
    let (layer, rest) = match canonical.strip_prefix("layers.").and_then(|rest| rest.split_once('.')) {
        Some((layer, rest)) => (Some(layer), rest),
        None => (None, canonical),
    };
    match rest.rsplit_once('.') {
        Some((module, kind)) => (layer, module, kind),
        None => (layer, rest, "weight"),
    }
}

fn third(family: Family, module: &str) -> Option<usize> {
    let index = ["attn.q", "attn.k", "attn.v"].iter().position(|name| *name == module);
    index.filter(|_| family == Family::Gpt2)
}

/// The place of a canonical tensor in a GGUF file; `None` for a name that is not canonical. Source: `gguf/constants.py` of llama.cpp.
pub(super) fn gguf_place(family: Family, canonical: &str) -> Option<Place> {
    let (layer, module, kind) = split(canonical);
    let third = third(family, module);
    let module = match (layer.is_some(), module) {
        (false, "embed") => "token_embd",
        (false, "positions") => "position_embd",
        (false, "final_norm") => "output_norm",
        (false, "head") => "output",
        (true, "attn_norm") => "attn_norm",
        (true, _) if third.is_some() => "attn_qkv",
        (true, "attn.q") => "attn_q",
        (true, "attn.k") => "attn_k",
        (true, "attn.v") => "attn_v",
        (true, "attn.o") => "attn_output",
        (true, "mlp_norm") => "ffn_norm",
        (true, "mlp.gate") => "ffn_gate",
        (true, "mlp.up") => "ffn_up",
        (true, "mlp.down") => "ffn_down",
        _ => return None,
    };
    let block = layer.map(|layer| format!("blk.{layer}.")).unwrap_or_default();
    Some(Place { tensor: format!("{block}{module}.{kind}"), third, transposed: false })
}

/// The place of a canonical tensor in a Hugging Face checkpoint whose inner model is called `prefix` (`model.`, `transformer.` or nothing).
/// Source: the modules of `transformers.models.{llama,qwen2,gpt2,gptj}`.
pub(super) fn hugging_face_place(family: Family, prefix: &str, canonical: &str) -> Option<Place> {
    let (layer, module, kind) = split(canonical);
    let third = third(family, module);
    let llama = matches!(family, Family::Llama | Family::Qwen2);
    let name = match (layer.is_some(), module) {
        (false, "head") => return Some(Place { tensor: format!("lm_head.{kind}"), third: None, transposed: false }),
        (false, "embed") => {
            if llama {
                "embed_tokens"
            } else {
                "wte"
            }
        }
        (false, "positions") => "wpe",
        (false, "final_norm") => {
            if llama {
                "norm"
            } else {
                "ln_f"
            }
        }
        (true, "attn_norm") => {
            if llama {
                "input_layernorm"
            } else {
                "ln_1"
            }
        }
        (true, "mlp_norm") => {
            if llama {
                "post_attention_layernorm"
            } else {
                "ln_2"
            }
        }
        (true, module) => match (family, module) {
            (Family::Llama | Family::Qwen2, "attn.q") => "self_attn.q_proj",
            (Family::Llama | Family::Qwen2, "attn.k") => "self_attn.k_proj",
            (Family::Llama | Family::Qwen2, "attn.v") => "self_attn.v_proj",
            (Family::Llama | Family::Qwen2, "attn.o") => "self_attn.o_proj",
            (Family::Llama | Family::Qwen2, "mlp.gate") => "mlp.gate_proj",
            (Family::Llama | Family::Qwen2, "mlp.up") => "mlp.up_proj",
            (Family::Llama | Family::Qwen2, "mlp.down") => "mlp.down_proj",
            (Family::Gpt2, "attn.q" | "attn.k" | "attn.v") => "attn.c_attn",
            (Family::Gpt2, "attn.o") => "attn.c_proj",
            (Family::Gpt2, "mlp.up") => "mlp.c_fc",
            (Family::Gpt2, "mlp.down") => "mlp.c_proj",
            (Family::GptJ, "attn.q") => "attn.q_proj",
            (Family::GptJ, "attn.k") => "attn.k_proj",
            (Family::GptJ, "attn.v") => "attn.v_proj",
            (Family::GptJ, "attn.o") => "attn.out_proj",
            (Family::GptJ, "mlp.up") => "mlp.fc_in",
            (Family::GptJ, "mlp.down") => "mlp.fc_out",
            _ => return None,
        },
        _ => return None,
    };
    let block = layer.map(|layer| format!("{}.{layer}.", if llama { "layers" } else { "h" })).unwrap_or_default();
    let transposed = family == Family::Gpt2 && kind == "weight" && (module.starts_with("attn.") || module.starts_with("mlp."));
    Some(Place { tensor: format!("{prefix}{block}{name}.{kind}"), third, transposed })
}
