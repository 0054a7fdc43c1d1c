//! Tiny models of every family under the names that the two formats use, written out by hand.

/// Sizes: 2 layers, 32 features, 64 inner, 4 heads of 8 (2 key/value heads where grouped), 12 tokens, 16 positions.
pub(crate) const HIDDEN: usize = 32;
pub(crate) const INNER: usize = 64;
pub(crate) const VOCAB: usize = 12;
pub(crate) const POSITIONS: usize = 16;
pub(crate) const FAMILIES: [&str; 5] = ["llama", "qwen2", "gpt2", "gptj", "qwen3"];

/// Name and shape (outermost first) of the tensors of one block in GGUF, without `blk.N.`.
fn gguf_block(family: &str) -> Vec<(&'static str, Vec<usize>)> {
    let (h, i) = (HIDDEN, INNER);
    let mut block = vec![("attn_norm.weight", vec![h]), ("attn_output.weight", vec![h, h])];
    block.extend([("ffn_up.weight", vec![i, h]), ("ffn_down.weight", vec![h, i])]);
    match family {
        "llama" | "qwen2" | "qwen3" => {
            block.extend([("attn_q.weight", vec![h, h]), ("attn_k.weight", vec![16, h]), ("attn_v.weight", vec![16, h])]);
            block.extend([("ffn_norm.weight", vec![h]), ("ffn_gate.weight", vec![i, h])]);
            if family == "qwen2" {
                block.extend([("attn_q.bias", vec![h]), ("attn_k.bias", vec![16]), ("attn_v.bias", vec![16])]);
            }
            if family == "qwen3" {
                block.extend([("attn_q_norm.weight", vec![8]), ("attn_k_norm.weight", vec![8])]);
            }
        }
        _ => {
            block.extend([("attn_norm.bias", vec![h]), ("ffn_up.bias", vec![i]), ("ffn_down.bias", vec![h])]);
            if family == "gpt2" {
                block.extend([("attn_qkv.weight", vec![3 * h, h]), ("attn_qkv.bias", vec![3 * h]), ("attn_output.bias", vec![h])]);
                block.extend([("ffn_norm.weight", vec![h]), ("ffn_norm.bias", vec![h])]);
            } else {
                block.extend([("attn_q.weight", vec![h, h]), ("attn_k.weight", vec![h, h]), ("attn_v.weight", vec![h, h])]);
            }
        }
    }
    block
}

/// All tensors in GGUF. Llama, GPT-2 and Qwen3 are tied.
pub(crate) fn gguf_tensors(family: &str) -> Vec<(String, Vec<usize>)> {
    let mut tensors = vec![("token_embd.weight".to_owned(), vec![VOCAB, HIDDEN]), ("output_norm.weight".to_owned(), vec![HIDDEN])];
    if matches!(family, "gpt2" | "gptj") {
        tensors.push(("output_norm.bias".to_owned(), vec![HIDDEN]));
    }
    match family {
        "gpt2" => tensors.push(("position_embd.weight".to_owned(), vec![POSITIONS, HIDDEN])),
        "qwen2" => tensors.push(("output.weight".to_owned(), vec![VOCAB, HIDDEN])),
        "gptj" => tensors.extend([("output.weight".to_owned(), vec![VOCAB, HIDDEN]), ("output.bias".to_owned(), vec![VOCAB])]),
        _ => {}
    }
    for layer in 0..2 {
        tensors.extend(gguf_block(family).into_iter().map(|(name, shape)| (format!("blk.{layer}.{name}"), shape)));
    }
    tensors
}

/// Name and shape of the tensors of one block in Hugging Face layout, without `model.layers.N.` or `transformer.h.N.`.
fn hugging_face_block(family: &str) -> Vec<(&'static str, Vec<usize>)> {
    let (h, i) = (HIDDEN, INNER);
    match family {
        "llama" | "mistral" | "qwen2" | "qwen3" => {
            let mut block = vec![("input_layernorm.weight", vec![h]), ("post_attention_layernorm.weight", vec![h])];
            block.extend([("self_attn.q_proj.weight", vec![h, h]), ("self_attn.k_proj.weight", vec![16, h])]);
            block.extend([("self_attn.v_proj.weight", vec![16, h]), ("self_attn.o_proj.weight", vec![h, h])]);
            block.extend([("mlp.gate_proj.weight", vec![i, h]), ("mlp.up_proj.weight", vec![i, h]), ("mlp.down_proj.weight", vec![h, i])]);
            if family == "qwen2" {
                block.extend([
                    ("self_attn.q_proj.bias", vec![h]),
                    ("self_attn.k_proj.bias", vec![16]),
                    ("self_attn.v_proj.bias", vec![16]),
                ]);
            }
            if family == "qwen3" {
                block.extend([("self_attn.q_norm.weight", vec![8]), ("self_attn.k_norm.weight", vec![8])]);
            }
            block
        }
        "gpt2" => {
            let mut block = vec![("ln_1.weight", vec![h]), ("ln_1.bias", vec![h]), ("ln_2.weight", vec![h]), ("ln_2.bias", vec![h])];
            block.extend([("attn.c_attn.weight", vec![h, 3 * h]), ("attn.c_attn.bias", vec![3 * h])]);
            block.extend([("attn.c_proj.weight", vec![h, h]), ("attn.c_proj.bias", vec![h])]);
            block.extend([("mlp.c_fc.weight", vec![h, i]), ("mlp.c_fc.bias", vec![i])]);
            block.extend([("mlp.c_proj.weight", vec![i, h]), ("mlp.c_proj.bias", vec![h])]);
            block
        }
        _ => {
            let mut block = vec![("ln_1.weight", vec![h]), ("ln_1.bias", vec![h])];
            block.extend([("attn.q_proj.weight", vec![h, h]), ("attn.k_proj.weight", vec![h, h])]);
            block.extend([("attn.v_proj.weight", vec![h, h]), ("attn.out_proj.weight", vec![h, h])]);
            block.extend([("mlp.fc_in.weight", vec![i, h]), ("mlp.fc_in.bias", vec![i])]);
            block.extend([("mlp.fc_out.weight", vec![h, i]), ("mlp.fc_out.bias", vec![h])]);
            block
        }
    }
}

/// All tensors in Hugging Face layout, with the prefix of the inner model or without.
pub(crate) fn hugging_face_tensors(family: &str, prefixed: bool) -> Vec<(String, Vec<usize>)> {
    let llama = matches!(family, "llama" | "mistral" | "qwen2" | "qwen3");
    let prefix = match (prefixed, llama) {
        (false, _) => "",
        (true, true) => "model.",
        (true, false) => "transformer.",
    };
    let (embed, norm, block) = if llama { ("embed_tokens", "norm", "layers") } else { ("wte", "ln_f", "h") };
    let mut tensors = vec![(format!("{prefix}{embed}.weight"), vec![VOCAB, HIDDEN]), (format!("{prefix}{norm}.weight"), vec![HIDDEN])];
    if !llama {
        tensors.push((format!("{prefix}ln_f.bias"), vec![HIDDEN]));
    }
    match family {
        "gpt2" => tensors.push((format!("{prefix}wpe.weight"), vec![POSITIONS, HIDDEN])),
        "qwen2" | "mistral" => tensors.push(("lm_head.weight".to_owned(), vec![VOCAB, HIDDEN])),
        "gptj" => tensors.extend([("lm_head.weight".to_owned(), vec![VOCAB, HIDDEN]), ("lm_head.bias".to_owned(), vec![VOCAB])]),
        _ => {}
    }
    for layer in 0..2 {
        tensors.extend(hugging_face_block(family).into_iter().map(|(name, shape)| (format!("{prefix}{block}.{layer}.{name}"), shape)));
    }
    tensors
}

/// Values that are different in every tensor and exact in every float format: multiples of 1/4 below 64.
pub(crate) fn values(name: &str, len: usize) -> Vec<f32> {
    let seed = name.bytes().fold(7_usize, |seed, byte| (seed * 31 + usize::from(byte)) % 65_521);
    (0..len).map(|index| ((seed + index * 37) % 255) as f32 / 4.0 - 32.0).collect()
}
