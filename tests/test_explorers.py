"""A flip book moves in the browser alone: no Python runs when its slider does."""

from __future__ import annotations

import base64
import io
import re

import matplotlib.pyplot as plt
import pytest
from ipywidgets import VBox
from ipywidgets.embed import embed_data
from PIL import Image

from helpers.course.explorers import flip_book

LABELS = ("96 px", "48 px", "24 px")


def frame(height: float) -> plt.Figure:
    figure, axes = plt.subplots(figsize=(3, height))
    axes.plot([0, height], [0, 1])
    return figure


@pytest.fixture
def book() -> VBox:
    frames = {label: frame(1 + place) for place, label in enumerate(LABELS)}
    return flip_book(frames, "query resolution", start=1, alt='Two "sisters".')


def pictures(book: VBox) -> list[Image.Image]:
    pages = [page.value for page in book.children[1].children]
    codes = [re.search('base64,([^"]+)', page).group(1) for page in pages]
    return [Image.open(io.BytesIO(base64.b64decode(code))) for code in codes]


def test_frames_differ_and_have_one_size(book: VBox) -> None:
    drawn = pictures(book)
    assert len({picture.tobytes() for picture in drawn}) == len(LABELS)
    assert len({picture.size for picture in drawn}) == 1
    assert all(picture.mode == "P" for picture in drawn), "a palette keeps them small"


def test_slider_and_pictures_start_together(book: VBox) -> None:
    slider, stack = book.children
    assert slider.options == LABELS
    assert slider.index == stack.selected_index == 1


def test_the_browser_links_them_without_callbacks(book: VBox) -> None:
    slider, stack = book.children
    state = embed_data([book])["manager_state"]["state"]
    links = [m["state"] for m in state.values() if m["model_name"] == "LinkModel"]
    ends = [(link["source"], link["target"]) for link in links]
    from_slider = [f"IPY_MODEL_{slider.model_id}", "index"]
    to_stack = [f"IPY_MODEL_{stack.model_id}", "selected_index"]
    assert (from_slider, to_stack) in ends
    slider.index = 2
    assert stack.selected_index == 1, "Python has no part in it"


def test_pictures_are_described(book: VBox) -> None:
    page = book.children[1].children[2].value
    assert 'alt="Two &quot;sisters&quot;. query resolution: 24 px"' in page


def test_figures_are_closed() -> None:
    before = plt.get_fignums()
    flip_book({"one": frame(1)}, "number")
    assert plt.get_fignums() == before


@pytest.mark.parametrize(("frames", "start"), [({}, 0), ({"one": None}, 1), ({"one": None}, -1)])
def test_a_start_outside_the_frames_is_refused(frames: dict, start: int) -> None:
    with pytest.raises(ValueError, match=f"start is {start}, but there are {len(frames)} frames"):
        flip_book(frames, "number", start)
