"""What in a student's code an instructor should look at: read from the code, without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from nbformat import NotebookNode

ANSWERS = (
    "helpers.course.checks",
    "helpers.losses",
    "helpers.course.problem_sets",
    "helpers.retrieval",
)
MEANT_TO_HIDE = ("_exit", "sys.modules", "settrace", "get_ipython", "__import__", "exec", "eval")


def imported(source: str) -> dict[str, str]:
    """The names that a piece of code imports, and where each comes from."""
    found = {}
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}"
                      for alias in node.names}  # fmt: skip
    return found


def suspicions(codes: Iterable[str], handed_out: NotebookNode) -> list[str]:
    """Sentences on code that redefines or imports the course's helpers, or meddles with Python.

    Args:
        codes: the cells that the student wrote.
        handed_out: the student version, whose cells import what a student may use.
    """
    given: dict[str, str] = {}
    for cell in handed_out.cells:
        if cell.cell_type == "code":
            given |= imported(cell.source)
    helpers = {name for name, origin in given.items() if origin.startswith("helpers")}
    found = []
    for code in codes:
        for sentence in _of(code, helpers, set(given.values())):
            if sentence not in found:
                found.append(sentence)
    return found


def _of(code: str, helpers: set[str], allowed: set[str]) -> Iterator[str]:
    for name, origin in imported(code).items():
        if origin.startswith(ANSWERS) and origin not in allowed:
            yield f"imports {origin}, which holds answers"
        elif origin.split(".")[0] in ("subprocess", "socket", "ctypes", "tools", "assignments"):
            yield f"imports {origin}"
        elif name in helpers and origin not in allowed:
            yield f"redefines {name}"
    for node in ast.walk(_tree(code)):
        for target in _bound(node):
            if ast.unparse(target).split(".")[0].split("[")[0] in helpers:
                yield f"redefines {ast.unparse(target)}"
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in helpers:
            yield f"redefines {node.name}"
        if isinstance(node, ast.Attribute | ast.Name):
            used = ast.unparse(node)
            if used in MEANT_TO_HIDE or used.rpartition(".")[2] == "_exit":
                yield f"uses {used}"


def _bound(node: ast.AST) -> list[ast.expr]:
    """What an assignment, or ``setattr``, gives a new value."""
    if isinstance(node, ast.Assign):
        return node.targets
    if isinstance(node, ast.AugAssign | ast.AnnAssign):
        return [node.target]
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("setattr", "delattr"):
        return node.args[:1]
    return []


def _tree(source: str) -> ast.AST:
    """The syntax tree, without lines for the notebook itself; an empty one if it is no Python."""
    lines = ["pass" if line.lstrip()[:1] in ("%", "!") else line for line in source.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module(body=[], type_ignores=[])
