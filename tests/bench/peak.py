"""Runs a command and says how much memory it had at most: on its heap, and in files that are mapped (which the system gives up when it has to).

    python tests/bench/peak.py langedit stats --model big.gguf --corpus en.txt --layers 4-8 --out stats.safetensors

/usr/bin/time counts both together. Linux only; looks fifty times a second.
"""

import subprocess
import sys
import time
from pathlib import Path


def main():
    started, process = time.monotonic(), subprocess.Popen(sys.argv[1:])
    status, peak = Path(f"/proc/{process.pid}/status"), {"RssAnon": 0, "RssFile": 0}
    while process.poll() is None:
        lines = (line.split() for line in status.read_text().splitlines())
        for name, kilobytes in ((line[0][:-1], int(line[1])) for line in lines if line[0][:-1] in peak):
            peak[name] = max(peak[name], kilobytes)
        time.sleep(0.02)
    heap, mapped = (peak[name] * 1024 / 1e9 for name in ("RssAnon", "RssFile"))
    print(f"peak: heap {heap:.2f} GB, mapped {mapped:.2f} GB; {time.monotonic() - started:.0f} s", file=sys.stderr)
    sys.exit(process.returncode)


if __name__ == "__main__":
    main()
