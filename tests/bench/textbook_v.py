"""The textbook v* loop on a real model, as a baseline for `langedit edit`.

One fact at a time: six templates and the KL prompt in one padded batch, a hook that adds
delta to the output of block l*, the whole model forward and backward in every step, Adam.
Nothing is cached, nothing is shared between facts. The formulas and their quirks (N steps
make N - 1 updates, decay by ||delta|| / ||h||^2, no early exit but loss < 0.05) are those
of MEMIT's compute_z, which AlphaEdit and LangEdit use unchanged. Written from the
description of that loop.

    python tests/bench/textbook_v.py --model M.gguf --data zsre.json --languages en,de \
        --facts 4 --layer 8 --templates templates.json --out z.safetensors

Prints one line of JSON {"seconds_total", "cpu_seconds", "first_cpu_seconds", "steps", ...} and writes
`targets` [d_out, n]. `seconds_total` is the time in the loops, without loading; `cpu_seconds` is that
of all threads, `first_cpu_seconds` the part of it that went into the facts' first iterations.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch
from loop import add_arguments, usable
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "golden" / "greedy"))
from gguf_model import load  # noqa: E402


def read_facts(path, languages, limit):
    """`limit` usable facts of a BMIKE-53 file, as many of each language, one language after the other."""
    facts = {language: [] for language in languages}
    for _, language, row in usable(path, languages):
        facts[language].append({
            "language": language, "subject": row["subject"], "prompt": row["src"],
            "new_object": row["alt"]})
    each = -(-limit // len(languages))
    picked = [fact for language in languages for fact in facts[language][:each]]
    return picked[:limit]


class Rows:
    """The seven rows of one fact, tokenised, with the place of the subject's last token."""

    def __init__(self, fact, templates, tokenizer):
        encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
        # the subject is sought in the prompt only: a template's own words never count
        before, _, after = fact["prompt"].partition(fact["subject"])
        self.target = encode(" " + fact["new_object"])
        forced = tokenizer.decode(self.target[:-1], skip_special_tokens=False)
        self.ids, self.columns = [], []
        for template in templates:
            left, _, right = template.partition("{}")
            prefix = left + before + fact["subject"]
            self.ids.append(encode(prefix + after + right + forced))
            self.columns.append(len(encode(prefix)) - 1)
        self.ids.append(encode(f"{fact['subject']} is a"))
        self.columns.append(len(encode(fact["subject"])) - 1)


def value(model, block, rows, args, pad):
    """(z, iterations, CPU seconds of the first iteration)"""
    width = max(map(len, rows.ids))
    ids = torch.tensor([row + [pad] * (width - len(row)) for row in rows.ids])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows.ids])
    count, length = len(rows.ids) - 1, len(rows.target)
    labels = torch.full((count, width), -100)
    for row in range(count):
        last = len(rows.ids[row])
        labels[row, last - length:last] = torch.tensor(rows.target)
    delta = torch.zeros(model.config.hidden_size, requires_grad=True)
    kept = {}

    def hook(_, __, output):
        hidden = output[0] if isinstance(output, tuple) else output
        if "start" not in kept:
            kept["start"] = hidden[0, rows.columns[0]].detach().clone()
        hidden = hidden.clone()
        for row, column in enumerate(rows.columns):
            hidden[row, column] = hidden[row, column] + delta
        return (hidden, *output[1:]) if isinstance(output, tuple) else hidden

    handle = block.register_forward_hook(hook)
    adam = torch.optim.Adam([delta], lr=args.v_lr)
    iterations, began, first = 0, time.process_time(), 0.0
    try:
        for step in range(args.steps):
            iterations += 1
            adam.zero_grad()
            logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits
            essence = logits[-1, rows.columns[-1]].log_softmax(-1)
            before = kept.setdefault("before", essence.detach().clone())
            logp = logits[:count].log_softmax(-1)
            scored = labels != -100
            picked = logp.gather(2, labels.clamp(min=0)[..., None])[..., 0]
            nll = (-(picked * scored).sum(1) / length).mean()
            kl = args.kl_factor * torch.nn.functional.kl_div(
                before[None], essence[None], log_target=True, reduction="batchmean")
            decay = args.v_weight_decay * delta.norm() / kept["start"].norm() ** 2
            loss = nll + kl + decay
            if (loss < 0.05 and not args.no_early_stop) or step == args.steps - 1:
                break
            loss.backward()
            adam.step()
            limit = args.clamp_norm_factor * kept["start"].norm()
            if delta.norm() > limit:
                with torch.no_grad():
                    delta.mul_(limit / delta.norm())
            if step == 0:
                first = time.process_time() - began
    finally:
        handle.remove()
    return kept["start"] + delta.detach(), iterations, first


def arguments():
    parser = add_arguments(argparse.ArgumentParser(description=__doc__.split("\n")[0]))
    parser.add_argument("--languages", default="en")
    parser.add_argument("--facts", type=int, default=1, help="over all languages")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--templates", required=True, help='JSON {"en": ["{}", ...]}')
    parser.add_argument("--out", help="safetensors for the targets")
    parser.add_argument("--no-early-stop", action="store_true")
    return parser.parse_args()


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    model, tokenizer, end = load(args.model, verify=False)
    model.requires_grad_(False)
    templates = json.loads(Path(args.templates).read_text(encoding="utf-8"))
    facts = read_facts(args.data, args.languages.split(","), args.facts)
    if len(facts) < args.facts:
        raise SystemExit(f"{args.data} has only {len(facts)} usable facts")
    block = model.model.layers[args.layer]
    targets, steps, first = [], 0, 0.0
    began, cpu_began = time.perf_counter(), time.process_time()
    for fact in facts:
        rows = Rows(fact, templates[fact["language"]], tokenizer)
        z, iterations, of_first = value(model, block, rows, args, end)
        targets.append(z)
        steps += iterations
        first += of_first
    total, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    if args.out:
        save_file({"targets": torch.stack(targets, 1).contiguous()}, args.out)
    print(json.dumps({
        "seconds_total": round(total, 3), "seconds_per_fact": round(total / len(facts), 3),
        "cpu_seconds": round(cpu, 3), "first_cpu_seconds": round(first, 3),
        "steps": steps, "threads": torch.get_num_threads(),
        "facts": [[f["language"], f["subject"], f["prompt"], f["new_object"]] for f in facts],
    }, ensure_ascii=False))


if __name__ == "__main__":
    main()
