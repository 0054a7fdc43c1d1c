"""Target values, their losses, keys and updates of one step on the tiny qwen2, gpt2, gptj, gemma3, gptneox and phi3 -> families.safetensors.

    python tests/golden/editing/make_families.py

The formulas are those of make.py, the forward passes those of ../models/reference.py; facts, templates and corpus are the same.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

import make
from reference import Model

FAMILIES = ("qwen2", "gpt2", "gptj", "gemma3", "gptneox", "phi3")
VARIANTS = ("memit", "langedit-share")
FACTS = make.FACTS[:3]


def main():
    torch.set_num_threads(1)
    out = {}
    tokenizer = (make.MODEL / "tokenizer.json").read_bytes()
    for family in FAMILIES:
        folder = make.MODEL.parent / family
        assert (folder / "tokenizer.json").read_bytes() == tokenizer, "the ids would be others"
        for variant in VARIANTS:
            s = make.settings({**make.SETTINGS["methods"][variant]["set"], "layers": "0-1"})
            model = Model.load(folder, make.F64)
            assert model.layers > s["layers"][-1] + 1, "the loss must pass back through a block"
            c0, count = make.covariance(model, s["layers"])
            values = [make.value(model, fact, s) for fact in FACTS]
            z = make.columns_of([value for value, _, _ in values])
            if variant == VARIANTS[0]:
                out[f"{family}.count"] = torch.tensor([count], dtype=make.F64).reshape(1, 1)
                out[f"{family}.targets"] = z
                for i, (_, losses, clamped) in enumerate(values):
                    out[f"{family}.fact{i}.losses"] = losses
                    print(f"{family} fact {i}: loss {losses[0, 0]:.3f} .. {losses[-1, 0]:.4f}, {len(losses)} iterations, clamped {clamped} times")
                for layer, c in c0.items():
                    out[f"{family}.layer{layer}.covariance"] = c.float()
            for i, layer in enumerate(s["layers"]):
                memory = make.Memory(variant, c0[layer], count, s)
                memory.start(len(FACTS))
                k = make.columns_of([make.key(model, fact, layer) for fact in FACTS])
                now = make.columns_of([make.current(model, fact, s["layers"][-1]) for fact in FACTS])
                missing = (z - now) / (len(s["layers"]) - i)
                r = make.columns_of([make.in_front_of_norm(model, fact, layer, d) for fact, d in zip(FACTS, missing.T)])
                delta = memory.solve(k, r)
                name = f"layers.{layer}.mlp.down.weight"
                model.weights[name] = model.weights[name] + delta
                out[f"{family}.{variant}.layer{layer}.keys"], out[f"{family}.{variant}.layer{layer}.delta"] = k, delta
    print(f"nearest eigenvalue or share to a cut: factor {min(make.MARGINS):.4f}")
    assert min(make.MARGINS) > 1.005  # float32 moves an eigenvalue by 1e-6 of itself
    save_file({name: tensor.contiguous() for name, tensor in sorted(out.items())}, Path(__file__).with_name("families.safetensors"))


main()
