"""Greedy continuations of Gemma 3 270M in six languages, one of them behind a text longer than its window -> gemma3.json.

    LANGEDIT_GEMMA3=gemma-3-270m-q4_k_m.gguf python tests/golden/greedy/make_gemma3.py

The prompts, their number of tokens and what is kept are those of make.py. The tokens come from the SentencePiece algorithm
below, written as llama.cpp states it: join the neighbours whose union scores best until none is a token.
"""

import hashlib
import json
import os
from pathlib import Path

import gguf
import numpy as np
import torch
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from make import CANDIDATES, LEAST_MARGIN, TOKENS, continue_greedily

QUOTA = 2
LONG = "The river runs through the old town, past the market and the mill. " * 50 + "The capital of France is"


class Ids:
    def __init__(self, ids):
        self.ids = ids


class SentencePiece:
    """Encoding puts the file's BOS in front; there is no space in front of a text."""

    def __init__(self, reader):
        value = lambda key: reader.fields[f"tokenizer.ggml.{key}"].contents()
        assert value("model") == "llama" and value("add_bos_token") and not value("add_space_prefix")
        self.tokens, self.scores, self.bos = value("tokens"), value("scores"), value("bos_token_id")
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.end = value("eos_token_id")

    def encode(self, text, add_special_tokens):
        assert not add_special_tokens
        pieces = list(text.replace(" ", "▁"))
        while True:
            joined = [(self.scores[self.ids[a + b]], -at) for at, (a, b) in enumerate(zip(pieces, pieces[1:]))
                      if a + b in self.ids]
            if not joined:
                break
            at = -max(joined)[1]
            pieces[at: at + 2] = [pieces[at] + pieces[at + 1]]
        ids = [self.bos]
        for piece in pieces:
            ids += [self.ids[piece]] if piece in self.ids else [self.ids[f"<0x{b:02X}>"] for b in piece.encode()]
        return Ids(ids)

    def decode(self, ids, skip_special_tokens):
        out = b""
        for i in ids:
            token = self.tokens[i]
            out += bytes([int(token[3:5], 16)]) if token.startswith("<0x") else token.replace("▁", " ").encode()
        return out.decode(errors="replace")


NAMES = {"attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
         "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "attn_q_norm": "self_attn.q_norm",
         "attn_k_norm": "self_attn.k_norm", "post_attention_norm": "post_attention_layernorm",
         "ffn_norm": "pre_feedforward_layernorm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
         "ffn_down": "mlp.down_proj", "post_ffw_norm": "post_feedforward_layernorm"}
TOP = {"token_embd": "embed_tokens", "output_norm": "norm"}


def load(reader):
    """transformers' model in float32 with what gguf dequantises; the sizes are the file's, the rest is that of Gemma 3's card."""
    value = lambda key: reader.fields[f"gemma3.{key}"].contents()
    layers = value("block_count")
    rope = lambda theta: {"rope_type": "default", "rope_theta": theta}
    model = Gemma3ForCausalLM(Gemma3TextConfig(
        vocab_size=len(reader.fields["tokenizer.ggml.tokens"].data), hidden_size=value("embedding_length"),
        intermediate_size=value("feed_forward_length"), num_hidden_layers=layers,
        num_attention_heads=value("attention.head_count"), num_key_value_heads=value("attention.head_count_kv"),
        head_dim=value("attention.key_length"), query_pre_attn_scalar=256, sliding_window=value("attention.sliding_window"),
        rms_norm_eps=value("attention.layer_norm_rms_epsilon"), tie_word_embeddings=True,
        layer_types=[("full" if n % 6 == 5 else "sliding") + "_attention" for n in range(layers)],
        rope_parameters={"full_attention": rope(value("rope.freq_base")), "sliding_attention": rope(10000.0)},
        attn_implementation="eager")).eval()
    state = {}
    for tensor in reader.tensors:
        x = torch.from_numpy(np.ascontiguousarray(gguf.dequantize(tensor.data, tensor.tensor_type)).astype(np.float32))
        parts = tensor.name.split(".")
        name = TOP.get(parts[0]) or f"layers.{parts[1]}.{NAMES[parts[2]]}"
        state[f"model.{name}.weight"] = x - 1 if "norm" in tensor.name else x  # llama.cpp adds one to the gains
    state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state)
    return model


def main():
    path = Path(os.environ["LANGEDIT_GEMMA3"])
    reader = gguf.GGUFReader(path)
    model = load(reader)
    tokenizer, kept = SentencePiece(reader), []
    for language, texts in {**CANDIDATES, "long": [LONG]}.items():
        found = [{"language": language, **continue_greedily(model, tokenizer, t)} for t in texts]
        found = [f for f in found if f["margin"] > LEAST_MARGIN and tokenizer.end not in f["continuation"]]
        found.sort(key=lambda f: -f["margin"])
        assert len(found) >= (1 if language == "long" else QUOTA), (language, len(found))
        kept += found[:QUOTA]
    assert len(kept[-1]["ids"]) > 600
    lines = ",\n".join(json.dumps(f, ensure_ascii=False) for f in kept)
    head = json.dumps({"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                       "end": tokenizer.end, "tokens": TOKENS, "bos": True})[:-1]
    out = Path(__file__).resolve().parent / "gemma3.json"
    out.write_text(head + ', "prompts": [\n' + lines + "\n]}\n")
    for f in kept:
        print(f["language"], f["margin"], len(f["ids"]), repr(f["prompt"][-40:] + " | " + f["text"]))


main()
