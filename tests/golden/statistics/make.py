"""Layer statistics in the files that the published code of ROME, MEMIT and AlphaEdit writes (numpy.savez of sums and counts), from
../editing/stats.safetensors: the mean times the count is the sum."""

import pathlib

import numpy
from safetensors.numpy import load_file

here = pathlib.Path(__file__).parent
statistics = load_file(here / "../editing/stats.safetensors")
count = int(statistics["count"][0])
for layer, save in ((1, numpy.savez), (2, numpy.savez_compressed)):
    arrays = {
        "constructor": "util.runningstats.CombinedStat()",
        "mom2.constructor": "util.runningstats.SecondMoment()",
        "mom2.count": count,
        "mom2.mom2": (statistics[f"layer{layer}.covariance"] * count).astype(numpy.float32),
        "sample_size": 100000,
    }
    save(here / f"model.layers.{layer}.mlp.down_proj_float32_mom2_100000.npz", **arrays)
