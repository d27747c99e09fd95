"""Runs one submission, in a process of its own that can be killed; in the course's environment.

    python -m tools.assignments.execute < task.json > result.json

The notebook comes by standard input, so that its hidden tests are in no file beside it. A test
counts as passed only if it ran to its end: its last line writes a word that the submission cannot
know. So a dead kernel, a time limit or swallowed errors never earn a point.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbclient.util import run_sync
from nbformat import NotebookNode

from tools.assignments.masters import is_test, role
from tools.assignments.processes import adopt_orphans, kill_descendants

SHOWN = 20_000  # characters of a cell's output that are kept
STARTING = 300  # seconds for the kernel to start and import the helpers, on a busy machine
GRACE = 10  # seconds in which an interrupted kernel must answer
LATE = {"ename": "TimeLimit", "evalue": "stopped, because it took too long", "traceback": []}
GUARD = Path(__file__).with_name("guard.py")

# Expressions only: a statement would leave its names among the student's.
WATCH = """
__import__("sys").modules["_guard"] = __import__("types").ModuleType("_guard")
exec({source!r}, vars(__import__("sys").modules["_guard"]))
__import__("_guard").guard = __import__("_guard").Guard({names!r})
"""
RESTORE = "__import__('_guard').guard.report()"


class Client(NotebookClient):
    """Runs cells; keeps little of what they print, and notes which tests ran to their end."""

    def __init__(self, notebook: NotebookNode, **settings: object) -> None:
        super().__init__(notebook, **settings)
        self.word, self.kept, self.passed, self.cut = "", 0, False, False

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> object:
        """As ever, but no more than `SHOWN` characters of a cell."""
        content = msg["content"]
        if msg["msg_type"] == "stream" and self.word and self.word in content["text"]:
            self.passed = True
            content["text"] = content["text"].replace(self.word, "")
        if msg["msg_type"] in ("stream", "display_data", "execute_result", "update_display_data"):
            self.kept += len(str(content))
            if self.kept > SHOWN:
                self.cut = True
                return None
        return super().process_message(msg, cell, cell_index)

    def run_cell(self, cell: NotebookNode, index: int, word: str = "") -> bool:
        """Run one cell and say whether it wrote the word, its last act."""
        self.word, self.kept, self.passed = word, 0, False
        source = cell.source
        if word:
            cell.source += f"\n__import__('sys').stdout.write('{word}') and None\n"
        try:
            self.execute_cell(cell, index)
        finally:
            cell.source = source
            cell.outputs = [output for output in cell.get("outputs", []) if output.get("text", 1)]
        return self.passed


class Submission:
    """One rebuilt notebook and the limits that it runs under."""

    def __init__(self, task: dict) -> None:
        self.notebook = nbformat.from_dict(task["notebook"])
        self.modules, self.cell_seconds = task["modules"], task["cell_seconds"]
        self.seconds, self.deadline = task["seconds"], 0.0
        self.flags: list[str] = []
        self.client = Client(
            self.notebook, kernel_name="python3", startup_timeout=STARTING, allow_errors=True,
            coalesce_streams=True, interrupt_on_timeout=True, error_on_timeout=LATE,
            iopub_timeout=GRACE, raise_on_iopub_timeout=False, on_cell_executed=self._executed,
            timeout_func=lambda cell: max(1, min(self.cell_seconds, self.left())),
        )  # fmt: skip
        self.late = False  # whether the last cell had to be interrupted

    def left(self) -> float:
        """Seconds that the whole submission may still take."""
        return self.deadline - time.monotonic()

    def run(self) -> None:
        """Run every cell that can still be run; the others get a word on why not."""
        with self.client.setup_kernel():
            watch = WATCH.format(source=GUARD.read_text(encoding="utf-8"), names=self.modules)
            self._say(watch, STARTING)
            reason = self._flag("the helpers were not imported in time") if self.late else ""
            self.deadline = time.monotonic() + self.seconds
            for index, cell in enumerate(self.notebook.cells):
                if cell.cell_type == "code":
                    reason = reason or self._run(cell, index)
                    if reason and is_test(cell) and not _failed(cell):
                        _note(cell, "NotRun", reason)

    def _run(self, cell: NotebookNode, index: int) -> str:
        """Run a cell; the reason why none can be run after it, if there is one."""
        if self.left() <= 0:
            return self._flag("the time limit of the whole submission was reached")
        word = f"·{secrets.token_hex(12)}·" if is_test(cell) else ""
        try:
            if word and not self._restored():
                return self._flag("what guards the helpers was removed")
            passed = self.client.run_cell(cell, index, word)
        except DeadKernelError:
            _note(cell, "Died", "Python ended in this cell; nothing after it was run")
            return self._flag(f"Python ended in {name_of(cell)}")
        if self.client.cut:
            self._flag(f"{name_of(cell)} printed too much: its output was cut")
            self.client.cut = False
        if self.late:
            self._flag(f"{name_of(cell)} ran into the time limit")
            _note(cell, LATE["ename"], LATE["evalue"])
            if not self._answers_again():
                return self._flag("it could not be interrupted")
        elif word:
            self._judge(cell, passed)
        elif _failed(cell):
            self._flag(f"{name_of(cell)} raises an error")
        return ""

    def _judge(self, cell: NotebookNode, passed: bool) -> None:
        """Leave a test's outputs as nbgrader reads them: an error, or none, and points for it.

        It also takes points off for a warning, and takes a result for a number of points.
        """
        if not passed and not _failed(cell):
            _note(cell, "NotFinished", "this test did not run to its end")
            self._flag(f"{name_of(cell)} was left before its end, without an error")
        errors = [] if passed else [each for each in cell.outputs if each.output_type == "error"]
        printed = [each for each in cell.outputs if each.get("name") == "stdout"]
        cell.outputs = printed + errors

    def _restored(self) -> bool:
        """Put the helpers back, and tell what had been changed; False if that cannot be done."""
        try:
            changed = json.loads(self._say(RESTORE, GRACE))
        except json.JSONDecodeError:
            return False
        for name in changed:
            self._flag(f"replaces {name} while it runs")
        return True

    def _say(self, source: str, seconds: float) -> str:
        """Run code of ours in the kernel; what it printed."""
        cell = nbformat.v4.new_code_cell(source)
        self.notebook.cells.append(cell)  # nbclient wants every cell to be one of the notebook
        limits, self.client.timeout_func = self.client.timeout_func, lambda cell: seconds
        try:
            self.client.word, self.client.kept = "", 0
            self.client.execute_cell(cell, len(self.notebook.cells) - 1, store_history=False)
        finally:
            self.notebook.cells.pop()
            self.client.timeout_func = limits
        return "".join(output.get("text", "") for output in cell.outputs)

    def _answers_again(self) -> bool:
        """Whether an interrupted kernel is ready for the next cell; if not, it is ended."""
        try:
            self._say("pass", GRACE)
        except DeadKernelError:
            return False
        if self.late:
            run_sync(self.client.km.shutdown_kernel)(now=True)
        return not self.late

    def _executed(self, cell: NotebookNode, cell_index: int, execute_reply: dict) -> None:
        self.late = execute_reply["content"].get("ename") == LATE["ename"]

    def _flag(self, sentence: str) -> str:
        if sentence not in self.flags:
            self.flags.append(sentence)
        return sentence


def name_of(cell: NotebookNode) -> str:
    """What a person may look for: nbgrader's name of a cell, or its first line."""
    first = (cell.source.strip() or "empty cell").splitlines()[0][:40]
    return role(cell).get("grade_id") or f"the cell that begins with `{first}`"


def _failed(cell: NotebookNode) -> bool:
    return any(output.output_type == "error" for output in cell.outputs)


def _note(cell: NotebookNode, name: str, says: str) -> None:
    """Give a cell the error that stands for what happened to it."""
    cell.setdefault("outputs", []).append(
        nbformat.v4.new_output("error", ename=name, evalue=says, traceback=[f"{name}: {says}"])
    )


def main() -> None:
    """Read the task, run it, write the result; what a kernel prints itself goes nowhere."""
    task = json.load(sys.stdin)
    result = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    adopt_orphans()
    submission = Submission(task)
    os.chdir(task["folder"])
    submission.run()
    kill_descendants(os.getpid())
    json.dump({"notebook": submission.notebook, "flags": submission.flags}, result)
    result.flush()


if __name__ == "__main__":
    main()
