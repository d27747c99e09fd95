"""`make assignments`: every edition of every problem set, and the gradebook that knows its points.

python -m tools.assignments.generate [--classroom FOLDER]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.assignments import editions
from tools.assignments.gradebook import Classroom
from tools.assignments.leaks import Leak
from tools.assignments.masters import ROOT, master_paths, points, read, write

CLASSROOM = ROOT / "classroom"

HANDED_OUT = {"release": editions.student, "reader": editions.reader,
              "instructor": editions.instructor}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Write all editions; 1 if one of them would leak a solution, and then none is written."""
    parser = argparse.ArgumentParser(prog="make assignments")
    parser.add_argument("--classroom", type=Path, default=CLASSROOM)
    parser.add_argument("--masters", type=Path, nargs="*", help="other masters than the course's")
    options = parser.parse_args(arguments)
    try:
        generate(options.classroom, options.masters)
    except Leak as leak:
        print(f"REFUSED, nothing was written: {leak}", file=sys.stderr)
        return 1
    return 0


def generate(folder: Path, paths: list[Path] | None = None) -> None:
    """Write the editions of all masters (or of these) into a classroom.

    Raises:
        Leak: a student version would show a solution; then nothing is written.
    """
    paths = paths or master_paths()
    made = {path.stem: _editions(path) for path in paths}
    room = Classroom(folder)
    for path in paths:
        for step, notebook in made[path.stem].items():
            write(notebook, folder / step / path.stem / path.name)
        master = read(path)
        room.register(path.stem, editions.grading(master))
        print(f"{path.stem}: {sum(points(master).values()):g} points by tests, "
              f"{folder.name}/release/{path.stem}/{path.name}")  # fmt: skip


def _editions(path: Path) -> dict:
    master = read(path)
    try:
        return {step: make(master) for step, make in HANDED_OUT.items()} | {"source": master}
    except Leak as leak:
        raise Leak(f"{path.name}: {leak}") from leak


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
