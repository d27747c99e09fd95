"""Grading, from submissions to points: right ones, none, wrong ones, learned ones, hostile ones.

Each problem set is graded once, as an instructor would; the tests read the tables that come out.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import nbformat
import pandas as pd
import psutil
import pytest
from handed_in import (
    FORGERIES,
    GRADING,
    by_heart,
    grade,
    hand_in,
    hostile,
    in_words,
    master,
    run,
    solutions,
    spoiled,
    submission,
    unreadable,
)
from nbformat import NotebookNode
from wrong_answers import WRONG

from helpers.course import leaderboard
from tools.assignments import sandbox
from tools.assignments.masters import is_test, points, read, write

pytestmark = pytest.mark.skipif(not GRADING.exists(), reason="`make test` installs nbgrader")

HIDDEN_SEED = 41
HOSTILE = "2_asymmetric_testing"
sets = pytest.mark.parametrize("assignment", sorted(WRONG))


class Batch(NamedTuple):
    """The tables of a graded batch, and the classroom that they come from."""

    grades: pd.DataFrame
    questions: pd.DataFrame
    classroom: Path

    def lost(self, student: str) -> dict[str, float]:
        """The points that a student has lost, by question, of those that have lost any."""
        mine = self.cells(student)
        lost = (mine["of"] - mine["points"]).groupby(mine["question"]).sum()
        return {name: missing for name, missing in lost.items() if missing}

    def cells(self, student: str) -> pd.DataFrame:
        """The rows of the cells that tests grade."""
        table = self.questions
        mine = table[(table["student"] == student) & ~table["cell"].str.endswith("-words")]
        return mine.astype({"points": float, "of": float}).set_index("cell")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classroom with the student versions, and the species of the leader-board drawn."""
    folder = tmp_path_factory.mktemp("course")
    done = run("generate", "--classroom", folder / "classroom")
    assert done.returncode == 0, done.stderr
    for seed in (0, HIDDEN_SEED):
        leaderboard.baseline("mapped", seed)
    return folder


def student_version(room: Path, assignment: str) -> NotebookNode:
    return read(room / "classroom" / "release" / assignment / f"{assignment}.ipynb")


@pytest.fixture(scope="module")
def batches(room: Path) -> dict[str, Batch]:
    """All problem sets, graded together: four submissions and an untouched one of each."""
    for assignment in WRONG:
        student = student_version(room, assignment)
        handed = {"reference": solutions(assignment) | in_words(assignment), "untouched": {},
                  "by-heart": by_heart(assignment)}  # fmt: skip
        handed |= {f"wrong-{first}": spoiled(assignment, first)[1] for first in (0, 1)}
        for who, answers in handed.items():
            hand_in(room, who, assignment, submission(student, answers))
    grades, questions = grade(room, "--jobs", 2, "--cell-seconds", 600, "--seconds", 1200)
    return {
        name: Batch(grades[grades["assignment"] == name],
                    questions[questions["assignment"] == name], room / "classroom")
        for name in WRONG
    }  # fmt: skip


@sets
def test_the_reference_gets_every_automatic_point(
    assignment: str, batches: dict[str, Batch]
) -> None:
    batch = batches[assignment]
    row = batch.grades.loc["reference"]
    assert batch.lost("reference") == {}
    assert row["by_tests"] == row["of_tests"] == sum(points(master(assignment)).values()) > 20
    assert row["flags"] == ""


@sets
def test_the_untouched_student_version_gets_nothing(
    assignment: str, batches: dict[str, Batch]
) -> None:
    row = batches[assignment].grades.loc["untouched"]
    assert (row["by_tests"], row["by_hand"], row["answers_to_mark"]) == (0, 0, 0)
    messages = batches[assignment].cells("untouched")["message"]
    assert (messages.str.contains("Not answered yet")).all()


@sets
def test_each_wrong_answer_loses_its_question_and_is_told_why(
    assignment: str, batches: dict[str, Batch]
) -> None:
    batch, most = batches[assignment], points(master(assignment))
    for first in (0, 1):
        student = f"wrong-{first}"
        questions, _ = spoiled(assignment, first)
        assert batch.lost(student) == {name: most[name] for name in questions}
        for name in questions:
            says = WRONG[assignment][name].says
            told = batch.cells(student)["message"]
            assert says in told[f"{name}-check"] and says in told[f"{name}-hidden"], name


@sets
def test_answers_learned_by_heart_get_no_hidden_point(
    assignment: str, batches: dict[str, Batch]
) -> None:
    cells = batches[assignment].cells("by-heart")
    # A table of answers for the open question multiplies nothing, and is refused at once.
    visible = cells.index.str.endswith("-check") & ~cells.index.str.startswith("leaderboard")
    assert (cells[visible]["points"] == cells[visible]["of"]).all(), "they know what is asked"
    assert (cells[~visible]["points"] == 0).all()


@sets
def test_written_answers_wait_for_a_person(assignment: str, batches: dict[str, Batch]) -> None:
    grades = batches[assignment].grades
    assert grades.loc["reference", "answers_to_mark"] == len(in_words(assignment)) == 2
    assert grades.loc["reference", "points"] == grades.loc["reference", "by_tests"]
    assert grades.loc["wrong-0", "answers_to_mark"] == 0, "an untouched answer gets 0 by itself"


def test_the_leader_board_ranks_hidden_results(batches: dict[str, Batch]) -> None:
    classroom = batches["1_metric_learning"].classroom
    board = pd.read_csv(classroom / "leaderboard.csv")
    mine = board[board["assignment"] == "1_metric_learning"]
    assert mine.iloc[0]["student"] in ("reference", "wrong-1")
    assert mine["recall_at_1"].is_monotonic_decreasing
    assert "reference" in (classroom / "leaderboard.html").read_text(encoding="utf-8")


@sets
def test_feedback_names_the_mistake_and_hides_the_tests(
    assignment: str, batches: dict[str, Batch]
) -> None:
    page = batches[assignment].classroom / "feedback" / "wrong-0" / f"{assignment}.html"
    text = page.read_text(encoding="utf-8")
    questions, _ = spoiled(assignment, 0)
    assert all(WRONG[assignment][name].says in text for name in questions)
    assert "HIDDEN" not in text and "seed=" not in text


# --- one process for each submission


def a_test(source: str) -> NotebookNode:
    known = {"grade": True, "grade_id": "q-check", "locked": True, "points": 1, "solution": False}
    return nbformat.v4.new_code_cell(source, metadata={"nbgrader": known})


def test_a_submission_leaves_no_process_behind() -> None:
    own = nbformat.v4.new_code_cell(
        "import subprocess\n"
        "left = subprocess.Popen(['sleep', '600'], start_new_session=True)\nprint(left.pid)"
    )
    done, _ = run_here(own)
    assert not psutil.pid_exists(int(done.cells[0].outputs[0].text))


def run_here(*cells: NotebookNode, prefix: tuple = ()) -> tuple[NotebookNode, list[str]]:
    limits = sandbox.Limits(Path(sys.executable), cell_seconds=60, seconds=120, prefix=prefix)
    return sandbox.run(nbformat.v4.new_notebook(cells=list(cells)), limits)


# Nobody, but allowed to read: the Python of a test may lie in a home that is closed to others.
NOBODY = (
    "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all,+dac_read_search "
    "--ambient-caps=-all,+dac_read_search --bounding-set=-all,+dac_read_search --"
)


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("setpriv"),
    reason="only root can start a kernel as another user",
)
def test_a_kernel_can_be_a_user_who_owns_nothing() -> None:
    tries = (
        "import os\nfrom helpers import butterflies\nimages = butterflies.draw(3, 0)\n"
        f"places = [{str(sandbox.ROOT)!r}, f'/proc/{{os.getppid()}}/fd']\n"
        "def who():\n    return os.getuid(), [os.access(place, os.W_OK) for place in places]"
    )
    test = a_test("assert who() == (65534, [False, False]) and images.shape == (3, 96, 96)")
    done, flags = run_here(nbformat.v4.new_code_cell(tries), test, prefix=tuple(NOBODY.split()))
    assert (errors_of(done), flags) == ([""], []), done.cells


# --- forgeries


def errors_of(notebook: NotebookNode) -> list[str]:
    """The kind of error that each test ended with; empty for one that passed."""
    return [
        next((each.ename for each in cell.outputs if each.output_type == "error"), "")
        for cell in filter(is_test, notebook.cells)
    ]


NEIGHBOURS = "from helpers.course import checks\nchecks.neighbours(neighbours, seed=4021).require()"


@pytest.mark.parametrize("forgery", FORGERIES, ids=list(FORGERIES))
def test_a_forgery_earns_nothing_and_costs_the_other_answers_nothing(forgery: str) -> None:
    honest = nbformat.v4.new_code_cell("def twice(x):\n    return 2 * x")
    cells = [honest, nbformat.v4.new_code_cell(FORGERIES[forgery]), a_test(NEIGHBOURS)]
    done, _ = run_here(*cells, a_test("assert twice(21) == 42"))
    first, second = errors_of(done)
    assert first and not second


def test_hidden_tests_never_reach_the_kernel() -> None:
    peeking = nbformat.v4.new_code_cell(
        "def neighbours(query, database, k):\n    raise ValueError(str(In) + str(dir()))"
    )
    done, _ = run_here(peeking, a_test(NEIGHBOURS))
    assert errors_of(done) == ["WrongAnswer"]
    assert "4021" not in str(done.cells[1].outputs)


def test_what_is_honest_but_odd_keeps_its_points() -> None:
    odd = (
        "import threading, time\nfrom helpers.course import checks\n"
        "def talk():\n    while True:\n        print('still here')\n        time.sleep(0.01)\n"
        "threading.Thread(target=talk, daemon=True).start()\n"
        "def twice(x):\n    print('so')\n    return 2 * x\n"
        "checks.neighbours(twice)"
    )
    leave = nbformat.v4.new_code_cell("exit()")
    done, flags = run_here(nbformat.v4.new_code_cell(odd), leave, a_test("assert twice(21) == 42"))
    assert errors_of(done) == [""]


# --- a batch that tries to get out of hand


@pytest.fixture(scope="module")
def survivors(tmp_path_factory: pytest.TempPathFactory, room: Path) -> Batch:
    folder = tmp_path_factory.mktemp("hostile")
    student = student_version(room, HOSTILE)
    for who, notebook in hostile(HOSTILE, student).items():
        hand_in(folder, who, HOSTILE, notebook)
    unreadable(folder, HOSTILE)
    write(student, folder / "submitted" / "lost" / "untitled.ipynb")
    grades, questions = grade(folder, "--jobs", 2, "--cell-seconds", 20, "--seconds", 240)
    return Batch(grades, questions, folder / "classroom")


def test_a_hostile_batch_is_graded_to_its_end(survivors: Batch) -> None:
    everyone = {"raises", "loops", "stubborn", "exits", "prints", "redefines", "deletes",
                "unreadable", "lost", "scripts"}  # fmt: skip
    assert set(survivors.grades.index) == everyone
    assert (survivors.grades["flags"].drop("scripts") != "").all()
    assert (survivors.grades["seconds"].astype(float) < 240 + 700).all()


OPEN = {"leaderboard": 4.0}  # none of them answers the open question


@pytest.mark.parametrize(
    ("student", "lost", "flag"),
    [
        ("raises", {"neighbours": 3.0}, "neighbours-answer raises an error"),
        ("loops", {"neighbours": 3.0}, "neighbours-answer ran into the time limit"),
        ("scripts", {}, ""),
        ("prints", {}, "neighbours-answer printed too much"),
        ("deletes", {"recall": 3.0}, "locked cell neighbours-check was deleted"),
        ("deletes", {"recall": 3.0}, "answer recall-answer was deleted"),
        (
            "redefines",
            {"neighbours": 3.0},
            "imports helpers.course.checks.Verdict, which holds answers",
        ),
    ],
)
def test_one_bad_answer_leaves_the_others_their_points(
    survivors: Batch, student: str, lost: dict, flag: str
) -> None:
    flags = survivors.grades.loc[student, "flags"]
    assert flag in flags
    assert survivors.lost(student) == lost | OPEN


@pytest.mark.parametrize(
    ("student", "flag"),
    [
        ("stubborn", "it could not be interrupted"),
        ("exits", "Python ended in neighbours-answer"),
        ("unreadable", "is not a notebook"),
    ],
)
def test_what_cannot_be_run_gets_nothing_and_is_told(
    survivors: Batch, student: str, flag: str
) -> None:
    row = survivors.grades.loc[student]
    assert row["by_tests"] == 0 and flag in row["flags"]


def test_no_script_of_a_student_runs_in_a_page(survivors: Batch) -> None:
    page = survivors.classroom / "feedback" / "scripts" / f"{HOSTILE}.html"
    text = page.read_text(encoding="utf-8")
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text


def test_a_later_batch_keeps_what_earlier_ones_have_written(survivors: Batch) -> None:
    folder = survivors.classroom.parent
    shutil.rmtree(folder / "submitted")
    (folder / "submitted" / "late").mkdir(parents=True)
    grades, questions = grade(folder)
    assert set(grades.index) == {*survivors.grades.index, "late"}
    assert len(questions) == len(survivors.questions)
