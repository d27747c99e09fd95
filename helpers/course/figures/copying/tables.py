"""Results as tables: every loss in both tests, and differences between two students."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas

from helpers.course.figures.copying.results import Student, difference
from helpers.retrieval import Estimate

OTHERS = {
    "mAP": "asymmetric/species/mAP",
    "genus": "asymmetric/genus/recall@1",
}
"""Means of the asymmetric test that stand beside Recall@1 of species."""


def table(panels: Mapping[str, Mapping[str, Sequence[Student]]]) -> pandas.DataFrame:
    """One row a loss: Recall@1 of species in percent with its 95 % interval, in both tests.

    Beside it the means of mAP of species (plain average precision) and of Recall@1 of genera, both
    in the asymmetric test.

    Args:
        panels: for each start (or other variant) the students by family, the same in each.
    """
    rows: dict[tuple[str, str], dict[tuple[str, str], str]] = {}
    for panel, families in panels.items():
        for family, students in families.items():
            for found in students:
                cells = rows.setdefault((family, found.title), {})
                cells |= {(panel, name): text for name, text in _cells(found).items()}
    return pandas.DataFrame.from_dict(rows, orient="index")


def _cells(found: Student) -> dict[str, str]:
    cells = {test: str(found.recall[test]) for test in ("asymmetric", "symmetric")}
    return cells | {
        name: f"{100 * found.means[metric]:.1f}"
        for name, metric in OTHERS.items()
        if metric in found.means
    }


def differences(pairs: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> pandas.DataFrame:
    """One row a comparison: both means in percent, the difference in points with its interval.

    Args:
        pairs: for each comparison the answers ``float [seeds, queries]`` of both sides to the same
            queries.
    """
    rows = {name: _comparison(*pair) for name, pair in pairs.items()}
    return pandas.DataFrame.from_dict(rows, orient="index")


def _comparison(first: np.ndarray, second: np.ndarray) -> dict[str, str]:
    gap = difference(first, second)
    return {
        "first": f"{100 * np.mean(first):.1f}",
        "second": f"{100 * np.mean(second):.1f}",
        "difference": f"{gap.mean:+.1f}",
        "95 %": f"{gap.low:+.1f} to {gap.high:+.1f}",
        "the first is": _side(gap),
    }


def _side(gap: Estimate) -> str:
    """What an interval says: nothing, if it holds 0."""
    return "above" if gap.low > 0 else "below" if gap.high < 0 else "open"


def beside(published: Sequence[float], first: np.ndarray, second: np.ndarray) -> dict[str, str]:
    """A row that holds published differences in points against our own.

    Args:
        published: the difference first − second on each data set of the publication.
        first, second: our answers ``float [seeds, queries]`` to the same queries.

    Returns:
        Both in words, and whether they agree: "same" or "opposite" if all published differences
        have one sign and our interval leaves out 0, else "open".
    """
    gap = difference(first, second)
    signs = set(np.sign(published))
    ours = {"above": 1, "below": -1, "open": 0}[_side(gap)]
    decided = len(signs) == 1 and ours != 0
    return {
        "theirs, by data set": ", ".join(f"{points:+.1f}" for points in published),
        "here (95 %)": f"{gap.mean:+.1f} ({gap.low:+.1f} to {gap.high:+.1f})",
        "sign": ("same" if signs == {ours} else "opposite") if decided else "open",
    }
