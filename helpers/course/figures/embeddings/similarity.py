"""Pictures of similarities, and of what the losses make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures.embeddings.marks import RELATIONS, show_image

CLASS_COLOURS = ("#1b1b1b", "#c27c0e", "#7a5195")
CLASS_MARKERS = ("o", "s", "^")


def cosine_scale(
    anchor: np.ndarray, images: np.ndarray, cosines: np.ndarray, relations: Sequence[str]
) -> Figure:
    """An anchor, and other images at the place of their similarity to it on a scale.

    Args:
        anchor: ``uint8 [3, h, w]``.
        images: ``uint8 [n, 3, h, w]``.
        cosines: ``float [n]``, similarities to the anchor.
        relations: of each image to the anchor, keys of ``RELATIONS``.
    """
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(10, 3.4), width_ratios=(1, 5), layout="constrained"
    )
    show_image(left, anchor)
    left.set_title("anchor")
    levels = {"same species": 2, "same genus": 1, "another genus": 0}
    right.set(xlim=(-0.45, 1.08), ylim=(-0.6, 2.6), xlabel="cosine similarity to the anchor")
    right.set_yticks(list(levels.values()), list(levels))
    right.tick_params(axis="y", length=0)
    for image, cosine, relation in zip(images, cosines, relations, strict=True):
        level = levels[relation]
        corner = [cosine - 0.055, level - 0.42, 0.11, 0.84]
        place = right.inset_axes(corner, transform=right.transData)
        show_image(place, image)
    right.grid(axis="x", alpha=0.3)
    right.spines["left"].set_visible(False)
    return figure


def similarity_histograms(networks: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """For each network the distribution of similarities of pairs of images.

    Args:
        networks: title to relation (a key of ``RELATIONS``) to similarities ``float [pairs]``.
    """
    figure, axes = plt.subplots(
        len(networks),
        1,
        figsize=(9, 2.6 * len(networks)),
        sharex=True,
        squeeze=False,
        layout="constrained",
    )
    bins = np.linspace(-0.5, 1, 121)
    for axis, (title, pairs) in zip(axes[:, 0], networks.items(), strict=True):
        for relation, values in pairs.items():
            colour, line = RELATIONS[relation]
            weights = np.full(len(values), 100 / len(values))
            axis.hist(values, bins, weights=weights, color=colour, alpha=0.13)
            axis.hist(
                values, bins, weights=weights, color=colour, histtype="step", linestyle=line,
                linewidth=1.8, label=relation,
            )  # fmt: skip
        axis.set(title=title, ylabel="pairs (%)", xlim=(-0.5, 1))
    axes[0, 0].legend(loc="upper left")
    axes[-1, 0].set_xlabel("cosine similarity of a pair")
    return figure


def pair_loss_curves(losses: Mapping[str, Callable], s: np.ndarray, title: str) -> Figure:
    """The loss of a single pair as a function of its similarity.

    Args:
        losses: label, beginning with "positive" or "negative", to a function of similarities.
        s: ``float [n]``, similarities at which to draw.
        title: of the picture.
    """
    figure, axis = plt.subplots(figsize=(7, 3.2), layout="constrained")
    for label, loss in losses.items():
        _curve(axis, s, loss(s), label)
    axis.set(title=title, xlabel="cosine similarity of the pair", ylabel="loss", xlim=(s[0], 1.0))
    return figure


def softmax_curves(loss: Callable, scales: Sequence[float], s: np.ndarray) -> Figure:
    """The normalised softmax of one image over the cosine to its own class weight.

    Args:
        loss: ``loss(cosines [n], scale)``.
        scales: of the cosines, one curve each.
        s: ``float [n]``, cosines at which to draw.
    """
    figure, axis = plt.subplots(figsize=(7, 3.2), layout="constrained")
    for scale, grey in zip(scales, np.linspace(0.65, 0.1, len(scales)), strict=True):
        values = loss(s, scale)
        axis.plot(s, values, color=str(grey), linewidth=2)
        axis.text(s[-1] + 0.015, values[-1], f"scale {scale:g}", va="center", color=str(grey))
    axis.set(xlabel="cosine to its own class weight", ylabel="loss", xlim=(s[0], s[-1]))
    axis.set_title("Only a large scale lets the loss come to rest")
    return figure


def triplet_curves(loss: Callable, positives: Sequence[float], s: np.ndarray) -> Figure:
    """The loss of a triplet over its negative's similarity, for a few positives.

    Args:
        loss: ``loss(positive similarity, negative similarities [n])``.
        positives: similarities of the positive, one curve each.
        s: ``float [n]``, similarities of the negative.
    """
    figure, axis = plt.subplots(figsize=(7, 3.2), layout="constrained")
    for positive, grey in zip(positives, np.linspace(0.65, 0.1, len(positives)), strict=True):
        values = loss(positive, s)
        axis.plot(s, values, color=str(grey), linewidth=2)
        axis.text(
            s[-1] + 0.015, values[-1], f"positive at {positive:g}", va="center", color=str(grey)
        )
        axis.plot(positive, loss(positive, np.array([positive]))[0], "o", color=str(grey))
    axis.set(
        title="Silent once the negative is far enough behind the positive",
        xlabel="cosine similarity of anchor and negative", ylabel="triplet loss",
        xlim=(s[0], s[-1]),
    )  # fmt: skip
    return figure


def circle(stages: Mapping[str, np.ndarray], labels: np.ndarray) -> Figure:
    """Embeddings of two dimensions on the unit circle, at several stages of a training.

    Args:
        stages: title to ``float [n, 2]`` with unit rows.
        labels: ``int [n]``, of at most three classes.
    """
    figure, axes = plt.subplots(
        1, len(stages), figsize=(3 * len(stages), 3.3), squeeze=False, layout="constrained"
    )
    for axis, (title, points) in zip(axes[0], stages.items(), strict=True):
        axis.add_patch(plt.Circle((0, 0), 1, fill=False, color="0.8"))
        for label in np.unique(labels):
            chosen = points[labels == label]
            axis.plot(
                chosen[:, 0], chosen[:, 1], CLASS_MARKERS[label], color=CLASS_COLOURS[label],
                markersize=8, alpha=0.75, markeredgecolor="white",
            )  # fmt: skip
        axis.set(title=title, xlim=(-1.25, 1.25), ylim=(-1.25, 1.25), aspect="equal")
        axis.axis("off")
    return figure


def push_on_negatives(similarities: np.ndarray, push: Mapping[str, np.ndarray]) -> Figure:
    """How hard a loss pushes each of an anchor's negatives away.

    Args:
        similarities: ``float [n]``, evenly spaced, of the negatives to the anchor.
        push: name of a loss to its derivative by each similarity, ``float [n]``.
    """
    figure, axes = plt.subplots(1, len(push), figsize=(9, 2.8), sharey=True, layout="constrained")
    for axis, (name, values) in zip(axes, push.items(), strict=True):
        width = 0.6 * np.diff(similarities).min()
        bars = axis.bar(similarities, values, width, color="0.35")
        axis.bar_label(bars, fmt="%.2f", fontsize=9)
        axis.set(title=name, xlabel="similarity of the negative", xticks=similarities.round(2))
    axes[0].set(ylabel="push (derivative of the loss)", ylim=(0, 1.15))
    return figure


def active_shares(shares: Mapping[str, Mapping[str, float]]) -> Figure:
    """What share of triplets still has a loss, for each network and way to choose a negative.

    Args:
        shares: network to way of choosing to share in 0..1.
    """
    figure, axis = plt.subplots(figsize=(7.5, 2.9), layout="constrained")
    ways = list(next(iter(shares.values())))
    height = 0.8 / len(ways)
    for row, by_way in enumerate(shares.values()):
        for column, way in enumerate(ways):
            place, value = row + (column - (len(ways) - 1) / 2) * height, 100 * by_way[way]
            axis.barh(
                place, value, height * 0.9, color=("0.35", "white")[column % 2], edgecolor="0.35",
                hatch=("", "///")[column % 2],
            )  # fmt: skip
            axis.text(value + 1, place, f"{way}: {value:.1f} %", va="center", fontsize=9)
    axis.set_yticks(range(len(shares)), list(shares))
    axis.set(xlim=(0, 150), xlabel="triplets with a loss above 0 (%)", xticks=range(0, 101, 20))
    axis.invert_yaxis()
    return figure


def history(records: Sequence[Mapping[str, float]], title: str) -> Figure:
    """The loss over the steps of a training, as ``helpers.training`` records it."""
    figure, axis = plt.subplots(figsize=(7, 2.8), layout="constrained")
    steps = [record["step"] for record in records]
    values = np.array([record["loss"] for record in records])
    axis.plot(steps, values, ".", color="0.6", label="one batch")
    width = min(9, len(values))
    smooth = np.convolve(values, np.ones(width) / width, mode="valid")
    axis.plot(steps[width // 2 :][: len(smooth)], smooth, color="0.1", label=f"mean of {width}")
    axis.set(title=title, xlabel="step", ylabel="loss")
    axis.legend()
    return figure


def _curve(axis: Axes, s: np.ndarray, values: np.ndarray, label: str) -> None:
    colour, line = ("#1b1b1b", "-") if label.startswith("positive") else ("#b5179e", "--")
    axis.plot(s, values, color=colour, linestyle=line, linewidth=2, label=label)
    axis.legend()
