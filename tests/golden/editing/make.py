"""Locate-then-edit on the tiny llama, written as the papers state it -> golden.safetensors.

    python tests/golden/editing/make.py

No caching and no low-rank forms: every quantity comes from a full forward pass, every
solve is a dense d_in x d_in one, gradients are autograd's. See README.md, one folder up,
for the names of the tensors.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "models"))
from reference import Model, Taps  # noqa: E402

SETTINGS = json.loads((HERE / "settings.json").read_text())
FACTS = json.loads((HERE / "facts.json").read_text())
TEMPLATES = json.loads((HERE / "templates.json").read_text())
CORPUS = (HERE / "corpus.txt").read_text().splitlines()
MODEL = (HERE / SETTINGS["model"]).resolve()
TOKENIZER = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
F64 = torch.float64
ESSENCE = "{} is a"  # the KL prompt, in English whatever the fact's language
STOP_BELOW = 0.05


def encode(text):
    return TOKENIZER.encode(text, add_special_tokens=False).ids


def pad(rows):
    """Right-padded ids [B, S]."""
    width = max(map(len, rows))
    return torch.tensor([row + [0] * (width - len(row)) for row in rows])


def subject_last(text, subject):
    """Index of the subject's last token: len(tok(prefix + subject)) - 1."""
    end = text.index(subject) + len(subject)
    index = len(encode(text[:end])) - 1
    first, last = TOKENIZER.encode(text).offsets[index]
    assert first < end <= last, f"the two rules for the subject's token disagree in {text!r}"
    return index


class Prompts:
    """The rows that concern one fact."""

    def __init__(self, fact):
        self.texts = [t.format(fact["prompt"]) for t in TEMPLATES[fact["language"]]]
        subject = fact["subject"]
        self.target = encode(" " + fact["new_object"])
        lead = TOKENIZER.decode(self.target[:-1])
        essence = ESSENCE.format(subject)
        forced = [text + lead for text in self.texts]
        self.ids = [encode(text) for text in forced] + [encode(essence)]
        for text, row in zip(self.texts, self.ids):
            assert row == encode(text) + self.target[:-1], "joint tokens differ"
        self.columns = [subject_last(t, subject) for t in forced + [essence]]
        self.bare = [encode(text) for text in self.texts]  # without the target


def value(model, fact, s):
    """v*: (z, losses [iterations, 4] = total, nll, kl, decay; how often the clamp bit).

    Where a norm N stands behind the MLP, delta is added to its values x, and z = m + N(x + delta) is the stream behind the block.
    """
    dtype = model.weights["embed"].dtype
    prompts = Prompts(fact)
    layer = s["layers"][-1]
    ids, columns = pad(prompts.ids), torch.tensor(prompts.columns)
    rows = torch.arange(len(columns))
    scored = len(columns) - 1  # all rows but the essence
    delta = torch.zeros(model.weights["embed"].shape[1], dtype=dtype, requires_grad=True)
    adam = torch.optim.Adam([delta], lr=s["v_lr"])
    start, before, losses, clamped = None, None, [], 0
    for iteration in range(s["v_num_grad_steps"]):
        taps = Taps()
        logp = model(ids, taps, add=(layer, rows, columns, delta)).log_softmax(-1)
        after = logp[-1, columns[-1]]
        if start is None:
            at = (0, columns[0])
            start = stream = taps.block[layer][at].detach().clone()
            normed = model.norm_behind(layer)
            if normed:
                start = taps.value[layer][at].detach().clone()
                stream = stream - normed(start)
            before = after.detach().clone()
        nll = 0
        for row in range(scored):
            last = len(prompts.ids[row])
            places = torch.arange(last - len(prompts.target), last)
            nll = nll - logp[row, places, torch.tensor(prompts.target)].mean() / scored
        kl = s["kl_factor"] * (after.exp() * (after - before)).sum()
        decay = s["v_weight_decay"] * delta.norm() / start.norm() ** 2
        loss = nll + kl + decay
        losses.append([loss.item(), nll.item(), kl.item(), decay.item()])
        if loss < STOP_BELOW or iteration == s["v_num_grad_steps"] - 1:
            break
        adam.zero_grad()
        loss.backward()
        adam.step()
        limit = s["clamp_norm_factor"] * start.norm()
        if delta.norm() > limit:
            clamped += 1
            with torch.no_grad():
                delta.mul_(limit / delta.norm())
    delta = delta.detach()
    z = stream + normed(start + delta) if normed else start + delta
    return z, torch.tensor(losses, dtype=F64), clamped


@torch.no_grad()
def key(model, fact, layer):
    """Half the bare prompt's key, half the mean of the other templates'."""
    prompts = Prompts(fact)
    keys = []
    for text, ids in zip(prompts.texts, prompts.bare):
        taps = Taps()
        model(torch.tensor([ids]), taps)
        keys.append(taps.keys[layer][0, subject_last(text, fact["subject"])])
    return (keys[0] + torch.stack(keys[1:]).mean(0)) / 2


@torch.no_grad()
def current(model, fact, layer):
    """Block output at the subject's last token of the bare prompt."""
    taps = Taps()
    model(torch.tensor([encode(fact["prompt"])]), taps)
    return taps.block[layer][0, subject_last(fact["prompt"], fact["subject"])]


@torch.no_grad()
def in_front_of_norm(model, fact, layer, wanted):
    """What the values must change by for the stream to change by `wanted`; `wanted` itself where no norm stands behind the MLP.

    With the values x and the gain g: s g d / (g^2 + mu), s = rms(x), mu = (rms(d) / 10)^2, the ridge solution q of g q = d, times s.
    """
    if not model.norm_behind(layer):
        return wanted
    taps = Taps()
    model(torch.tensor([encode(fact["prompt"])]), taps)
    x = taps.value[layer][0, subject_last(fact["prompt"], fact["subject"])]
    gain = torch.diag(model.weights[f"layers.{layer}.mlp_post_norm.weight"])
    ridge = (wanted.norm() / 10) ** 2 / len(wanted) * torch.eye(len(wanted), dtype=x.dtype)
    return (x.pow(2).mean() + model.eps).sqrt() * torch.linalg.solve(gain.T @ gain + ridge, gain.T @ wanted)


def columns_of(rows):
    """Vectors as columns, in float64: the solves are done in it in either run."""
    return torch.stack(rows, 1).to(F64)


@torch.no_grad()
def covariance(model, layers):
    """Mean of k k^T over all tokens of the corpus, one text a line, no BOS."""
    sums, count = {layer: 0 for layer in layers}, 0
    for text in CORPUS:
        ids, taps = encode(text), Taps()
        model(torch.tensor([ids]), taps)
        count += len(ids)
        for layer in layers:
            k = taps.keys[layer][0].to(F64)
            sums[layer] = sums[layer] + k.T @ k
    return {layer: total / count for layer, total in sums.items()}, count


SAME_START = ("langedit-exact", "langedit-tracked", "evoedit", "langedit-repo")  # alphaedit's projector
OF_COVARIANCE = ("memit", "memit-ridge", "memit-seq")
TRACKED = ("langedit-tracked", "evoedit")
MARGINS = []  # how far the nearest eigenvalue lies from each cut, as a ratio


def share_to_eigenvalue(c0, share):
    """The eigenvalue between the directions of C0 that together hold at most `share` of its trace and the others."""
    values = torch.linalg.eigvalsh(c0)
    held = values.cumsum(0) / values.sum()
    kept = int((held <= share).sum())
    MARGINS.append(min(share / held[kept - 1].item(), held[kept].item() / share))
    return (values[kept - 1] * values[kept]).sqrt().item()


def null_space(cov, threshold):
    """P = U U^T over the eigenvectors below the threshold."""
    values, vectors = torch.linalg.eigh(cov)
    kept = int((values < threshold).sum())
    MARGINS.append(min(threshold / values[kept - 1].item(), values[kept].item() / threshold))
    basis = vectors[:, :kept]
    return basis @ basis.T


class Memory:
    """What a method carries from step to step at one layer."""

    def __init__(self, name, c0, count, s):
        self.name, self.c0, self.s = name, c0, s
        size = c0.shape[0]
        self.eye = torch.eye(size, dtype=F64)
        self.past = torch.zeros(size, size, dtype=F64)  # sum of K K^T
        self.cov, self.weight = c0, count  # weight: samples in the mean so far, at first the corpus's tokens
        self.n0 = count
        self.projector = None
        self.steps = 0

    def start(self, batch):
        """The projector of the coming step."""
        threshold = self.s["nullspace_threshold"]
        if self.name in OF_COVARIANCE:
            return
        if self.name == "langedit-repo" and self.steps:
            n0, seen = self.s["repo_n0"], batch * self.steps
            # compounds, and adds the un-normalised sum over all steps: as published
            self.cov = n0 / (n0 + seen) * self.cov + batch / (n0 + seen) * self.past
        fixed = self.name in ("alphaedit", *TRACKED) and self.projector is not None
        if isinstance(threshold, str):  # of C0's energy; the boundary then holds for C0 + sum w k k^T / N0
            threshold = share_to_eigenvalue(self.c0, float(threshold.removeprefix("share:"))) * self.n0 / self.weight
        if not fixed:
            self.projector = null_space(self.cov, threshold)

    def solve(self, k, r):
        """Delta [d_out, d_in] that sends keys k to residuals r."""
        p, gram = self.projector, k @ k.T
        if self.name in OF_COVARIANCE:
            seen = self.past if self.name == "memit-seq" else torch.zeros_like(gram)
            c = self.c0 + self.s["mom2_ridge"] * self.c0.trace() / self.c0.shape[0] * self.eye
            x = torch.linalg.solve(self.s["mom2_update_weight"] * c + seen + gram, k)
            return r @ x.T
        if self.name in ("alphaedit", "langedit-repo"):
            system = p @ (gram + self.past) + self.s["l2"] * self.eye
            return torch.linalg.solve(system, p @ k @ r.T).T
        delta = r @ k.T @ p @ torch.linalg.inv(gram @ p + self.s["l2"] * self.eye)
        small = self.s["l2"] * torch.eye(k.shape[1], dtype=F64) + k.T @ p @ k
        assert torch.allclose(delta, r @ torch.linalg.solve(small, k.T @ p), atol=1e-10)
        return delta

    def finish(self, used, after):
        """`used`: the keys of the solve; `after`: the same keys under the edited weights."""
        n = used.shape[1]
        self.steps += 1
        self.past = self.past + after @ after.T
        if self.name in ("langedit-exact", "langedit-share"):
            w = self.s["edited_key_weight"]
            total = self.weight + w * n
            self.cov = (self.weight * self.cov + w * used @ used.T) / total
            self.weight = total
        if self.name in TRACKED:
            q, r = torch.linalg.qr(self.projector @ used)
            assert r.diagonal().abs().min() > 1e-6
            self.projector = self.projector - q @ q.T


def settings(extra=()):
    s = {**SETTINGS["set"], **dict(extra)}
    low, high = s["layers"].split("-")
    s["layers"] = list(range(int(low), int(high) + 1))
    return s


def run(name, dtype, out):
    """All steps of one method; tensors go to `out`."""
    s = settings(SETTINGS["methods"][name]["set"])
    layers = s["layers"]
    model = Model.load(MODEL, dtype)
    c0, count = covariance(model, layers)
    memory = {layer: Memory(name, c0[layer], count, s) for layer in layers}
    done = 0
    for step, batch in enumerate(SETTINGS["steps"]):
        facts = FACTS[done: done + batch]
        done += batch
        z = columns_of([value(model, fact, s)[0] for fact in facts])
        out[f"{name}.step{step}.targets"] = z
        used = {}
        for i, layer in enumerate(layers):
            place = f"{name}.step{step}.layer{layer}"
            k = columns_of([key(model, fact, layer) for fact in facts])
            now = columns_of([current(model, fact, layers[-1]) for fact in facts])
            memory[layer].start(batch)
            delta = memory[layer].solve(k, (z - now) / (len(layers) - i))
            weight = model.weights[f"layers.{layer}.mlp.down.weight"]
            model.weights[f"layers.{layer}.mlp.down.weight"] = (weight.to(F64) + delta).to(dtype)
            used[layer] = k
            out[f"{place}.keys"], out[f"{place}.delta"] = k, delta
            if memory[layer].projector is not None:
                out[f"{place}.projector"] = memory[layer].projector
        for layer in layers:
            after = columns_of([key(model, fact, layer) for fact in facts])
            memory[layer].finish(used[layer], after)
        left = z - columns_of([current(model, fact, layers[-1]) for fact in facts])
        print(f"  {name} step {step}: |z - h| {left.norm(dim=0).mean():.4f}, null "
              + " ".join(str(round(memory[n].projector.trace().item())) for n in layers
                         if memory[n].projector is not None))
    for layer in layers if name.startswith(("langedit", "evoedit")) else []:
        memory[layer].start(batch)  # what a further step would start from
        out[f"{name}.step{step + 1}.layer{layer}.projector"] = memory[layer].projector


def relative(a, b):
    return ((a - b).norm() / b.norm()).item()


def main():
    torch.set_num_threads(1)
    golden, deviation = {}, {}
    base = Model.load(MODEL, F64)
    c0, count = covariance(base, settings()["layers"])
    print(f"{count} corpus tokens")
    stats = {"count": torch.tensor([count])}
    for layer, c in c0.items():
        stats[f"layer{layer}.covariance"] = c
        print(f"  layer {layer} eigenvalues",
              " ".join(f"{x:.2g}" for x in torch.linalg.eigvalsh(c)))
    save_file(stats, HERE / "stats.safetensors")

    for setting, extra in {"main": {}, **SETTINGS["targets_only"]}.items():
        s = settings(extra)
        targets, stopped, bitten = [], False, False
        for i, fact in enumerate(FACTS):
            z, losses, clamped = value(base, fact, s)
            targets.append(z)
            stopped |= len(losses) < s["v_num_grad_steps"]
            bitten |= clamped > 0
            golden[f"values.{setting}.fact{i}.losses"] = losses
            print(f"  {setting} fact {i}: loss {losses[0, 0]:.3f} .. {losses[-2, 0]:.4f} "
                  f"{losses[-1, 0]:.4f}, {len(losses)} iterations, clamped {clamped} times")
        assert (stopped, bitten) == (setting == "stops", setting != "stops")
        golden[f"values.{setting}.targets"] = columns_of(targets)

    for name in SETTINGS["methods"]:
        run(name, F64, golden)
        single = {}
        run(name, torch.float32, single)
        for entry, x in single.items():
            place = f"{name}.{entry.rsplit('.', 1)[1]}"
            deviation[place] = max(deviation.get(place, 0), relative(x, golden[entry]))
    print(f"nearest eigenvalue or share to a cut: factor {min(MARGINS):.4f}")
    assert min(MARGINS) > 1.01  # float32 moves an eigenvalue by 1e-6 of itself
    for name in list(golden):
        method, step = name.split(".")[:2]
        if name.endswith(".projector") and step == "step0" and method in SAME_START:
            assert torch.equal(golden.pop(name).float(), golden[name.replace(method, "alphaedit", 1)])
        elif method == "alphaedit" and step != "step0" and name.endswith(".projector"):
            del golden[name]  # it never changes
        elif name.endswith(".projector"):  # the bulk; float32 holds their entries to 3e-8
            golden[name] = golden[name].float()
    save_file({k: v.contiguous() for k, v in sorted(golden.items())}, HERE / "golden.safetensors")
    text = json.dumps({k: float(f"{v:.2e}") for k, v in sorted(deviation.items())}, indent=1)
    (HERE / "deviation_f32.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
