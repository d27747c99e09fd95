"""One process for each submission: its own folder, little environment, an end when time is up.

The process that is started here runs the tests, and starts the student's kernel in turn, see
`execute`. By itself this does not keep a kernel from your files or the network: for that start it
as another user, or all in a container, see docs/teaching.md.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.assignments.masters import ROOT, is_test
from tools.assignments.processes import kill_tree

STARTING = 600  # seconds for Python and its kernel to start, on a busy machine
PASSED_ON = ("PATH", "LANG", "LC_ALL", "COURSE_CACHE", "SYSTEMROOT")


@dataclass(frozen=True)
class Limits:
    """Under which conditions a submission runs.

    Attributes:
        python: of the course's environment.
        cell_seconds: for one cell.
        seconds: for all cells together.
        prefix: a command that a student's kernel is started with, such as
            ``("runuser", "-u", "grader", "--")``.
    """

    python: Path = ROOT / ".venv" / "bin" / "python"
    cell_seconds: float = 60
    seconds: float = 300
    prefix: tuple[str, ...] = field(default=())


def run(notebook: NotebookNode, limits: Limits) -> tuple[NotebookNode, list[str]]:
    """The notebook with its outputs, and what happened on the way.

    Args:
        notebook: from ``rebuild``.
        limits: time, and how to start the process.
    """
    word = secrets.token_hex()  # that the report is from whom the task was given to
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o777)  # the process may be another user's
        task = {"notebook": notebook, "folder": folder, "prefix": limits.prefix, "word": word,
                "cell_seconds": limits.cell_seconds, "seconds": limits.seconds}  # fmt: skip
        command = [str(limits.python), "-m", "tools.assignments.execute"]
        result = _communicate(command, json.dumps(task), folder, limits.seconds + STARTING)
    if result is None or result.get("word") != word:
        return _not_run(notebook), [
            "could not be run to its end: it took too long, or did not start"
        ]
    return nbformat.from_dict(result["notebook"]), result["flags"]


def _communicate(command: list[str], task: str, folder: str, seconds: float) -> dict | None:
    """What the process answers, None if it did not."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        cwd=ROOT, env=environment(folder), start_new_session=True, text=True, encoding="utf-8",
        errors="replace",
    )  # fmt: skip
    try:
        answer, _ = process.communicate(task, timeout=seconds)
        report = json.loads(answer.rpartition("\n")[2])
        return report if isinstance(report, dict) else None
    except (subprocess.TimeoutExpired, ValueError, RecursionError):
        return None
    finally:
        kill_tree(process.pid)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)


def environment(folder: str) -> dict[str, str]:
    """The few variables that a submission sees; everything it writes goes to its own folder."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    places = ("HOME", "TMPDIR", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR",
              "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR", "NUMBA_CACHE_DIR")  # fmt: skip
    return {
        **kept,
        **dict.fromkeys(places, folder),
        "PYTHONPATH": str(ROOT),
        "MPLBACKEND": "agg",
        "TQDM_DISABLE": "1",
        "PYTHONHASHSEED": "0",  # the same grade each time
        "OMP_NUM_THREADS": "1",
    }


def _not_run(notebook: NotebookNode) -> NotebookNode:
    says = "the submission was ended from outside before this was run"
    for cell in filter(is_test, notebook.cells):
        cell.outputs = [nbformat.v4.new_output("error", ename="NotRun", evalue=says,
                                               traceback=[f"NotRun: {says}"])]  # fmt: skip
    return notebook
