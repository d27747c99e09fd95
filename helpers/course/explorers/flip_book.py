"""A slider over pictures."""

from __future__ import annotations

from collections.abc import Mapping

from ipywidgets import SelectionSlider, Stack, VBox, jslink
from matplotlib.figure import Figure

from helpers.course.explorers.pages import pages


def flip_book(
    frames: Mapping[str, Figure], description: str, start: int = 0, alt: str = ""
) -> VBox:
    """A slider over pictures; drag it, or focus it and use the arrow keys.

    Args:
        frames: for each position of the slider its label and its figure, which is closed.
        description: what the slider changes, such as ``"query resolution"``.
        start: position at first, from 0.
        alt: what the pictures show, for readers who cannot see them; the position is added.

    Raises:
        ValueError: no frames, or a start that is none of them.
    """
    if not 0 <= start < len(frames):
        raise ValueError(f"start is {start}, but there are {len(frames)} frames (0 is the first)")
    alts = [f"{alt} {description}: {label}".strip() for label in frames]
    stack = Stack(pages(alts, frames.values()), selected_index=start)
    slider = SelectionSlider(
        options=list(frames), index=start, description=description,
        style={"description_width": "initial"}, layout={"width": "min(100%, 480px)"},
    )  # fmt: skip
    # The browser links the two: no Python runs when the slider moves.
    jslink((slider, "index"), (stack, "selected_index"))
    return VBox([slider, stack])
