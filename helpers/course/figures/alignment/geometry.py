"""What lies behind the numbers: angles between the query's vector and the database's vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures import style
from helpers.course.figures.alignment.ways import percent
from helpers.images import as_float, resize

BINS = np.linspace(-0.5, 1, 61)


def turning(degrees: np.ndarray, symmetric: np.ndarray, asymmetric: np.ndarray) -> Figure:
    """Recall@1 (0..1) of both tests against the angle by which every query vector is turned."""
    figure, axes = plt.subplots(figsize=(7, 3.4), layout="constrained")
    axes.plot(degrees, 100 * symmetric, "o-", color=style.TEACHER)
    axes.annotate("symmetric: database turned as well", (degrees[-1], 100 * symmetric[-1]), (0, 8),
                  ha="right", textcoords="offset points", color=style.TEACHER)  # fmt: skip
    axes.plot(degrees, 100 * asymmetric, "o-", color=style.ALONE)
    axes.annotate("asymmetric: database as it was", (degrees[-2], 100 * asymmetric[-2]), (-12, 0),
                  ha="right", textcoords="offset points", color=style.ALONE)  # fmt: skip
    axes.set(xlabel="angle by which every vector is turned (degrees)", ylim=(0, 115))
    axes.set(ylabel="Recall@1, species (%)", xticks=degrees)
    axes.set_yticks(range(0, 101, 20))
    return figure


def fitting(
    counts: Sequence[int], fitted: Sequence[np.ndarray], lines: Mapping[str, tuple[float, str]]
) -> Figure:
    """Recall@1 after a fitted rotation against the number of images it was fitted on.

    Args:
        counts: numbers of training images.
        fitted: for each of them whether each query was answered, ``bool [n]``.
        lines: levels to compare with (0..1) and their colours.
    """
    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    mean, low, high = np.array([percent(values) for values in fitted]).T
    axes.errorbar(counts, mean, (mean - low, high - mean), fmt="o-", color=style.ALONE)
    axes.annotate("asymmetric,\nafter the rotation", (counts[-1], mean[-1]), (8, 0), va="center",
                  textcoords="offset points", color=style.ALONE)  # fmt: skip
    highest = max(level for level, _ in lines.values())
    for name, (level, colour) in lines.items():
        axes.axhline(100 * level, color=colour, linestyle=":")
        side = "bottom" if level == highest else "top"  # away from each other
        axes.annotate(name, (counts[0], 100 * level), (0, 3 if side == "bottom" else -3), va=side,
                      textcoords="offset points", color=colour)  # fmt: skip
    axes.set(xscale="log", xlim=(counts[0] * 0.8, counts[-1] * 2.6), ylim=(0, 108))
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.set_xticks([], minor=True)
    axes.set(xlabel="training images the rotation is fitted on", ylabel="Recall@1, species (%)")
    return figure


def query_images(image: np.ndarray, small: int) -> Figure:
    """One image ``uint8 [3, h, h]`` as the teacher sees it: whole, small, and enlarged again."""
    stored = image.shape[-1]
    pixels = as_float(image[None])
    shrunk = resize(pixels, small)
    versions = {
        f"database: {stored} px": (pixels, style.TEACHER),
        f"naive query: {small} px": (shrunk, style.NAIVE),
        f"enlarged query: {small} px, blown up to {stored}": (
            resize(shrunk, stored),
            style.ENLARGED,
        ),
    }
    figure, panels = plt.subplots(1, 3, figsize=(8.5, 3.1), layout="constrained")
    for axes, (name, (shown, colour)) in zip(panels, versions.items(), strict=True):
        axes.imshow(shown[0].permute(1, 2, 0).clamp(0, 1).numpy(), interpolation="nearest",
                    extent=(0, shown.shape[-1], shown.shape[-1], 0))  # fmt: skip
        axes.set(xlim=(0, stored), ylim=(stored, 0), xticks=(0, small, stored), yticks=())
        axes.set_title(name, color=colour, fontsize=9)
        axes.grid(False)
        axes.spines[:].set_visible(False)
    figure.supxlabel("pixels", fontsize=9)
    return figure


def cosines(values: Mapping[str, tuple[np.ndarray, str]]) -> Figure:
    """How cos(f(x), g(x)) is distributed for each kind of query, ``float [n]`` and a colour."""
    figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
    draw_cosines(axes, values)
    name_cosines(axes, values)
    return figure


def draw_cosines(axes: Axes, values: Mapping[str, tuple[np.ndarray, str]]) -> None:
    """A histogram for each kind of query, with a line at its median."""
    for cosine, colour in values.values():
        axes.hist(cosine, BINS, weights=np.full(len(cosine), 100 / len(cosine)), color=colour,
                  histtype="stepfilled", alpha=0.35)  # fmt: skip
        axes.axvline(np.median(cosine), color=colour)
    axes.set(xlim=(-0.5, 1.02), xticks=(-0.5, 0, 0.5, 1), ylabel="queries (%)")
    axes.set(xlabel="cos(f(x), g(x)), query and database vector of one image")


def name_cosines(axes: Axes, values: Mapping[str, tuple[np.ndarray, str]]) -> None:
    """The names and medians of the histograms, one below the other in a corner that is empty."""
    for height, (name, (cosine, colour)) in enumerate(values.items()):
        axes.annotate(f"{name}: median {np.median(cosine):.2f}", (0.02, 0.97 - 0.09 * height),
                      xycoords="axes fraction", va="top", color=colour, fontsize=9)  # fmt: skip


def arrows(
    database: np.ndarray, queries: Mapping[str, tuple[np.ndarray, str]], labels: np.ndarray
) -> Figure:
    """From each query's vector an arrow to the teacher's vector of the same image, seen in 2-D.

    Args:
        database: the teacher's vectors ``float [n, d]``; the plane is that of their first two
            principal components.
        queries: for each panel the vectors of the same images, and a colour.
        labels: ``int [n]``; images of one label have one marker.
    """
    centre = database.mean(axis=0)
    _, scale, directions = np.linalg.svd(database - centre, full_matrices=False)
    share = 100 * (scale[:2] ** 2).sum() / (scale**2).sum()
    figure, panels = plt.subplots(
        1, len(queries), figsize=(3.6 * len(queries), 3.9), sharex=True, sharey=True,
        squeeze=False, layout="constrained")  # fmt: skip
    end = (database - centre) @ directions[:2].T
    for axes, (name, (vectors, colour)) in zip(panels[0], queries.items(), strict=True):
        start = (vectors - centre) @ directions[:2].T
        axes.quiver(*start.T, *(end - start).T, angles="xy", scale_units="xy", scale=1,
                    color=colour, width=0.006, alpha=0.7)  # fmt: skip
        for marker, label in zip("o^sDvP", np.unique(labels), strict=False):
            axes.plot(*end[labels == label].T, marker, color=style.TEACHER, markersize=5)
        axes.set_title(name, color=colour)
        axes.set(aspect="equal", xlabel="first principal component")
    panels[0, 0].set_ylabel("second principal component")
    figure.suptitle(f"two directions that hold {share:.0f} % of the teacher's variance", fontsize=9)
    return figure
