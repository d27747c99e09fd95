"""The figures of notebook 04 show what they are given; costs and fronts are computed rightly."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from types import ModuleType

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from helpers import networks
from helpers.cache import PROJECT
from helpers.cost import macs
from helpers.course.figures import budgets
from helpers.course.figures.budgets import Cut, Estimate
from helpers.recipes.architectures import BUDGETS, FULL, NETWORKS

HEADINGS = ("21.6 M MACs (48 px)", "9.3 M MACs (32 px)")
TESTS = ("asymmetric", "symmetric")


@pytest.fixture(autouse=True)
def figures_are_closed() -> Iterator[None]:
    yield
    plt.close("all")


def words(figure: plt.Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(plt.Text))


def around(mean: float) -> Estimate:
    return Estimate(mean, mean - 1, mean + 2)


def made_up_grid(rows: list[tuple[str, str]], first: float) -> dict:
    """Species rise by 1 from row to row, by 10 from budget to budget; genera are 5 higher."""
    return {
        test: {
            heading: {
                row: {
                    "species": around(first + place + 10 * column),
                    "genus": around(first + place + 10 * column + 5),
                }
                for place, row in enumerate(rows)
            }
            for column, heading in enumerate(HEADINGS)
        }
        for test in TESTS
    }


# --- costs


def test_stages_hold_all_convolutions() -> None:
    network = networks.small_resnet((8, 12, 16), (1, 2, 1), stem_stride=4, convolutions=1)
    found = budgets.stages(network, 48)
    assert [(stage.channels, stage.side) for stage in found] == [
        (8, 12), (8, 12), (12, 6), (12, 6), (16, 3),
    ]  # fmt: skip
    linear = network.embedding.in_features * network.embedding.out_features
    assert sum(stage.macs for stage in found) + linear == macs(network, 48)
    assert network.training, "left in the mode it had"


def test_small_networks_meet_their_budget_on_the_full_image() -> None:
    full = benchmark().build(FULL)
    for budget in BUDGETS:
        for shapes in NETWORKS.values():
            small = benchmark().build(shapes[budget])
            assert macs(small, 96) == pytest.approx(macs(full, budget), rel=0.05)


def test_boxes_are_as_high_as_maps_and_as_wide_as_channels() -> None:
    full = networks.small_resnet((8, 16), (1, 1))
    shown = {"teacher": (full, 64), "small image": (full, 32)}
    (axes,) = budgets.feature_maps(shown, ["the teacher", "small"]).axes
    boxes = axes.patches[::2]  # each box is an outline and a shade
    assert len(boxes) == 8, "image, stem and two blocks of two networks"
    heights, widths = (np.array([getattr(box, f"get_{side}")() for box in boxes]).reshape(2, 4)
                       for side in ("height", "width"))  # fmt: skip
    assert heights[0] == pytest.approx(2 * heights[1]) and widths[0] == pytest.approx(widths[1])
    assert widths[0, 3] == pytest.approx(2 * widths[0, 2])
    shades = [patch.get_alpha() for patch in axes.patches[1::2]]
    assert sum(shades[:4]) == pytest.approx(1), "shares of the MACs"
    assert "the teacher" in words(axes.figure) and "32 px × 8" in words(axes.figure)


def test_time_stands_against_macs() -> None:
    ways = {"small image": ([10, 100], [30, 100]), "narrow": ([10], [40])}
    figure = budgets.time_against_macs({"batch 1": ways}, (32, 96), [25.0])
    drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in figure.axes[0].lines]
    assert ([10, 100], [30, 100]) in drawn and ([10], [40]) in drawn
    assert "floor: 25.0 %" in words(figure) and "32 px" in words(figure)


# --- recall


def test_recalls_stand_at_their_means() -> None:
    rows = [("small image", "scratch"), ("narrow", "own labels")]
    figure = budgets.recalls(made_up_grid(rows, 50))
    assert len(figure.axes) == 4
    upper_right = figure.axes[1]
    centres = [line.get_xdata()[0] for line in upper_right.lines if line.get_marker() in "os"]
    assert centres == pytest.approx([60, 65, 61, 66])
    fillings = [line.get_fillstyle() for line in upper_right.lines if line.get_marker() in "os"]
    assert fillings == ["full", "none"] * 2
    assert "60.0 / 65.0" in words(figure) and "narrow network, own labels" in words(figure)
    assert {"asymmetric test", "symmetric test", *HEADINGS} <= set(words(figure).split("\n"))


def test_intervals_of_recalls_are_drawn() -> None:
    axes = budgets.recalls(made_up_grid([("coarse", "scratch")], 50)).axes[0]
    bars = [bar.get_segments()[0][:, 0] for bar in axes.collections]
    assert np.allclose(bars, [[49, 52], [54, 57]])


def test_differences_have_a_zero_in_the_middle_and_signs() -> None:
    figure = budgets.differences(made_up_grid([("narrow", "scratch")], -12))
    for axes in figure.axes:
        low, high = axes.get_xlim()
        assert low == -high and high > 13
    assert "−12.0 / −7.0" in words(figure) and "+3.0" in words(figure)
    assert "small image ahead →" in words(figure)


def test_longer_names_steps_and_the_lead() -> None:
    recall = {test: {"small image": {250: around(60), 750: around(70)},
                     "narrow": {250: around(55), 750: around(72)}} for test in TESTS}  # fmt: skip
    ahead = {test: {250: around(5), 750: Estimate(-2, -3, 0.5)} for test in TESTS}
    figure = budgets.longer(recall, ahead)
    assert "750 steps\nsmall image ahead by\n−2.0 points (−3.0 to +0.5)" in words(figure)
    heights = [list(line.get_ydata()) for line in figure.axes[0].lines]
    assert [60, 70] in heights and [55, 72] in heights


# --- the front


def test_front_is_what_nobody_beats() -> None:
    costs, recalls = [1, 2, 2, 4, 4.1, 8], [30, 50, 40, 60, 62, 62]
    assert budgets.on_front(costs, recalls).tolist() == [True, True, False, False, True, True]
    strict = budgets.on_front(costs, recalls, equal=1.0)
    assert strict.tolist() == [True, True, False, True, True, True]


def test_a_dearer_way_that_recalls_less_is_never_on_the_front() -> None:
    random = np.random.default_rng(0)
    costs, recalls = random.uniform(1, 10, (2, 50))
    front = budgets.on_front(costs, recalls, equal=1.0)
    for cost, recall, is_on in zip(costs, recalls, front, strict=True):
        assert is_on == (not np.any((costs <= cost) & (recalls > recall)))


def test_fronts_draw_every_point_and_lead_along_the_front() -> None:
    ways = {
        "small image": [(20.0, around(80)), (10.0, around(60))],
        "narrow": [(20.0, around(70)), (10.0, around(65))],
        "teacher": [(80.0, around(95))],
        "enlarged": [(80.0, around(50)), (80.0, around(40))],
    }
    figure = budgets.fronts({"asymmetric": ways, "symmetric": ways}, "M MACs")
    for axes in figure.axes:
        drawn = [list(line.get_ydata()) for line in axes.lines]
        assert [80, 60] in drawn and [95] in drawn and [50, 40] in drawn
        front = [line for line in axes.lines if line.get_alpha() == 0.35]
        assert list(front[0].get_ydata()) == [65, 80, 95]
        assert axes.get_xlabel() == "M MACs"


# --- who wins


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [((2, 1, 3), "a"), ((-2, -3, -1), "b"), ((2, -1, 5), "undecided"), ((0, 0, 0), "undecided")],
)
def test_winner_needs_an_interval_without_zero(ahead: tuple, expected: str) -> None:
    assert budgets.winner(Estimate(*ahead), "a", "b") == expected


def test_map_says_who_wins_in_words_and_by_hatching() -> None:
    cells = {"48 px": Estimate(5, 3, 7), "32 px": Estimate(1, -1, 3), "24 px": Estimate(-4, -6, -2)}
    (axes,) = budgets.map_of_winners({"asymmetric": {"bold": cells}}).axes
    said = [text.get_text().split("\n") for text in axes.texts]
    assert said[0] == ["small image", "ahead", "+5.0 points", "(+3.0 to +7.0)"]
    assert said[1] == ["undecided", "+1.0 points", "(−1.0 to +3.0)"]
    assert said[2][:3] == ["narrow network", "ahead", "−4.0 points"]
    hatched = [patch.get_hatch() for patch in axes.patches[::2]]
    assert hatched == [None, "///", None]


def test_mark_sizes_shows_the_same_specimens_at_both_sizes() -> None:
    figure = budgets.mark_sizes([(112, 3), (137, 8)], (1.0, 0.55), (48, 16), stored=48)
    shown = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    assert [image.shape[0] for image in shown] == [48, 16] * 4
    different = np.abs(shown[0].astype(int) - shown[4]).max(axis=2) > 40
    assert 0 < different.mean() < 0.2, "only the marks differ"


# --- prefixes


def test_prefixes_show_both_orders_of_dimensions() -> None:
    lengths = (128, 32, 8)
    ordered = {n: around(mean) for n, mean in zip(lengths, (90, 89, 70), strict=True)}
    cut = Cut(ordered, dict(zip(lengths, (90, 80, 40), strict=True)), "green", "o")
    (axes,) = budgets.prefixes({"student, 48 px": cut}).axes
    heights = [list(line.get_ydata()) for line in axes.lines]
    assert [90, 89, 70] in heights and [90, 80, 40] in heights
    assert "8\n16 bytes" in words(axes.figure) and "student, 48 px" in words(axes.figure)


# --- the benchmark


def benchmark() -> ModuleType:
    path = PROJECT / "benchmarks" / "query_latency.py"
    specification = importlib.util.spec_from_file_location("query_latency", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_benchmark_prints_ratios_of_every_network(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = benchmark()
    seconds = {48: 2.0, 96: 4.0}  # instead of a clock, which no test should trust
    monkeypatch.setattr(script, "latency", lambda _, side, *__, **___: seconds.get(side, 1.0))
    threads = str(torch.get_num_threads())
    script.main(["--rounds", "1", "--threads", threads])
    head, columns, first, *lines = capsys.readouterr().out.splitlines()
    assert columns.split() == ["MACs", "batch", "1", "batch", "32"]
    assert first.split()[-3:] == ["1.000", "1.000", "1.000"]
    assert len(lines) == len(BUDGETS) * (1 + len(NETWORKS))
    (half,) = (line for line in lines if line.startswith("small image, 48 px"))
    assert half.split()[-2:] == ["0.500", "0.500"]
