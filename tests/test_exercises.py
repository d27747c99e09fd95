"""Every notebook closes with exercises: hints, a stub with an instant check, a worked solution."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import nbformat
import pytest

from helpers.course import checks
from tools.notebook_digest import notebook_paths
from tools.run_notebooks import COLLAPSED

WITH_EXERCISES = ("00", "01", "02", "04", "05", "06", "08", "10")
FEWEST = 3

PATHS = {path.stem[:2]: path for path in notebook_paths()}
notebooks = pytest.mark.parametrize("number", WITH_EXERCISES)


@dataclass(frozen=True)
class Exercise:
    """The three cells of one exercise."""

    text: nbformat.NotebookNode
    stub: nbformat.NotebookNode
    solution: nbformat.NotebookNode


def exercises(number: str) -> list[Exercise]:
    """Each collapsed cell is a solution; before it stand the stub and the text."""
    if number not in PATHS:
        pytest.skip(f"there is no notebook {number} yet")
    cells = nbformat.read(PATHS[number], as_version=4).cells
    places = [n for n, cell in enumerate(cells) if "hide-cell" in cell.metadata.get("tags", ())]
    return [Exercise(*cells[n - 2 : n + 1]) for n in places]


def names_of_checks(source: str) -> set[str]:
    """Every ``checks.name`` in a piece of Python."""
    found = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute))
    return {node.attr for node in found if getattr(node.value, "id", None) == "checks"}


def shown(cell: nbformat.NotebookNode) -> str:
    """What a cell printed or showed, as plain text."""
    return "\n".join(texts(cell))


def texts(cell: nbformat.NotebookNode) -> Iterator[str]:
    for output in cell.outputs:
        yield output.get("text") or output.get("data", {}).get("text/plain", "")


@notebooks
def test_there_are_at_least_three(number: str) -> None:
    assert len(exercises(number)) >= FEWEST


@notebooks
def test_each_has_a_text_with_hints_a_stub_and_a_solution(number: str) -> None:
    for place, exercise in enumerate(exercises(number), 1):
        assert exercise.text.cell_type == "markdown" and f"**{place}.** " in exercise.text.source
        hints = re.findall(r"<details><summary>Hint (\d)</summary>\n\n", exercise.text.source)
        assert hints == [str(n) for n in range(1, len(hints) + 1)] and hints
        assert exercise.text.source.count("\n\n</details>") == len(hints)
        assert exercise.stub.cell_type == exercise.solution.cell_type == "code"
        assert "..." in exercise.stub.source and "..." not in exercise.solution.source


@notebooks
def test_a_collapsed_solution_gives_nothing_away(number: str) -> None:
    for exercise in exercises(number):
        # JupyterLab shows the first line of a collapsed cell.
        assert exercise.solution.source.startswith("# A worked solution\n")
        assert exercise.solution.metadata == COLLAPSED


@notebooks
def test_stub_and_solution_are_checked_alike(number: str) -> None:
    for exercise in exercises(number):
        used = names_of_checks(exercise.stub.source)
        assert used and used == names_of_checks(exercise.solution.source)
        assert used <= set(checks.__all__)


@notebooks
def test_something_is_written_by_the_reader(number: str) -> None:
    if number == "10":
        pytest.skip("its exercises are questions to the dashboard")
    asked = [ast.parse(exercise.stub.source).body[0] for exercise in exercises(number)]
    assert any(isinstance(first, ast.FunctionDef) for first in asked)


@notebooks
def test_the_stub_is_not_answered_yet_and_the_solution_is_right(number: str) -> None:
    for exercise in exercises(number):
        assert "○ Not answered yet." in shown(exercise.stub)
        assert "✓ Right." in shown(exercise.solution)
        assert not re.search("✓|✗", shown(exercise.stub))


@notebooks
def test_the_true_answer_is_printed_in_the_solution_only(number: str) -> None:
    for exercise in exercises(number):
        assert "print(" not in exercise.stub.source
        assert not [output for output in exercise.stub.outputs if output.output_type == "stream"]
