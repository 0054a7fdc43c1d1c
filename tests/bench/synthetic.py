"""A Llama checkpoint of any shape with zero-mean random weights and a tokenizer that works: what memory and time depend on, and nothing else.

    python tests/bench/synthetic.py --out big.gguf --layers 10                                # Llama3-8B's widths, Q4_0
    python tests/bench/synthetic.py --out medium --hidden 1024 --inner 4864 --layers 10 --heads 16 --kv-heads 4 --head-dim 64 --format bf16

`--out` is a .gguf file (Q4_0) or a folder in Hugging Face layout (bf16 or f32). A layer more or less changes nothing about the peak of
another layer, so that ten layers of full width say what 32 need, in a third of the disk. Needs numpy alone; 200 MB a second.
"""

import argparse
import json
import struct
from pathlib import Path

import numpy as np

TOKENIZER = Path(__file__).resolve().parents[1] / "golden/models/llama3/tokenizer.json"
ALIGNMENT = 32
CHUNK = 1 << 24
# GGUF's types of values: unsigned 32 bits, float, string, array, signed 32 bits.
U32, F32, STRING, ARRAY, I32 = 4, 6, 8, 9, 5


def tensors(a):
    """(GGUF's name, the Hub's name, shape), outermost dimension first."""
    q, kv = a.heads * a.head_dim, a.kv_heads * a.head_dim
    yield "token_embd", "model.embed_tokens", (a.vocabulary, a.hidden)
    for i in range(a.layers):
        ours, theirs = f"blk.{i}.", f"model.layers.{i}."
        yield ours + "attn_norm", theirs + "input_layernorm", (a.hidden,)
        yield ours + "attn_q", theirs + "self_attn.q_proj", (q, a.hidden)
        yield ours + "attn_k", theirs + "self_attn.k_proj", (kv, a.hidden)
        yield ours + "attn_v", theirs + "self_attn.v_proj", (kv, a.hidden)
        yield ours + "attn_output", theirs + "self_attn.o_proj", (a.hidden, q)
        yield ours + "ffn_norm", theirs + "post_attention_layernorm", (a.hidden,)
        yield ours + "ffn_gate", theirs + "mlp.gate_proj", (a.inner, a.hidden)
        yield ours + "ffn_up", theirs + "mlp.up_proj", (a.inner, a.hidden)
        yield ours + "ffn_down", theirs + "mlp.down_proj", (a.hidden, a.inner)
    yield "output_norm", "model.norm", (a.hidden,)
    yield "output", "lm_head", (a.vocabulary, a.hidden)


def size(shape, kind):
    count = int(np.prod(shape))
    return count * 4 if len(shape) == 1 or kind == "f32" else count * 2 if kind == "bf16" else count // 32 * 18


def write_tensor(out, rng, shape, kind):
    """Ones for a norm; else values of variance 1 / fan-in, so that activations keep their size."""
    if len(shape) == 1:
        out.write(np.ones(shape, np.float32).tobytes())
        return
    deviation, left = shape[1] ** -0.5, int(np.prod(shape))
    # Codes -7 to 7 alone: all sixteen have a mean of -1/2.
    codes = np.array([low | high << 4 for low in range(1, 16) for high in range(1, 16)], np.uint8)
    while left:
        count = min(left, CHUNK)
        if kind == "q4_0":
            blocks = np.empty((count // 32, 18), np.uint8)
            blocks[:, :2] = np.full(count // 32, deviation / np.sqrt(56 / 3), "<f2").view(np.uint8).reshape(-1, 2)
            blocks[:, 2:] = codes[rng.integers(0, len(codes), (count // 32, 16), np.uint8)]
            out.write(blocks.tobytes())
        else:
            values = rng.standard_normal(count, np.float32) * np.float32(deviation)
            out.write((values.view("<u4") >> 16).astype("<u2").tobytes() if kind == "bf16" else values.astype("<f4").tobytes())
        left -= count


def vocabulary(tokenizer, count):
    """Tokens by id, filled up to `count`, and which of them are special."""
    known = {**tokenizer["model"]["vocab"], **{added["content"]: added["id"] for added in tokenizer["added_tokens"]}}
    tokens = [f"<|unused{i}|>" for i in range(count)]
    for token, i in known.items():
        tokens[i] = token
    return tokens, {added["id"] for added in tokenizer["added_tokens"]} | (set(range(count)) - set(known.values()))


def write_gguf(a, tokenizer, rng):
    text = lambda s: struct.pack("<Q", len(s.encode())) + s.encode()
    value = lambda kind, v: text(v) if kind == STRING else struct.pack({U32: "<I", I32: "<i", F32: "<f"}[kind], v)
    entry = lambda name, kind, v: text(name) + struct.pack("<I", kind) + value(kind, v)
    array = lambda name, kind, vs: text(name) + struct.pack("<IIQ", ARRAY, kind, len(vs)) + b"".join(value(kind, v) for v in vs)
    tokens, special = vocabulary(tokenizer, a.vocabulary)
    merges = [m if isinstance(m, str) else " ".join(m) for m in tokenizer["model"]["merges"]]
    metadata = [
        entry("general.architecture", STRING, "llama"),
        entry("general.name", STRING, "synthetic"),
        entry("llama.block_count", U32, a.layers),
        entry("llama.context_length", U32, a.positions),
        entry("llama.embedding_length", U32, a.hidden),
        entry("llama.feed_forward_length", U32, a.inner),
        entry("llama.attention.head_count", U32, a.heads),
        entry("llama.attention.head_count_kv", U32, a.kv_heads),
        entry("llama.attention.key_length", U32, a.head_dim),
        entry("llama.attention.value_length", U32, a.head_dim),
        entry("llama.attention.layer_norm_rms_epsilon", F32, 1e-5),
        entry("llama.rope.freq_base", F32, 5e5),
        entry("llama.rope.dimension_count", U32, a.head_dim),
        entry("llama.vocab_size", U32, a.vocabulary),
        entry("tokenizer.ggml.model", STRING, "gpt2"),
        entry("tokenizer.ggml.pre", STRING, "gpt-2"),
        array("tokenizer.ggml.tokens", STRING, tokens),
        array("tokenizer.ggml.token_type", I32, [3 if i in special else 1 for i in range(a.vocabulary)]),
        array("tokenizer.ggml.merges", STRING, merges),
        entry("tokenizer.ggml.bos_token_id", U32, 0),
        entry("tokenizer.ggml.eos_token_id", U32, 0),
    ]
    # Sizes innermost first; type 0 is F32, 2 Q4_0.
    infos, offset, held = [], 0, list(tensors(a))
    for name, _, shape in held:
        dims = b"".join(struct.pack("<Q", n) for n in reversed(shape))
        infos.append(text(name + ".weight") + struct.pack("<I", len(shape)) + dims + struct.pack("<IQ", 0 if len(shape) == 1 else 2, offset))
        offset += -(-size(shape, "q4_0") // ALIGNMENT) * ALIGNMENT
    with open(a.out, "wb") as out:
        out.write(b"GGUF" + struct.pack("<IQQ", 3, len(held), len(metadata)) + b"".join(metadata) + b"".join(infos))
        for _, _, shape in held:
            out.write(bytes(-out.tell() % ALIGNMENT))
            write_tensor(out, rng, shape, "q4_0")


def write_folder(a, tokenizer, rng):
    a.out.mkdir(parents=True, exist_ok=True)
    config = dict(
        architectures=["LlamaForCausalLM"], model_type="llama", hidden_size=a.hidden, intermediate_size=a.inner, num_hidden_layers=a.layers,
        num_attention_heads=a.heads, num_key_value_heads=a.kv_heads, head_dim=a.head_dim, max_position_embeddings=a.positions,
        rms_norm_eps=1e-5, rope_theta=5e5, tie_word_embeddings=False, vocab_size=a.vocabulary, hidden_act="silu", attention_bias=False,
        mlp_bias=False, bos_token_id=0, eos_token_id=0)
    (a.out / "config.json").write_text(json.dumps(config, indent=1))
    (a.out / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False))
    header, offset, held = {}, 0, list(tensors(a))
    for _, name, shape in held:
        end = offset + size(shape, a.format)
        dtype = "F32" if len(shape) == 1 or a.format == "f32" else "BF16"
        header[name + ".weight"], offset = {"dtype": dtype, "shape": shape, "data_offsets": [offset, end]}, end
    header = json.dumps(header).encode()
    header += b" " * (-len(header) % 8)
    with open(a.out / "model.safetensors", "wb") as out:
        out.write(struct.pack("<Q", len(header)) + header)
        for _, _, shape in held:
            write_tensor(out, rng, shape, a.format)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--format", choices=["q4_0", "bf16", "f32"], help="q4_0 for a .gguf file, else bf16")
    for name, number in [("hidden", 4096), ("inner", 14336), ("layers", 32), ("heads", 32), ("kv-heads", 8), ("head-dim", 128),
                         ("vocabulary", 32000), ("positions", 8192), ("seed", 0)]:
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--tokenizer", type=Path, default=TOKENIZER, help="a byte-level tokenizer.json; that of the tiny test models by default")
    a = parser.parse_args()
    gguf = a.out.suffix == ".gguf"
    a.format = a.format or ("q4_0" if gguf else "bf16")
    if gguf != (a.format == "q4_0"):
        parser.error("Q4_0 is written to a .gguf file, bf16 and f32 to a folder")
    if gguf and any(n % 32 for n in (a.hidden, a.inner, a.heads * a.head_dim)):
        parser.error("Q4_0 needs widths that are multiples of 32")
    tokenizer = json.loads(a.tokenizer.read_text(encoding="utf-8"))
    if a.vocabulary <= max([*tokenizer["model"]["vocab"].values(), *(added["id"] for added in tokenizer["added_tokens"])]):
        parser.error("the tokenizer has more tokens than that vocabulary")
    (write_gguf if gguf else write_folder)(a, tokenizer, np.random.default_rng(a.seed))


if __name__ == "__main__":
    main()
