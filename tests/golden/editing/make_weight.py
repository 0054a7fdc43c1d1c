"""How edited keys weigh against pre-trained ones, and what is null then -> weight.json.

    python tests/golden/editing/make_weight.py

Invented covariances and keys, dense float64 throughout. With the weight as a share s of the
pre-trained keys, the directions that may be edited after some steps are those of

    paper   C_0 + s (k_1 k_1^T + ... + k_n k_n^T)
    repo    cov_t / kept_t, where cov_t is the published recurrence, whose coefficient of C_0 is kept_t

below one eigenvalue, which the threshold fixes on C_0: its own value, or for a share of the
energy the geometric mean of the eigenvalues next to the cut. N_0 occurs nowhere.
"""

import json
from pathlib import Path

import numpy as np

DIMENSION, STEPS, BATCH = 10, 4, 2
SHARE, REPO_N0 = 0.2, 20.0


def boundary(c0, threshold):
    """The eigenvalue below which directions of C_0 are null."""
    if not threshold.startswith("share:"):
        return float(threshold)
    values = np.linalg.eigvalsh(c0)
    null = int((np.cumsum(values) / values.sum() <= float(threshold.removeprefix("share:"))).sum())
    return float(np.sqrt(values[null - 1] * values[null]))


def null_space(matrix, cut):
    values, vectors = np.linalg.eigh(matrix)
    null = int((values < cut).sum())
    assert 0 < null < DIMENSION
    assert cut / values[null - 1] > 1.05 and values[null] / cut > 1.05, "too near the cut to be a fair test"
    basis = vectors[:, :null]
    return null, basis @ basis.T


def main():
    rng = np.random.default_rng(17)
    axes, _ = np.linalg.qr(rng.standard_normal((DIMENSION, DIMENSION)))
    c0 = axes @ np.diag(np.geomspace(0.002, 3.0, DIMENSION)) @ axes.T
    c0 = (c0 + c0.T) / 2
    steps = [rng.standard_normal((DIMENSION, BATCH)) * 0.8 for _ in range(STEPS)]
    cases = []
    for threshold in ("0.06", "share:0.05"):
        cut = boundary(c0, threshold)
        for mode in ("paper", "repo"):
            seen, cache, cov, kept = np.zeros_like(c0), np.zeros_like(c0), c0, 1.0
            null, projectors = [], []
            for step, keys in enumerate([None, *steps]):
                if keys is not None:
                    seen = seen + keys @ keys.T
                    cache = cache + keys @ keys.T
                    total = REPO_N0 + BATCH * step
                    cov, kept = REPO_N0 / total * cov + BATCH / total * cache, kept * REPO_N0 / total
                n, p = null_space(c0 + SHARE * seen if mode == "paper" else cov / kept, cut)
                null.append(n)
                projectors.append(p.round(10).tolist())
            assert null == sorted(null, reverse=True), "the null space only shrinks"
            mean = c0 / (1 + SHARE * BATCH * STEPS) + SHARE * seen / (1 + SHARE * BATCH * STEPS) if mode == "paper" else cov
            assert (np.linalg.eigvalsh(mean) < cut).sum() > null[-1], "a cut of the mean itself would have to differ"
            print(mode, threshold, null)
            cases.append({"mode": mode, "threshold": threshold, "null": null, "projectors": projectors})
    golden = {"share": SHARE, "repo_n0": REPO_N0, "covariance": c0.tolist(), "keys": [k.tolist() for k in steps], "cases": cases}
    Path(__file__).with_name("weight.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
