"""Golden vectors of the `linalg` layer, from the dense formulas of the papers in NumPy float64.

Nothing here is shared with the crate: covariances by outer products, projectors by an SVD, updates by general d x d solves.
Run in this folder: python make.py
"""

import numpy as np
from safetensors.numpy import save_file

rng = np.random.default_rng(20250610)
D_IN, D_OUT, N, PAST = 24, 10, 5, 7
out = {}


def put(name, value):
    value = np.atleast_2d(np.asarray(value, dtype=np.float64))
    out[name] = np.ascontiguousarray(value)
    return value


# Keys with a decaying spectrum, so that both thresholds cut inside it. Column convention throughout.
mix = np.linalg.qr(rng.standard_normal((D_IN, D_IN)))[0]
strength = 10.0 ** np.linspace(0.6, -2.2, D_IN)
pretrained = put("pretrained", mix @ (strength[:, None] * rng.standard_normal((D_IN, 60))))
keys = put("keys", rng.standard_normal((D_IN, N)) + 0.3)
past = put("past", rng.standard_normal((D_IN, PAST)))
residual = put("residual", rng.standard_normal((D_OUT, N)))

# Covariance: the mean over pre-trained keys, then with the edited keys counting 2.5 samples each.
covariance = sum(np.outer(k, k) for k in pretrained.T) / pretrained.shape[1]
put("covariance", covariance)
WEIGHT = 2.5
samples = [np.outer(k, k) for k in pretrained.T] + [WEIGHT * np.outer(k, k) for k in keys.T]
put("covariance_with_keys", sum(samples) / (pretrained.shape[1] + WEIGHT * N))
put("trace", np.trace(covariance))


def null_projector(c, null):
    """Columns of U whose singular value is among the `null` smallest; an SVD here on purpose."""
    u, _, _ = np.linalg.svd(c, hermitian=True)
    u0 = u[:, c.shape[0] - null:]
    return u0 @ u0.T


values = np.linalg.eigvalsh(covariance)
put("eigenvalues", values)
absolute_null = int((values < 2e-2).sum())
projector = put("projector_absolute", null_projector(covariance, absolute_null))
share_null = max(i for i in range(D_IN + 1) if values[:i].sum() <= 0.05 * values.sum())
put("projector_share", null_projector(covariance, share_null))
put("null_dimensions", [absolute_null, share_null])
put("leak", np.linalg.norm(projector @ keys, axis=0) / np.linalg.norm(keys, axis=0))


def track(p, k):
    """P - Q Q^T with Q the left singular vectors of P K."""
    u, s, _ = np.linalg.svd(p @ k, full_matrices=False)
    u = u[:, s > 1e-9]
    return p - u @ u.T


tracked = track(projector, past[:, :4])
put("projector_tracked_once", tracked)
put("projector_tracked_twice", track(tracked, past[:, 4:]))

# Updates, as the papers write them: Delta X = B becomes X^T Delta^T = B^T.
identity = np.eye(D_IN)


def right_solve(b, system):
    return np.linalg.solve(system.T, b.T).T


put("update_langedit", right_solve(residual @ keys.T @ projector, keys @ keys.T @ projector + identity))
put("update_alphaedit", right_solve(residual @ keys.T @ projector, (keys @ keys.T + past @ past.T) @ projector + 10.0 * identity))
put("update_memit", right_solve(residual @ keys.T, 15.0 * covariance + keys @ keys.T))
put("update_memit_seq", right_solve(residual @ keys.T, 15.0 * covariance + past @ past.T + keys @ keys.T))

# The recurrence of the published code, three batches of N keys with a small N_0 so that the terms matter.
state, cache, initial = covariance.copy(), np.zeros_like(covariance), 40.0
for step in range(3):
    if step > 0:
        total = initial + N * step
        state = initial / total * state + N / total * cache
        put(f"repo_covariance_{step}", state)
    batch = put(f"repo_keys_{step}", rng.standard_normal((D_IN, N)))
    cache = cache + batch @ batch.T
put("repo_cache", cache)

# Principal angles, cosines from QR bases: between the keys and a perturbed part of them with one fresh direction.
other = put("other", np.hstack([keys[:, :3] + 0.2 * rng.standard_normal((D_IN, 3)), rng.standard_normal((D_IN, 1))]))
cosines = np.linalg.svd(np.linalg.qr(keys)[0].T @ np.linalg.qr(other)[0], compute_uv=False)
put("angles", np.arccos(np.clip(cosines, -1.0, 1.0)))

save_file(out, "linalg.safetensors", metadata={"made_by": "make.py", "layout": "row-major float64, keys in columns"})
print({name: value.shape for name, value in out.items()})
