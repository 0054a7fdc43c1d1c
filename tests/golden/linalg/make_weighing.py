"""Least squares that weigh each direction of a null space by its use -> weighing.safetensors.

Dense NumPy float64: the change is found as the stacked least-squares problem that it
minimises, by lstsq over an orthonormal basis of the null space; no inverse and no formula
of the crate's. Run in this folder, after make.py: python make_weighing.py
"""

import numpy as np
from safetensors.numpy import load_file, save_file

given = load_file("linalg.safetensors")
c, k, past, r = (given[name] for name in ("covariance", "keys", "past", "residual"))
dim = len(c)
out = {}


def root(matrix):
    """A^(1/2) of a symmetric matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T


def least_squares(basis, weight, ridge, earlier):
    """A basis^T of least |A basis^T k - r|^2 + |A basis^T earlier|^2 + weight tr(A basis^T C basis A^T) + ridge |A|^2."""
    parts = [k, earlier, np.sqrt(weight) * root(c), np.sqrt(ridge) * np.eye(dim)]
    wanted = np.hstack([r, np.zeros((len(r), earlier.shape[1] + 2 * dim))])
    rows = np.hstack([basis.T @ part for part in parts]).T
    return np.linalg.lstsq(rows, wanted.T, rcond=None)[0].T @ basis.T


# The projector of the absolute threshold, and one that does not commute with C.
for name in ("projector_absolute", "projector_tracked_once"):
    values, vectors = np.linalg.eigh(given[name])
    basis = vectors[:, values > 0.5]
    out[f"inverse_{name}"] = basis @ np.linalg.inv(basis.T @ (15.0 * c + 0.4 * np.eye(dim)) @ basis) @ basis.T
    out[f"update_{name}"] = least_squares(basis, 15.0, 0.4, past)
out["update_everywhere"] = least_squares(np.eye(dim), 15.0, 0.4, past[:, :0])

save_file({name: np.ascontiguousarray(x) for name, x in out.items()}, "weighing.safetensors")
print({name: (x.shape, float(np.linalg.norm(x))) for name, x in out.items()})
