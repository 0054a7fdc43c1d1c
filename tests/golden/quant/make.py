"""Golden vectors of the GGML block formats, from the `gguf` package's NumPy reference.

Run with a Python that has gguf, numpy and safetensors: python make.py
Writes quant.safetensors: for each format `<name>.bytes` (random blocks with finite scales) and `<name>.values`;
`input` with its quantisations `Q8_0.quantized`, `Q4_1.quantized`; `F16.bytes` holds a sample of all finite halves.
"""

import pathlib

import gguf
import numpy as np
from gguf import GGMLQuantizationType as T
from safetensors.numpy import save_file

# Where each block keeps its half-precision scales.
HALVES = {T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q8_0: [0], T.Q2_K: [80, 82], T.Q3_K: [108], T.Q4_K: [0, 2],
          T.Q5_K: [0, 2], T.Q6_K: [208]}

rng = np.random.default_rng(20250610)
tensors = {}
for ty, places in HALVES.items():
    length, size = gguf.GGML_QUANT_SIZES[ty]
    blocks = rng.integers(0, 256, (1024 // length, size), dtype=np.uint8)
    for place in places:
        scales = (rng.standard_normal(len(blocks)) * 10.0 ** rng.integers(-6, 2, len(blocks))).astype(np.float16)
        blocks[:, place:place + 2] = scales.view(np.uint8).reshape(-1, 2)
    tensors[f"{ty.name}.bytes"] = blocks.reshape(-1)
    tensors[f"{ty.name}.values"] = gguf.quants.dequantize(blocks.reshape(1, -1), ty).reshape(-1)

halves = np.arange(65536, dtype=np.uint16)
halves = np.ascontiguousarray(halves[~np.isnan(halves.view(np.float16))][::31])
tensors["F16.bytes"] = halves.view(np.uint8)
tensors["F16.values"] = halves.view(np.float16).astype(np.float32)
brain = rng.standard_normal(64).astype(np.float32)
tensors["BF16.bytes"] = gguf.quants.quantize(brain, T.BF16).view(np.uint8)
tensors["BF16.values"] = gguf.quants.dequantize(tensors["BF16.bytes"], T.BF16)

values = (rng.standard_normal((16, 32)) * 10.0 ** rng.integers(-4, 3, (16, 1))).astype(np.float32)
values[3] = 0.0
values[5] = 0.25
values[7, :16] = -values[7, 16:]
tensors["input"] = values.reshape(-1)
for ty in (T.Q8_0, T.Q4_1):
    tensors[f"{ty.name}.quantized"] = gguf.quants.quantize(values, ty).reshape(-1)

save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, pathlib.Path(__file__).with_name("quant.safetensors"))
