"""A folder of submissions: who has handed in what."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ADDED = re.compile(r"(\s*\(\d+\)|[-_ ]copy\d*|\.ipynb|\.txt|\.json)+$", re.IGNORECASE)
"""What browsers and editors add to a file's name: ``1_metric_learning (1).ipynb.txt``."""


class Submission(NamedTuple):
    """One notebook that a student has handed in."""

    student: str
    assignment: str
    path: Path
    flags: tuple[str, ...] = ()


class Unplaced(NamedTuple):
    """A student of whom some files, or all, belong to no assignment."""

    student: str
    says: str


def find(folder: Path, assignments: list[str]) -> tuple[list[Submission], list[Unplaced]]:
    """Every submission in a folder, and a word on each student who has handed in nothing else.

    ``folder/STUDENT/…/ASSIGNMENT.ipynb`` – the first folder is the student's name, the file has
    the name under which it was handed out; what is between them does not matter. Of several
    attempts the newest counts.

    Raises:
        FileNotFoundError: there is no such folder, or no student's folder in it.
    """
    students = sorted(path for path in folder.glob("*") if path.is_dir())
    if not students:
        raise FileNotFoundError(
            f"there is no student's folder in {folder}; "
            f"expected {folder.name}/STUDENT/ASSIGNMENT.ipynb"
        )
    submissions: list[Submission] = []
    unplaced: list[Unplaced] = []
    for student in students:
        files = sorted(path for path in student.rglob("*") if path.is_file() and _is_work(path))
        mine = [_newest(student.name, name, files) for name in assignments]
        submissions += [each for each in mine if each]
        others = [path.name for path in files if _assignment(path) not in assignments]
        if others or not files:
            names = ", ".join(others[:5]) or "nothing"
            says = f"not graded, of no known problem set: {names} (unpack archives, mend names)"
            unplaced.append(Unplaced(student.name, says))
    return submissions, unplaced


def _is_work(path: Path) -> bool:
    """Whether a person has put this file here, not a program."""
    return not any(part.startswith((".", "__")) for part in path.parts[-3:])


def _assignment(path: Path) -> str:
    """The problem set of a file, whatever was added to its name."""
    notebook = ".ipynb" in path.name.lower()
    return ADDED.sub("", path.name) if notebook else ""


def _newest(student: str, assignment: str, files: list[Path]) -> Submission | None:
    attempts = [path for path in files if _assignment(path) == assignment]
    if not attempts:
        return None
    newest = max(attempts, key=lambda path: (path.stat().st_mtime, path.name))
    flags = [f"{len(attempts)} attempts: the newest counts, {newest.name}"] * (len(attempts) > 1)
    return Submission(student, assignment, newest, tuple(flags))
