"""What the first page of the web edition says about each notebook, read from the notebook."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from PIL import Image

CARD_PIXELS = 480  # width of a picture on the first page: twice what a phone's column shows


@dataclass(frozen=True)
class Stop:
    """One notebook on the map of the course."""

    page: str  # file name without its ending, which is also the page's address
    name: str
    question: str
    minutes: str
    before: tuple[str, ...]  # numbers of the notebooks that come before it
    was_run: bool
    picture: str | None  # the middle one of its pictures, as base64 of a PNG


def stop(path: Path) -> Stop:
    """Read a notebook's place on the map from its name, its first cell and its pictures.

    Raises:
        ValueError: the first cell has no heading ``# 00 · Question?``.
    """
    notebook = nbformat.read(path, as_version=4)
    opening = notebook.cells[0].source
    heading = re.match(r"# \d+ · (.+)", opening)
    if not heading:
        raise ValueError(f"{path.name} must open with a heading like `# 00 · A question?`")
    number, _, words = path.stem.partition("_")
    minutes = re.search(r"(\d+) minutes", opening)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return Stop(
        page=path.stem,
        name=f"{number} {words.replace('_', ' ').capitalize()}",
        question=heading.group(1),
        minutes=minutes.group(1) if minutes else "",
        before=tuple(re.findall(r"\]\((\d+)_\w+\.ipynb\)", opening.partition("Before it:")[2])),
        was_run=bool(outputs),
        picture=middle_picture(outputs),
    )


def middle_picture(outputs: list[nbformat.NotebookNode]) -> str | None:
    """The PNG in the middle of a notebook's outputs, as base64; None if there is none."""
    found = (output.get("data", {}).get("image/png") for output in outputs)
    pictures = [picture for picture in found if picture]
    return pictures[len(pictures) // 2] if pictures else None


def save_card(picture: str, path: Path) -> None:
    """Save a picture small enough for the first page."""
    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    image.thumbnail((CARD_PIXELS, CARD_PIXELS))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(64).save(path, optimize=True)
