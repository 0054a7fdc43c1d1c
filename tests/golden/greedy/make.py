"""Greedy continuations of a real model in six languages -> greedy.json.

    LANGEDIT_SMOLLM2=SmolLM2-135M-Instruct.Q4_1.gguf python tests/golden/greedy/make.py

Of the candidates below, those are kept whose every choice is clear: `margin` is the
smallest gap between the best and the second-best logit over all positions.
"""

import hashlib
import json
import os
from pathlib import Path

import torch

from gguf_model import load

TOKENS = 20
LEAST_MARGIN = 1e-3
QUOTA = {"en": 4, "de": 4, "nl": 3, "fr": 3, "es": 3, "zh": 3}
CANDIDATES = {
    "en": ["The capital of France is", "Water boils when", "In 1969, the first man on the moon was",
           "My favourite colour is blue because", "def add(a, b):\n    return",
           "Who wrote the play Hamlet?"],
    "de": ["Die Hauptstadt von Deutschland ist", "Heute ist das Wetter", "Der schnellste Weg nach Köln",
           "Im Jahr 1989 fiel", "Ich möchte gern ein Buch über", "Wer schrieb den Faust?"],
    "nl": ["De hoofdstad van Nederland is", "Het grootste dier ter wereld is", "Wij gaan morgen naar",
           "In de winter is het", "De fiets staat"],
    "fr": ["La capitale de l'Italie est", "Le chat est assis sur", "Il était une fois une petite fille",
           "Où se trouve la tour Eiffel ?", "En été, nous aimons"],
    "es": ["La capital de España es", "El perro corre por", "¿Quién pintó el Guernica?",
           "Mañana vamos a comer", "El río más largo de Sudamérica es"],
    "zh": ["中国的首都是", "今天天气很好，", "我最喜欢的书是", "水的化学式是", "从前有一个小女孩，"],
}


@torch.no_grad()
def continue_greedily(model, tokenizer, prompt):
    ids = tokenizer.encode(prompt, add_special_tokens=False).ids
    cache, step, continuation, margin, top = None, torch.tensor([ids]), [], float("inf"), None
    for _ in range(TOKENS):
        out = model(input_ids=step, past_key_values=cache, use_cache=True)
        cache, logits = out.past_key_values, out.logits[0, -1]
        best = logits.topk(10)
        if top is None:
            top = [{"id": int(i), "logit": round(float(v), 4)}
                   for v, i in zip(best.values, best.indices)]
        margin = min(margin, float(best.values[0] - best.values[1]))
        continuation.append(int(best.indices[0]))
        step = torch.tensor([continuation[-1:]])
    return {"prompt": prompt, "ids": ids, "continuation": continuation,
            "text": tokenizer.decode(continuation, skip_special_tokens=False),
            "margin": round(margin, 6), "top": top}


def main():
    torch.set_num_threads(1)
    path = Path(os.environ["LANGEDIT_SMOLLM2"])
    model, tokenizer, end = load(path)
    kept = []
    for language, texts in CANDIDATES.items():
        found = [{"language": language, **continue_greedily(model, tokenizer, t)} for t in texts]
        found = [f for f in found if f["margin"] > LEAST_MARGIN and end not in f["continuation"]]
        found.sort(key=lambda f: -f["margin"])
        assert len(found) >= QUOTA[language], (language, len(found))
        kept += found[: QUOTA[language]]
    lines = ",\n".join(json.dumps(f, ensure_ascii=False) for f in kept)
    head = json.dumps({"file": path.name,
                       "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                       "end": end, "tokens": TOKENS, "bos": False})[:-1]
    out = Path(__file__).resolve().parent / "greedy.json"
    out.write_text(head + ', "prompts": [\n' + lines + "\n]}\n")
    for f in kept:
        print(f["language"], f["margin"], repr(f["prompt"] + " | " + f["text"]))


if __name__ == "__main__":
    main()
