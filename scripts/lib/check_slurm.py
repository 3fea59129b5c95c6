#!/usr/bin/env python3
"""A grid as a SLURM job array, on a real slurmctld, slurmd and munge of this machine: one task is killed and requeued, and what is
merged at the end is the result of one process, byte for byte.

    check_slurm.py NTK      the command; skipped with a word where SLURM is not here and cannot be installed or started

Everything is in a folder of its own and listens on this machine alone; the daemons end with this program.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {"slurmctld": "slurmctld", "slurmd": "slurmd", "munged": "munge", "sbatch": "slurm-client"}
# Long enough that a task can be killed in the middle, eight shards of it.
GRID = "drift --width 64 --depth 2,3 --n 64 --test 8 --steps 10000 --sigma-w2 1,1.5,2,2.5 --sigma-b2 0.5,1,1.5"
TASKS = 8


def skip(why):
    print(f"   {why}: skipped")
    sys.exit(0)


def install(programs, what):
    """What is missing, where that needs nobody's password."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = sorted({package for program, package in programs.items() if not shutil.which(program)})
    if not missing:
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        skip(f"{what} is not installed")
    print(f"── System packages: {' '.join(missing)} (for this test only)", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    call = lambda *words: subprocess.run([*apt, *words], env=environment, capture_output=True).returncode == 0  # noqa: E731
    get = ["install", "-y", "--no-install-recommends", *missing]
    if not (call(*get) or (call("update") and call(*get))):
        skip(f"{what} could not be installed")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Cluster:
    """One machine as a cluster of one node."""

    def __init__(self, folder):
        self.folder, self.daemons = folder, []
        host = socket.gethostname().split(".")[0]
        (folder / "key").write_bytes(os.urandom(1024))
        (folder / "key").chmod(0o400)
        for name in ("state", "spool"):
            (folder / name).mkdir()
        (folder / "slurm.conf").write_text(
            f"""ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=bf_interval=1,sched_min_interval=100000
MpiDefault=none
KillWait=2
MinJobAge=3600
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
"""
        )
        os.environ["SLURM_CONF"] = str(folder / "slurm.conf")

    def start(self, name, *words):
        log = open(self.folder / f"{name}.log", "wb")
        self.daemons.append(subprocess.Popen([name, *map(str, words)], stdout=log, stderr=log, stdin=subprocess.DEVNULL))

    def __enter__(self):
        at = self.folder
        self.start(
            "munged", "-F", "--force", f"--key-file={at}/key", f"--socket={at}/munge.socket", f"--pid-file={at}/munge.pid",
            f"--log-file={at}/munged.own.log", f"--seed-file={at}/munge.seed",
        )  # fmt: skip
        wait(lambda: (at / "munge.socket").exists(), 10)
        self.start("slurmctld", "-D", "-c")
        self.start("slurmd", "-D", "-c")
        if not wait(lambda: "idle" in run("sinfo", "-h", "-o", "%T", check=False), 30):
            for name in ("slurmctld", "slurmd", "munged"):
                log = (at / f"{name}.log").read_text(errors="replace").splitlines()
                print(*(f"   {name}: {line}" for line in log[-4:]), sep="\n")
            self.__exit__()
            skip("SLURM could not be started on this machine")
        return self

    def __exit__(self, *_):
        # A task that still runs would outlive the daemons.
        try:
            subprocess.run(["scancel", "--user=root"], capture_output=True, timeout=10)
            time.sleep(1)
        except subprocess.TimeoutExpired:
            pass  # no controller, so no task
        for daemon in reversed(self.daemons):
            daemon.send_signal(signal.SIGTERM)
        for daemon in self.daemons:
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()


def run(*words, check=True):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if check and done.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, words))}: {done.stderr or done.stdout}")
    return done.stdout


def wait(until, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if until():
            return True
        time.sleep(0.1)
    return False


def parameters_and_numbers(text):
    """Without `written_by`, which has the time that it took and the flags of the machine's threads."""
    whole = json.loads(text)
    del whole["written_by"]
    return json.dumps(whole, sort_keys=True)


def merged_is_whole(ntk, grid, parts, store):
    """Ends this program unless the parts, merged, are what one process computes of the grid, with a store of its own."""
    merged = run(ntk, "merge", *parts, "--json")
    os.environ["NTK_STORE_DIR"] = str(store)
    whole = run(ntk, *grid.split(), "--json")
    if parameters_and_numbers(merged) != parameters_and_numbers(whole):
        sys.exit("error: what was merged is not what one process computes")
    print(f"   {TASKS} parts merged: the parameters and numbers of one process, byte for byte", flush=True)


def task_of(job, index):
    """The processes of a task's command."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "environ").read_bytes().split(b"\0")
                name = (entry / "comm").read_text().strip()
            except OSError:
                continue
            if f"SLURM_ARRAY_JOB_ID={job}".encode() in words and f"SLURM_ARRAY_TASK_ID={index}".encode() in words and name == "ntk":
                found.append(int(entry.name))
    return found


def main(ntk):
    install(PROGRAMS, "SLURM")
    with tempfile.TemporaryDirectory(prefix="ntk-slurm-") as name, Cluster(Path(name)) as cluster:
        folder, results = cluster.folder, cluster.folder / "results"
        os.environ |= {"NTK": ntk, "NTK_GRID": GRID, "NTK_RESULTS": str(results)}
        os.environ.pop("NTK_STORE_DIR", None)
        # Tasks run in a folder elsewhere, from which the project's data are not found by themselves.
        os.environ.setdefault("NTK_DATA_DIR", str(ROOT / "data"))
        job = run("sbatch", "--parsable", "--chdir", folder, ROOT / "scripts/slurm/array.sbatch").strip()
        state = lambda: run("squeue", "-h", "-r", "-j", job, "-o", "%K %T", check=False)  # noqa: E731

        # A task in the middle of its work is killed as by the machine, then requeued as an administrator does.
        logs = lambda: "\n".join(f"{log.name}: {log.read_text()[-500:]}" for log in sorted(folder.glob("*.log")))  # noqa: E731
        if not wait(lambda: task_of(job, 2), 60):
            sys.exit(f"error: task 2 did not start: {state()}\n{logs()}")
        time.sleep(0.3)
        killed = task_of(job, 2)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        ended = wait(lambda: "2 " not in state(), 30)
        run("scontrol", "requeue", f"{job}_2")
        # SLURM would wait two minutes: on a cluster the reason of the failure may go away meanwhile.
        run("scontrol", "update", f"JobId={job}_2", "StartTime=now")
        print(f"   task 2 of {job} killed ({len(killed)} process, {'ended' if ended else 'still listed'}) and requeued", flush=True)
        if not killed:
            sys.exit("error: the task that was to be killed had ended: the grid is too small")
        parts = [results / f"part-{index}.json" for index in range(1, TASKS + 1)]
        if not wait(lambda: all(part.exists() for part in parts) and not state().strip(), 180):
            sys.exit(f"error: the array did not end: {state()}\n{logs()}")
        log = (folder / f"ntk-{job}_2.log").read_text()
        merged_is_whole(ntk, GRID, parts, folder / "whole")
        print(*("   task 2: " + line for line in log.splitlines()[-3:]), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1])
