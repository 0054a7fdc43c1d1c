"""How much faster is `langedit edit` at v* than the textbook loop, and does it find the same z?

    python tests/bench/v_ratio.py --model M.gguf --data zsre.json --language en --facts 8 --layer 8

Runs the command (release build) with --dump and --report, then `textbook_v.py`, with the same
facts, templates, settings and number of threads, in one step, so that neither sees an edited
model. The early stop is left on in both: it is part of the loop. Prints one line of JSON with two
ratios: `ratio` of wall time in v*, and `cpu_ratio` of CPU time, which other work on the machine
does not distort. The command is run a second time for one iteration, and CPU time counts from the
second iteration on, on both sides: a process also loads, solves and evaluates. So `cpu_ratio`
leaves out what the command computes once, about the cost of one iteration. Exits 1 where a column
of z differs by more than --tolerance, or --least is not reached.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from loop import add_arguments, flag, settings, usable
from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "tests" / "golden" / "editing" / "templates.json"


def run(command, **environment):
    """Standard output; ends the script with the command's own message where it fails."""
    done = subprocess.run(command, cwd=ROOT, text=True, env={**os.environ, **environment},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        shown = " ".join(map(str, command))
        raise SystemExit(f"{shown}\nended with {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout


def excerpt(data, language, count, folder):
    """A data file of just the first `count` usable records, so that both sides take the same."""
    records = [record for record, _, _ in usable(data, [language])]
    if len(records) < count:
        raise SystemExit(f"{data} has only {len(records)} usable facts in {language}")
    path = folder / data.name
    path.write_text(json.dumps(records[:count], ensure_ascii=False), encoding="utf-8")
    return path


def cpu_of_children():
    """User and system seconds of all processes that have ended"""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ours(args, folder, templates, steps):
    """(seconds in v*, z [d_out, n], prompts in order or None, CPU seconds of the process)"""
    folder.mkdir()
    binary = [args.binary] if args.binary else [
        "cargo", "run", "--quiet", "--release", "-p", "langedit", "--bin", "langedit", "--"]
    report, dump = folder / "report.json", folder / "dump"
    chosen = settings(args) | {"v_num_grad_steps": steps, "fact_token": "subject_last"}
    # MEMIT and one layer: the v* of all methods are the same, and nothing else takes long
    command = binary + [
        "edit", "--model", args.model, "--data", args.data, "--languages", args.language,
        "--facts", args.facts, "--batch", args.facts, "--order", "by-language",
        "--method", args.method, "--seed", "0", "--device", args.device,
        "--layers", args.layer, "--templates", templates, "--report", report, "--dump", dump]
    if args.stats:
        command += ["--stats", args.stats]
    for name, x in chosen.items():
        command += ["--set", f"{name}={x}"]
    began = cpu_of_children()
    run(list(map(str, command)), RAYON_NUM_THREADS=str(args.threads))
    cpu = cpu_of_children() - began
    told = json.loads(report.read_text(encoding="utf-8"))
    if told.get("skipped"):
        print(f"skipped by the command: {told['skipped']}", file=sys.stderr)
    files = sorted(dump.rglob("*.safetensors")) if dump.is_dir() else [dump]
    found = [x for file in files for name, x in load_file(file).items() if name.endswith(".targets")]
    if len(found) != 1:  # there is one step
        raise SystemExit(f"{len(found)} step<t>.targets in {[str(f) for f in files]}, not 1")
    facts = (told.get("recipe") or {}).get("facts")
    order = [fact["prompt"] for fact in facts] if facts else None
    return float(told["timing"]["target_seconds"]), found[0].double(), order, cpu


def textbook(args, folder, templates):
    """The same from the textbook loop, the CPU seconds without first iterations, plus the iterations."""
    out = folder / "z.safetensors"
    command = [
        sys.executable, ROOT / "tests" / "bench" / "textbook_v.py", "--model", args.model,
        "--data", args.data, "--languages", args.language, "--facts", args.facts,
        "--layer", args.layer, "--steps", args.steps, "--threads", args.threads,
        "--templates", templates, "--out", out]
    command += [part for name, x in settings(args).items() for part in (flag(name), x)]
    threads = str(args.threads)
    text = run(list(map(str, command)), OMP_NUM_THREADS=threads, MKL_NUM_THREADS=threads)
    told = json.loads(text.strip().splitlines()[-1])
    return (told["seconds_total"], load_file(out)["targets"].double(),
            [fact[2] for fact in told["facts"]], told["cpu_seconds"] - told["first_cpu_seconds"],
            told["steps"])


def arguments():
    parser = add_arguments(argparse.ArgumentParser(description=__doc__.split("\n")[0]))
    parser.add_argument("--language", default="en")
    parser.add_argument("--facts", type=int, default=8)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--templates", type=lambda p: Path(p).resolve(), default=TEMPLATES)
    parser.add_argument("--stats", type=lambda p: Path(p).resolve(), help="key statistics of the layer")
    parser.add_argument("--method", default="memit")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--binary", help="the langedit binary; cargo builds and runs it otherwise")
    parser.add_argument("--tolerance", type=float, default=1e-3)
    parser.add_argument("--least", type=float, help="fail below this ratio")
    return parser.parse_args()


def main():
    args = arguments()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        args.data = excerpt(args.data, args.language, args.facts, folder)
        fast, z, order, cpu = ours(args, folder / "all", args.templates, args.steps)
        cpu -= ours(args, folder / "one", args.templates, 1)[3]
        slow, reference, prompts, slow_cpu, iterations = textbook(args, folder, args.templates)
    if order is not None and sorted(order) == sorted(prompts):
        # the seed may shuffle the facts: compare like with like
        reference = reference[:, [prompts.index(prompt) for prompt in order]]
        matched = True
    elif order is not None:
        raise SystemExit(f"other facts were edited:\n{order}\n{prompts}")
    else:
        matched = False
    if z.shape != reference.shape:
        raise SystemExit(f"z is {tuple(z.shape)}, the textbook's {tuple(reference.shape)}")
    difference = ((z - reference).norm(dim=0) / reference.norm(dim=0)).max().item()
    ratio = slow / fast if fast > 0 else float("inf")
    print(json.dumps({
        "facts": args.facts, "threads": args.threads, "textbook_seconds": round(slow, 3),
        "langedit_seconds": round(fast, 3), "ratio": round(ratio, 2),
        "textbook_cpu_seconds": round(slow_cpu, 3), "langedit_cpu_seconds": round(cpu, 3),
        "cpu_ratio": round(slow_cpu / cpu, 2) if cpu > 0 else None,
        "largest_relative_difference": difference, "textbook_iterations": iterations,
        "facts_matched_by_prompt": matched}))
    if difference > args.tolerance or args.least and ratio < args.least:
        raise SystemExit(1)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
