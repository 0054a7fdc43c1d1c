"""Golden vectors of merging, from dense formulas in NumPy float64: d x d solves, SVDs of whole updates, entry loops for TIES.

Nothing here is shared with the crate, which works on factors. Run in this folder: python make.py
"""

import numpy as np
from safetensors.numpy import save_file

rng = np.random.default_rng(20260513)
D_IN, D_OUT, LAMBDA, L2 = 24, 14, 15.0, 10.0
FACTS = {"en": 4, "de": 5, "zh": 3}
out = {}


def put(name, value):
    value = np.atleast_2d(np.asarray(value, dtype=np.float64))
    out[name] = np.ascontiguousarray(value)
    return value


mix = np.linalg.qr(rng.standard_normal((D_IN, D_IN)))[0]
strength = 10.0 ** np.linspace(0.6, -2.2, D_IN)
pretrained = put("pretrained", mix @ (strength[:, None] * rng.standard_normal((D_IN, 60))))
covariance = pretrained @ pretrained.T / pretrained.shape[1]
values, vectors = np.linalg.eigh(covariance)
null = vectors[:, values < 2e-2]
projector = null @ null.T

# Keys of the languages have a part in common, as those of one fact in two languages do.
common = rng.standard_normal((D_IN, 1))
keys = {code: put(f"{code}.keys", rng.standard_normal((D_IN, n)) + 0.6 * common) for code, n in FACTS.items()}
residuals = {code: put(f"{code}.residuals", rng.standard_normal((D_OUT, n))) for code, n in FACTS.items()}


def solve(b, system):
    """b system^-1."""
    return np.linalg.solve(system.T, b.T).T


def memit(code, codes):
    outer = sum(keys[c] @ keys[c].T for c in codes)
    return solve(residuals[code] @ keys[code].T, LAMBDA * covariance + outer)


def alphaedit(code, codes):
    outer = sum(keys[c] @ keys[c].T for c in codes)
    return solve(residuals[code] @ keys[code].T @ projector, outer @ projector + L2 * np.eye(D_IN))


def rank(s):
    return int((s > 1e-10 * s[0]).sum())


def leading(delta, ratio):
    u, s, vt = np.linalg.svd(delta, full_matrices=False)
    r = rank(s)
    k = min(max(int(np.floor(ratio * r + 0.5)), 1), r)
    return u[:, :k], s[:k], vt[:k].T


def isometry(m):
    a, s, bt = np.linalg.svd(m, full_matrices=False)
    keep = s > 1e-9 * s[0]
    return a[:, keep] @ bt[keep]


def tsvm(deltas, ratio):
    parts = [leading(delta, ratio) for delta in deltas]
    u, v = (isometry(np.hstack([part[i] for part in parts])) for i in (0, 2))
    return u @ np.diag(np.concatenate([part[1] for part in parts])) @ v.T


def ties(deltas, density):
    trimmed = []
    for delta in deltas:
        kept = int(np.ceil(density * delta.size))
        least = np.sort(np.abs(delta).ravel())[::-1][kept - 1]
        trimmed.append(np.where(np.abs(delta) >= least, delta, 0.0))
    merged = np.zeros_like(deltas[0])
    for i in range(D_OUT):
        for j in range(D_IN):
            entries = [t[i, j] for t in trimmed]
            sign = np.sign(sum(entries))
            agreeing = [e for e in entries if e * sign > 0]
            merged[i, j] = np.mean(agreeing) if agreeing else 0.0
    return merged


for name, base in [("memit", memit), ("alphaedit", alphaedit)]:
    for variant, codes in [("own", None), ("shared", list(FACTS))]:
        deltas = [put(f"{name}.{variant}.{code}", base(code, codes or [code])) for code in FACTS]
        at = f"{name}.{variant}"
        put(f"{at}.sum", sum(deltas))
        put(f"{at}.sum.scaled", 1.3 * sum(deltas))
        put(f"{at}.mean", sum(deltas) / len(deltas))
        put(f"{at}.tsvm", tsvm(deltas, 1.0))
        put(f"{at}.tsvm.half", 1.1 * tsvm(deltas, 0.5))
        put(f"{at}.sum.half", sum(u @ np.diag(s) @ v.T for u, s, v in (leading(delta, 0.5) for delta in deltas)))
        put(f"{at}.ties", ties(deltas, 0.2))
        put(f"{at}.ties.all", ties(deltas, 1.0))
    everything = np.hstack(list(keys.values()))
    wanted = np.hstack(list(residuals.values()))
    joint = (
        solve(wanted @ everything.T, LAMBDA * covariance + everything @ everything.T)
        if name == "memit"
        else solve(wanted @ everything.T @ projector, everything @ everything.T @ projector + L2 * np.eye(D_IN))
    )
    put(f"{name}.joint", joint)
    assert np.allclose(joint, out[f"{name}.shared.sum"], rtol=1e-10, atol=1e-12)

# One language twice beside another: the joint bases have less rank than columns.
twice = [out["memit.own.en"], out["memit.own.en"], out["memit.own.de"]]
put("tsvm.twice", tsvm(twice, 1.0))

save_file(out, "merge.safetensors", metadata={"made_by": "make.py", "layout": "row-major float64, keys in columns"})
print(len(out), "matrices")
