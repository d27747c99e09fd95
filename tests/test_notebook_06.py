"""The tables and figures of notebook 06 show the numbers they are given."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from helpers.course.figures import lessons, style
from helpers.course.figures.lessons import Answers

NAMES = ("symmetric", "asymmetric", "rotated")
TESTS = {"symmetric test": "symmetric", "asymmetric test": "asymmetric"}
CHANCE = {"species": 0.01, "genus": 0.05}


@pytest.fixture(autouse=True)
def figures_are_closed() -> Iterator[None]:
    yield
    plt.close("all")


def answered(share: float, seeds: int = 3) -> np.ndarray:
    """Of 200 queries this share, and 0, 2 and 4 more, are answered: 1 point more in the mean."""
    return (np.arange(200) < 200 * share + 2 * np.arange(seeds)[:, None]).astype(np.float32)


def made_up(symmetric: float, asymmetric: float, names: tuple[str, ...] = NAMES) -> Answers:
    shares = {"symmetric": symmetric, "asymmetric": asymmetric, "rotated": asymmetric}
    return {
        f"{name}/{label}": answered(shares[name] + more)
        for name in names
        for label, more in (("species", 0.0), ("genus", 0.1))
    }


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(plt.Text)]


def single_marks(axes: plt.Axes, marker: str = "o") -> list[tuple[float, float]]:
    """Where single markers stand."""
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return [tuple(map(float, line.get_xydata()[0])) for line in lines if len(line.get_xdata()) == 1]


# --- answers


def made_up_run(seed: int, extra: tuple[str, ...] = ()) -> SimpleNamespace:
    names = [f"{test}/{label}/recall@1" for test in NAMES for label in ("species", "genus")]
    per_query = {name: answered(0.5, 1)[0] for name in (*names, *extra)}
    measures = ("recall@1", "recall@10", "mAP")
    metrics = {
        f"{test}/{label}/{measure}": 0.1 * (place + 1) + 0.01 * seed
        for test in NAMES
        for label in ("species", "genus")
        for place, measure in enumerate(measures)
    }
    return SimpleNamespace(per_query=per_query, metrics=metrics)


def test_answers_are_those_that_all_runs_hold() -> None:
    runs = [made_up_run(0, ("symmetric/species/mAP", "naive/species/recall@1")), made_up_run(1)]
    found = lessons.answers(runs)
    assert set(found) == {f"{test}/{label}" for test in NAMES for label in ("species", "genus")}
    assert found["rotated/genus"].shape == (2, 200)


def test_no_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="make retrain"):
        lessons.answers([])


def test_chance_counts_the_other_images_of_a_class() -> None:
    fine, coarse = np.repeat(np.arange(4), 3), np.repeat(np.arange(2), 6)
    assert lessons.chance_levels(fine, coarse) == pytest.approx(
        {"species": 2 / 11, "genus": 5 / 11}
    )


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [(0.6, 0.4, "ahead"), (0.4, 0.6, "behind"), (0.5, 0.5, "not told apart")],
)
def test_gain_is_the_difference_with_its_verdict(first: float, second: float, verdict: str) -> None:
    text = lessons.gain(answered(first), answered(second))
    assert text.startswith(f"{100 * (first - second):+.1f} points (95 %: ")
    assert text.endswith(f"), {verdict}")
    low, high = (float(number) for number in text.split("95 %: ")[1].split(")")[0].split(" to "))
    assert low <= 100 * (first - second) <= high


def test_a_difference_within_the_noise_is_not_told_apart() -> None:
    random = np.random.default_rng(0)
    first, second = random.random((2, 3, 200)) < 0.5
    assert lessons.gain(first.astype(float), second.astype(float)).endswith("not told apart")


def test_table_has_means_and_spreads_in_percent() -> None:
    rows = {"one": [made_up_run(0), made_up_run(2)], "other": [made_up_run(1)]}
    table = lessons.table(rows, ["asymmetric"])
    assert table.loc["one", ("asymmetric", "species, Recall@1")] == "11.0 ± 1.0"
    assert table.loc["one", ("asymmetric", "species, mAP")] == "31.0 ± 1.0"
    assert table.loc["other", ("asymmetric", "genus, Recall@1")] == "11.0"


def test_rows_stand_at_their_means() -> None:
    rows = {"alone": (made_up(0.5, 0.0), style.ALONE), "taught": (made_up(0.6, 0.4), style.STUDENT)}
    figure = lessons.rows_of_answers(rows, TESTS, CHANCE, answered(0.9))
    symmetric, asymmetric = figure.axes
    assert [x for x, _ in single_marks(symmetric)] == pytest.approx([51, 61, 61, 71])
    assert [x for x, _ in single_marks(asymmetric)] == pytest.approx([1, 11, 41, 51])
    assert [label.get_text() for label in symmetric.get_yticklabels()] == ["alone", "taught"]
    (teacher,) = (line for line in symmetric.lines if line.get_color() == style.TEACHER)
    assert list(teacher.get_xdata()) == pytest.approx([91, 91])
    assert {"51.0", "61.0", "71.0"} <= set(words(figure))


def test_a_test_that_was_not_made_is_named() -> None:
    rows = {
        "start": (made_up(0.5, 0.0, NAMES[:2]), style.ALONE),
        "taught": (made_up(0.6, 0.4), style.STUDENT),
    }
    figure = lessons.rows_of_answers(rows, {"rotated": "rotated"}, CHANCE)
    assert words(figure).count("not measured") == 1
    assert [x for x, _ in single_marks(figure.axes[0])] == pytest.approx([41, 51])


# --- teachers


def test_circle_leads_from_student_to_teacher() -> None:
    teacher, student = np.eye(2), -np.eye(2)
    figure = lessons.on_the_circle(teacher, {"turned": student, "same": teacher})
    arrows = [note for note in figure.axes[0].texts if note.arrow_patch is not None]
    assert [tuple(arrow.xy) for arrow in arrows] == [(1, 0), (0, 1)]
    assert [tuple(arrow.get_position()) for arrow in arrows] == [(-1, 0), (0, -1)]
    assert [axes.get_title() for axes in figure.axes] == ["turned", "same"]


def test_more_pictures_are_doublings_apart() -> None:
    found = [made_up(0.3 + 0.1 * place, 0.1 * place) for place in range(3)]
    figure = lessons.more_pictures([0, 500, 2000], found, TESTS, answered(0.9))
    symmetric, asymmetric = figure.axes
    drawn = [line for line in symmetric.lines if len(line.get_xdata()) == 3]
    assert drawn[0].get_ydata() == pytest.approx([31, 41, 51])
    assert np.diff(drawn[0].get_xdata()) == pytest.approx([2, 2])
    assert [label.get_text() for label in asymmetric.get_xticklabels()] == ["0", "500", "2,000"]
    assert {"1.0", "11.0", "21.0", "31.0"} <= set(words(figure))


def test_qualities_have_a_lone_and_a_taught_mark() -> None:
    rows = {"clean": (made_up(0.7, 0.0), made_up(0.8, 0.6)), "noisy": (made_up(0.4, 0.0),) * 2}
    figure = lessons.qualities(rows, TESTS, CHANCE, answered(0.9))
    symmetric, asymmetric = figure.axes
    assert np.allclose(single_marks(symmetric, "D"), [(71, 0), (41, 1)])
    assert np.allclose(single_marks(symmetric, "o"), [(81, 0), (41, 1)])
    assert np.allclose(single_marks(asymmetric, "o"), [(61, 0), (1, 1)])


def test_better_teachers_show_what_is_lost() -> None:
    lines = {
        "teacher": ([answered(0.7), answered(0.9)], style.TEACHER, "-"),
        "symmetric": ([answered(0.5), answered(0.6)], style.STUDENT, "--"),
        "asymmetric": ([answered(0.3), answered(0.4)], style.STUDENT, "-"),
    }
    figure = lessons.better_teachers([70, 700], lines)
    assert {"40.0 lost", "50.0 lost", "teacher\n91.0", "asymmetric\n41.0"} <= set(words(figure))
    (gap,) = (line for line in figure.axes[0].lines if list(line.get_xdata()) == [700, 700]
              and len(line.get_ydata()) == 2)  # fmt: skip
    assert list(gap.get_ydata()) == pytest.approx([91, 41])


# --- maps


def test_stage_maps_show_shares_of_the_strongest_place() -> None:
    images = np.full((2, 3, 16, 16), 100, np.uint8)
    maps = [np.arange(2 * side * side, dtype=float).reshape(2, side, side) for side in (8, 4)]
    figure = lessons.stage_maps(images, maps, [5, 7])
    shown = [axes.images[0].get_array() for axes in figure.axes[:6]]
    assert [one.shape[0] for one in shown] == [16, 8, 4] * 2
    np.testing.assert_allclose(shown[5], maps[1][1] / 31)
    assert "stage 2\n4×4 places\n7 channels" in words(figure)


def test_architectures_are_drawn_in_proportion() -> None:
    networks = {"large": ([16, 64], "9 M", "blue"), "small": ([4, 16], "1 M", "green")}
    figure = lessons.architectures(networks, resolution=32)
    boxes = figure.axes[0].patches
    widths, heights = (np.array([getattr(box, f"get_{side}")() for box in boxes])
                       for side in ("width", "height"))  # fmt: skip
    assert (widths / widths[1]) ** 2 == pytest.approx([0.25, 1, 1 / 16, 0.25])
    assert (heights / heights[0]) ** 2 == pytest.approx([1, 0.5, 1, 0.5])
    assert {"16×16 × 16", "8×8 × 64", "8×8 × 16", "large\n9 M"} <= set(words(figure))
