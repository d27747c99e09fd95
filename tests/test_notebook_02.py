"""The tables and figures of notebook 02 show the numbers they are given."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers.course.figures import alignment
from helpers.course.figures.alignment import Way


@pytest.fixture(autouse=True)
def figures_are_closed() -> Iterator[None]:
    yield
    plt.close("all")


def made_up_way(share: float, colour: str = "black") -> Way:
    """Three seeds in which this share of 100 queries, and 0, 1 and 2 more, are answered."""
    answered = np.arange(100) < 100 * share + np.arange(3)[:, None]
    names = [f"{label}/{m}" for label in ("species", "genus") for m in alignment.ways.MEASURES]
    return Way(dict.fromkeys(names, answered.astype(float)), 21_600_000, colour)


def points(axes: plt.Axes) -> list[float]:
    """The x of every single marker."""
    return [line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 1]


def test_table_has_means_spreads_and_intervals() -> None:
    row = alignment.table({"naive": made_up_way(0.5)}).loc["naive"]
    assert row["query", "M MACs"] == "21.6"
    assert row["species", "Recall@1"] == row["genus", "mAP"] == "51.0 ± 0.8"
    low, high = map(float, row["species", "95 % of Recall@1"].split(" to "))
    assert 35 < low < 45 < 57 < high < 67


def test_percent_is_a_mean_within_its_interval() -> None:
    mean, low, high = alignment.percent(np.array([0.0, 1.0, 1.0, 1.0] * 25))
    assert mean == 75 and 60 < low < mean < high < 90


def test_rows_stand_at_their_means() -> None:
    ways = {"a": made_up_way(0.2), "b": made_up_way(0.6)}
    (axes,) = alignment.rows_of_ways(ways, {"species": 0.01}).axes
    assert points(axes) == pytest.approx([21, 21, 61, 61])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]


def test_curves_have_a_species_and_a_genus_line() -> None:
    curves = {"naive": {size: made_up_way(size / 100) for size in (16, 48, 64)}}
    figure = alignment.resolution_curves({"asymmetric test": curves}, made_up_way(0.9))
    drawn = [line for line in figure.axes[0].lines if list(line.get_xdata()) == [16, 48, 64]]
    assert {line.get_linestyle() for line in drawn} >= {"-", "--"}
    assert drawn[0].get_ydata() == pytest.approx([17, 49, 65])


def test_cosines_have_a_panel_for_each_resolution() -> None:
    random = np.random.default_rng(0)
    cosines = {size: {"naive": (random.uniform(0, 1, 50), "red")} for size in (16, 48, 64)}
    with plt.rc_context({"axes.titlelocation": "center"}):
        figure = alignment.alignment_panels(cosines)
    assert [axes.get_title() for axes in figure.axes] == ["16 px", "48 px", "64 px"]
    for axes, found in zip(figure.axes, cosines.values(), strict=True):
        (median,) = (line for line in axes.lines)
        assert median.get_xdata()[0] == np.median(found["naive"][0])


def test_arrows_lead_from_query_to_database() -> None:
    random = np.random.default_rng(0)
    database = random.normal(size=(12, 6)) * [9, 5, 0.1, 0.1, 0.1, 0.1]
    moved = database + [3, 0, 0, 0, 0, 0]
    figure = alignment.arrows(database, {"naive": (moved, "red")}, np.repeat([0, 1], 6))
    (arrows,) = (found for found in figure.axes[0].collections if hasattr(found, "U"))
    assert np.hypot(arrows.U, arrows.V) == pytest.approx(np.full(12, 3), abs=0.1)


def test_every_other_figure_draws() -> None:
    degrees = np.arange(0, 91, 15)
    alignment.turning(degrees, np.ones(7), np.linspace(1, 0, 7))
    answered = [np.arange(20) < count for count in (5, 10)]
    alignment.fitting([50, 100], answered, {"own": (0.9, "red"), "student": (0.8, "green")})
    alignment.cosines({"naive": (np.linspace(-0.2, 0.5, 30), "red")})
    figure = alignment.query_images(np.full((3, 96, 96), 128, np.uint8), small=48)
    assert [axes.images[0].get_array().shape[0] for axes in figure.axes] == [96, 48, 96]
