"""Draw ``docs/overview.png``, the README's picture.

python -m tools.draw_overview
"""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from PIL import Image  # noqa: E402

from helpers.course.figures import style  # noqa: E402
from helpers.course.figures.idea import idea  # noqa: E402

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "overview.png"


def main() -> None:
    """Draw the picture with a palette, a third of the bytes."""
    style.use()
    drawn = io.BytesIO()
    idea().savefig(drawn, format="png", dpi=110)
    PICTURE.parent.mkdir(exist_ok=True)
    Image.open(drawn).convert("RGB").quantize(192).save(PICTURE, optimize=True)
    print(f"{PICTURE.name}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
