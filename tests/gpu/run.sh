#!/usr/bin/env bash
# On a machine with a GPU: builds the command, runs the tests that compare the GPU with the CPU, and times Llama3-8B's shape on both.
#
#   tests/gpu/run.sh                                   # the first adapter, 32 layers of Q4_0: 20 GB of disk, a quarter of an hour
#   tests/gpu/run.sh --device wgpu:1 --layers 9        # another adapter, fewer layers
#   tests/gpu/run.sh --bandwidth 4800                  # what the GPU's memory can do, for the share of it
#
# Needs rustup, python3 with numpy, and for Vulkan the driver's libvulkan. What is measured goes to standard output as Markdown, all else to
# standard error; the models and reports stay in --work. Every option is one of `time.py`, which `time.py --help` explains.
set -euo pipefail
cd "$(dirname "$0")/../.."
export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/tmp}

command -v cargo >/dev/null || { echo "cargo is missing: install it with https://rustup.rs" >&2; exit 1; }
python3 -c 'import numpy' || { echo "numpy is missing: python3 -m pip install numpy" >&2; exit 1; }

# The test binaries; the first of them builds the command.
cargo test --locked --release -p langedit --test cli --no-run >&2
target=$(cargo metadata --locked --no-deps --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
langedit=$target/release/langedit

"$langedit" devices >&2
"$langedit" devices --json | python3 -c '
import json, sys
gpus = [device for device in json.load(sys.stdin) if device["device"] != "cpu"]
if not gpus:
    sys.exit("there is no GPU that wgpu can open: nothing to run")
if all(gpu["kind"] == "software" for gpu in gpus):
    print("every adapter is software: what follows says nothing about a GPU", file=sys.stderr)
'

# A test that finds no GPU passes with a sentence in this file.
skipped=$(mktemp)
trap 'rm -f "$skipped"' EXIT
LANGEDIT_SKIPPED=$skipped cargo test --locked --release --no-fail-fast -p langedit \
  --test gpu --test model_parity --test editing_golden --test methods_golden --test metrics_golden --test solver --test devices >&2
if [ -s "$skipped" ]; then
  echo "left out:" >&2
  cat "$skipped" >&2
fi

python3 tests/gpu/time.py --langedit "$langedit" "$@"
