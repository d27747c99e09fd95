"""Runs one submission: the student's cells in one process, the master's tests in this one.

    python -m tools.assignments.execute < task.json > result.json

The student's cells run in a kernel, which may be another user's. The tests never go there: they
run here, and whatever they need of the student's they ask the kernel for, in values (`asking`). So
there is nothing in the kernel that decides on points, and no hidden test to be read.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbclient.util import run_sync
from nbformat import NotebookNode

from tools.assignments.asking import Names
from tools.assignments.masters import is_test, role
from tools.assignments.processes import adopt_orphans, close_to_others, kill_descendants
from tools.assignments.values import REPLY

SHOWN = 20_000  # characters of a cell's output that are kept
LARGEST = 50_000_000  # characters of one answer
STARTING = 300  # seconds for the kernel to start and import the helpers, on a busy machine
GRACE = 10  # seconds in which an interrupted kernel must answer
LATE = {"ename": "TimeLimit", "evalue": "stopped, because it took too long", "traceback": []}
ANSWERING = "__import__('tools.assignments.answering', fromlist=['answer'])"


class TimeLimit(Exception):
    """An answer did not come in time."""


class Client(NotebookClient):
    """Runs cells, and keeps little of what they print."""

    def __init__(self, notebook: NotebookNode, **settings: object) -> None:
        super().__init__(notebook, **settings)
        self.kept, self.most, self.cut = 0, SHOWN, False

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> object:
        """As ever, but no more than `most` characters of a cell."""
        if msg["msg_type"] in ("stream", "display_data", "execute_result", "update_display_data"):
            self.kept += len(str(msg["content"]))
            if self.kept > self.most:
                self.cut = True
                return None
        return super().process_message(msg, cell, cell_index)

    def run_cell(self, cell: NotebookNode, index: int, most: int = SHOWN, **more: object) -> None:
        """Run one cell and keep at most so many characters of its output."""
        self.kept, self.most, self.cut = 0, most, False
        self.execute_cell(cell, index, **more)
        cell.outputs = [output for output in cell.get("outputs", []) if output.get("text", 1)]

    def start_as(self, prefix: list[str]) -> None:
        """Have the kernel started by another command, such as one that changes the user."""
        self.km = self.create_kernel_manager()
        self.km.kernel_spec.argv = [*prefix, sys.executable, *self.km.kernel_spec.argv[1:]]
        if prefix:  # the other user has to read where to connect
            self.km.cache_ports = False
            self.km.write_connection_file()
            os.chmod(self.km.connection_file, 0o644)


class Submission:
    """One rebuilt notebook and the limits that it runs under."""

    def __init__(self, task: dict) -> None:
        self.notebook = nbformat.from_dict(task["notebook"])
        self.cell_seconds, self.seconds = task["cell_seconds"], task["seconds"]
        self.deadline, self.until = 0.0, 0.0
        self.flags: list[str] = []
        self.client = Client(
            self.notebook, kernel_name="python3", startup_timeout=STARTING, allow_errors=True,
            coalesce_streams=True, interrupt_on_timeout=True, error_on_timeout=LATE,
            iopub_timeout=GRACE, raise_on_iopub_timeout=False, on_cell_executed=self._executed,
            timeout_func=lambda cell: max(1, min(self.cell_seconds, self.left())),
            resources={"metadata": {"path": task["folder"]}},
        )  # fmt: skip
        self.client.start_as(task["prefix"])
        self.names = Names(self._ask)
        self.late = False  # whether the last cell had to be interrupted

    def left(self) -> float:
        """Seconds that the whole submission may still take."""
        return self.deadline - time.monotonic()

    def run(self) -> None:
        """Run every cell that can still be run; the others get a word on why not."""
        with self.client.setup_kernel():
            self._say(f"{ANSWERING}.prepare()", STARTING)
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
        self.late = False
        try:
            self._test(cell) if is_test(cell) else self.client.run_cell(cell, index)
        except DeadKernelError:
            _note(cell, "Died", "Python ended in this cell; nothing after it was run")
            return self._flag(f"Python ended in {name_of(cell)}")
        if self.client.cut:
            self._flag(f"{name_of(cell)} printed too much: its output was cut")
        if self.late:
            self._flag(f"{name_of(cell)} ran into the time limit")
            if not _failed(cell):
                _note(cell, LATE["ename"], LATE["evalue"])
            if not self._answers_again():
                return self._flag("it could not be interrupted")
        elif _failed(cell) and not is_test(cell):
            self._flag(f"{name_of(cell)} raises an error")
        return ""

    def _test(self, cell: NotebookNode) -> None:
        """Run a test here; it passes if it comes to its end."""
        self.until = time.monotonic() + min(self.cell_seconds, self.left())
        cell.outputs = []
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            try:
                exec(compile(cell.source, name_of(cell), "exec"), {}, self.names)
            except DeadKernelError:
                raise
            except Exception as error:
                _note(cell, type(error).__name__, str(error)[:SHOWN])
        if self.late and not _failed(cell):
            _note(cell, LATE["ename"], LATE["evalue"])
        if printed.getvalue():
            text = printed.getvalue()
            cell.outputs.insert(0, nbformat.v4.new_output("stream", name="stdout", text=text))

    def _ask(self, question: str) -> str:
        """What the kernel answers to one question, as it came."""
        seconds = self.until - time.monotonic()
        if seconds <= 0 or self.late:
            self.late = True
            raise TimeLimit(LATE["evalue"])
        outputs = self._say(f"{ANSWERING}.answer({question!r})", seconds, LARGEST)
        if self.late:
            raise TimeLimit(LATE["evalue"])
        found = [output.data[REPLY] for output in outputs
                 if output.output_type == "display_data" and REPLY in output.data]  # fmt: skip
        return found[-1] if found else ""

    def _say(self, source: str, seconds: float, most: int = SHOWN) -> list[NotebookNode]:
        """Run code of ours in the kernel; its outputs."""
        cell = nbformat.v4.new_code_cell(source)
        self.notebook.cells.append(cell)  # nbclient wants every cell to be one of the notebook
        limits, self.client.timeout_func = self.client.timeout_func, lambda cell: max(1, seconds)
        index = len(self.notebook.cells) - 1
        try:
            self.client.run_cell(cell, index, most, store_history=False)
        finally:
            self.notebook.cells.pop()
            self.client.timeout_func = limits
        return cell.outputs

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
    return any(output.output_type == "error" for output in cell.get("outputs", []))


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
    close_to_others()
    submission = Submission(task)
    submission.run()
    kill_descendants(os.getpid())
    report = {"notebook": submission.notebook, "flags": submission.flags, "word": task["word"]}
    result.write(f"\n{json.dumps(report)}")
    result.flush()


if __name__ == "__main__":
    main()
