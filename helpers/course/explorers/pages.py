"""Pictures drawn ahead, as the pages of a stack that the browser turns."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Sequence

import matplotlib.pyplot as plt
from ipywidgets import HTML
from matplotlib.figure import Figure
from PIL import Image

COLOURS = 256  # of a frame's palette: a third of the bytes; with 64 rare colours turn grey


def pages(alts: Sequence[str], figures: Iterable[Figure]) -> list[HTML]:
    """Figures as pictures of one size with few bytes; they may be made one by one, and are closed.

    Args:
        alts: for each figure what it shows, for readers who cannot see it.
        figures: as many.
    """
    pictures = _same_size(map(_picture, figures))
    return [_page(alt, picture) for alt, picture in zip(alts, pictures, strict=True)]


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
