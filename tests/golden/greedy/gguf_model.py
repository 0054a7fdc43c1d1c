"""A GGUF file as a transformers model in float32 and a tokenizer, nothing trusted to either's defaults.

transformers dequantises the file; `load` compares every matrix with what the gguf package
itself dequantises (undoing llama.cpp's permutation of q and k). The tokenizer is built from
the file's vocabulary and merges, since transformers' conversion adds a BOS token that the
file does not ask for and forgets the pre-tokenizer.
"""

from pathlib import Path

import gguf
import numpy as np
import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM

_LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
           r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def _pre_tokenizer(name):
    byte_level = pre_tokenizers.ByteLevel
    if name == "smollm":
        return pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True), byte_level(add_prefix_space=False)])
    if name in ("gpt-2", "default"):
        return byte_level(add_prefix_space=False)
    if name in ("llama-bpe", "qwen2"):
        pattern = _LLAMA3 if name == "llama-bpe" else _LLAMA3.replace("{1,3}", "")
        return pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            byte_level(add_prefix_space=False, use_regex=False)])
    raise SystemExit(f"pre-tokenizer {name!r} is not known here")


def tokenizer_of(reader):
    """The file's byte-level BPE; encoding adds nothing."""
    value = lambda key: reader.fields[f"tokenizer.ggml.{key}"].contents()
    assert value("model") == "gpt2", "byte-level BPE vocabularies only"
    tokens = value("tokens")
    bpe = models.BPE(vocab={t: i for i, t in enumerate(tokens)},
                     merges=[tuple(m.split(" ", 1)) for m in value("merges")])
    tokenizer = Tokenizer(bpe)
    tokenizer.pre_tokenizer = _pre_tokenizer(value("pre"))
    tokenizer.decoder = decoders.ByteLevel()
    control = [t for t, kind in zip(tokens, value("token_type")) if kind == gguf.TokenType.CONTROL]
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in control])
    return tokenizer


def _unpermute(x, heads):
    half = x.shape[0] // heads // 2
    return x.reshape(heads, half, 2, *x.shape[1:]).swapaxes(1, 2).reshape(x.shape)


def _verify(model, reader):
    """Every matrix of a llama file against gguf's own dequantisation."""
    state = model.state_dict()
    config = model.config
    names = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
             "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
             "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
             "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}
    top = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
    seen = 0
    for tensor in reader.tensors:
        parts = tensor.name.split(".")
        if parts[0] == "blk":
            ours = f"model.layers.{parts[1]}.{names[parts[2]]}.weight"
        elif parts[0] in top:
            ours = f"{top[parts[0]]}.weight"
        else:
            continue
        x = gguf.dequantize(tensor.data, tensor.tensor_type)
        heads = {"attn_q": config.num_attention_heads,
                 "attn_k": config.num_key_value_heads}.get(parts[2] if len(parts) > 2 else "")
        x = _unpermute(x, heads) if heads else x
        if not np.array_equal(x.reshape(state[ours].shape), state[ours].numpy()):
            raise SystemExit(f"{tensor.name} differs from transformers' {ours}")
        seen += 1
    assert seen == len({p.data_ptr() for p in model.parameters()}), "some weights are not in the file"


def load(path, verify=True):
    """(model in float32, tokenizer, end-of-sequence id)"""
    path = Path(path)
    reader = gguf.GGUFReader(path)
    model = AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32, attn_implementation="eager").eval()
    if verify and model.config.model_type == "llama":
        _verify(model, reader)
    end = reader.fields["tokenizer.ggml.eos_token_id"].contents()
    return model, tokenizer_of(reader), int(end)
