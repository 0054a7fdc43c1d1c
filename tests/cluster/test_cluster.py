"""static/cluster, run for real: on this machine, and on a Slurm of three nodes of which one is lost, by a coordinator that is killed.

LANGEDIT names the command. Snakemake is that of the Python that runs this.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import slurm

ROOT = Path(__file__).resolve().parents[2]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
LANGEDIT = Path(os.environ["LANGEDIT"]).resolve()

EXPERIMENT = {
    "name": "tiny", "title": "Two facts in two languages", "about": "", "models": ["builtin"], "data": "builtin", "languages": ["en", "de"],
    "facts": 2, "batch": 2, "methods": ["memit", "langedit", "ft"], "orders": ["round-robin"], "seeds": [0],
}  # fmt: skip

# The command, noting who ran what where. What is to run on a node or for a method waits as long as `hold` has a file of that name.
WRAPPER = """#!/bin/sh
echo "${{SLURMD_NODENAME:--}} ${{CUDA_VISIBLE_DEVICES:--}} $*" >> {folder}/log
case "$*" in
*--list-cells*) ;;
*) while [ -f "{folder}/hold/$SLURMD_NODENAME" ]; do sleep 0.2; done ;;
esac
case "$*" in *"--cell builtin.langedit."*) while [ -f {folder}/hold/langedit ]; do sleep 0.2; done ;; esac
exec {langedit} "$@"
"""


class Workflow:
    """A copy of static/cluster with a tiny experiment, as a researcher would set it up."""

    def __init__(self, folder):
        self.folder = Path(folder)
        shutil.copytree(ROOT / "static/cluster", self.folder, dirs_exist_ok=True)
        (self.folder / "hold").mkdir()
        (self.folder / "tiny.json").write_text(json.dumps(EXPERIMENT))
        wrapper = self.folder / "langedit"
        wrapper.write_text(WRAPPER.format(folder=self.folder, langedit=LANGEDIT))
        wrapper.chmod(0o755)
        corpus = [str(ROOT / f"static/corpus/udhr.{code}.txt") for code in ("en", "de")]
        config = {
            "langedit": str(wrapper), "experiment": "tiny.json", "scale": "full", "out": "results", "model": "builtin", "data": "builtin",
            "device": "cpu", "threads": 1, "corpus": corpus, "layers": "auto", "projectors": [1, 2], "threshold": "20%", "shards": 2,
        }  # fmt: skip
        assert config.keys() == keys(self.folder / "config.yaml"), "the test sets what there is to set"
        (self.folder / "config.yaml").write_text(json.dumps(config))
        self.config = config

    def start(self, *arguments, environment=None):
        with open(self.folder / "snakemake.out", "a") as log:
            # A group of its own, so that it can be killed with what it started.
            return subprocess.Popen(
                [SNAKEMAKE, *arguments], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def run(self, *arguments, environment=None, seconds=150):
        snakemake = self.start(*arguments, environment=environment)
        try:
            if snakemake.wait(seconds) == 0:
                return
        except subprocess.TimeoutExpired:
            end(snakemake)
        raise AssertionError((self.folder / "snakemake.out").read_text()[-4000:])

    def in_one_process(self):
        """The same steps, without an engine."""
        statistics, out = self.folder / "one.safetensors", self.folder / "one"
        flags = ["--model", "builtin", "--layers", "auto", "--triangle"]
        parts = [self.folder / f"part{i}.safetensors" for i in (1, 2)]
        for i, part in enumerate(parts, 1):
            langedit("stats", *flags, "--corpus", *self.config["corpus"], "--shard", f"{i}/2", "--out", part)
        langedit("stats", "merge", *parts, "--triangle", "--out", statistics)
        langedit("experiment", self.folder / "tiny.json", "--stats", statistics, "--out", out)
        return numbers(out)

    def cells(self):
        folder = self.folder / "results/cells"
        return {path.name: path.read_bytes() for path in folder.glob("*.json")} if folder.is_dir() else {}

    def log(self):
        log = self.folder / "log"
        return [line.split(" ", 2) for line in log.read_text().splitlines()] if log.exists() else []


def end(process):
    """Kills a process and its group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def keys(config):
    """The names in a flat YAML file."""
    lines = config.read_text().splitlines()
    return {line.split(":")[0] for line in lines if line and not line.startswith(("#", " "))}


def langedit(*arguments):
    subprocess.run([LANGEDIT, *map(str, arguments), "--quiet"], check=True, stdout=subprocess.DEVNULL, env=os.environ | {"RAYON_NUM_THREADS": "1"})


def numbers(out):
    """Everything of a report's CSV but the last column, the seconds."""
    return [line.rpartition(",")[0] for line in (out / "report.csv").read_text().splitlines()]


class Cluster(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cluster-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.workflow = Workflow(Path(folder.name) / "workflow")
        self.folder = Path(folder.name)

    def assert_same_report(self):
        found, expected = numbers(self.workflow.folder / "results"), self.workflow.in_one_process()
        self.assertEqual(found, expected)
        # Three runs, each in two languages and their average, and the heading.
        self.assertEqual(len(found), 1 + 3 * 3)

    def test_on_this_machine(self):
        self.workflow.run("--profile", "profiles/local", "--cores", "2")
        # What is read from a projector's file is what a decomposition gives.
        self.assert_same_report()
        ran = [arguments for *_, arguments in self.workflow.log() if "--list-cells" not in arguments]
        self.assertEqual(len(ran), 2 + 1 + 2 + 3 + 1)

    def test_on_slurm_with_a_lost_node_and_a_killed_coordinator(self):
        try:
            cluster = self.enterContext(slurm.Slurm(tempfile.mkdtemp(prefix="slurm-", dir=self.folder)))
        except slurm.CannotStart as reason:
            self.skipTest(str(reason))
        workflow = self.workflow
        flags = ["--profile", "profiles/slurm", "--default-resources", "slurm_partition=gpu", "runtime=10", "mem_mb=500", "gpu=1",
                 "--slurm-no-account", "--slurm-status-command", "squeue",
                 "--slurm-init-seconds-before-status-checks", "1", "--seconds-between-status-checks", "1"]  # fmt: skip
        lost, late = (workflow.folder / "hold" / name for name in ("n1", "langedit"))
        lost.touch()
        late.touch()

        # The node that began something is lost; Slurm gives that to another.
        coordinator = workflow.start(*flags, environment=cluster.environment)
        self.addCleanup(end, coordinator)
        begun = slurm.wait(lambda: [what for node, _, what in workflow.log() if node == "n1" and "--list" not in what], 60, "work on n1")
        cluster.lose("n1")
        cluster.requeued()
        # With one cell done and another running, the coordinator is gone too.
        done = slurm.wait(workflow.cells, 100, "a first cell")
        slurm.wait(lambda: any("--cell builtin.langedit" in what for *_, what in workflow.log()), 60, "a second cell")
        self.assertIsNone(coordinator.poll(), (workflow.folder / "snakemake.out").read_text()[-4000:])
        end(coordinator)
        self.assertNotIn("builtin.langedit.round-robin.seed0.json", workflow.cells())
        late.unlink()

        workflow.run("--profile", "profiles/slurm", "--unlock", environment=cluster.environment)
        workflow.run(*flags, environment=cluster.environment)
        self.assert_same_report()
        self.assertEqual({name: workflow.cells()[name] for name in done}, done, "what was done is kept")
        elsewhere = [node for node, _, what in workflow.log() if what == begun[0] and node in ("n2", "n3")]
        self.assertTrue(elsewhere, f"{begun[0]} was begun on n1 and never again")
        on_gpus = {gpu for node, gpu, what in workflow.log() if node != "-" and "--device" in what}
        self.assertEqual(on_gpus, {"0"}, "each node shows a job its GPU")


if __name__ == "__main__":
    unittest.main(testRunner=unittest.TextTestRunner(stream=sys.stdout, verbosity=2))
