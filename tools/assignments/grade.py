"""`make grade SUBMISSIONS=folder`: points into a CSV, and a feedback page for each submission.

python -m tools.assignments.grade FOLDER [--jobs 2] [--seconds 300] [--prefix "sudo -u grader"]
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.assignments import editions, sandbox
from tools.assignments.generate import CLASSROOM
from tools.assignments.gradebook import Classroom
from tools.assignments.masters import master_paths, read
from tools.assignments.pages import Result, write_feedback, write_leaderboard, write_tables
from tools.assignments.rebuild import rebuild, students_code
from tools.assignments.sandbox import Limits
from tools.assignments.submissions import Submission, find
from tools.assignments.suspicion import suspicions


def main(arguments: list[str]) -> int:
    """Grade a folder; 1 if there is nothing in it."""
    options = _options(arguments)
    limits = Limits(options.python, options.cell_seconds, options.seconds,
                    tuple(shlex.split(options.prefix)))  # fmt: skip
    try:
        grade(options.submissions, options.classroom, limits, options.jobs, options.masters)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def grade(
    folder: Path, classroom: Path, limits: Limits, jobs: int, masters: list[Path] | None = None
) -> list[Result]:
    """Grade every submission in a folder; tables and pages go to the classroom.

    Raises:
        FileNotFoundError: no submissions.
    """
    known = {path.stem: read(path) for path in masters or master_paths()}
    submissions, unplaced = find(folder, list(known))
    room = Classroom(classroom)
    for assignment in {submission.assignment for submission in submissions}:
        room.register(assignment, editions.grading(known[assignment]))
    with ThreadPoolExecutor(jobs) as threads:
        work = [threads.submit(_execute, one, known[one.assignment], limits) for one in submissions]
        # The gradebook is one file: it is written here, by one thread, as results come in.
        results = [_row(room, one, future.result)
                   for one, future in zip(submissions, work, strict=True)]  # fmt: skip
    results += [_nothing(student, "", says) for student, says in unplaced]
    write_tables(results, room.folder)
    write_leaderboard(results, room.folder)
    print(f"{len(results)} graded: {room.folder / 'grades.csv'}, questions.csv, leaderboard.html, "
          "feedback/")  # fmt: skip
    return results


def _execute(
    submission: Submission, master: NotebookNode, limits: Limits
) -> tuple[NotebookNode, list[str], float]:
    """The executed notebook, the flags and the seconds of one submission."""
    started = time.monotonic()
    handed_out = editions.student(master)
    rebuilt, flags = rebuild(submission.path, editions.grading(master), handed_out)
    flags += suspicions(students_code(rebuilt), handed_out)
    notebook, more = sandbox.run(rebuilt, limits)
    return notebook, flags + more, time.monotonic() - started


def _row(room: Classroom, submission: Submission, wait: Callable) -> Result:
    """The result of a submission; of one that cannot be graded, why. No batch ends before its end.

    A program's fault is no student's: such a row asks for a person.
    """
    try:
        return _record(room, submission, wait)
    except Exception as error:
        says = f"NOT GRADED, please look: {type(error).__name__}: {error}".splitlines()[0]
        return _nothing(submission.student, submission.assignment, says)


def _nothing(student: str, assignment: str, says: str) -> Result:
    print(f"{student:<20} {assignment or '-':<30} ! {says}", flush=True)
    return Result(student, assignment, nbformat.v4.new_notebook(), [], [says], 0)


def _record(room: Classroom, submission: Submission, wait: Callable) -> Result:
    notebook, flags, seconds = wait()
    student, assignment, _, more = submission
    flags = [*more, *flags]
    room.record(student, assignment, notebook)
    earned = room.earned(student, assignment, notebook)
    result = Result(student, assignment, notebook, earned, flags, seconds)
    write_feedback(result, room.folder, room.database)
    got, of = result.total(automatic=True)
    noted = f"  ! {'; '.join(flags)}" if flags else ""
    print(f"{student:<20} {assignment:<30} {got:g} of {of:g}  {seconds:.0f} s{noted}", flush=True)
    return result


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make grade")
    parser.add_argument("submissions", type=Path, help="FOLDER/STUDENT/ASSIGNMENT.ipynb")
    parser.add_argument("--classroom", type=Path, default=CLASSROOM)
    parser.add_argument("--masters", type=Path, nargs="*", help="other masters than the course's")
    parser.add_argument("--python", type=Path, default=Limits.python, help="of the course")
    parser.add_argument("--cell-seconds", type=float, default=Limits.cell_seconds)
    parser.add_argument("--seconds", type=float, default=Limits.seconds)
    parser.add_argument("--prefix", default="", help="a command to start each submission with")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
