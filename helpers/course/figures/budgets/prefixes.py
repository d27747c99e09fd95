"""Recall against the length of an embedding that was cut to its first dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from helpers.course.figures import style
from helpers.retrieval import Estimate


class Cut(NamedTuple):
    """Recall@1 by number of dimensions kept, in percent.

    Attributes:
        ordered: after a rotation to the principal axes, with intervals.
        as_they_come: of the dimensions in the order in which the network has them.
        colour, marker: of this query.
    """

    ordered: Mapping[int, Estimate]
    as_they_come: Mapping[int, float]
    colour: str
    marker: str


def prefixes(queries: Mapping[str, Cut], bytes_per_number: int = 2) -> Figure:
    """Recall@1 against dimensions kept: solid along the principal axes, dotted as they come."""
    figure, axes = plt.subplots(figsize=(8, 4.4), layout="constrained")
    for name, (ordered, as_they_come, colour, marker) in queries.items():
        mean, low, high = np.array(list(ordered.values())).T
        kept = list(ordered)
        axes.plot(kept, mean, color=colour, marker=marker)
        axes.fill_between(kept, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(list(as_they_come), list(as_they_come.values()), color=colour, linestyle=":",
                  marker=marker, fillstyle="none", markersize=5)  # fmt: skip
        longest = max(kept)
        style.label_line(axes, name, (longest, ordered[longest].mean), colour, shift=(9, 0))
    axes.plot([], [], "-", color="0.3", label="first principal axes")
    axes.plot([], [], ":", color="0.3", label="first dimensions as they come")
    axes.legend(loc="lower right")
    ticks = [f"{count}\n{bytes_per_number * count} bytes" for count in kept]
    axes.set(xscale="log", ylabel="Recall@1, species, asymmetric (%)", ylim=(0, 103))
    axes.set_xticks(kept, ticks)
    axes.set_xticks([], minor=True)
    axes.set_xlabel("dimensions kept, of query and database; bytes of a database image")
    axes.set_xlim(min(kept) * 0.85, max(kept) * 1.75)
    return figure
