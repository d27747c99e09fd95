"""A folder of submissions: who has handed in what."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Submission(NamedTuple):
    """One notebook that a student has handed in."""

    student: str
    assignment: str
    path: Path


def find(folder: Path, assignments: list[str]) -> tuple[list[Submission], list[Path]]:
    """Every submission in a folder, and the notebooks that belong to no assignment.

    ``folder/STUDENT/…/ASSIGNMENT.ipynb`` – the first folder is the student's name, the file has
    the name under which it was handed out; what is between them does not matter.

    Raises:
        FileNotFoundError: there is no such folder, or no notebook in it.
    """
    notebooks = sorted(folder.rglob("*.ipynb"))
    found = [path for path in notebooks if ".ipynb_checkpoints" not in path.parts]
    if not found:
        raise FileNotFoundError(
            f"there is no notebook in {folder}; expected {folder.name}/STUDENT/ASSIGNMENT.ipynb"
        )
    submissions, strangers = {}, []
    for path in found:
        student, *rest = path.relative_to(folder).parts
        if not rest or path.stem not in assignments or (student, path.stem) in submissions:
            strangers.append(path)
        else:
            submissions[student, path.stem] = Submission(student, path.stem, path)
    return list(submissions.values()), strangers
