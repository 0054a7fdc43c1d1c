"""AnswerEdit on the tiny llama -> answer.safetensors; with a first stage at the subject -> answer_stages.safetensors.

    python tests/golden/editing/make_answer.py

Each token of the new object is a fact of its own, whose prompt has the tokens before it:
its key, its value and its current state are those of make.py, read at the last token. With
a stage at the subject, tokens of earlier steps that are not the likeliest any more behind it
are written again with the step's own, and their keys take the place of those of before. The
solve is written as the minimisation that it stands for: over the coordinates A of a change
A U^T, U a basis of the null space, so that every system is dense in its dimension.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import make  # noqa: E402
from make import F64, FACTS, MODEL, TEMPLATES, columns_of, covariance, encode, null_space, share_to_eigenvalue  # noqa: E402
from reference import Model, Taps  # noqa: E402

SETTINGS = json.loads((HERE / "answer.json").read_text())
WHOLE_FACT = make.Prompts, make.key, make.current


class OneToken:
    """The rows that concern one token of a fact's object: what make.Prompts is for a fact."""

    def __init__(self, part):
        fact, index = part
        target = encode(" " + fact["new_object"])
        texts = [t.format(fact["prompt"]) for t in TEMPLATES[fact["language"]]]
        self.target = target[index: index + 1]
        self.bare = [encode(text) + target[:index] for text in texts]
        self.ids = [*self.bare, encode(make.ESSENCE.format(fact["subject"]))]
        self.columns = [len(row) - 1 for row in self.ids]


@torch.no_grad()
def at_last(model, ids, layer):
    """Key at a layer, and stream behind it, of the last token."""
    taps = Taps()
    model(torch.tensor([ids]), taps)
    return taps.keys[layer][0, -1], taps.block[layer][0, -1]


def key(model, part, layer):
    keys = [at_last(model, ids, layer)[0] for ids in OneToken(part).bare]
    return (keys[0] + torch.stack(keys[1:]).mean(0)) / 2


def current(model, part, layer):
    return at_last(model, OneToken(part).bare[0], layer)[1]


def basis_of(projector):
    values, vectors = torch.linalg.eigh(projector)
    return vectors[:, values > 0.5]


def solve(k, r, past, c0, basis, s):
    """The A U^T that minimises |A U^T k - r|^2 + |A U^T past|^2 + lambda tr(A U^T C U A^T) + l2 |A|^2."""
    inside = basis.T @ k
    weighed = s["mom2_update_weight"] * c0 + past + s["l2"] * torch.eye(len(c0), dtype=F64)
    normal = inside @ inside.T + basis.T @ weighed @ basis
    a = torch.linalg.solve(normal, inside @ r.T).T
    gradient = (a @ inside - r) @ inside.T + a @ basis.T @ weighed @ basis
    assert gradient.norm() < 1e-9 * (1 + r.norm())
    return a @ basis.T


@torch.no_grad()
def is_said(model, part):
    (token,) = OneToken(part).target
    logits = model(torch.tensor([OneToken(part).bare[0]]), Taps())[0, -1]
    best = logits.topk(2).values
    assert best[0] - best[1] > 1e-3, "f32 might rank them the other way round"
    return int(logits.argmax()) == token


def numbers(text):
    low, _, high = text.partition("-")
    return list(range(int(low), int(high or low) + 1))


def run(method, dtype, out):
    s = {**SETTINGS["methods"][method]["set"]}
    s["layers"] = numbers(s["layers"])
    subject_layers = numbers(s["subject_layers"]) if "subject_layers" in s else []
    edited = sorted(subject_layers + s["layers"])
    model = Model.load(MODEL, dtype)
    c0, _ = covariance(model, edited)
    share = float(s["nullspace_threshold"].removeprefix("share:"))
    basis = {n: basis_of(null_space(c0[n], share_to_eigenvalue(c0[n], share))) for n in edited}
    past = {n: torch.zeros(len(c0[n]), 0, dtype=F64) for n in edited}
    earlier = []
    done = 0
    for step, batch in enumerate(SETTINGS["steps"]):
        facts = FACTS[done: done + batch]
        done += batch
        parts = [(fact, i) for fact in facts for i in range(len(encode(" " + fact["new_object"])))]
        out[f"step{step}.tokens"] = torch.tensor([[float(i) for _, i in parts]], dtype=F64)
        stages = [(parts, s["layers"], OneToken, key, current)]
        if subject_layers:
            stages.insert(0, (facts, subject_layers, *WHOLE_FACT))
        # The values of a stage are sought under the changes of the stage before.
        for stage, (edits, layers, make.Prompts, key_of, current_of) in enumerate(stages):
            own, lost = len(edits), []
            if stage == 1:
                lost = [place for place, part in enumerate(earlier) if not is_said(model, part)]
                edits = edits + [earlier[place] for place in lost]
                if lost:
                    out[f"step{step}.rehearsed"] = torch.tensor([[float(place) for place in lost]], dtype=F64)
            z = columns_of([make.value(model, edit, {**s, "layers": layers})[0] for edit in edits])
            out[f"step{step}.targets"] = z
            for i, layer in enumerate(layers):
                k = columns_of([key_of(model, edit, layer) for edit in edits])
                now = columns_of([current_of(model, edit, layers[-1]) for edit in edits])
                held = past[layer].clone()
                held[:, lost] = 0
                delta = solve(k, (z - now) / (len(layers) - i), held @ held.T, c0[layer], basis[layer], s)
                place = f"layers.{layer}.mlp.down.weight"
                model.weights[place] = (model.weights[place].to(F64) + delta).to(dtype)
                out[f"step{step}.layer{layer}.keys"], out[f"step{step}.layer{layer}.delta"] = k, delta
                out[f"step{step}.layer{layer}.null"] = torch.tensor([[float(basis[layer].shape[1])]], dtype=F64)
            for layer in layers:
                after = columns_of([key_of(model, edit, layer) for edit in edits])
                past[layer][:, lost] = after[:, own:]
                past[layer] = torch.cat([past[layer], after[:, :own]], dim=1)
            missing = z - columns_of([current_of(model, edit, layers[-1]) for edit in edits])
            print(f"  step {step}: {len(facts)} facts, {len(edits)} keys, again {lost}, |z - h| {missing.norm(dim=0).mean():.4f}")
        earlier += parts


def write(method, name):
    golden, single = {}, {}
    run(method, F64, golden)
    run(method, torch.float32, single)
    print("float32 is off by", {name: f"{make.relative(x, golden[name]):.1e}" for name, x in single.items() if "delta" in name})
    save_file({name: x.contiguous() for name, x in sorted(golden.items())}, HERE / name)


def main():
    torch.set_num_threads(1)
    write("answeredit", "answer.safetensors")
    write("answeredit-stages", "answer_stages.safetensors")
    assert min(make.MARGINS) > 1.01


if __name__ == "__main__":
    main()
