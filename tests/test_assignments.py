"""Problem sets before they are handed in: masters, editions, leaks, what grading puts together."""

from __future__ import annotations

import copy
import json
import os
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from handed_in import GRADING, hand_in, run, unreadable
from nbformat import NotebookNode
from wrong_answers import WRONG

from helpers import cost, losses
from helpers.course import checks, leaderboard, problem_sets
from helpers.course.checks import FunctionCheck
from tools.assignments.leaks import Leak, refuse_leaks
from tools.assignments.masters import (
    ROOT,
    is_answer,
    is_current,
    is_test,
    is_written,
    master_paths,
    points,
    read,
    role,
    secrets,
    write,
)
from tools.assignments.rebuild import name_of, rebuild, students_code
from tools.assignments.submissions import find
from tools.assignments.suspicion import suspicions

HIDDEN_SEEDS = range(4021, 7028)
MASTERS = {path.stem: read(path) for path in master_paths()}
masters = pytest.mark.parametrize("name", sorted(MASTERS))
needs_nbgrader = pytest.mark.skipif(not GRADING.exists(), reason="`make test` installs nbgrader")
own_checks = {
    name: value for name, value in vars(problem_sets).items() if isinstance(value, FunctionCheck)
}


# --- masters


@masters
def test_masters_hold_no_outputs(name: str) -> None:
    code = [cell for cell in MASTERS[name].cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)


@masters
def test_every_question_has_a_visible_and_a_hidden_test(name: str) -> None:
    ids = [role(cell)["grade_id"] for cell in MASTERS[name].cells if role(cell)]
    assert len(ids) == len(set(ids))
    for asked in points(MASTERS[name]):
        assert {f"{asked}-answer", f"{asked}-check", f"{asked}-hidden"} <= set(ids)
    for cell in filter(is_test, MASTERS[name].cells):
        hidden = "BEGIN HIDDEN TESTS" in cell.source
        assert hidden != role(cell)["grade_id"].endswith("-check")


@masters
def test_written_questions_have_a_rubric_that_adds_up(name: str) -> None:
    written = list(filter(is_written, MASTERS[name].cells))
    assert len(written) == 2
    for cell in written:
        rubric = cell.source.partition("**Rubric**")[2].strip().splitlines()
        given = sum(int(line.split()[1]) for line in rubric)
        assert given == role(cell)["points"]


@masters
def test_the_points_in_the_text_are_those_of_the_cells(name: str) -> None:
    found, text = points(MASTERS[name]), MASTERS[name].cells[0].source
    words = sum(role(cell)["points"] for cell in filter(is_written, MASTERS[name].cells))
    by_tests = sum(found.values()) - found["leaderboard"]
    assert f"{by_tests:g} points by tests, {words:g} for answers in words, 4 for the open" in text
    assert found["leaderboard"] == 4


@masters
def test_every_automatic_question_has_a_wrong_answer_to_try(name: str) -> None:
    assert set(WRONG[name]) == set(points(MASTERS[name])) and len(WRONG[name]) >= 6


# --- checks that only the problem sets have


@pytest.mark.parametrize("name", own_checks)
@pytest.mark.parametrize("seed", [0, 1, *range(5021, 5027), *range(6021, 6027), *range(7021, 7028)])
def test_own_checks_know_right_from_each_mistake(name: str, seed: int) -> None:
    check = own_checks[name]
    assert check(check.truth, seed).right
    for mistake in check.mistakes:
        assert check(mistake.answer, seed).says == mistake.says


def test_hard_negatives_are_those_of_the_helper() -> None:
    for similarity, negative, count in problem_sets.hardest_negatives.cases(3):
        pairs = losses.Pairs(~negative, negative)
        kept = losses.mine(pairs, similarity, negatives=count).negative
        assert kept.equal(problem_sets.hardest_negatives.truth(similarity, negative, count))


def test_hidden_seeds_draw_other_cases() -> None:
    for check in [*own_checks.values(), checks.similarities, checks.rkd_distance]:
        assert str(check.cases(0)) != str(check.cases(HIDDEN_SEEDS[0]))


# --- editions


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not GRADING.exists():
        pytest.skip("`make test` installs nbgrader")
    folder = tmp_path_factory.mktemp("editions")
    done = run("generate", "--classroom", folder)
    assert done.returncode == 0, done.stderr
    return folder


def edition(classroom: Path, kind: str, name: str) -> NotebookNode:
    return read(classroom / kind / name / f"{name}.ipynb")


@masters
def test_students_see_no_line_that_is_hidden(classroom: Path, name: str) -> None:
    shown = edition(classroom, "release", name)
    lines = {line.strip() for cell in shown.cells for line in cell.source.splitlines()}
    common = secrets(MASTERS[name]) & lines
    assert all(len(line) < 16 or line.startswith(("from ", "import ")) for line in common), common
    refuse_leaks(MASTERS[name], shown)


@masters
def test_readers_find_each_solution_folded_behind_its_task(classroom: Path, name: str) -> None:
    cells = edition(classroom, "reader", name).cells
    folded = [n for n, cell in enumerate(cells) if "hide-cell" in cell.metadata.get("tags", [])]
    assert len(folded) == sum(map(is_answer, MASTERS[name].cells))
    for n in folded:
        task, solution = cells[n - 1], cells[n]
        assert "instead" in task.source and "instead of this line" not in solution.source
    assert not any("BEGIN" in cell.source for cell in cells)


@masters
def test_instructors_see_points_solutions_tests_and_rubrics(classroom: Path, name: str) -> None:
    text = "\n".join(cell.source for cell in edition(classroom, "instructor", name).cells)
    assert all(word in text for word in ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS", "**Rubric**"))
    assert text.count("points, ") >= len(points(MASTERS[name]))


@masters
def test_editions_are_current_until_the_master_changes(classroom: Path, name: str) -> None:
    changed = copy.deepcopy(MASTERS[name])
    changed.cells[5].source += " "
    other_points = copy.deepcopy(MASTERS[name])
    next(filter(is_test, other_points.cells)).metadata["nbgrader"]["points"] += 1
    for kind in ("release", "reader", "instructor"):
        made = edition(classroom, kind, name)
        assert is_current(made, MASTERS[name])
        assert not is_current(made, changed) and not is_current(made, other_points)


@masters
def test_no_stale_edition_lies_in_the_classroom(name: str) -> None:
    for path in (ROOT / "classroom").glob(f"re*/{name}/{name}.ipynb"):
        assert is_current(read(path), MASTERS[name]), f"{path} is old: run `make assignments`"


# --- leaks


def leaking(how: str) -> NotebookNode:
    """A master that would give something away."""
    master = copy.deepcopy(MASTERS["1_metric_learning"])
    answer = next(cell for cell in master.cells if is_answer(cell))
    if how == "misspelled marker":
        answer.source = answer.source.replace("### BEGIN SOLUTION", "###BEGIN-SOLUTION")
        answer.source = answer.source.replace("    ### END SOLUTION", "    ###END-SOLUTION")
    elif how == "line in the open":
        master.cells[1].outputs = []
        master.cells[1].source += "\n" + answer.source.splitlines()[2].strip()
    elif how == "no region":
        answer.source = "def similarities(query, database):\n    return query @ database.T"
    return master


@needs_nbgrader
@pytest.mark.parametrize("how", ["misspelled marker", "line in the open", "no region"])
def test_a_leak_is_refused_and_nothing_is_written(tmp_path: Path, how: str) -> None:
    write(leaking(how), tmp_path / "masters" / "1_metric_learning.ipynb")
    done = run("generate", "--classroom", tmp_path / "classroom",
               "--masters", tmp_path / "masters" / "1_metric_learning.ipynb")  # fmt: skip
    assert done.returncode == 1 and "REFUSED" in done.stderr, done.stderr
    assert not (tmp_path / "classroom").exists()


def test_a_saved_output_is_a_leak(classroom: Path) -> None:
    shown = edition(classroom, "release", "1_metric_learning")
    shown.cells[1].outputs = [nbformat.v4.new_output("stream", text="42")]
    with pytest.raises(Leak, match="saved output"):
        refuse_leaks(MASTERS["1_metric_learning"], shown)


# --- what is graded


@pytest.fixture
def handed_out(classroom: Path) -> tuple[NotebookNode, NotebookNode]:
    """The grading edition (here with solutions, which answers replace) and the student's."""
    return MASTERS["1_metric_learning"], edition(classroom, "release", "1_metric_learning")


def rebuilt(tmp_path: Path, notebook: NotebookNode, handed_out: tuple) -> tuple:
    path = tmp_path / "submission.ipynb"
    write(notebook, path)
    return rebuild(path, *handed_out)


def test_an_untouched_submission_has_nothing_odd(tmp_path: Path, handed_out: tuple) -> None:
    made, flags = rebuilt(tmp_path, handed_out[1], handed_out)
    assert flags == []
    assert [name_of(cell) for cell in made.cells] == [name_of(cell) for cell in handed_out[0].cells]


def test_tests_are_the_masters_whatever_was_handed_in(tmp_path: Path, handed_out: tuple) -> None:
    changed = copy.deepcopy(handed_out[1])
    check = next(filter(is_test, changed.cells))
    check.source, check.metadata["nbgrader"]["points"] = "pass", 1000
    del changed.cells[changed.cells.index(check) + 1]
    made, flags = rebuilt(tmp_path, changed, handed_out)
    assert list(map(str, filter(is_test, made.cells))) == list(
        map(str, filter(is_test, handed_out[0].cells))
    )
    assert flags == ["locked cell similarities-check was changed: the original counts",
                     "locked cell similarities-hidden was deleted"]  # fmt: skip


def test_own_cells_stay_where_they_were(tmp_path: Path, handed_out: tuple) -> None:
    notebook = copy.deepcopy(handed_out[1])
    answer = next(n for n, cell in enumerate(notebook.cells) if is_answer(cell))
    notebook.cells.insert(answer + 1, nbformat.v4.new_code_cell("helper = 1"))
    notebook.cells.insert(answer + 1, copy.deepcopy(notebook.cells[answer]))
    notebook.cells[answer + 1].source = "a second answer"
    notebook.cells[answer + 1]["id"] = "a-copy"
    made, flags = rebuilt(tmp_path, notebook, handed_out)
    place = next(n for n, cell in enumerate(made.cells) if cell.source == "helper = 1")
    assert name_of(made.cells[place - 1]) == "similarities-answer"
    answers = [code for code in students_code(made) if "a second answer" in code]
    assert len(answers) == 1 and answers[0] != "a second answer", "both parts, in one cell"
    assert flags == ["cell similarities-answer is there twice: both count"]


def test_submissions_are_found_by_student_and_name(tmp_path: Path, handed_out: tuple) -> None:
    hand_in(tmp_path, "ada", "1_metric_learning", handed_out[1])
    write(handed_out[1], tmp_path / "submitted" / "bob" / "ps" / "1_metric_learning.ipynb")
    write(handed_out[1], tmp_path / "submitted" / "bob" / "1_metric_learning (1).ipynb")
    unreadable(tmp_path, "2_asymmetric_testing")
    os.utime(tmp_path / "submitted" / "bob" / "ps" / "1_metric_learning.ipynb", (1, 1))
    write(handed_out[1], tmp_path / "submitted" / "cy" / "1_metric_learning.ipynb.txt")
    (tmp_path / "submitted" / "dee").mkdir()
    (tmp_path / "submitted" / "eve").mkdir()
    (tmp_path / "submitted" / "eve" / "work.zip").write_bytes(b"PK")
    found, unplaced = find(tmp_path / "submitted", list(MASTERS))
    assert [(one.student, one.assignment) for one in found] == [
        ("ada", "1_metric_learning"), ("bob", "1_metric_learning"),
        ("cy", "1_metric_learning"),
        ("unreadable", "2_asymmetric_testing"),
    ]  # fmt: skip
    bob = found[1]
    assert bob.path.name == "1_metric_learning (1).ipynb" and "2 attempts" in bob.flags[0]
    assert [(one.student, word in one.says) for one, word in zip(unplaced, ("nothing", "work.zip"),
            strict=True)] == [("dee", True), ("eve", True)]  # fmt: skip
    shutil.rmtree(tmp_path / "submitted")
    with pytest.raises(FileNotFoundError, match="STUDENT/ASSIGNMENT.ipynb"):
        find(tmp_path / "submitted", list(MASTERS))


@pytest.mark.parametrize("how", ["byte order mark", "no outputs", "ids under 4.4", "no ids"])
def test_what_an_editor_did_to_a_notebook_costs_nothing(
    tmp_path: Path, handed_out: tuple, how: str
) -> None:
    saved = json.loads(nbformat.writes(handed_out[1]))
    for cell in saved["cells"]:
        if how == "no outputs":
            cell.pop("outputs", None)
        if how == "no ids":
            del cell["id"]
    if how in ("ids under 4.4", "no ids"):
        saved["nbformat_minor"] = 4
    path = tmp_path / "submission.ipynb"
    path.write_text(json.dumps(saved), encoding="utf-8-sig" if "mark" in how else "utf-8")
    made, flags = rebuild(path, *handed_out)
    assert flags == []
    assert [cell.source for cell in filter(is_answer, made.cells)] == [
        cell.source for cell in filter(is_answer, handed_out[1].cells)
    ]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("from helpers.losses import contrastive", "imports helpers.losses.contrastive"),
        ("def checks(): ...", "redefines checks"),
        ("checks.similarities = print", "redefines checks.similarities"),
        ("setattr(checks, 'similarities', print)", "redefines checks"),
        ("import os\nos._exit(0)", "uses os._exit"),
        ("import subprocess", "imports subprocess"),
    ],
)
def test_meddling_is_told(handed_out: tuple, code: str, says: str) -> None:
    assert any(says in sentence for sentence in suspicions([code], handed_out[1]))


def test_honest_code_raises_no_suspicion(handed_out: tuple) -> None:
    code = "import numpy as np\ndef similarities(query, database):\n    return query @ database.T"
    assert suspicions([code, "%matplotlib inline", "this is no Python ("], handed_out[1]) == []


# --- the open question


def test_each_seed_has_species_of_its_own() -> None:
    first, other = leaderboard.world(0), leaderboard.world(41)
    assert first.images.shape == (320, 3, 96, 96) and not np.array_equal(first.images, other.images)
    assert np.allclose(np.linalg.norm(first.database, axis=1), 1, atol=1e-4)


def test_macs_are_counted_while_queries_are_embedded() -> None:
    network = leaderboard.shipped("teacher")
    entry = leaderboard.score(network, leaderboard.RESOLUTION)
    assert entry.macs == cost.macs(network, leaderboard.RESOLUTION) <= leaderboard.BUDGET
    assert cost.macs(network, leaderboard.RESOLUTION + 2) > leaderboard.BUDGET
    times = cost.macs(network, 96) / leaderboard.BUDGET
    assert 17 < times < 23, "the texts say: about a twentieth"


@pytest.mark.parametrize("seed", [0, 41])
def test_baselines_rise(seed: int) -> None:
    untrained, other, mapped = (leaderboard.baseline(name, seed) for name in leaderboard.BASELINES)
    assert untrained.recall < other.recall < mapped.recall < 1
    assert all(one.macs <= leaderboard.BUDGET for one in (untrained, other, mapped))


def test_entries_that_cannot_count_are_told_why(capsys: pytest.CaptureFixture) -> None:
    teacher = leaderboard.shipped("teacher")
    assert not leaderboard.check(..., "untrained").answered
    assert "two things" in leaderboard.check(teacher, "untrained").says
    assert "the budget is 4.5 M" in leaderboard.check((teacher, 24), "untrained").says
    assert "finds no more than" in leaderboard.check((teacher, 20), "untrained").says
    assert "no embeddings" in leaderboard.check((torch.nn.Conv2d(3, 3, 1), 20), "untrained").says
    assert "leader-board: Recall@1" in capsys.readouterr().out
