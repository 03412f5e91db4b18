#!/usr/bin/python3
"""The systemd unit lets the program do what it counts on. Exit 77 (skipped) without systemd-analyze.

The unit's filter of system calls names sets of them; systemd itself says what is in a set.
"""
import shutil
import subprocess
import sys
from pathlib import Path

UNIT = Path(__file__).resolve().parents[2] / "deploy" / "systemd" / "penstock.service.in"
# classify_pool.c lowers its threads' claim to a core, and raises it again.
NEEDED = ["setpriority", "sched_setscheduler"]


def calls(name):
    """All system calls of a set, or the one of that name."""
    if not name.startswith("@"):
        return {name}
    shown = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True)
    members = [line.strip() for line in shown.stdout.splitlines()[1:]]
    return set().union(*(calls(member) for member in members if member and not member.startswith("#")))


if not shutil.which("systemd-analyze"):
    sys.exit(77)
allowed = set()
for line in UNIT.read_text().splitlines():
    if line.startswith("SystemCallFilter=~"):
        allowed -= set().union(*map(calls, line.split("~", 1)[1].split()))
    elif line.startswith("SystemCallFilter="):
        allowed |= set().union(*map(calls, line.split("=", 1)[1].split()))
forbidden = [name for name in NEEDED if name not in allowed]
for name in forbidden:
    print(f"{UNIT.name}: its SystemCallFilter forbids {name}")
sys.exit(bool(forbidden))
