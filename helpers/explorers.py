"""Widgets that move without a kernel: pictures drawn once, and a slider linked in the browser."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Mapping

import matplotlib.pyplot as plt
from ipywidgets import HTML, SelectionSlider, Stack, VBox, jslink
from matplotlib.figure import Figure
from PIL import Image

COLOURS = 256  # of a frame's palette: a third of the bytes; with 64 rare colours turn grey


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
    pages = [
        _page(f"{alt} {description}: {label}".strip(), picture)
        for label, picture in zip(frames, _same_size(map(_picture, frames.values())), strict=True)
    ]
    stack = Stack(pages, selected_index=start)
    slider = SelectionSlider(
        options=list(frames), index=start, description=description,
        style={"description_width": "initial"}, layout={"width": "min(100%, 480px)"},
    )  # fmt: skip
    # The browser links the two: no Python runs when the slider moves.
    jslink((slider, "index"), (stack, "selected_index"))
    return VBox([slider, stack])


def _picture(figure: Figure) -> Image.Image:
    """A figure as an image without surplus margins; the figure is closed."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", bbox_inches="tight")
    plt.close(figure)
    return Image.open(drawn).convert("RGB")


def _same_size(pictures: Iterable[Image.Image]) -> list[Image.Image]:
    """Pictures on white sheets of one size, so that nothing jumps when the slider moves."""
    pictures = list(pictures)
    size = tuple(max(sides) for sides in zip(*(p.size for p in pictures), strict=True))
    sheets = [Image.new("RGB", size, "white") for _ in pictures]
    for sheet, picture in zip(sheets, pictures, strict=True):
        sheet.paste(picture)
    return sheets


def _page(alt: str, picture: Image.Image) -> HTML:
    small = io.BytesIO()
    picture.quantize(COLOURS).save(small, "PNG", optimize=True)
    data = base64.b64encode(small.getvalue()).decode()
    words = html.escape(alt, quote=True)
    return HTML(f'<img alt="{words}" style="max-width:100%" src="data:image/png;base64,{data}">')
