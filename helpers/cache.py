"""Where drawn, decoded and trained things are kept between sessions."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def cache_folder(*parts: str) -> Path:
    """A folder under ``data/cache``, or under the one that ``COURSE_CACHE`` names; made if absent.

    Everything in it can be deleted at any time: it is drawn, decoded or trained again when needed.
    """
    root = os.environ.get("COURSE_CACHE")
    folder = (Path(root).expanduser() if root else PROJECT / "data" / "cache").joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
