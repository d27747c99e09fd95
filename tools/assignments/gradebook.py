"""nbgrader's gradebook: which cells earn how much, and what each submission has earned.

A classroom is a course folder of nbgrader: its Formgrader finds there what `make grade` has left.
"""

from __future__ import annotations

import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import SaveAutoGrades, SaveCells
from sqlalchemy.exc import SAWarning

from tools.assignments.masters import is_test, is_written, question, role, write

CONFIGURATION = """\
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "asymmetric-retrieval"
"""


@dataclass(frozen=True)
class Earned:
    """The points of one cell, and the last word of its test if it failed.

    ``points`` is None for a written answer that nobody has marked yet.
    """

    question: str
    cell: str
    automatic: bool
    points: float | None
    most: float
    message: str


class Classroom:
    """A course folder of nbgrader with its gradebook."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        _let_nbgrader_find_its_tools()
        self.database = f"sqlite:///{self.folder / 'gradebook.db'}"
        configuration = self.folder / "nbgrader_config.py"
        if not configuration.exists():
            configuration.write_text(CONFIGURATION, encoding="utf-8")

    def register(self, assignment: str, grading: NotebookNode) -> None:
        """Tell the gradebook the cells and points of an assignment."""
        with Gradebook(self.database) as book:
            book.update_or_create_assignment(assignment)
        SaveCells().preprocess(grading, self._resources(assignment))

    def record(self, student: str, assignment: str, notebook: NotebookNode) -> None:
        """Store an executed notebook and its automatic points; marks given by hand stay."""
        write(notebook, self.folder / "autograded" / student / assignment / f"{assignment}.ipynb")
        with Gradebook(self.database) as book, warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader's own habit
            book.update_or_create_student(student)
            book.update_or_create_submission(assignment, student)
        SaveAutoGrades().preprocess(notebook, self._resources(assignment, student))

    def earned(self, student: str, assignment: str, notebook: NotebookNode) -> list[Earned]:
        """What a recorded submission has earned, cell by cell."""
        found = []
        with Gradebook(self.database) as book:
            for cell in notebook.cells:
                if not (is_test(cell) or is_written(cell)):
                    continue
                name = role(cell)["grade_id"]
                grade = book.find_grade(name, assignment, assignment, student)
                waiting = grade.auto_score is None and grade.manual_score is None
                found.append(Earned(question(cell), name, is_test(cell),
                                    None if waiting else grade.score, grade.max_score,
                                    last_word(cell)))  # fmt: skip
        return found

    def _resources(self, assignment: str, student: str = "") -> dict:
        return {"nbgrader": {"assignment": assignment, "notebook": assignment,
                             "student": student, "db_url": self.database}}  # fmt: skip


def _let_nbgrader_find_its_tools() -> None:
    """nbgrader calls `alembic` by name, which is in an environment that nobody has activated."""
    here = str(Path(sys.executable).parent)
    if here not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([here, os.environ["PATH"]])


def last_word(cell: NotebookNode) -> str:
    """The message of the error that a test ended with; empty if it passed."""
    errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
    return errors[-1].evalue if errors else ""
