"""Explorer: where a loss pulls each of a few points on the unit circle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from ipywidgets import VBox
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn import functional

from helpers import losses
from helpers.course.explorers.shelf import shelf
from helpers.course.figures.embeddings import pulling

ALT = "Points of three classes on a circle; arrows show where the loss pulls each of them."
MARGIN = "margin or threshold"
STEPS = 200  # until the points "later"
REACH = 0.05  # of the first of these steps: no point moves by more than so many radii


@dataclass(frozen=True)
class Setting:
    """A loss of the explorer: what its margin is called, and how to compute it.

    Attributes:
        margin: name and symbol of what the slider changes, such as ``"margin m"``.
        loss: ``loss(query, reference, pairs, margin)``, one of `helpers.losses`.
    """

    margin: str
    loss: Callable[[Tensor, Tensor, losses.Pairs, float], Tensor]


def _multi_similarity(
    scale: float, query: Tensor, reference: Tensor, pairs: losses.Pairs, threshold: float
) -> Tensor:
    return losses.multi_similarity(
        query, reference, pairs, negative_scale=scale, threshold=threshold
    )


SETTINGS = {
    "contrastive": Setting("similarity margin m", losses.contrastive),
    "triplet": Setting("margin m of squared distances", losses.triplet),
    "multi-similarity, β = 40": Setting("threshold λ", partial(_multi_similarity, 40.0)),
    "multi-similarity, β = 4": Setting("threshold λ", partial(_multi_similarity, 4.0)),
}
"""The losses of the explorer by the name that its control shows."""


@dataclass(frozen=True)
class Pull:
    """What a loss says of points on the circle.

    Attributes:
        loss: its value.
        arrows: ``float [n, 2]``, minus its gradient, along the circle.
        later: ``float [n, 2]``, unit rows: the points after they followed the arrows.
    """

    loss: float
    arrows: np.ndarray
    later: np.ndarray

    @property
    def strongest(self) -> float:
        """Length of the longest arrow: how much the loss falls for a unit of way."""
        return float(np.linalg.norm(self.arrows, axis=1).max())


def pull_of(points: Tensor, labels: Tensor, setting: Setting, margin: float) -> Pull:
    """The pull of a loss on points, and where it leads.

    Args:
        points: ``float [n, 2]``, unit rows.
        labels: ``int64 [n]``.
        setting: the loss.
        margin: its margin or threshold.
    """
    pairs = losses.pairs_of(labels)
    value, arrows = _along_the_circle(points, pairs, setting, margin)
    later, way = points, arrows
    step = REACH / max(arrows.norm(dim=1).max().item(), 1e-12)
    for _ in range(STEPS):
        later = functional.normalize(later + step * way, dim=1)
        _, way = _along_the_circle(later, pairs, setting, margin)
    return Pull(value, arrows.numpy(), later.numpy())


def _along_the_circle(
    points: Tensor, pairs: losses.Pairs, setting: Setting, margin: float
) -> tuple[float, Tensor]:
    """The loss, and minus the part of its gradient that does not leave the circle."""
    points = points.detach().requires_grad_()
    value = setting.loss(points, points, pairs, margin)
    (gradient,) = torch.autograd.grad(value, points)
    points = points.detach()
    outward = (gradient * points).sum(dim=1, keepdim=True)
    return value.item(), outward * points - gradient


def how_a_loss_pulls(
    points: Tensor,
    labels: Tensor,
    margins: Sequence[float],
    start: tuple[str, float],
    settings: Mapping[str, Setting] = SETTINGS,
) -> VBox:
    """Arrows of the true gradient for each loss and margin, and where the points end up.

    Arrows of one loss share a scale over all margins; losses have scales of their own.

    Args:
        points: ``float [n, 2]``, unit rows.
        labels: ``int64 [n]``, of at most three classes.
        margins: of the slider.
        start: loss and margin at first.
        settings: the losses by name.
    """
    books = {
        name: frames_of(points, labels, name, setting, margins)
        for name, setting in settings.items()
    }
    first = (list(settings).index(start[0]), list(margins).index(start[1]))
    return shelf(books, "loss", MARGIN, first, ALT)


def frames_of(
    points: Tensor, labels: Tensor, name: str, setting: Setting, margins: Sequence[float]
) -> dict[str, Figure]:
    """The figures of one loss by the label of their margin; arguments as for `how_a_loss_pulls`."""
    pulls = {margin: pull_of(points, labels, setting, margin) for margin in margins}
    scale = max(max(pull.strongest for pull in pulls.values()), 1e-12)
    return {
        f"{margin:g}": pulling(
            points.numpy(), labels.numpy(), pull.arrows, scale, pull.later,
            (f"{name}, {setting.margin} = {margin:g}: loss {pull.loss:.3f}",
             f"the pull on each point (strongest: {pull.strongest:.2f})",
             f"after {STEPS} steps along it"),
        )
        for margin, pull in pulls.items()
    }  # fmt: skip
