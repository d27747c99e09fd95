"""Four editions of one master: for students, for grading, for readers, for instructors."""

from __future__ import annotations

import copy

from nbformat import NotebookNode
from nbgrader import preprocessors
from traitlets.config import Config

from tools.assignments.leaks import refuse_leaks
from tools.assignments.masters import MARKER, digest, is_answer, is_test, is_written, role

# What the checks of the course take for "not answered yet".
SETTINGS = Config(
    {
        "ClearSolutions": {
            "code_stub": {"python": "return ...  # your code instead"},
            "text_stub": "*Your answer instead of this line.*",
        }
    }
)
# fmt: skip
CLEARED = (
    preprocessors.LockCells,
    preprocessors.ClearSolutions,
    preprocessors.ClearOutput,
    preprocessors.CheckCellMetadata,
    preprocessors.ComputeChecksums,
)
HIDDEN = (
    preprocessors.ClearHiddenTests,
    preprocessors.ClearMarkScheme,
    preprocessors.ComputeChecksums,
    preprocessors.CheckCellMetadata,
)


def grading(master: NotebookNode) -> NotebookNode:
    """The master without its solutions, but with its hidden tests: what answers are put into."""
    return _stamped(_through(CLEARED, copy.deepcopy(master)), master, "grading")


def student(master: NotebookNode) -> NotebookNode:
    """The master without solutions and hidden tests, as nbgrader clears them.

    Raises:
        Leak: it would show a solution or a hidden test all the same.
    """
    cleared = _through(HIDDEN, grading(master))
    refuse_leaks(master, cleared)
    return _stamped(cleared, master, "student")


def reader(master: NotebookNode) -> NotebookNode:
    """For those who learn on their own: each solution folded away behind its question's task.

    The tag ``hide-cell`` folds a cell in the web edition and, with Jupyter Book's conventions, in
    print; hidden tests are open here, because nobody is graded.
    """
    notebook = copy.deepcopy(master)
    cleared = student(master)
    notebook.cells = []
    for task, solution in zip(cleared.cells, master.cells, strict=True):
        if not is_answer(task):
            notebook.cells.append(_open(solution))
            continue
        notebook.cells += [_open(task), _folded(solution)]
    return _stamped(notebook, master, "reader")


def instructor(master: NotebookNode) -> NotebookNode:
    """Everything, with the points of each cell in words."""
    notebook = copy.deepcopy(master)
    for cell in notebook.cells:
        if "points" in role(cell):
            kind = "a person marks this" if is_written(cell) else "automatic"
            note = f"{role(cell)['points']:g} points, {kind}"
            mark = f"# {note}\n" if cell.cell_type == "code" else f"*({note})*\n\n"
            cell.source = mark + cell.source
    return _stamped(notebook, master, "instructor")


def _through(steps: tuple, notebook: NotebookNode) -> NotebookNode:
    resources: dict = {"nbgrader": {}}
    for step in steps:
        notebook, resources = step(config=SETTINGS).preprocess(notebook, resources)
    return notebook


def _stamped(notebook: NotebookNode, master: NotebookNode, edition: str) -> NotebookNode:
    notebook.metadata["course"] = {"edition": edition, "master": digest(master)}
    return notebook


def _open(cell: NotebookNode) -> NotebookNode:
    """A copy that nbgrader no longer knows of, without the markers of regions."""
    plain = copy.deepcopy(cell)
    plain.metadata = NotebookNode({"tags": ["check"]} if is_test(cell) else {})
    plain.source = "\n".join(line for line in cell.source.split("\n") if not MARKER.match(line))
    return plain


def _folded(cell: NotebookNode) -> NotebookNode:
    folded = _open(cell)
    folded.metadata = NotebookNode({"tags": ["hide-cell", "solution"]})
    folded["id"] = f"{cell['id']}-solution"
    return folded
