"""Efficacy, generality, specificity, portability and CounterFact's success on the tiny llama -> facts.json, golden.json.

    python tests/golden/metrics/make.py

The facts are those of editing/facts.json with other objects and with questions beside them, edited in by editing/make.py
(memit, both steps). Every number comes from one full float64 forward pass a question: no packing, no caching, no batches.
Objects and answers are made so that they are right in part.
"""

import json
import random
import string
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parent
sys.path[:0] = [str(GOLDEN / "editing"), str(GOLDEN / "models")]
import make as editing  # noqa: E402
from reference import Model  # noqa: E402

VARIANT = "memit"
MODEL = GOLDEN / "models/llama"
TOKENIZER = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
F64 = torch.float64
DRAW = random.Random()
GAPS = []  # between the likeliest and the next token, and between two objects


def encode(text):
    return TOKENIZER.encode(text, add_special_tokens=False).ids


def logits(model, prompt, answer):
    """Of the answer's tokens, each behind the right ones before it: [tokens, vocabulary]."""
    ids = encode(prompt) + answer
    with torch.no_grad():
        return model(torch.tensor([ids]))[0, len(encode(prompt)) - 1 : len(ids) - 1]


def predictions(model, prompt, answer):
    top = logits(model, prompt, answer).topk(2, dim=-1)
    GAPS.extend((top.values[:, 0] - top.values[:, 1]).tolist())
    return top.indices[:, 0].tolist()


def likelihood(model, prompt, text):
    """Mean ln p of the object's tokens."""
    answer = encode(" " + text)
    logs = logits(model, prompt, answer).log_softmax(-1)
    return logs[range(len(answer)), answer].mean().item()


def written(model, prompt, most=3):
    """An answer of some letters, part of which are what `model` says."""
    while True:
        tokens = encode(" " + DRAW.choice(string.ascii_letters))
        for _ in range(DRAW.randint(1, most)):
            best = logits(model, prompt, tokens + [0])[-1].argmax().item()
            said = TOKENIZER.decode([best])
            take = DRAW.random() < 0.7 and said.isalnum() and said.isascii()
            tokens.append(best if take else encode(DRAW.choice(string.ascii_letters))[0])
        text = TOKENIZER.decode(tokens).strip()
        if encode(" " + text) == tokens and text.isascii():
            return text


def mean(values):
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else None


def fact_scores(fact, model, unedited):
    def right(prompt, text):
        answer = encode(" " + text)
        return mean([float(a == b) for a, b in zip(predictions(model, prompt, answer), answer)])

    def kept(prompt, text):
        answer = encode(" " + text)
        pairs = zip(predictions(model, prompt, answer), predictions(unedited, prompt, answer))
        return mean([float(a == b) for a, b in pairs])

    def likelier(prompt, one, other):
        gap = likelihood(model, prompt, one) - likelihood(model, prompt, other)
        GAPS.append(abs(gap))
        return float(gap > 0)

    prompt, new, old = fact["prompt"], fact["new_object"], fact["true_object"]
    rephrases = fact["rephrases"]
    neighbours = [q for q in fact["neighbours"] if q["answer"] == old]
    asked = {name: [(q["prompt"], q["answer"]) for q in fact[name]] for name in ("neighbours", "same_subject", "portability")}
    scores = {
        "efficacy": right(prompt, new),
        "efficacy_exact": float(right(prompt, new) == 1),
        "generality": mean([right(p, new) for p in rephrases]),
        "generality_exact": mean([float(right(p, new) == 1) for p in rephrases]),
        "generality_distinct": mean([right(p, new) for p in rephrases if p != prompt]),
        "specificity": mean([right(*q) for q in asked["neighbours"]]),
        "specificity_agreement": mean([kept(*q) for q in asked["neighbours"]]),
        "specificity_subject": mean([right(*q) for q in asked["same_subject"]]),
        "specificity_subject_agreement": mean([kept(*q) for q in asked["same_subject"]]),
        "portability": mean([right(*q) for q in asked["portability"]]),
        "efficacy_success": None, "generality_success": None, "specificity_success": None,
    }
    if neighbours:  # as CounterFact's
        scores["efficacy_success"] = likelier(prompt, new, old)
        scores["generality_success"] = mean([likelier(p, new, old) for p in rephrases])
        scores["specificity_success"] = mean([likelier(q["prompt"], old, new) for q in neighbours])
    return {name: None if value is None else 100 * value for name, value in scores.items()}


# Beside each fact: other wordings, neighbours, other questions about the subject, what follows.
BESIDE = [
    (["Anna Lund lives in", "The home of Anna Lund"], ["The home of Jan Vries", "The home of the king"], ["Anna Lund works as"], []),
    (["Veldania has the capital"], ["The capital of Norway is", "The river of Köln is"], [], ["The people of Veldania's capital are"]),
    (["The birthplace of Jan Vries is", "Where was Jan Vries born?"], ["Anna Lund was born in"], ["Jan Vries plays"], []),
    (["Durch Orsk fließt"], ["Der Fluss von Rom ist", "Die Stadt am Fluss heißt"], ["Orsk liegt in"], ["Der Fluss von Orsk mündet in"]),
    (["Köln:"], ["Durch die Stadt Rom", "Durch das Land"], [], []),
    (["Von Beruf ist Jan Vries"], ["Der Beruf von Anna Lund ist"], ["Jan Vries wohnt in", "Jan Vries spricht"], []),
]
WITHOUT_NEIGHBOUR = 4  # of whose neighbours none has the true object: it is not compared


def measured(unedited, seed):
    """Facts with questions drawn by `seed`, and their scores."""
    DRAW.seed(seed)
    GAPS.clear()
    facts = json.loads((GOLDEN / "editing/facts.json").read_text())
    for index, (fact, (rephrases, neighbours, subject, follows)) in enumerate(zip(facts, BESIDE)):
        def probes(prompts):
            return [{"prompt": p, "answer": written(unedited, p)} for p in prompts]
        fact["new_object"] = written(unedited, DRAW.choice([fact["prompt"], rephrases[0]]), 1)
        fact["rephrases"] = rephrases
        fact["neighbours"], fact["same_subject"], fact["portability"] = map(probes, (neighbours, subject, follows))
        fact["true_object"] = fact["neighbours"][0]["answer"] if index != WITHOUT_NEIGHBOUR else "Orsk"

    editing.FACTS, deltas, edited = facts, {}, Model.load(MODEL, F64)
    editing.run(VARIANT, F64, deltas)
    for name, delta in deltas.items():
        _, _, *layer, kind = name.split(".")
        if kind == "delta":
            edited.weights[f"layers.{layer[0].removeprefix('layer')}.mlp.down.weight"] += delta

    golden = {"facts": [], "languages": {}}
    for fact in facts:
        golden["facts"].append({"before": fact_scores(fact, unedited, unedited), "after": fact_scores(fact, edited, unedited)})
    for language in ("en", "de"):
        own = [scores for fact, scores in zip(facts, golden["facts"]) if fact["language"] == language]
        golden["languages"][language] = {
            when: {name: mean([scores[when][name] for scores in own]) for name in own[0][when]} for when in ("before", "after")
        }
    return facts, golden


def telling(golden):
    """Whether each number but exact matches takes several values, and no choice is so close that float32 may turn it."""
    numbers = [scores[when] for scores in golden["languages"].values() for when in ("before", "after")]
    values = {name: {scores[name] for scores in numbers} - {None} for name in numbers[0]}
    poor = [name for name, found in values.items() if len(found) < 2 and not name.endswith("_exact")]
    print(f"nearest tie {min(GAPS):.2e}, the same everywhere: {poor}", flush=True)
    return min(GAPS) > 2e-3 and not poor  # float32 moves a logit by 2e-5, an update by 1e-4 of itself


def main():
    torch.set_num_threads(1)
    unedited = Model.load(MODEL, F64)
    for seed in range(100):
        facts, golden = measured(unedited, seed)
        if telling(golden):
            break
    else:
        raise SystemExit("no seed gives numbers that tell")
    text = ",\n".join(json.dumps(fact, ensure_ascii=False) for fact in facts)
    (HERE / "facts.json").write_text(f"[\n{text}\n]\n")
    (HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
