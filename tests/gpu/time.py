"""Times a model of Llama3-8B's shape, with random weights, on the CPU and on a GPU, and prints a Markdown table.

    python tests/gpu/time.py --langedit target/release/langedit --device wgpu:0

Rows: reading the model, a token of decoding, key statistics, a step of target values for two facts, solving for them, and the answers to
their questions. Decoding is a difference of two runs; the other times are the report's own. With --bandwidth (GB/s) the table says at which
share of it decoding reads the weights, each of them once a token.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEPS = 25
TOKENS = 64


def run(command):
    print("$", *command, file=sys.stderr)
    started = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return time.monotonic() - started, done.stdout


def model(a):
    """The synthetic model and the text and facts that go with it, made once."""
    a.work.mkdir(parents=True, exist_ok=True)
    path = a.work / (f"{a.layers}x{a.hidden}x{a.inner}" + (".gguf" if a.format == "q4_0" else f"-{a.format}"))
    if not path.exists():
        partial = path.with_name("partial-" + path.name)
        run([sys.executable, str(ROOT / "tests/bench/synthetic.py"), "--out", str(partial), "--format", a.format,
             "--layers", str(a.layers), "--hidden", str(a.hidden), "--inner", str(a.inner), "--heads", str(a.heads),
             "--kv-heads", str(a.kv_heads), "--head-dim", str(a.head_dim)])
        partial.rename(path)
    return path


def weights(path):
    files = [path] if path.is_file() else list(path.glob("*.safetensors"))
    return sum(file.stat().st_size for file in files)


def seconds(a, path, device):
    """Seconds by row, on one device."""
    tag = device.replace(":", "-")
    found = {}
    prompt = ["--model", str(path), "--prompt", "The capital of Veldania is", "--greedy", "--device", device]
    few, _ = run([a.langedit, "generate", *prompt, "--max-tokens", "1"])
    many, text = run([a.langedit, "generate", *prompt, "--max-tokens", str(1 + TOKENS), "--json"])
    made = len(json.loads(text)["tokens"]) - 1
    if made > 8:  # random weights may end a text early
        found["decoding, a token"] = max(many - few, 0.0) / made
    statistics, corpus = a.work / f"stats-{tag}.safetensors", ROOT / "tests/golden/editing/corpus.txt"
    layer = str(min(a.layer, a.layers - 1))
    # The same corpus over and over: what counts is the number of tokens.
    long = a.work / "corpus.txt"
    long.write_text("\n".join([" ".join(corpus.read_text(encoding="utf-8").splitlines()[:20])] * 60), encoding="utf-8")
    took, _ = run([a.langedit, "stats", "--model", str(path), "--corpus", str(long), "--layers", layer, "--max-tokens",
                   str(a.tokens), "--device", device, "--out", str(statistics), "--quiet"])
    report = a.work / f"edit-{tag}.json"
    run([a.langedit, "edit", "--model", str(path), "--data", str(ROOT / "tests/golden/editing/facts.json"), "--languages", "en",
         "--facts", "2", "--batch", "2", "--method", "memit", "--layers", layer, "--set", f"v_num_grad_steps={STEPS}",
         "--set", "v_stop_loss=1e-6", "--stats", str(statistics), "--device", device, "--solver", "host" if device == "cpu" else a.solver,
         "--report", str(report), "--quiet"])
    timing = json.loads(report.read_text())["timing"]
    found["reading the model"] = timing["load_seconds"]
    found[f"key statistics, {a.tokens} tokens, with reading"] = took
    found["a step of target values, two facts"] = timing["target_seconds"] / STEPS
    found["solving"] = timing["solve_seconds"]
    found["asking"] = timing["evaluate_seconds"]
    return found, timing.get("peak_memory_bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--langedit", default="langedit", help="the command")
    parser.add_argument("--device", default="wgpu:0", help="as langedit's own")
    parser.add_argument("--solver", default="device", choices=["host", "device"], help="where the GPU's run solves")
    parser.add_argument("--work", type=Path, default=Path("gpu-run"), help="folder for models and reports")
    parser.add_argument("--format", default="q4_0", choices=["q4_0", "bf16"])
    parser.add_argument("--layer", type=int, default=8, help="the edited layer")
    parser.add_argument("--tokens", type=int, default=2000, help="tokens of key statistics")
    parser.add_argument("--bandwidth", type=float, help="of the GPU's memory, GB/s")
    parser.add_argument("--without-cpu", action="store_true", help="time the GPU alone")
    for name, number in [("layers", 32), ("hidden", 4096), ("inner", 14336), ("heads", 32), ("kv-heads", 8), ("head-dim", 128)]:
        parser.add_argument(f"--{name}", type=int, default=number)
    a = parser.parse_args()
    path = model(a)
    size = weights(path)
    devices = [a.device] if a.without_cpu else [a.device, "cpu"]
    measured = {device: seconds(a, path, device) for device in devices}
    held = json.loads(run([a.langedit, "devices", "--json"])[1])
    names = {entry["device"]: entry["name"] for entry in held}
    print(f"{a.layers} layers of {a.hidden} and {a.inner}, {a.format}, {size / 1e9:.2f} GB, on {names.get(a.device, a.device)}:\n")
    print("| seconds |", " | ".join(devices), "|" + (" CPU to GPU |" if len(devices) > 1 else "") + (" share of the bandwidth |" if a.bandwidth else ""))
    print("|---" * (1 + len(devices) + (len(devices) > 1) + bool(a.bandwidth)) + "|")
    for row in measured[a.device][0]:
        times = [measured[device][0].get(row) for device in devices]
        cells = [row, *("" if took is None else f"{took:.3g}" for took in times)]
        if len(devices) > 1:
            cells.append(f"{times[1] / times[0]:.2g}" if all(times) else "")
        if a.bandwidth:
            # Decoding reads all weights once; the embedding's rows are few, its size is small beside the blocks'.
            cells.append(f"{100 * size / times[0] / (a.bandwidth * 1e9):.0f} %" if row.startswith("decoding") and times[0] else "")
        print("| " + " | ".join(cells) + " |")
    for device in devices:
        if measured[device][1]:
            print(f"\nPeak memory of the process on {device}: {measured[device][1] / 1e9:.2f} GB.")


if __name__ == "__main__":
    main()
