"""A shelf: one control takes a flip book, the other turns the page, and no Python runs."""

from __future__ import annotations

import base64
import io
import re

import matplotlib.pyplot as plt
import pytest
from ipywidgets import VBox
from ipywidgets.embed import embed_data
from PIL import Image

from helpers.course.explorers import shelf

LOSSES, MARGINS = ("contrastive", "triplet"), ("0", "0.5", "1")


def frame(height: float) -> plt.Figure:
    figure, axes = plt.subplots(figsize=(2 + height, 2))
    axes.plot([0, height], [0, 1])
    figure.suptitle(f"height {height:g}")
    return figure


@pytest.fixture
def trial() -> VBox:
    books = {
        loss: {margin: frame(3 * row + column) for column, margin in enumerate(MARGINS)}
        for row, loss in enumerate(LOSSES)
    }
    return shelf(books, "loss", "margin", start=(1, 2), alt="A line.")


def pages(explorer: VBox) -> list[list[str]]:
    return [[page.value for page in stack.children] for stack in explorer.children[2].children]


def picture(page: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(re.search('base64,([^"]+)', page).group(1))))


def test_all_frames_differ_and_have_one_size(trial: VBox) -> None:
    drawn = [picture(page) for book in pages(trial) for page in book]
    assert len({image.convert("RGB").tobytes() for image in drawn}) == 6
    assert len({image.size for image in drawn}) == 1


def test_every_page_is_described_by_its_controls_and_title(trial: VBox) -> None:
    for row, (loss, book) in enumerate(zip(LOSSES, pages(trial), strict=True)):
        for column, (margin, page) in enumerate(zip(MARGINS, book, strict=True)):
            words = f"A line. loss: {loss}; margin: {margin}. height {3 * row + column}"
            assert f'alt="{words}"' in page


def test_controls_and_pictures_start_together(trial: VBox) -> None:
    choice, slider, front = trial.children
    assert choice.options == LOSSES and slider.options == MARGINS
    assert choice.index == front.selected_index == 1
    assert {slider.index, *(stack.selected_index for stack in front.children)} == {2}


def test_the_browser_links_every_book_without_callbacks(trial: VBox) -> None:
    choice, slider, front = trial.children
    state = embed_data([trial])["manager_state"]["state"]
    links = [m["state"] for m in state.values() if m["model_name"] == "LinkModel"]
    ends = [(link["source"][0], link["target"][0]) for link in links]
    name = "IPY_MODEL_{}".format
    expected = [(name(choice.model_id), name(front.model_id))]
    expected += [(name(slider.model_id), name(stack.model_id)) for stack in front.children]
    assert set(expected) <= set(ends)
    slider.index = 0
    assert front.children[1].selected_index == 2, "Python has no part in it"


def test_figures_are_closed() -> None:
    before = plt.get_fignums()
    shelf({"one": {"page": frame(1)}}, "book", "page")
    assert plt.get_fignums() == before


@pytest.mark.parametrize(
    ("books", "start", "message"),
    [
        ({}, (0, 0), "books is empty"),
        ({"a": {"0": None}, "b": {"1": None}}, (0, 0), "'b' has the pages"),
        ({"a": {"0": None}}, (1, 0), "there are 1 books"),
        ({"a": {"0": None}}, (0, -1), "there are 1 pages"),
    ],
)
def test_bad_shelves_are_refused(books: dict, start: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        shelf(books, "book", "page", start)
