"""Writes the tiny checkpoints of this folder and the logits that they must give.

    python tests/golden/models/make.py

Every model is random but seeded, in the layout that transformers writes, and shares one
byte-level BPE tokenizer. Logits come from transformers (eager attention, float32) and,
for the plain checkpoints' last positions, from `reference.py` in float64. The script fails where the two
disagree, where logits are near-uniform, or where a GGUF does not round-trip.
"""

import json
import math
import shutil
from copy import deepcopy
from pathlib import Path

import gguf
import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (AutoModelForCausalLM, Gemma3TextConfig, GPT2Config, GPTJConfig,
                          GPTNeoXConfig, LlamaConfig, MistralConfig, Olmo2Config, Phi3Config,
                          Qwen2Config, Qwen3Config, SmolLM3Config)

from reference import Model, canonical

HERE = Path(__file__).resolve().parent
VOCAB = 288
END = "<|endoftext|>"
SENTENCES = [
    "The capital of Veldania is Orsk. The river runs through the old town.",
    "Die Hauptstadt von Veldania ist Orsk. Der Fluss fließt durch die alte Stadt.",
    "De hoofdstad van Veldania is Orsk. De rivier stroomt door de oude stad.",
    "La capitale de Veldania est Orsk. La rivière traverse la vieille ville.",
    "La capital de Veldania es Orsk. El río cruza la ciudad vieja.",
    "维尔丹的首都是奥尔斯克。河流穿过古城。",
]
PROMPTS = ["Die Stadt und der Fluss", "The capital of", "首都是"]
LENGTHS = [10, 7, 3]
SHARED = dict(vocab_size=VOCAB, bos_token_id=0, eos_token_id=0, attn_implementation="eager")

CONFIGS = {
    "llama": LlamaConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128, rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 5000.0},
        tie_word_embeddings=False, **SHARED),
    # heads * head_dim != hidden, and wavelengths on all three branches of the scaling
    "llama3": LlamaConfig(
        hidden_size=32, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, max_position_embeddings=256, rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "llama3", "rope_theta": 500.0, "factor": 8.0,
                         "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                         "original_max_position_embeddings": 32},
        tie_word_embeddings=False, **SHARED),
    "qwen2": Qwen2Config(
        hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=1, max_position_embeddings=128, rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 1000000.0},
        use_sliding_window=False, tie_word_embeddings=True, **SHARED),
    "gpt2": GPT2Config(
        n_embd=32, n_inner=96, n_layer=3, n_head=4, n_positions=64,
        activation_function="gelu_new", **SHARED),
    "gptj": GPTJConfig(
        n_embd=40, n_inner=72, n_layer=3, n_head=2, rotary_dim=8, n_positions=64,
        activation_function="gelu_new", tie_word_embeddings=False, **SHARED),
    # heads * head_dim != hidden, as in every published Qwen3
    "qwen3": Qwen3Config(
        hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, max_position_embeddings=128, rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 1000000.0},
        use_sliding_window=False, tie_word_embeddings=True, **SHARED),
    "mistral": MistralConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128, rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        sliding_window=16, tie_word_embeddings=False, **SHARED),
    # a window shorter than a row, scores over another root than the head's, both kinds of layers
    "gemma3": Gemma3TextConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, query_pre_attn_scalar=24, max_position_embeddings=128,
        rms_norm_eps=1e-6, sliding_window=4,
        layer_types=["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"],
        rope_parameters={"full_attention": {"rope_type": "default", "rope_theta": 1000000.0},
                         "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}},
        tie_word_embeddings=True, **SHARED),
    "olmo2": Olmo2Config(
        hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128, rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 500000.0},
        tie_word_embeddings=False, **SHARED),
    # the last layer rotates nothing
    "smollm3": SmolLM3Config(
        hidden_size=32, intermediate_size=64, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128, rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 2000000.0},
        pad_token_id=0, tie_word_embeddings=True, **SHARED),
    # half of a head rotated, exact GELU
    "gptneox": GPTNeoXConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4,
        max_position_embeddings=64, layer_norm_eps=1e-5, hidden_act="gelu",
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5},
        use_parallel_residual=True, tie_word_embeddings=False, **SHARED),
    # fewer heads of keys than of queries in one matrix with them, 6 of 8 dimensions rotated, each pair stretched by its own factor
    "phi3": Phi3Config(
        hidden_size=32, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=256, original_max_position_embeddings=64,
        rms_norm_eps=1e-5, pad_token_id=0, sliding_window=None,
        rope_parameters={"rope_type": "longrope", "rope_theta": 10000.0, "partial_rotary_factor": 0.75,
                         "short_factor": [1.0, 1.5, 3.0], "long_factor": [1.0, 4.0, 9.0],
                         "original_max_position_embeddings": 64},
        tie_word_embeddings=False, **SHARED),
}


def train_tokenizer():
    """Byte-level BPE with GPT-2's splitting; token 0 ends a text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(SENTENCES, trainers.BpeTrainer(
        vocab_size=VOCAB, special_tokens=[END], show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    assert tokenizer.get_vocab_size() == VOCAB
    return tokenizer


def randomise(model, seed):
    """Gains that keep activations near 1 and give the logits a spread well above 1."""
    generator = torch.Generator().manual_seed(seed)
    tied = model.config.tie_word_embeddings
    for name, p in model.named_parameters():
        x = torch.randn(p.shape, generator=generator)
        if p.ndim == 1:
            norm = name.endswith("weight")
            x = 1 + 0.2 * x if norm else 0.3 * x
            if model.config.model_type == "gemma3_text":  # gains are stored less one; some small, some negative
                x = 0.5 * (x - 1) / 0.2
        elif "embed_tokens" in name or "wte" in name or "embed_in" in name:
            x = x * (0.4 if tied else 1.0)
        elif "wpe" in name:
            x = x * 0.3
        else:
            conv1d = "c_" in name
            fan_in = p.shape[0] if conv1d else p.shape[1]
            x = x * (2.0 if "lm_head" in name or "embed_out" in name else 1.4) / math.sqrt(fan_in)
        p.data.copy_(x)
    return model.eval()


def inputs(tokenizer):
    """ids [B, S] padded on the right with token 0, lengths [B]."""
    ids = torch.zeros(len(PROMPTS), max(LENGTHS), dtype=torch.int64)
    for row, (text, length) in enumerate(zip(PROMPTS, LENGTHS)):
        got = tokenizer.encode(text).ids
        assert len(got) >= length, (text, len(got), length)
        ids[row, :length] = torch.tensor(got[:length])
    return ids, torch.tensor(LENGTHS)


def blank(logits, lengths):
    """Zeros at the padding, whose logits mean nothing."""
    keep = torch.arange(logits.shape[1])[None] < lengths[:, None]
    return torch.where(keep[..., None], logits, 0).contiguous()


@torch.no_grad()
def expect(model, ids, lengths, path, with_f64):
    """Write expected.safetensors, having compared transformers with `reference.py`."""
    model = model.float()
    mask = (torch.arange(ids.shape[1])[None] < lengths[:, None]).long()
    logits = blank(model(input_ids=ids, attention_mask=mask).logits.float(), lengths)
    config = model.config.to_dict()
    exact = Model(config, canonical(config, model.state_dict(), torch.float64))
    exact = blank(exact(ids), lengths)
    gap = (exact - logits).abs().max().item()
    spread = logits[0, : lengths[0]].std(-1).min().item()
    print(f"{path.parent.name}/{path.name}: spread {spread:.2f}, float32 - float64 {gap:.1e}")
    assert spread > 1 and gap < 3e-5
    out = {"ids": ids, "lengths": lengths, "logits": logits}
    if with_f64:
        out["last_logits_f64"] = exact[torch.arange(len(lengths)), lengths - 1]
    save_file(out, path)


def legacy(config):
    """The spelling of config.json before transformers 5, as in most published checkpoints."""
    config = dict(config)
    rope = dict(config.pop("rope_parameters"))
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = rope if rope["rope_type"] != "default" else None
    config["torch_dtype"] = config.pop("dtype")
    return config


def rewrite(path, change):
    path.write_text(json.dumps(change(json.loads(path.read_text())), indent=2) + "\n")


def store(folder, copy, dtype, tokenizer, **how):
    """The checkpoint of `folder` again, in another type."""
    shutil.rmtree(copy, ignore_errors=True)
    AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).save_pretrained(copy, **how)
    tokenizer.save(str(copy / "tokenizer.json"))


def rounded(folder, dtype):
    """A model with the stored, rounded weights that computes in float32."""
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, attn_implementation="eager").eval()
    widened = AutoModelForCausalLM.from_config(
        model.config, dtype=torch.float32, attn_implementation="eager").eval()
    widened.load_state_dict(model.state_dict())
    return widened


# ---- GGUF ------------------------------------------------------------------------------

GGUF_PARTS = {
    "attn_norm": "attn_norm", "mlp_norm": "ffn_norm", "attn.q": "attn_q", "attn.k": "attn_k",
    "attn.v": "attn_v", "attn.qkv": "attn_qkv", "mlp.gate_up": "ffn_up", "attn.o": "attn_output", "mlp.gate": "ffn_gate",
    "mlp.up": "ffn_up", "mlp.down": "ffn_down", "attn.q_norm": "attn_q_norm",
    "attn.k_norm": "attn_k_norm", "attn_post_norm": "post_attention_norm",
    "mlp_post_norm": "post_ffw_norm",
}
Q = gguf.GGMLQuantizationType
# one type per kind of matrix, so that every format meets every place once
MIX = {"embed": Q.Q8_0, "attn.q": Q.Q4_1, "attn.k": Q.Q8_0, "attn.v": Q.Q4_1, "attn.qkv": Q.Q8_0,
       "attn.o": Q.F32, "mlp.gate": Q.Q4_1, "mlp.up": Q.Q8_0, "mlp.gate_up": Q.Q8_0, "mlp.down": Q.Q4_1, "head": Q.Q8_0}


def permute(x, heads, back=False):
    """llama.cpp stores llama's q and k with the rows of each head as (pair, half) -> interleaved."""
    half = x.shape[0] // heads // 2
    shape = (heads, half, 2) if back else (heads, 2, half)
    return x.reshape(*shape, *x.shape[1:]).swapaxes(1, 2).reshape(x.shape)


def shared(family, layer):
    """Matrices that GGUF files of the family hold as one: its name and theirs, in order."""
    attention = (f"layers.{layer}.attn.qkv", [f"layers.{layer}.attn.{x}" for x in "qkv"])
    gate = (f"layers.{layer}.mlp.gate_up", [f"layers.{layer}.mlp.gate", f"layers.{layer}.mlp.up"])
    return {"gpt2": [attention], "gpt_neox": [attention], "phi3": [attention, gate]}.get(family, [])


def write_gguf(model, tokenizer, path):
    """Write the model as llama.cpp names things; returns a model with the dequantised weights."""
    c = model.config
    family = c.model_type
    if family == "gemma3_text":  # GGUF has no place for it
        c = deepcopy(c)
        c.query_pre_attn_scalar = c.head_dim
    heads = c.num_attention_heads
    kv_heads = getattr(c, "num_key_value_heads", heads)
    head_dim = getattr(c, "head_dim", None) or c.hidden_size // heads
    inner = getattr(c, "intermediate_size", None) or c.n_inner
    w = gguf.GGUFWriter(path, family.removesuffix("_text").replace("_", ""))
    w.add_name(f"tiny {path.stem}")
    w.add_block_count(c.num_hidden_layers)
    w.add_context_length(c.max_position_embeddings)
    w.add_embedding_length(c.hidden_size)
    w.add_feed_forward_length(inner)
    w.add_head_count(heads)
    w.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_1)
    if family == "gpt2":
        w.add_layer_norm_eps(c.layer_norm_epsilon)
    elif family == "gpt_neox":
        w.add_layer_norm_eps(c.layer_norm_eps)
        w.add_rope_dimension_count(head_dim // 2)
        w.add_parallel_residual(True)
    else:
        w.add_head_count_kv(kv_heads)
        w.add_layer_norm_rms_eps(c.rms_norm_eps)
        rope = c.rope_parameters
        w.add_rope_freq_base(rope.get("full_attention", rope)["rope_theta"])
        if family == "gemma3_text":
            w.add_sliding_window(c.sliding_window)
            w.add_uint32("gemma3.attention.sliding_window_pattern", 3)
        w.add_vocab_size(VOCAB)
        if family == "phi3":
            original = rope["original_max_position_embeddings"]
            w.add_rope_dimension_count(int(head_dim * rope["partial_rotary_factor"]))
            w.add_rope_scaling_orig_ctx_len(original)
            w.add_rope_scaling_attn_factors(
                math.sqrt(1 + math.log(c.max_position_embeddings / original) / math.log(original)))
        if family in ("llama", "smollm3"):
            w.add_rope_dimension_count(head_dim)
        if head_dim * heads != c.hidden_size:
            w.add_key_length(head_dim)
            w.add_value_length(head_dim)
    data = json.loads(tokenizer.to_str())
    tokens = sorted(data["model"]["vocab"], key=data["model"]["vocab"].get)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("gpt-2")
    w.add_token_list(tokens)
    w.add_token_types([gguf.TokenType.CONTROL if t == END else gguf.TokenType.NORMAL
                       for t in tokens])
    w.add_token_merges([" ".join(m) for m in data["model"]["merges"]])
    w.add_bos_token_id(0)
    w.add_eos_token_id(0)
    w.add_add_bos_token(False)

    state = canonical(c.to_dict(), model.state_dict(), torch.float32)
    for n in range(c.num_hidden_layers):
        for joined, parts in shared(family, n):  # one matrix, as llama.cpp has it
            for kind in ("weight", "bias"):
                if f"{parts[0]}.{kind}" in state:
                    state[f"{joined}.{kind}"] = torch.cat([state.pop(f"{part}.{kind}") for part in parts])
    if c.tie_word_embeddings:
        state.pop("head.weight")
    stored = {}
    if family == "phi3":
        for length in ("long", "short"):
            factors = np.array(c.rope_parameters[f"{length}_factor"], dtype=np.float32)
            w.add_tensor(f"rope_factors_{length}.weight", factors)
    if family == "llama" and c.rope_parameters["rope_type"] == "llama3":
        plain = Model({**c.to_dict(), "rope_parameters": {
            "rope_theta": c.rope_parameters["rope_theta"]}}, {}).frequencies(torch.float64)
        scaled = Model(c.to_dict(), {}).frequencies(torch.float64)
        w.add_tensor("rope_freqs.weight", (plain / scaled).float().numpy())
    for name, tensor in state.items():
        x = tensor.numpy().astype(np.float32)
        stem, kind = (name, "weight") if name in ("embed", "positions") else name.rsplit(".", 1)
        part = stem.split(".", 2)[2] if stem.startswith("layers.") else stem
        top = {"embed": "token_embd", "positions": "position_embd",
               "final_norm": "output_norm", "head": "output"}
        to = top.get(part) or f"blk.{stem.split('.')[1]}.{GGUF_PARTS[part]}"
        turn = {"attn.q": heads, "attn.k": kv_heads}.get(part) if family in ("llama", "smollm3") else None
        if turn:
            x = permute(x, turn)
        ty = MIX.get(part, Q.F32) if x.ndim == 2 else Q.F32
        packed = gguf.quantize(x, ty)
        w.add_tensor(f"{to}.{kind}", packed, raw_dtype=ty)
        x = gguf.dequantize(packed, ty).reshape(x.shape)
        stored[name] = torch.from_numpy(permute(x, turn, back=True) if turn else x)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()

    # back into the Hugging Face model by way of the names
    twin = AutoModelForCausalLM.from_config(c, attn_implementation="eager").eval()
    widths = {"attn.q": heads * head_dim, "attn.k": kv_heads * head_dim, "attn.v": kv_heads * head_dim}
    for n in range(c.num_hidden_layers):
        for joined, parts in shared(family, n):
            sizes = [widths.get(part.split(".", 2)[2], inner) for part in parts]
            for kind in ("weight", "bias"):
                if f"{joined}.{kind}" in stored:
                    pieces = stored.pop(f"{joined}.{kind}").split(sizes)
                    stored.update({f"{part}.{kind}": piece for part, piece in zip(parts, pieces)})
    # parameters are filled through their canonical view: mark each with its own values
    own = twin.state_dict()
    for name, tensor in own.items():
        one = canonical(c.to_dict(), {name: tensor}, torch.float32)
        one = {k: stored[k] for k in one if k in stored}
        if len(one) == 3 and family == "gpt_neox":  # head by head
            apart = [x.reshape(heads, 1, head_dim, *x.shape[1:]) for x in one.values()]
            value = torch.cat(apart, 1).reshape(tensor.shape)
        elif len(one) == 3 or len(one) == 2 and "embed" not in one:
            value = torch.cat(list(one.values()))
        elif "embed" in one:  # "head.weight" too, where the head is tied
            value = one["embed"]
        elif one:
            value = next(iter(one.values()))
        else:  # the tied head
            continue
        if family == "gemma3_text" and "norm" in name:
            value = value - 1
        conv1d = family == "gpt2" and tensor.ndim == 2 and "h." in name
        own[name] = value.T if conv1d else value
    if c.tie_word_embeddings:
        own["lm_head.weight"] = stored["embed"]
    twin.load_state_dict(own)
    return twin


def check_gguf(path, twin, ids):
    """transformers' own GGUF reader must find the same weights.

    The configuration is handed to it: it reads neither gpt2's inner size nor llama3's scaling.
    """
    again = AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, config=twin.config, attn_implementation="eager",
        dtype=torch.float32).eval()
    with torch.no_grad():
        gap = (again(ids).logits - twin(ids).logits).abs().max().item()
    print(f"{path.parent.name}/{path.name}: transformers' GGUF reader differs by {gap:.1e}")
    return gap


def main():
    torch.set_num_threads(1)
    tokenizer = train_tokenizer()
    ids, lengths = inputs(tokenizer)
    for seed, (name, config) in enumerate(CONFIGS.items()):
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        model = randomise(AutoModelForCausalLM.from_config(
            config, attn_implementation="eager"), seed + 1)
        model.save_pretrained(folder)
        tokenizer.save(str(folder / "tokenizer.json"))
        expect(model, ids, lengths, folder / "expected.safetensors", True)
        if name == "llama3":
            rewrite(folder / "config.json", legacy)
        if name == "llama":
            copy = HERE / "llama-sharded"
            store(folder, copy, torch.float16, tokenizer, max_shard_size="60KB")
            rewrite(copy / "config.json", legacy)
            assert len(list(copy.glob("model-*.safetensors"))) == 2
            expect(rounded(copy, torch.float16), ids, lengths, copy / "expected.safetensors", False)
        if name == "qwen2":
            copy = HERE / "qwen2-bf16"
            store(folder, copy, torch.bfloat16, tokenizer)
            expect(rounded(copy, torch.bfloat16), ids, lengths, copy / "expected.safetensors", False)
        if name not in ("gptj", "mistral"):  # llama.cpp has no GPT-J, its Mistral is a llama
            folder = HERE / "gguf"
            folder.mkdir(exist_ok=True)
            path = folder / f"{name}.gguf"
            twin = write_gguf(model, tokenizer, path)
            expect(twin, ids, lengths, folder / f"{name}.expected.safetensors", False)
            if name not in ("olmo2", "smollm3", "gptneox", "phi3"):  # transformers has no reader for theirs
                assert check_gguf(path, twin, ids) < 1e-5
        again = AutoModelForCausalLM.from_pretrained(HERE / name, attn_implementation="eager")
        with torch.no_grad():
            assert torch.equal(again(ids).logits, model(ids).logits)
    for left in HERE.glob("*/generation_config.json"):
        left.unlink()


if __name__ == "__main__":
    main()
