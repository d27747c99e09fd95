"""The masters of the problem sets: notebooks with solutions, hidden tests and points."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
MASTERS = ROOT / "assignments"

MARKER = re.compile(r"^\W*(BEGIN|END)\W+(SOLUTION|HIDDEN\W*TESTS?|MARK\W*SCHEME)", re.IGNORECASE)
"""A line that opens or closes a region, also one that is spelled in a way that nbgrader misses."""


def master_paths(folder: Path = MASTERS) -> list[Path]:
    """The masters in the order in which they are set."""
    return sorted(folder.glob("[0-9]*.ipynb"))


def read(path: Path) -> NotebookNode:
    """A notebook of nbformat 4.

    Raises:
        ValueError: what is in the file is no notebook.
    """
    try:
        notebook = nbformat.reads(_mended(path.read_text(encoding="utf-8-sig")), as_version=4)
        nbformat.validate(notebook)
    except (OSError, ValueError, AttributeError, TypeError, KeyError, RecursionError,
            nbformat.ValidationError) as error:  # fmt: skip
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ValueError(f"{path.name} is not a notebook ({reason})") from error
    return notebook


def _mended(text: str) -> str:
    """The same notebook with what some editors leave out of it: outputs, ids, its minor version."""
    found = json.loads(text)
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        return text
    for number, cell in enumerate(found["cells"]):
        cell.setdefault("metadata", {})
        cell.setdefault("id", f"cell-{number}")
        if cell["cell_type"] == "code":
            cell["outputs"] = cell.get("outputs") or []
            cell.setdefault("execution_count", None)
    found.setdefault("metadata", {})
    found["nbformat_minor"] = max(5, found.get("nbformat_minor", 0))
    return json.dumps(found)


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook, and the folder that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def digest(master: NotebookNode) -> str:
    """What an edition follows from: all cells of its master, with their points."""
    total = hashlib.sha256()
    for cell in master.cells:
        total.update(f"{cell.cell_type}\0{cell.source}\0{sorted(role(cell).items())}\0".encode())
    return total.hexdigest()


def is_current(edition: NotebookNode, master: NotebookNode) -> bool:
    """Whether an edition was made of this master, not of an earlier one."""
    return edition.metadata.get("course", {}).get("master") == digest(master)


def role(cell: NotebookNode) -> dict:
    """What nbgrader knows of a cell; empty for plain text."""
    found = cell.metadata.get("nbgrader", {})
    return found if isinstance(found, dict) else {}


def is_test(cell: NotebookNode) -> bool:
    """A locked cell that earns points when it runs to its end."""
    return bool(role(cell).get("grade")) and not is_answer(cell)


def is_answer(cell: NotebookNode) -> bool:
    """A cell that the student fills in."""
    return bool(role(cell).get("solution"))


def is_written(cell: NotebookNode) -> bool:
    """An answer in words, which a person marks."""
    return is_answer(cell) and bool(role(cell).get("grade"))


def question(cell: NotebookNode) -> str:
    """The question that a cell belongs to: ``"triplet"`` for the cell ``"triplet-hidden"``."""
    return role(cell)["grade_id"].rpartition("-")[0]


def points(notebook: NotebookNode) -> dict[str, float]:
    """The points of every question that is graded automatically."""
    found: dict[str, float] = {}
    for cell in filter(is_test, notebook.cells):
        found[question(cell)] = found.get(question(cell), 0) + float(role(cell)["points"])
    return found


def regions(source: str) -> Iterator[tuple[str, bool]]:
    """The lines of a cell, each with whether it stands inside a region; markers count as inside."""
    inside = False
    for line in source.splitlines():
        marker = MARKER.match(line)
        inside = inside or bool(marker)
        yield line, inside
        if marker and marker.group(1).upper() == "END":
            inside = False


def secrets(master: NotebookNode) -> set[str]:
    """Every line of the master that no student may see before handing in."""
    hidden = set()
    for cell in master.cells:
        if is_written(cell):
            hidden.update(cell.source.splitlines())
        else:
            hidden.update(line for line, inside in regions(cell.source) if inside)
    return {line.strip() for line in hidden} - {""}
