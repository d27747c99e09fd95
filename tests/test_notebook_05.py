"""The tables and figures of notebook 05 show the numbers they are given."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers import recipes, runs
from helpers.course.figures import copying, style
from helpers.course.figures.copying import compared, pulls, results, rows
from helpers.losses import DISTILLATION
from helpers.recipes import listing, tuned
from helpers.runs.store import PER_QUERY, Store

RECORD = [
    {
        "subject": "triplet",
        "learning_rate": rate,
        "settings": [["margin", margin]],
        "asymmetric/species/recall@1": score - 0.1,
        "symmetric/species/recall@1": score + 0.1,
        "score": score,
    }
    for rate, margin, score in ((0.002, 0.1, 0.3), (0.002, 0.3, 0.5), (0.004, 0.1, 0.4))
]


@pytest.fixture(autouse=True)
def figures_are_closed() -> Iterator[None]:
    yield
    plt.close("all")


def answered(share: float) -> np.ndarray:
    """Three seeds in which this share of 100 queries, and 0, 1 and 2 more, are answered."""
    return (np.arange(100) < 100 * share + np.arange(3)[:, None]).astype(float)


def made_up(title: str, asymmetric: float, rotated: float, symmetric: float) -> copying.Student:
    shares = {"asymmetric": asymmetric, "rotated": rotated, "symmetric": symmetric}
    return results.student(title, {test: answered(share) for test, share in shares.items()})


@pytest.fixture
def families() -> dict[str, list[copying.Student]]:
    return {
        "absolute": [made_up("Reg", 0.6, 0.6, 0.7), made_up("RAML", 0.5, 0.6, 0.8)],
        "relational": [made_up("RKD", 0.0, 0.4, 0.5)],
    }


def markers(axes: plt.Axes, marker: str) -> list[tuple[float, float]]:
    """Where single markers of this kind stand, as (x, y)."""
    found = [line for line in axes.lines if line.get_marker() == marker and len(line.get_xdata())]
    return [(line.get_xdata()[0], line.get_ydata()[0]) for line in found]


def words(axes: plt.Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


class TestResults:
    def test_a_mean_lies_within_its_interval(self) -> None:
        recall = results.percent(answered(0.5))
        assert recall.mean == pytest.approx(51) and 35 < recall.low < 45 < 57 < recall.high < 67

    def test_differences_are_paired(self) -> None:
        gap = copying.difference(answered(0.6), answered(0.5))
        assert gap.mean == pytest.approx(10) and 3 < gap.low < 10 < gap.high < 18
        nothing = copying.difference(answered(0.6), answered(0.6))
        assert nothing == (0, 0, 0), "the same answers differ nowhere, however few they are"

    def test_a_result_is_read_from_the_runs_of_every_seed(self, monkeypatch, tmp_path) -> None:
        recipe, store = recipes.teacher(96), Store(tmp_path)
        for seed in (0, 1):
            values = {
                f"{test}/species/recall@1": answered(share)[seed] > 0
                for test, share in zip(results.TESTS, (0.1, 0.2, 0.3), strict=True)
            }
            summary = {"metrics": {"asymmetric/genus/mAP": 0.2 + 0.2 * seed}}
            store.write(recipe.with_seed(seed), summary, {PER_QUERY: values})
        monkeypatch.setattr(runs, "SHIPPED", store)
        monkeypatch.delenv("RETRAIN", raising=False)
        found = copying.result(recipe, (0, 1), "a title")
        assert found.title == "a title" and found.answers["asymmetric"].shape == (2, 100)
        assert [found.recall[test].mean for test in results.TESTS] == pytest.approx(
            [10.5, 20.5, 30.5]
        )
        assert found.means["asymmetric/genus/mAP"] == pytest.approx(0.3)


class TestTables:
    def test_every_loss_has_a_row_and_every_start_its_columns(self, families) -> None:
        frame = copying.table({"scratch": families, "teacher": families})
        assert list(frame.index) == [
            ("absolute", "Reg"),
            ("absolute", "RAML"),
            ("relational", "RKD"),
        ]
        cell = frame.loc[("absolute", "RAML"), ("teacher", "symmetric")]
        assert cell.startswith("81.0 (") and " to " in cell

    def test_the_side_of_a_difference_follows_from_its_interval(self) -> None:
        frame = copying.differences(
            {
                "better": (answered(0.6), answered(0.5)),
                "worse": (answered(0.5), answered(0.6)),
                "the same": (answered(0.5), answered(0.5)),
            }
        )
        assert list(frame["the first is"]) == ["above", "below", "open"]
        assert list(frame["difference"]) == ["+10.0", "-10.0", "+0.0"]
        assert list(frame.loc["better", ["first", "second"]]) == ["61.0", "51.0"]

    @pytest.mark.parametrize(
        ("published", "sign"), [((3, 1), "same"), ((-3, -1), "opposite"), ((3, -1), "open")]
    )
    def test_published_differences_beside_ours(self, published, sign) -> None:
        row = copying.beside(published, answered(0.6), answered(0.5))
        assert row["sign"] == sign and row["here (95 %)"].startswith("+10.0 (")
        assert copying.beside(published, answered(0.5), answered(0.5))["sign"] == "open"

    def test_the_trial_that_was_taken_has_the_best_score(self) -> None:
        frame = copying.trials_table(RECORD, {"triplet": "Triplet"})
        taken = frame[frame[""] == "taken"]
        assert list(taken.index) == [("Triplet", "rate 0.002, margin 0.3")]
        assert list(taken.iloc[0]) == ["40.0", "60.0", "50.0", "taken"]
        short = copying.trials_grid(RECORD, {"triplet": "Triplet"})
        assert [cell.endswith("●") for cell in short.loc["Triplet"]] == [False, True, False]

    def test_the_taken_trial_is_the_one_that_recipes_use(self, monkeypatch) -> None:
        monkeypatch.setattr(tuned, "record", lambda: RECORD)
        assert tuned.chosen("triplet") == (0.002, (("margin", 0.3),))


class TestDots:
    def test_markers_stand_at_the_means(self, families) -> None:
        figure = copying.dots({"scratch": families})
        (axes,) = figure.axes
        assert [x for x, _ in markers(axes, "o")] == pytest.approx([61, 51, 1])
        assert [x for x, _ in markers(axes, "s")] == pytest.approx([71, 81, 51])
        seeds = sorted(x for x, _ in markers(axes, "|"))
        assert seeds[:3] == pytest.approx([0, 1, 2]) and len(seeds) == 18

    def test_rows_are_named_and_families_have_a_row_of_their_own(self, families) -> None:
        (axes,) = copying.dots({"scratch": families}).axes
        names = {label.get_text(): label.get_position()[1] for label in axes.get_yticklabels()}
        assert names == {"Reg": 1, "RAML": 2, "RKD": 4}
        assert {"absolute", "relational"} <= set(words(axes))
        assert axes.get_ylim()[0] > axes.get_ylim()[1], "the first row is at the top"

    def test_levels_that_are_near_are_named_in_two_lines(self, families) -> None:
        lines = {"chance": (0.01, style.CHANCE), "naive": (0.02, style.NAIVE)}
        (axes,) = copying.dots({"scratch": families}, {"scratch": lines}).axes
        placed = {text.get_text(): text.xyann[1] for text in axes.texts if text.get_text() in lines}
        assert placed["naive"] > placed["chance"] + 8

    def test_every_family_of_the_table_fits(self) -> None:
        members = [made_up(DISTILLATION[loss].title, 0.1, 0.2, 0.3) for loss in listing.TABLE]
        (axes,) = copying.dots({"all": {"family": members}}).axes
        assert len(axes.get_yticklabels()) == len(listing.TABLE)


class TestSteps:
    def test_rescues_lead_from_the_asymmetric_to_the_rotated_test(self, families) -> None:
        (axes,) = copying.rescues({"scratch": families}, {"chance": (0.01, style.CHANCE)}).axes
        dots_ = markers(axes, "o")
        assert [x for x, _ in dots_] == pytest.approx([61, 61, 51, 61, 1, 41])
        assert [x for x, _ in markers(axes, "s")] == pytest.approx([71, 81, 51])

    def test_starts_lead_from_scratch_to_the_teachers_weights(self, families) -> None:
        later = {
            name: [made_up(found.title, 0.9, 0.9, 0.9) for found in members]
            for name, members in families.items()
        }
        figure = copying.starts(families, later)
        asymmetric, symmetric = figure.axes
        assert [x for x, _ in markers(asymmetric, "o")] == pytest.approx([61, 91, 51, 91, 1, 91])
        assert [x for x, _ in markers(symmetric, "o")] == pytest.approx([71, 91, 81, 91, 51, 91])
        fills = [line.get_markerfacecolor() for line in symmetric.lines if line.get_marker() == "o"]
        assert fills[:2] == ["white", style.STUDENT], "open from scratch, filled from the teacher"


class TestOtherFigures:
    def test_the_drawn_student_is_the_teacher_turned(self) -> None:
        teacher, student = compared.corners(0), compared.corners(compared.TURN)
        assert teacher @ teacher.T == pytest.approx(student @ student.T)
        assert np.abs(teacher - student).max() > 0.5
        assert len(copying.who_is_compared().axes) == 4

    def test_curves_are_named_where_they_lie_apart(self) -> None:
        x = np.linspace(0, 1, 101)
        panels = {"apart": {"up": x, "down": 1 - x}, "together": {"up": x * 0, "down": x}}
        figure = copying.curves(x, panels, "x", ("a", "b"), {"a mark": 0.3})
        for axes in figure.axes:
            places = [text.get_position() for text in axes.texts if text.get_text() != "a mark"]
            assert abs(places[0][1] - places[1][1]) > 0.5
        drawn = figure.axes[0].lines[0]
        assert drawn.get_ydata() == pytest.approx(x)

    def test_a_curve_is_named_where_no_other_is_near(self) -> None:
        bump = np.zeros(100)
        bump[[0, 60]] = 9
        y = np.stack([np.zeros(100), 1 + bump, 2 + bump])
        assert pulls.loneliest(y, 0) == 60, "not at the margin, though it is as far away there"
        assert 40 < pulls.loneliest(y, 2) < 60, "the middle of equally good places"
        assert 40 < pulls.loneliest(y[:1], 0) < 60

    def test_losses_are_grouped_by_whether_they_change(self) -> None:
        degrees = np.array([0, 45, 90])
        values = {"a": np.array([0.0, 1, 2]), "b": np.ones(3), "c": np.array([1.0, 2, 3])}
        changes = {"a": True, "b": False, "c": True}
        recalls = {"symmetric": np.ones(3), "asymmetric": np.array([0.9, 0.5, 0])}
        figure = copying.turned_losses(degrees, values, changes, recalls)
        above, changing, constant = figure.subfigs
        assert above.axes[0].lines[1].get_ydata() == pytest.approx([90, 50, 0])
        assert [axes.get_title() for axes in changing.axes if axes.lines] == ["a", "c"]
        (flat,) = [axes for axes in constant.axes if axes.lines]
        assert flat.get_title() == "b" and flat.get_ylim()[0] == 0, "a flat line must look flat"
        assert changing.axes[1].lines[0].get_ydata() == pytest.approx([1, 2, 3])

    def test_every_pair_of_weights_has_its_cell(self) -> None:
        pairs = [(first, second) for first in (0.0, 0.7) for second in (0.0, 0.2, 0.6)]
        students = {pair: made_up("RAML", sum(pair) / 2, 0, 0.9) for pair in pairs}
        figure = copying.weights_grid({"scratch": students}, ("asymmetric", "symmetric"))
        asymmetric, symmetric = figure.axes
        assert np.allclose(asymmetric.images[0].get_array(), [[1, 11, 31], [36, 46, 66]])
        assert asymmetric.images[0].get_clim() == symmetric.images[0].get_clim()
        cells = {text.get_position(): text.get_text() for text in asymmetric.texts}
        low, high = students[0.7, 0.2].recall["asymmetric"][1:]
        assert cells[1, 1] == f"46.0\n{low:.1f} to {high:.1f}"
        assert [label.get_text() for label in asymmetric.get_yticklabels()] == ["0", "0.7"]
        assert [label.get_text() for label in asymmetric.get_xticklabels()] == ["0", "0.2", "0.6"]

    def test_similarities_share_one_scale(self) -> None:
        figure = copying.similarities({"one": np.eye(3), "two": 0.1 * np.eye(3)})
        first, second = (axes.images[0] for axes in figure.axes[:2])
        assert first.get_clim() == second.get_clim()
        assert np.allclose(second.get_array(), 0.1 * np.eye(3))

    def test_trials_are_drawn_with_the_taken_one_filled(self) -> None:
        (axes,) = copying.trials(RECORD, {"triplet": "Triplet"}).axes
        tried, taken = (line for line in axes.lines if line.get_marker() == "o")
        assert tried.get_xdata() == pytest.approx([30, 50, 40])
        assert taken.get_xdata() == pytest.approx([50])
        assert words(axes) == ["rate 0.002, margin 0.3"]

    def test_students_without_a_teacher_have_their_own_colour(self) -> None:
        assert rows.MARKERS.keys() == set(results.TESTS)
        assert results.colour_of(recipes.student(96, 48)) == style.STUDENT
        alone = recipes.student(96, 48, loss="triplet_symmetric")
        assert results.colour_of(alone) == style.ALONE
