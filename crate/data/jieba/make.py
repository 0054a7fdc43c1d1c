"""Writes words.txt.zlib, the dictionary and the hidden Markov model of jieba (pip install jieba==0.42.1), as text.

First a line `total<TAB>count`, then `word<TAB>count` lines, ascending; then, each after an empty line, the states B, E, M and S with lines
`character<TAB>ln p(character | state)`.
"""

import pathlib
import zlib

import jieba
from jieba.finalseg import emit_P

jieba.setLogLevel(60)
jieba.dt.initialize()
words = sorted((word, count) for word, count in jieba.dt.FREQ.items() if count)
# The sum over the file's lines, one of which is there twice.
lines = [f"total\t{jieba.dt.total}", *(f"{word}\t{count}" for word, count in words)]
for state in "BEMS":
    lines += ["", *(f"{character}\t{value!r}" for character, value in sorted(emit_P[state].items()))]
text = "\n".join(lines)
assert not any(any(c.isspace() for c in word) for word, _ in words)
pathlib.Path(__file__).with_name("words.txt.zlib").write_bytes(zlib.compress(text.encode(), 9))
