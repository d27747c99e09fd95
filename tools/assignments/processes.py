"""Ending every process that a submission has started."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

import psutil

BECOME_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of Linux, see prctl(2)
SET_DUMPABLE = 4  # PR_SET_DUMPABLE


def adopt_orphans() -> None:
    """Let processes whose parent has ended become ours, so that none slips away (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(BECOME_SUBREAPER, 1, 0, 0, 0)


def close_to_others() -> None:
    """Let no other process of the same user look into this one or its files (Linux only).

    Root may all the same.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_DUMPABLE, 0, 0, 0, 0)


def kill_descendants(pid: int) -> None:
    """Kill all processes below this one, and those that they start meanwhile."""
    for _ in range(20):
        try:
            below = psutil.Process(pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return
        if not below:
            return
        for process in below:
            end(process)
        psutil.wait_procs(below, timeout=0.5)


def kill_tree(pid: int) -> None:
    """Kill a process and all below it."""
    kill_descendants(pid)
    try:
        end(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return


def end(process: psutil.Process) -> None:
    """Kill a process, unless it has ended already or is another user's and out of our reach."""
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        process.kill()
