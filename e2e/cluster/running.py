"""A cluster on this machine that is measured: its processes, their processor time, and their compilers."""

import json
import os
import pathlib
import subprocess
import time

HOME = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")

# The compilers of all processes may take this part of a core when they are at rest.
COMPILING_MAX = 0.1
WARM_UP_MAX = 600


def vecraft(*arguments):
    done = subprocess.run([HOME / "vecraft", *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def processes(directory):
    return json.loads((directory / "cluster.json").read_text())["processes"]


def seconds(stat):
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def cpu_seconds(pids):
    return sum(seconds(pathlib.Path(f"/proc/{pid}/stat")) for pid in pids)


def compiler_seconds(pids):
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            try:
                if (task / "comm").read_text().startswith(("C1 Compiler", "C2 Compiler")):
                    total += seconds(task / "stat")
            except (FileNotFoundError, ProcessLookupError):
                pass  # It has ended.
    return total


def warm_up(pids, load):
    """Lets load run until nothing is compiled any more: that takes the cores that are measured. Says how it ended."""
    began = time.monotonic()
    while True:
        compiling, since = compiler_seconds(pids), time.monotonic()
        load()
        now = time.monotonic()
        part = (compiler_seconds(pids) - compiling) / (now - since)
        if part < COMPILING_MAX or now - began > WARM_UP_MAX:
            return {"warm_up_s": round(now - began), "compiling_cores": round(part, 2), "load_average": os.getloadavg()[0]}
