"""The projector of a layer of stats.safetensors as a file of `langedit project` -> projector.safetensors.

    python tests/golden/editing/make_projector.py

The form is what crate/src/edit/projector_file.rs says, the numbers are LAPACK's. Needs numpy alone.
"""

import hashlib
import json
import struct
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
LAYER, THRESHOLD = 1, "share:0.2"


def main():
    source = (HERE / "stats.safetensors").read_bytes()
    length = struct.unpack("<Q", source[:8])[0]
    info = json.loads(source[8 : 8 + length])[f"layer{LAYER}.covariance"]
    start, end = (8 + length + offset for offset in info["data_offsets"])
    kind = {"F32": "<f4", "F64": "<f8"}[info["dtype"]]
    covariance = np.frombuffer(source[start:end], kind).reshape(info["shape"]).astype(np.float64)
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    numbers = [values.astype("<f8").tobytes(), np.ascontiguousarray(vectors.T).astype("<f8").tobytes()]
    dim = len(values)
    header = {
        "__metadata__": {
            "format": "langedit projector 1", "layer": str(LAYER), "model": "00" * 32, "sha256": hashlib.sha256(b"".join(numbers)).hexdigest(),
            "statistics": hashlib.sha256(source).hexdigest(), "threshold": THRESHOLD,
        },
        "eigenvalues": {"dtype": "F64", "shape": [dim], "data_offsets": [0, len(numbers[0])]},
        "eigenvectors": {"dtype": "F64", "shape": [dim, dim], "data_offsets": [len(numbers[0]), sum(map(len, numbers))]},
    }
    header = json.dumps(header).encode()
    header += b" " * (-len(header) % 8)
    (HERE / "projector.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"".join(numbers))


if __name__ == "__main__":
    main()
