"""Golden values of the paired bootstrap interval and of McNemar's exact test, in plain Python.

Nothing here is shared with the crate: means and binomial sums are exact fractions. Run in this folder: python make.py
"""

import json
import math
from fractions import Fraction

MASK = 2**64 - 1


def split_mix_64(seed):
    """Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014."""
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def interval(values, resamples, seed):
    draws = split_mix_64(seed)
    exact = [Fraction(value) for value in values]
    n = len(exact)
    means = sorted(sum(exact[(next(draws) * n) >> 64] for _ in range(n)) / n for _ in range(resamples))
    cut = math.floor(Fraction(25, 1000) * resamples)
    return [float(means[cut]), float(means[resamples - 1 - cut])]


def mcnemar(a, b):
    n = a + b
    return float(min(Fraction(1), Fraction(2 * sum(math.comb(n, i) for i in range(min(a, b) + 1)), 2**n)))


# Known outputs of the published generator for the seed 1234567.
first = split_mix_64(1234567)
assert [next(first) for _ in range(3)] == [6457827717110365317, 3203168211198807973, 9817491932198370423]
# A coin that falls on one side six times in a row: 2 / 64.
assert mcnemar(0, 6) == 0.03125

cases = [
    ([100.0, 0.0, 0.0, -100.0, 0.0, 100.0, 100.0, 33.3333], 2000, 0),
    ([0.5 * ((7 * i) % 23) - 4.0 for i in range(60)], 1000, 7),
    ([2.0], 40, 3),
    ([0.0] * 12, 200, 1),
]
tests = [(0, 0), (0, 6), (5, 5), (12, 3), (40, 71), (510, 590), (9000, 9400)]
golden = {
    "bootstrap": [{"values": v, "resamples": r, "seed": s, "interval": interval(v, r, s)} for v, r, s in cases],
    "mcnemar": [{"only_a": a, "only_b": b, "p": mcnemar(a, b)} for a, b in tests],
}
with open("golden.json", "w", encoding="utf-8") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")
