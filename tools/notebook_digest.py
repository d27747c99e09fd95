"""A digest of all that a notebook's outputs follow from, to tell when they are out of date."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"


def notebook_paths() -> list[Path]:
    """The notebooks of the course in reading order."""
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def digest(notebook: nbformat.NotebookNode, root: Path = ROOT) -> str:
    """The SHA-256 of a notebook's cells, of the helpers they import, and of the shipped runs.

    Outputs, execution counts and other metadata have no part in it.
    """
    total = hashlib.sha256()
    for cell in notebook.cells:
        total.update(f"{cell.cell_type}\0{cell.source}\0".encode())
    for file in [*helper_files(notebook, root), *run_files(root)]:
        text = file.read_text(encoding="utf-8")  # reads any line ending as \n
        total.update(f"{file.relative_to(root).as_posix()}\0{text}\0".encode())
    return total.hexdigest()


def helper_files(notebook: nbformat.NotebookNode, root: Path = ROOT) -> list[Path]:
    """Every file of helpers that the notebook imports, directly or through another helper."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    waiting = {name for source in code for name in imported_helpers(without_magic(source))}
    done: set[str] = set()
    files = [root / "helpers" / "__init__.py"]
    while waiting - done:
        name = min(waiting - done)
        done.add(name)
        for file in module_files(root / "helpers", name):
            files.append(file)
            waiting |= imported_helpers(file.read_text(encoding="utf-8"))
    return sorted(file for file in files if file.is_file())


def run_files(root: Path = ROOT) -> list[Path]:
    """The records of shipped runs, of the tuning, and of the findings computed from the runs."""
    data = root / "data"
    return sorted([*(data / "runs").rglob("run.json"), *data.glob("*.json")])


def module_files(package: Path, name: str) -> list[Path]:
    """The files of one room of helpers: one file, or a folder of the same name."""
    place = package.joinpath(*name.split("."))
    file = place.with_suffix(".py")
    return [file] if file.is_file() else sorted(place.rglob("*.py"))


def imported_helpers(source: str) -> set[str]:
    """The rooms of helpers that a piece of Python imports, at its top or inside a function.

    A room is named like ``"losses"``, one in the wing of the course like ``"course.figures"``.
    What stands under ``if __name__ == "__main__":`` is left out: an import does not run it.
    """
    return {
        room_of(module)
        for node in imports(ast.parse(source))
        for module in imported_names(node)
        if module.startswith("helpers.")
    }


def room_of(module: str) -> str:
    """The room of a module such as ``"helpers.losses.metric"``."""
    first, *rest = module.split(".")[1:]
    return ".".join([first, *rest[:1]]) if first == "course" else first


def imports(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import statement below a node, except under ``if __name__ == "__main__":``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif not (isinstance(child, ast.If) and "__main__" in ast.unparse(child.test)):
            yield from imports(child)


def imported_names(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The full dotted names that an import statement may refer to."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{node.module or ''}.{alias.name}" for alias in node.names]


def without_magic(source: str) -> str:
    """The source of a cell without its lines for the notebook itself (``%…`` and ``!…``)."""
    lines = source.splitlines()
    return "\n".join("pass" if line[:1] in ("%", "!") else line for line in lines)
