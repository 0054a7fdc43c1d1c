"""A plain decoder-only forward pass in PyTorch, in any float type.

transformers computes the norms, the softmax and the rotary angles in float32 whatever
the model's type, so it cannot give float64 logits. This file can: it is a second,
independent statement of the families, checked against transformers by `make.py`,
and what `editing/make.py` differentiates through.

Weights go by the names that the crate uses, linear weights are [out, in].
"""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file

F = torch.nn.functional

_LLAMA = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "mlp_norm",
    "self_attn.q_proj": "attn.q", "self_attn.k_proj": "attn.k",
    "self_attn.v_proj": "attn.v", "self_attn.o_proj": "attn.o",
    "self_attn.q_norm": "attn.q_norm", "self_attn.k_norm": "attn.k_norm",
    "mlp.gate_proj": "mlp.gate", "mlp.up_proj": "mlp.up", "mlp.down_proj": "mlp.down",
}
_GEMMA3 = {
    **_LLAMA, "post_attention_layernorm": "attn_post_norm", "pre_feedforward_layernorm": "mlp_norm",
    "post_feedforward_layernorm": "mlp_post_norm",
}
_OLMO2 = {
    **_LLAMA, "post_attention_layernorm": "attn_post_norm", "post_feedforward_layernorm": "mlp_post_norm",
}
_GPT2 = {
    "ln_1": "attn_norm", "ln_2": "mlp_norm", "attn.c_attn": "attn.qkv",
    "attn.c_proj": "attn.o", "mlp.c_fc": "mlp.up", "mlp.c_proj": "mlp.down",
}
_GPTJ = {
    "ln_1": "attn_norm", "attn.q_proj": "attn.q", "attn.k_proj": "attn.k",
    "attn.v_proj": "attn.v", "attn.out_proj": "attn.o",
    "mlp.fc_in": "mlp.up", "mlp.fc_out": "mlp.down",
}
_NEOX = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "mlp_norm",
    "attention.query_key_value": "attn.qkv", "attention.dense": "attn.o",
    "mlp.dense_h_to_4h": "mlp.up", "mlp.dense_4h_to_h": "mlp.down",
}
_PHI3 = {**_LLAMA, "self_attn.qkv_proj": "attn.qkv", "mlp.gate_up_proj": "mlp.gate_up"}
_TOP = {
    "model.embed_tokens": "embed", "model.norm": "final_norm", "lm_head": "head",
    "transformer.wte": "embed", "transformer.wpe": "positions",
    "transformer.ln_f": "final_norm", "gpt_neox.embed_in": "embed",
    "gpt_neox.final_layer_norm": "final_norm", "embed_out": "head",
}


def canonical(config, state, dtype):
    """Hugging Face names and orientations -> the crate's, cast to `dtype`."""
    family = config["model_type"]
    heads = config.get("num_attention_heads") or config["n_head"]
    kv_heads = config.get("num_key_value_heads") or heads
    inner = {"gpt2": _GPT2, "gptj": _GPTJ, "gemma3_text": _GEMMA3, "olmo2": _OLMO2,
             "gpt_neox": _NEOX, "phi3": _PHI3}.get(family, _LLAMA)
    weights = {}
    for name, tensor in state.items():
        tensor = tensor.detach().to(dtype)
        stem, kind = name.rsplit(".", 1)
        if family == "gemma3_text" and "norm" in stem:
            tensor = 1 + tensor
        if stem in _TOP:
            short = _TOP[stem]
            bare = short in ("embed", "positions")
            weights[short if bare else f"{short}.{kind}"] = tensor
            continue
        _, _, layer, part = stem.split(".", 3)
        part = inner[part]
        if family == "gpt2" and kind == "weight" and "norm" not in part:
            tensor = tensor.T.contiguous()  # Conv1D is [in, out]
        if part == "attn.qkv":
            if family == "gpt_neox":  # head by head, its q, k and v
                apart = tensor.view(heads, 3, -1, *tensor.shape[1:]).unbind(1)
                pieces = [piece.reshape(-1, *tensor.shape[1:]) for piece in apart]
            else:
                head = tensor.shape[0] // (heads + 2 * kv_heads)
                pieces = tensor.split([heads * head, kv_heads * head, kv_heads * head])
            for letter, piece in zip("qkv", pieces):
                weights[f"layers.{layer}.attn.{letter}.{kind}"] = piece
        elif part == "mlp.gate_up":
            gate, up = tensor.chunk(2)
            weights[f"layers.{layer}.mlp.gate.{kind}"], weights[f"layers.{layer}.mlp.up.{kind}"] = gate, up
        else:
            weights[f"layers.{layer}.{part}.{kind}"] = tensor
    if "head.weight" not in weights and "embed" in weights:
        weights["head.weight"] = weights["embed"]
    return weights


@dataclass
class Taps:
    """What one pass leaves behind, per layer."""

    keys: dict = field(default_factory=dict)  # input of the down-projection [B, S, inner]
    block: dict = field(default_factory=dict)  # residual stream after the block
    value: dict = field(default_factory=dict)  # output of the down-projection


class Model:
    """`Model(config, weights)(ids)` gives logits [B, S, vocab]."""

    def __init__(self, config, weights):
        self.family = config["model_type"]
        self.weights = weights
        get = lambda *names: next((config[n] for n in names if config.get(n) is not None), None)
        self.layers = get("num_hidden_layers", "n_layer")
        self.heads = get("num_attention_heads", "n_head")
        self.kv_heads = get("num_key_value_heads") or self.heads
        hidden = get("hidden_size", "n_embd")
        self.head_dim = get("head_dim") or hidden // self.heads
        self.eps = get("rms_norm_eps", "layer_norm_epsilon", "layer_norm_eps")
        self.exact_gelu = get("hidden_act") == "gelu"
        rope = {**(get("rope_scaling") or {}), **(get("rope_parameters") or {})}
        self.scale = (get("query_pre_attn_scalar") or self.head_dim) ** -0.5
        self.local = [kind == "sliding_attention" for kind in get("layer_types") or []]
        self.window = get("sliding_window")
        self.rotates = get("no_rope_layers")
        self.local_theta = None
        if "full_attention" in rope:  # a table of angles for each type of layer
            self.local_theta = rope["sliding_attention"]["rope_theta"]
            rope = rope["full_attention"]
        self.theta = rope.get("rope_theta") or get("rope_theta") or 10000.0
        self.rope = rope
        share = rope.get("partial_rotary_factor") or get("partial_rotary_factor", "rotary_pct") or 1.0
        self.rotary = get("rotary_dim") or int(self.head_dim * share)
        self.stretch = 1.0
        if rope.get("rope_type") == "longrope":
            original = rope.get("original_max_position_embeddings") or get("original_max_position_embeddings")
            self.stretch = math.sqrt(1 + math.log(get("max_position_embeddings") / original) / math.log(original))

    @classmethod
    def load(cls, folder, dtype=torch.float64):
        """The model of a Hugging Face folder, sharded or not."""
        folder = Path(folder)
        config = json.loads((folder / "config.json").read_text())
        state = {}
        for shard in sorted(folder.glob("model*.safetensors")):
            state.update(load_file(shard))
        return cls(config, canonical(config, state, dtype))

    def linear(self, name, x):
        return F.linear(x, self.weights[f"{name}.weight"], self.weights.get(f"{name}.bias"))

    def norm(self, name, x):
        if f"{name}.weight" not in self.weights:  # families that norm outputs alone
            return x
        scale, bias = self.weights[f"{name}.weight"], self.weights.get(f"{name}.bias")
        if bias is None:
            return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * scale
        x = x - x.mean(-1, keepdim=True)
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * scale + bias

    def is_local(self, layer):
        return self.local_theta is not None and self.local[layer]

    def norm_behind(self, layer):
        """The norm behind a layer's MLP; `None` where there is none."""
        name = f"layers.{layer}.mlp_post_norm"
        return (lambda x: self.norm(name, x)) if f"{name}.weight" in self.weights else None

    def frequencies(self, dtype, theta=None):
        """One angle per pair and position; Llama 3.1 stretches the long wavelengths."""
        half = torch.arange(0, self.rotary, 2, dtype=dtype)
        inverse = (theta or self.theta) ** (-half / self.rotary)
        if self.rope.get("rope_type") == "longrope":
            return inverse / torch.tensor(self.rope["short_factor"], dtype=dtype)
        if self.rope.get("rope_type") == "linear" and theta is None:
            return inverse / self.rope["factor"]
        if self.rope.get("rope_type") != "llama3":
            return inverse
        r = self.rope
        periods = r["original_max_position_embeddings"] * inverse / (2 * math.pi)
        blend = (periods - r["low_freq_factor"]) / (r["high_freq_factor"] - r["low_freq_factor"])
        blend = blend.clamp(0, 1)
        return (1 - blend) * inverse / r["factor"] + blend * inverse

    def rotate(self, x, theta):
        """x [B, heads, S, head_dim]; pairs (2i, 2i+1) for GPT-J, (i, i + dims/2) otherwise."""
        steps = torch.arange(x.shape[2], dtype=x.dtype)
        angle = torch.outer(steps, self.frequencies(x.dtype, theta))
        cos, sin = self.stretch * angle.cos(), self.stretch * angle.sin()
        turned, rest = x[..., : self.rotary], x[..., self.rotary:]
        if self.family == "gptj":
            a, b = turned[..., 0::2], turned[..., 1::2]
            out = torch.stack([a * cos - b * sin, b * cos + a * sin], -1).flatten(-2)
        else:
            a, b = turned.chunk(2, -1)
            out = torch.cat([a * cos - b * sin, b * cos + a * sin], -1)
        return torch.cat([out, rest], -1)

    def attention(self, name, x, layer):
        batch, length, _ = x.shape
        split = lambda t, n: t.view(batch, length, n, self.head_dim).transpose(1, 2)
        q, k = self.linear(f"{name}.q", x), self.linear(f"{name}.k", x)
        if self.family == "olmo2":  # over all heads at once
            q, k = self.norm(f"{name}.q_norm", q), self.norm(f"{name}.k_norm", k)
        q, k = split(q, self.heads), split(k, self.kv_heads)
        v = split(self.linear(f"{name}.v", x), self.kv_heads)
        if f"{name}.q_norm.weight" in self.weights and self.family != "olmo2":  # one gain for all heads, before the rotation
            q, k = self.norm(f"{name}.q_norm", q), self.norm(f"{name}.k_norm", k)
        if self.family != "gpt2" and not (self.rotates and not self.rotates[layer]):
            theta = self.local_theta if self.is_local(layer) else None
            q, k = self.rotate(q, theta), self.rotate(k, theta)
        repeat = self.heads // self.kv_heads
        k, v = k.repeat_interleave(repeat, 1), v.repeat_interleave(repeat, 1)
        scores = q @ k.transpose(-1, -2) * self.scale
        hidden = torch.ones(length, length, dtype=torch.bool).triu(1)
        if self.is_local(layer):  # the last `window` positions, the query's own included
            hidden |= torch.ones(length, length, dtype=torch.bool).tril(-self.window)
        scores = scores.masked_fill(hidden, float("-inf"))
        out = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, -1)
        return self.linear(f"{name}.o", out)

    def mlp(self, name, x, taps, layer):
        up = self.linear(f"{name}.up", x)
        if f"{name}.gate.weight" in self.weights:
            gate = self.linear(f"{name}.gate", x)
            key = (F.gelu(gate, approximate="tanh") if self.family == "gemma3_text" else F.silu(gate)) * up
        else:
            key = F.gelu(up, approximate="none" if self.exact_gelu else "tanh")
        if taps is not None:
            taps.keys[layer] = key
        return self.linear(f"{name}.down", key)

    def __call__(self, ids, taps=None, add=None):
        """Logits. `add = (layer, rows, columns, delta)` adds delta to that block's output there, or where a norm
        stands behind the MLP, to what that norm is given.

        Right padding needs no mask: a causal model never looks to the right.
        """
        h = self.weights["embed"][ids]
        if self.family == "gemma3_text":
            h = h * math.sqrt(h.shape[-1])
        if "positions" in self.weights:
            h = h + self.weights["positions"][: ids.shape[1]]
        for layer in range(self.layers):
            name = f"layers.{layer}"
            x = self.norm(f"{name}.attn_norm", h)
            attended = self.attention(f"{name}.attn", x, layer)
            behind = self.norm_behind(layer)
            if behind:
                attended = self.norm(f"{name}.attn_post_norm", attended)
            mixed = h + attended
            if self.family == "gpt_neox":
                x = self.norm(f"{name}.mlp_norm", h)
            elif self.family != "gptj":
                x = self.norm(f"{name}.mlp_norm", mixed)
            value = self.mlp(f"{name}.mlp", x, taps, layer)
            if taps is not None:
                taps.value[layer] = value
            if behind:
                if taps is not None:
                    taps.block[layer] = mixed + behind(value)
                if add is not None and add[0] == layer:
                    place = torch.zeros(h.shape[:2], dtype=h.dtype)
                    place[add[1], add[2]] = 1
                    value = value + place[..., None] * add[3]
                h = mixed + behind(value)
                continue
            h = mixed + value
            if add is not None and add[0] == layer:
                place = torch.zeros(h.shape[:2], dtype=h.dtype)
                place[add[1], add[2]] = 1
                if taps is not None:
                    taps.block[layer] = h  # as it was before the addition
                h = h + place[..., None] * add[3]
            elif taps is not None:
                taps.block[layer] = h
        return self.linear("head", self.norm("final_norm", h))
