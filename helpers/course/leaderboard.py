"""The open question of the problem sets: the best query within a budget of MACs.

The teacher has embedded the database at full resolution. A query may cost `BUDGET` MACs, and what
counts is Recall@1 of species in the asymmetric test. `score` tries a network on eight genera that
no network of the course has seen; another seed gives eight others, so there is nothing to memorise.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from helpers import butterflies, networks, recipes, retrieval, runs
from helpers.butterflies.species import SPECIES_PER_GENUS, VERSION
from helpers.cache import cache_folder
from helpers.course.checks import UNANSWERED, Verdict
from helpers.images import as_float, resize

BUDGET = 4_500_000
"""MACs of one query; the teacher spends almost twenty times as much on an image of the database."""

RESOLUTION = 20
"""Pixels of the largest image for which the teacher's architecture keeps to the budget."""

GENERA, SPECIMENS = 8, 8
FIRST_GENUS = 200  # beyond those of train, test and pool
TRAINING_GENERA = range(20)


@dataclass(frozen=True)
class World:
    """Some species, and what the teacher made of them.

    Attributes:
        images: ``uint8 [n, 3, 96, 96]``.
        labels: species, ``int64 [n]``.
        database: ``float32 [n, 128]``, the teacher's embeddings of the images at 96 pixels.
    """

    images: np.ndarray
    labels: np.ndarray
    database: np.ndarray


@dataclass(frozen=True)
class Entry:
    """What a query network reaches: Recall@1 of species in 0..1, and the MACs of one query."""

    recall: float
    macs: float

    def __str__(self) -> str:
        return f"Recall@1 {100 * self.recall:.1f} % with {self.macs / 1e6:.2f} M MACs"


def world(seed: int = 0) -> World:
    """Eight genera of five species, eight specimens each; every seed has other genera."""
    return _world(range(FIRST_GENUS + GENERA * seed, FIRST_GENUS + GENERA * (seed + 1)))


def training() -> World:
    """What a query network may learn from: eight specimens of each of the 100 training species."""
    return _world(TRAINING_GENERA)


def score(network: nn.Module, resolution: int, seed: int = 0) -> Entry:
    """Try a network as query network; its MACs are counted while it embeds the queries.

    Args:
        network: maps ``float [n, 3, r, r]`` in 0..1 to embeddings ``[n, 128]``, unit rows.
        resolution: r, to which the query images are resized.
        seed: of the species; 0 is the validation split.

    Raises:
        ValueError: embeddings of another shape, not of unit length, or that depend on which images
            are asked together; a network that seems to cost nothing.
    """
    asked = world(seed)
    order = np.random.default_rng().permutation(len(asked.images))  # neighbours tell nothing
    query = np.empty_like(asked.database)
    with FlopCounterMode(display=False) as counter:
        query[order] = networks.embed(network, asked.images[order], resolution)
    macs = stated_macs(network, resolution) or counter.get_total_flops() / 2 / len(query)
    if macs <= 0:
        raise ValueError("no multiplication was counted: use layers and products of torch.")
    alone = networks.embed(network, asked.images[order[:4]], resolution, batch=1)
    if not np.allclose(alone, query[order[:4]], atol=1e-3):
        raise ValueError("an image alone is embedded otherwise than among others.")
    answers = retrieval.asymmetric_test(query, asked.database, asked.labels, (1,))
    return Entry(float(answers.recall[1].mean()), macs)


def stated_macs(network: nn.Module, resolution: int) -> float:
    """What a network says that a query costs, if it runs elsewhere, as in grading; otherwise 0."""
    states = getattr(network, "macs_elsewhere", None)
    return states(resolution) if states else 0


def check(answer: object, above: str, seed: int = 0) -> Verdict:
    """Whether a query keeps to the budget and finds more than a baseline; prints its entry.

    Args:
        answer: a network and its resolution, as for `score`; ``...`` is no answer yet.
        above: a key of `BASELINES`.
        seed: of the species.
    """
    if answer is None or answer is ...:
        return UNANSWERED
    match answer:
        case (nn.Module() as network, int(resolution)):
            pass
        case _:
            return Verdict(False, "This asks for two things: a network and a number of pixels.")
    try:
        entry = score(network, resolution, seed)
    except (ValueError, RuntimeError) as error:
        return Verdict(False, f"The network gives no embeddings to search with: {error}")
    if entry.macs > BUDGET:
        return Verdict(False, f"This query costs {entry.macs / 1e6:.1f} M MACs, and the budget is "
                       f"{BUDGET / 1e6:g} M: make the image or the network smaller.")  # fmt: skip
    print(f"leader-board: {entry}")
    if entry.recall <= baseline(above, seed).recall:
        return Verdict(False, f"It keeps to the budget, but finds no more than {BASELINES[above]}.")
    return Verdict(True, f"It keeps to the budget and beats {BASELINES[above]}.")


BASELINES = {
    "untrained": "the teacher fed the small image",
    "other size": f"the course's student for 24 pixels, fed {RESOLUTION}",
    "mapped": f"the course's student for 24 pixels, fed {RESOLUTION}, with a fitted matrix behind",
}
"""What an entry is compared with: names for `baseline`, and what they are in words."""


@cache
def baseline(name: str, seed: int = 0) -> Entry:
    """What a simple query reaches on the same species. Example: ``baseline("untrained", 0)``.

    Raises:
        ValueError: a name that is not in `BASELINES`.
    """
    if name not in BASELINES:
        raise ValueError(f"there is no baseline {name!r}; choose one of {', '.join(BASELINES)}")
    network = shipped("teacher" if name == "untrained" else "student-24")
    if name == "mapped":
        network = Mapped(network, best_matrix(network))
    return score(network, RESOLUTION, seed)


def best_matrix(network: nn.Module, ridge: float = 3.0) -> np.ndarray:
    """The matrix ``[d, d]`` that brings a network's embeddings of the training images to the
    teacher's, by least squares; ``ridge`` holds it near the identity."""
    learned = training()
    source = networks.embed(network, learned.images, RESOLUTION).astype(float)
    held = ridge * np.eye(source.shape[1])
    return np.linalg.solve(source.T @ source + held, source.T @ learned.database + held)


class Mapped(nn.Module):
    """A network followed by one matrix, and by unit norm again."""

    def __init__(self, network: nn.Module, matrix: np.ndarray) -> None:
        super().__init__()
        self.network = network
        self.matrix = nn.Parameter(torch.as_tensor(matrix, dtype=torch.float32))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """``float [n, 3, r, r]`` to ``[n, d]``."""
        return nn.functional.normalize(self.network(images) @ self.matrix, dim=1)


def shipped(name: str) -> networks.EmbeddingNetwork:
    """A trained network to start from: ``"teacher"``, ``"student-24"`` or ``"alone-48"``.

    Raises:
        ValueError: another name.
    """
    known = {
        "teacher": recipes.teacher(96),
        "student-24": recipes.student(96, 24),
        "alone-48": recipes.alone(96, 48),
    }
    if name not in known:
        raise ValueError(f"no network {name!r} to start from; choose one of {', '.join(known)}")
    return runs.Run(known[name], runs.SHIPPED, {}).network


def small(images: np.ndarray, resolution: int) -> torch.Tensor:
    """Stored images as a query network sees them: ``float32 [n, 3, r, r]`` in 0..1."""
    return resize(as_float(images), resolution)


def _world(genera: range) -> World:
    """Drawn and embedded once, then kept where that is possible."""
    teacher = recipes.teacher(96)
    name = f"world-{VERSION}-{teacher.key}-{genera.start}-{genera.stop}-{SPECIMENS}.npz"
    path = cache_folder("leaderboard") / name
    if not path.exists():
        made = _made(genera)
        if os.access(path.parent, os.W_OK):  # a grader may run without the right to write here
            unfinished = path.with_suffix(f".{os.getpid()}.npz")
            np.savez(unfinished, **vars(made))
            os.replace(unfinished, path)
        return made
    with np.load(path) as kept:
        return World(kept["images"], kept["labels"], kept["database"])


def _made(genera: range) -> World:
    numbers = [SPECIES_PER_GENUS * genus + i for genus in genera for i in range(SPECIES_PER_GENUS)]
    images = np.stack([butterflies.draw(n, i) for n in numbers for i in range(SPECIMENS)])
    labels = np.repeat(np.arange(len(numbers)), SPECIMENS)
    return World(images, labels, networks.embed(shipped("teacher"), images))


if __name__ == "__main__":
    training(), world()
