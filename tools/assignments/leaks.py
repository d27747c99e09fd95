"""Refusing to hand out a notebook that gives a solution away."""

from __future__ import annotations

from nbformat import NotebookNode

from tools.assignments.masters import MARKER, is_answer, secrets

TELLING = 16
"""Characters from which on a line tells something: shorter ones, such as `return x`, are common."""

MARKERS = tuple(
    f"{edge} {region}"
    for edge in ("BEGIN", "END")
    for region in ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")
)

HARMLESS = ("import ", "from ", "#")


class Leak(Exception):
    """A student version would show a solution; the message says which line."""


def refuse_leaks(master: NotebookNode, student: NotebookNode) -> None:
    """Raise if the student version shows what only the master may.

    Raises:
        Leak: a line of a solution or hidden test, a marker of a region, a saved output, or an
            answer of the master that is not marked as a solution.
    """
    telling = {line for line in secrets(master) if is_telling(line)}
    for number, cell in enumerate(student.cells):
        if cell.get("outputs"):
            raise Leak(f"cell {number} has a saved output: clear the outputs of the master")
        for line in cell.source.splitlines():
            if MARKER.match(line):
                raise Leak(f"cell {number} still has the marker {line.strip()!r}: is it spelled "
                           "as nbgrader expects it, '### BEGIN SOLUTION'?")  # fmt: skip
            if line.strip() in telling:
                raise Leak(f"cell {number} shows a hidden line of the master: {line.strip()!r}")
    _refuse_answers_in_the_open(master)
    _refuse_misspelled_markers(master)


def is_telling(line: str) -> bool:
    """Whether a line, stripped, could give an answer away."""
    return len(line) >= TELLING and not line.startswith(HARMLESS)


def _refuse_answers_in_the_open(master: NotebookNode) -> None:
    """An answer in code needs a region, or students would not see how the function is called."""
    for number, cell in enumerate(master.cells):
        if cell.cell_type == "code" and is_answer(cell) and not secrets_of(cell):
            raise Leak(f"cell {number} is an answer, but nothing in it stands between "
                       "'### BEGIN SOLUTION' and '### END SOLUTION'")  # fmt: skip


def _refuse_misspelled_markers(master: NotebookNode) -> None:
    """nbgrader passes over a marker that is not spelled exactly so."""
    for number, cell in enumerate(master.cells):
        for line in cell.source.splitlines():
            if MARKER.match(line) and not any(marker in line for marker in MARKERS):
                raise Leak(f"cell {number} has a marker that nbgrader does not know: "
                           f"{line.strip()!r}")  # fmt: skip


def secrets_of(cell: NotebookNode) -> set[str]:
    """The lines of one cell that stand in a region."""
    return secrets(NotebookNode(cells=[cell]))
