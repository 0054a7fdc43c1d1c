"""Causal tracing on the tiny checkpoints, cell by cell: a full forward pass of all runs for each.

    OMP_NUM_THREADS=1 python tests/golden/trace/make.py

From the published procedure (ROME, section 2): row 0 clean, the others with noise on the subject's embeddings; for each token and layer the
clean output of the block, or of the MLP or attention of a window of layers, is copied into the noisy rows at that token. float64.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "models"))
from reference import Model  # noqa: E402

SAMPLES = 3
WINDOWS = [1, 3, 4]
FACTOR = 3.0
MODELS = ["llama", "qwen2", "gpt2", "gptj"]


class Patched(Model):
    """The model with a hook on what each sub-layer and each block gives: `hook(component, layer, output) -> output`."""

    def patched(self, ids, noise, hook):
        h = self.weights["embed"][ids]
        if "positions" in self.weights:
            h = h + self.weights["positions"][: ids.shape[1]]
        h = h + noise
        for layer in range(self.layers):
            name = f"layers.{layer}"
            x = self.norm(f"{name}.attn_norm", h)
            mixed = h + hook("attention", layer, self.attention(f"{name}.attn", x))
            if self.family != "gptj":
                x = self.norm(f"{name}.mlp_norm", mixed)
            h = hook("state", layer, mixed + hook("mlp", layer, self.mlp(f"{name}.mlp", x, None, layer)))
        logits = self.linear("head", self.norm("final_norm", h))
        return logits[:, -1].softmax(-1)


def subject_span(tokenizer, prompt, subject):
    encoding = tokenizer.encode(prompt, add_special_tokens=False)
    start = prompt.index(subject)
    end = start + len(subject)
    inside = [i for i, (a, b) in enumerate(encoding.offsets) if a < end and b > start]
    return encoding.ids, inside[0], inside[-1] + 1


def main():
    facts = json.loads((HERE / "facts.json").read_text())
    golden = {}
    for name in MODELS:
        folder = HERE.parent / "models" / name
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        model = Patched.load(folder)
        spans = [subject_span(tokenizer, fact["prompt"], fact["subject"]) for fact in facts]
        subject_ids = torch.tensor([i for ids, a, b in spans for i in ids[a:b]])
        deviation = model.weights["embed"][subject_ids].std()  # n - 1, over all entries
        golden[f"{name}.deviation"] = deviation.reshape(1)
        hidden = model.weights["embed"].shape[1]
        for number, (ids, start, end) in enumerate(spans):
            draws = np.random.RandomState(number).randn(SAMPLES, end - start, hidden)
            # The crate adds float32 noise: the same numbers here.
            noise = torch.zeros(1 + SAMPLES, len(ids), hidden, dtype=torch.float64)
            scaled = torch.from_numpy(draws * float(FACTOR * deviation)).float()
            noise[1:, start:end] = scaled.double()
            batch = torch.tensor([ids] * (1 + SAMPLES))
            at = f"{name}.fact{number}"
            base = model.patched(batch, noise, lambda component, layer, x: x)
            answer = int(base[0].argmax())
            corrupted = base[1:, answer].mean()
            golden[f"{at}.noise"] = scaled
            golden[f"{at}.base"] = torch.stack([base[0, answer], corrupted])
            golden[f"{at}.answer"] = torch.tensor([answer])
            golden[f"{at}.subject"] = torch.tensor([start, end])

            def effect(component, layers, token):
                def hook(kind, layer, x):
                    if kind == component and layer in layers:
                        x = x.clone()
                        x[1:, token] = x[0, token]
                    return x
                return model.patched(batch, noise, hook)[1:, answer].mean() - corrupted

            def table(component, layers_of):
                return torch.stack([torch.stack([effect(component, layers_of(layer), token) for layer in range(model.layers)])
                                    for token in range(len(ids))])

            golden[f"{at}.state"] = table("state", lambda layer: [layer])
            for window in WINDOWS:
                around = lambda layer: range(max(0, layer - window // 2), min(model.layers, layer - (-window // 2)))
                for component in ["mlp", "attention"]:
                    golden[f"{at}.{component}.window{window}"] = table(component, around)
            assert start == 0 or golden[f"{at}.state"][:start].abs().max() < 1e-12
            # Restoring the last block at the last token is the clean run.
            assert (golden[f"{at}.state"][-1, -1] - (base[0, answer] - corrupted)).abs() < 1e-12
            spread = golden[f"{at}.mlp.window3"].abs().max()
            assert spread > 0.01, f"{at}: effects of at most {spread} test nothing"
            print(f"{at}: {len(ids)} tokens, subject {start}..{end}, p {base[0, answer]:.4f} -> {corrupted:.4f}, largest MLP effect {spread:.4f}")
    save_file({name: x.contiguous() for name, x in sorted(golden.items())}, HERE / "golden.safetensors")


if __name__ == "__main__":
    main()
