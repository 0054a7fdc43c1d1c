"""A Slurm cluster of three nodes on this machine, in a folder of its own: daemons of the user who starts it, on the loopback device."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

NODES = ["n1", "n2", "n3"]
PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "sinfo"]
# Where Debian has daemons, which is in the PATH of root alone.
PATH = os.environ["PATH"] + ":/usr/sbin"

# Lost nodes are noticed within seconds. A path of /dev/null stands for each node's GPU.
CONFIGURATION = """
ClusterName=langedit
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=bf_interval=1,batch_sched_delay=1,sched_min_interval=100000
GresTypes=gpu
SlurmdParameters=config_overrides
SlurmdTimeout=6
SlurmctldTimeout=6
ReturnToService=2
{nodes}
PartitionName=gpu Nodes=n[1-3] Default=YES MaxTime=INFINITE State=UP
"""


class CannotStart(Exception):
    """This machine cannot run the daemons; says why."""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for held in sockets:
        held.bind(("127.0.0.1", 0))
    ports = [held.getsockname()[1] for held in sockets]
    for held in sockets:
        held.close()
    return ports


def wait(condition, seconds, what):
    """Waits until `condition` holds, and returns what it gave."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.2)
    return found


class Slurm:
    """The cluster, from `with` to its end, after which none of its processes is left."""

    def __init__(self, folder):
        self.folder = Path(folder)
        missing = [name for name in PROGRAMS if not shutil.which(name, path=PATH)]
        if missing:
            raise CannotStart(f"{', '.join(missing)} not installed (Debian: apt-get install slurmctld slurmd slurm-client munge)")
        self.daemons = {}
        self.environment = dict(os.environ)

    def __enter__(self):
        folder, ports = self.folder, free_ports(1 + len(NODES))
        folder.chmod(0o755)
        for name in ["state", "bin", *NODES]:
            (folder / name).mkdir()
        host = socket.gethostname().split(".")[0]
        nodes = [
            f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=2 RealMemory=4000 Gres=gpu:1"
            for name, port in zip(NODES, ports[1:])
        ]
        configuration = CONFIGURATION.format(host=host, ports=ports, user=getpass.getuser(), folder=folder, nodes="\n".join(nodes))
        (folder / "slurm.conf").write_text(configuration)
        (folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")
        # Programs that find this cluster whatever the environment of those that call them.
        for name in ["sbatch", "srun", "squeue", "scancel", "sinfo", "scontrol"]:
            program = folder / "bin" / name
            program.write_text(f'#!/bin/sh\nexport SLURM_CONF={folder}/slurm.conf\nexec {shutil.which(name, path=PATH)} "$@"\n')
            program.chmod(0o755)
        self.environment["PATH"] = f"{folder}/bin:{PATH}"
        self.environment["SLURM_CONF"] = f"{folder}/slurm.conf"
        key = folder / "munge.key"
        key.write_bytes(os.urandom(64))
        key.chmod(0o600)
        try:
            files = [("socket", "socket"), ("pid-file", "pid"), ("log-file", "log"), ("seed-file", "seed")]
            places = [f"--{flag}={folder}/munge.{ending}" for flag, ending in files]
            self.start("munged", "--foreground", "--force", f"--key-file={key}", *places)
            wait((folder / "munge.socket").exists, 10, "munged")
            self.start("slurmctld", "-D", "-f", folder / "slurm.conf")
            for name in NODES:
                self.start("slurmd", "-D", "-N", name, "-f", folder / "slurm.conf", known_as=name)
            wait(lambda: self.ask("sinfo", "--noheader", "--Node", "--format=%t").split() == ["idle"] * len(NODES), 30, "three idle nodes")
        except (TimeoutError, OSError) as error:
            said = [f"{log.stem}: {lines[-1]}" for log in sorted(folder.glob("*.out")) if (lines := log.read_text().splitlines())]
            self.__exit__()
            raise CannotStart(f"Slurm does not start here: {error}; {'; '.join(said)}") from error
        return self

    def __exit__(self, *_):
        # Nothing of it is kept, so nobody waits for it to end in order.
        for daemon in self.daemons.values():
            daemon.kill()
            daemon.wait()
        while left := self.processes():
            kill_all(left)
            time.sleep(0.1)

    def start(self, program, *arguments, known_as=None):
        name = known_as or program
        with open(self.folder / f"{name}.out", "w") as out:
            command = [shutil.which(program, path=PATH), *map(str, arguments)]
            environment = self.environment | {"TEST_NODE": name}
            self.daemons[name] = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def ask(self, *command):
        """What a client of the cluster prints; nothing where it fails."""
        try:
            return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=20).stdout
        except (subprocess.TimeoutExpired, OSError):
            return ""

    def processes(self, node=None):
        """The processes of the cluster, or of a node: its daemon's children, and its jobs, know it by their environment."""
        ours, nodes = f"SLURM_CONF={self.folder}/slurm.conf", {f"TEST_NODE={node}", f"SLURMD_NODENAME={node}"}
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                environment = set((place / "environ").read_text(errors="replace").split("\0"))
            except OSError:
                continue
            if int(place.name) != os.getpid() and ours in environment and (node is None or nodes & environment):
                found.append(int(place.name))
        return found

    def lose(self, node):
        """What happens when a machine's power fails: its daemon and all that runs on it are gone, and nobody is told."""
        processes = self.processes(node)
        for process in processes:
            send(process, signal.SIGSTOP)
        kill_all(processes)
        self.daemons[node].wait()

    def requeued(self):
        """Waits until Slurm takes back what ran on a lost node, and spares it the two minutes of rest that it then prescribes."""
        jobs = wait(lambda: self.ask("squeue", "--noheader", "--states=PENDING", "--format=%i").split(), 60, "a job taken back")
        for job in jobs:
            self.ask("scontrol", "update", f"JobId={job}", "StartTime=now")


def send(process, number):
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass


def kill_all(processes):
    for process in processes:
        send(process, signal.SIGKILL)
