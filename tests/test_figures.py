"""Figures show what they are given: the right images, words and numbers."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from helpers import butterflies
from helpers.cache import PROJECT
from helpers.course.figures import specimens, style
from helpers.course.figures.idea import idea


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def words(figure: plt.Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(plt.Text))


def images(figure: plt.Figure) -> list[np.ndarray]:
    return [axes.images[0].get_array() for axes in figure.axes if axes.images]


def test_show_images_in_their_order() -> None:
    rows = [[butterflies.draw(n, i, 16 * (i + 1)) for i in range(2 + n)] for n in range(2)]
    figure = style.show_images(rows, ["first", "second"], ["a", "b", "c"])
    given = [image.transpose(1, 2, 0) for row in rows for image in row]
    assert all(np.array_equal(*pair) for pair in zip(images(figure), given, strict=True))
    assert {"first", "second", "a", "b", "c"} <= set(words(figure).split("\n"))


def test_colours_are_distinct() -> None:
    colours = (style.TEACHER, style.NAIVE, style.ENLARGED, style.STUDENT, style.ALONE, style.CHANCE)
    assert len(set(colours)) == len(colours)


def test_sisters_point_at_what_differs() -> None:
    ringed, bare = specimens.sisters(55, 59, 1, 48), specimens.sisters(55, 59, 1, 48, rings=False)
    assert [len(axes.patches) for axes in ringed.axes] == [6, 6, 0]
    assert not any(axes.patches for axes in bare.axes)
    assert "genus 11 species 4, 48 px" in words(ringed)


def test_resolutions_show_bytes_and_pixels() -> None:
    figure = specimens.at_resolutions(butterflies.draw(55, 1, 64), (64, 16))
    assert [image.shape[0] for image in images(figure)] == [64, 16, 64, 16]
    assert "768 bytes\n6.25 % of the pixels" in words(figure)


def test_faded_marks_are_framed() -> None:
    pixels = np.array([[3.0, 1.0]])
    figure = specimens.what_is_left(["hind_band"], (96, 32), pixels, pixels / 4)
    table, information = figure.axes
    assert len(table.patches) == len(information.patches) == 1
    assert [text.get_text() for text in information.texts] == ["75", "25"]


def test_riddle_names_the_choices() -> None:
    query, *answers = (butterflies.draw(n, 0, 16) for n in range(3))
    assert "query, 16 px" in words(specimens.riddle(query, answers, ["species 1", "species 2"]))


def test_overview_is_drawn_and_small_enough_for_a_first_screen() -> None:
    assert {"teacher\n$g$", "student\n$f$"} <= {t.get_text() for t in idea().findobj(plt.Text)}
    path = PROJECT / "docs" / "overview.png"
    assert path.stat().st_size < 250_000 and 1000 < Image.open(path).width < 1400
