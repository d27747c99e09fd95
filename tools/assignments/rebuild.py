"""Putting a submission's answers into the notebook that is graded.

A submission is never graded as it came: tests, points and texts are the master's, and only answers
and the student's own cells are taken over. So a deleted or changed test is back, and is told.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.assignments.masters import is_answer, read, role

LARGEST = 20_000_000  # bytes of a file that is looked into


def rebuild(
    path: Path, grading: NotebookNode, student: NotebookNode
) -> tuple[NotebookNode, list[str]]:
    """The grading edition with a submission's answers, and what is odd about the submission.

    Args:
        path: the submitted file.
        grading: the edition with hidden tests.
        student: the edition that was handed out.
    """
    rebuilt = copy.deepcopy(grading)
    try:
        submitted = _read(path)
    except ValueError as error:
        return rebuilt, [str(error)]
    known = {name_of(cell): cell for cell in student.cells}
    mine, flags = _by_name(submitted, known)
    for cell in rebuilt.cells:
        name = name_of(cell)
        flags += _oddities(name, mine.get(name), known[name], cell)
        if is_answer(cell) and name in mine:
            cell.source = mine[name].source
    rebuilt.cells = list(_with_own_cells(rebuilt.cells, _own_cells(submitted, known)))
    return rebuilt, flags


def name_of(cell: NotebookNode) -> str:
    """By what a cell is known: nbgrader's name for it, for plain text its own id."""
    return role(cell).get("grade_id") or cell.get("id", "")


def _read(path: Path) -> NotebookNode:
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path.name} is larger than {LARGEST / 1e6:.0f} MB: not looked into")
    return read(path)


def _by_name(
    submitted: NotebookNode, known: dict[str, NotebookNode]
) -> tuple[dict[str, NotebookNode], list[str]]:
    """The cell of each known name; an answer in several cells, as after a split, is one again."""
    found: dict[str, NotebookNode] = {}
    twice = set()
    for cell in submitted.cells:
        name = name_of(cell)
        if name in found:
            twice.add(name)
            found[name].source += f"\n\n{cell.source}"
        elif name in known:
            found[name] = copy.deepcopy(cell)
    return found, [f"cell {name} is there twice: both count" for name in sorted(twice)]


def _oddities(
    name: str, cell: NotebookNode | None, handed_out: NotebookNode, original: NotebookNode
) -> list[str]:
    """What was done to a cell that nobody should have touched."""
    if not role(handed_out):
        return []  # plain text may be edited or removed
    if cell is None:
        kind = "answer" if is_answer(handed_out) else "locked cell"
        return [f"{kind} {name} was deleted"]
    as_handed_out = cell.source.strip() in (handed_out.source.strip(), original.source.strip())
    if not is_answer(handed_out) and not as_handed_out:
        return [f"locked cell {name} was changed: the original counts"]
    return []


def _own_cells(
    submitted: NotebookNode, known: dict[str, NotebookNode]
) -> dict[str, list[NotebookNode]]:
    """The student's own code cells, under the name of the known cell that they follow."""
    own: dict[str, list[NotebookNode]] = {}
    after = ""
    for cell in submitted.cells:
        if name_of(cell) in known:
            after = name_of(cell)
        elif cell.cell_type == "code" and cell.source.strip():
            own.setdefault(after, []).append(nbformat.v4.new_code_cell(cell.source))
    return own


def _with_own_cells(
    cells: list[NotebookNode], own: dict[str, list[NotebookNode]]
) -> Iterator[NotebookNode]:
    yield from own.get("", [])
    for cell in cells:
        yield cell
        yield from own.get(name_of(cell), [])


def students_code(rebuilt: NotebookNode) -> Iterator[str]:
    """The source of every code cell that the student wrote."""
    for cell in rebuilt.cells:
        if cell.cell_type == "code" and (is_answer(cell) or not role(cell)):
            yield cell.source
