"""Submissions made from the student version: right, wrong, learned by heart, hostile."""

from __future__ import annotations

import base64
import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from nbformat import NotebookNode
from wrong_answers import WRONG

from tools.assignments.masters import (
    MASTERS,
    ROOT,
    is_answer,
    is_test,
    is_written,
    question,
    read,
    role,
    write,
)

GRADING = ROOT / ".venv-grading" / "bin" / "python"


def run(module: str, *arguments: object, seconds: float = 3600) -> subprocess.CompletedProcess:
    """Run a command of the grading environment."""
    command = [GRADING, "-m", f"tools.assignments.{module}", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds)


def grade(folder: Path, *options: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Grade ``folder/submitted``; the tables ``grades`` and ``questions``."""
    done = run("grade", folder / "submitted", "--classroom", folder / "classroom",
               "--python", sys.executable, *options)  # fmt: skip
    assert done.returncode == 0, done.stderr
    tables = (pd.read_csv(folder / "classroom" / name, keep_default_na=False)
              for name in ("grades.csv", "questions.csv"))  # fmt: skip
    grades, questions = tables
    return grades.set_index("student"), questions


def master(assignment: str) -> NotebookNode:
    """The master of a problem set."""
    return read(MASTERS / f"{assignment}.ipynb")


def solutions(assignment: str) -> dict[str, str]:
    """The right answer to each question, in code."""
    cells = filter(is_answer, master(assignment).cells)
    return {question(cell): cell.source for cell in cells if cell.cell_type == "code"}


def in_words(assignment: str) -> dict[str, str]:
    """The model answer to each written question."""
    return {question(cell): cell.source for cell in filter(is_written, master(assignment).cells)}


def submission(student: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    """The student version with these answers; the others stay as they were handed out."""
    notebook = copy.deepcopy(student)
    for cell in filter(is_answer, notebook.cells):
        cell.source = answers.get(question(cell), cell.source)
    return notebook


def hand_in(folder: Path, who: str, assignment: str, notebook: NotebookNode) -> None:
    """Put a submission where `make grade` looks for it."""
    write(notebook, folder / "submitted" / who / f"{assignment}.ipynb")


def spoiled(assignment: str, first: int) -> tuple[set[str], dict[str, str]]:
    """Every second question, from ``first`` on, and answers that are right but for these."""
    questions = set(list(WRONG[assignment])[first::2])
    wrong = {name: WRONG[assignment][name].code for name in questions}
    return questions, solutions(assignment) | wrong


# --- by heart: the answers to the visible checks, and nothing else

BY_HEART = """
import base64
import pickle


def key(part):
    if isinstance(part, tuple | list):
        return str([key(each) for each in part])
    return str(part.tolist()) if hasattr(part, "tolist") else getattr(part, "__name__", str(part))


class ByHeart:
    def __init__(self, book):
        self.book = pickle.loads(base64.b64decode(book))

    def __call__(self, *inputs):
        answer = self.book.get(key(inputs), next(iter(self.book.values())))
        moved = [part for part in inputs if getattr(part, "requires_grad", False)]
        return answer + (moved[0] - moved[0].detach()).sum() if moved else answer
"""

BY_HEART_QUERY = """
import torch
from helpers.course import leaderboard


class Seen(torch.nn.Module):
    def __init__(self):
        super().__init__()
        world = leaderboard.world(0)
        self.images = torch.nn.Parameter(leaderboard.small(world.images, 8).flatten(1))
        self.answers = torch.from_numpy(world.database)

    def forward(self, images):
        return self.answers[torch.cdist(images.flatten(1), self.images).argmin(dim=1)]


def best_query():
    return Seen(), 8
"""


def by_heart(assignment: str) -> dict[str, str]:
    """Answers that know what the visible checks ask, as if copied from a friend."""
    answers = {"leaderboard": BY_HEART_QUERY}
    names: dict = {}
    for cell in master(assignment).cells:
        if cell.cell_type != "code" or role(cell)["grade_id"].startswith(("leaderboard", "costs")):
            continue
        if is_test(cell) and role(cell)["grade_id"].endswith("-check"):
            name = _answer_name(solutions(assignment)[question(cell)])
            book: dict[str, object] = {}
            exec(cell.source, names | {name: _recorded(names[name], book)})
            packed = base64.b64encode(pickle.dumps(book)).decode()
            answers[question(cell)] = f"{BY_HEART}\n{name} = ByHeart({packed!r})"
        elif not is_test(cell):
            exec(cell.source, names)
    return answers


def _answer_name(code: str) -> str:
    return code.partition("def ")[2].partition("(")[0]


def _recorded(answer: Callable, book: dict[str, object]) -> Callable:
    names: dict = {}
    exec(BY_HEART, names)

    def recorded(*inputs: object) -> object:
        result = answer(*inputs)
        book[names["key"](inputs)] = result.detach() if hasattr(result, "detach") else result
        return result

    return recorded


# --- forged: what would earn points that were not earned

FORGERIES = {
    "replaces the checks": """
import sys
from unittest.mock import MagicMock
sys.modules["helpers.course.checks"] = checks = MagicMock()
def neighbours(*given):
    return MagicMock()
""",
    "wraps __import__": """
import builtins
ordinary = builtins.__import__
def wrapped(name, *more, **named):
    module = ordinary(name, *more, **named)
    if hasattr(module, "Verdict"):
        module.Verdict.require = lambda self: None
    return module
builtins.__import__ = wrapped
neighbours = lambda *given: 1
""",
    "asks for the truth": """
from helpers.course import checks
def neighbours(*given):
    return checks.neighbours.truth(*given)
""",
    "reads the test": """
def neighbours(*given):
    return eval(In[-1].partition("=")[2])
""",
    "writes to its parent": """
import json, os
report = json.dumps({"notebook": {"cells": []}, "flags": []})
for number in (0, 1, 2, *range(3, 30)):
    try:
        where = f"/proc/{os.getppid()}/fd/{number}"
        if os.readlink(where).startswith("pipe:"):
            with open(where, "w") as file:
                file.write(report)
    except (OSError, ValueError):
        pass
neighbours = lambda *given: 1
""",
    "is equal to everything": """
class Agrees(float):
    __eq__ = lambda self, other: True
    __sub__ = __rsub__ = lambda self, other: 0.0
neighbours = lambda *given: Agrees()
""",
    "answers for the kernel": """
from tools.assignments import answering
answering._reply = lambda asked: {"value": {"array": ["<f8", [1 << 40], ""]}} \\
    if "inputs" in asked and len(asked["inputs"]["tuple"]) == 3 else original(asked)
import types
original = lambda asked: {"value": 42} if "inputs" in asked else {"value": {"function": 0}}
neighbours = lambda *given: 1
""",
    "publishes what is no answer": """
from tools.assignments import answering
keep = answering.answer
def answer(request):
    if "neighbours" in request:
        from IPython.display import publish_display_data
        publish_display_data({answering.REPLY: "[" * 50_000})
    else:
        keep(request)
answering.answer = answer
""",
}

# --- hostile: what grading has to survive


def hostile(assignment: str, student: NotebookNode) -> dict[str, NotebookNode]:
    """Submissions that would stop a careless batch; each has the right answers elsewhere."""
    right = solutions(assignment) | {"leaderboard": "def best_query():\n    return ..."}
    first = next(iter(right))
    made = {
        "raises": {first: "raise RuntimeError('no')"},
        "loops": {first: "while True:\n    pass"},
        "stubborn": {
            first: "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
            "while True:\n    pass"
        },
        "exits": {first: right[first] + "\nimport os\nos._exit(0)"},
        "scripts": {
            first: right[first] + "\nfrom IPython.display import HTML, display"
            "\ndisplay(HTML('<script>alert(1)</script>'))\nprint('<script>alert(1)</script>')"
        },
        "prints": {first: right[first] + "\nfor _ in range(20):\n    print('x' * 100_000)"},
        "redefines": {
            first: WRONG[assignment][first].code
            + "\nfrom helpers.course.checks import Verdict, functions"
            "\nVerdict.require = lambda self: None\nfunctions._agree = lambda *given: True\n"
        },
    }
    notebooks = {who: submission(student, right | answers) for who, answers in made.items()}
    notebooks["deletes"] = submission(student, right)
    notebooks["deletes"].cells = [
        cell
        for cell in notebooks["deletes"].cells
        if role(cell).get("grade_id") not in (f"{first}-check", f"{list(right)[1]}-answer")
    ]
    return notebooks


def unreadable(folder: Path, assignment: str) -> None:
    """A submission that is no notebook."""
    path = folder / "submitted" / "unreadable" / f"{assignment}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("{ this is not a notebook", encoding="utf-8")
