"""A few queries looked up in the teacher's database in several ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from helpers.course.figures.alignment import Way
from helpers.course.figures.embeddings.marks import relation_of
from helpers.images import ImageSet
from helpers.retrieval import neighbours

NEAREST = 4
"""Database images that are looked at of each query."""


@dataclass(frozen=True)
class Answers:
    """What one way of searching answers, what it costs, and how good it is on all queries.

    Attributes:
        found: the nearest database images of each query shown, its own image left out,
            ``int64 [q, NEAREST]``.
        similarities: their cosines, ``float32 [q, NEAREST]``.
        way: its answers to every query of the test over the seeds, its cost and its colour.
    """

    found: np.ndarray
    similarities: np.ndarray
    way: Way

    @property
    def recall(self) -> tuple[float, float, int]:
        """Recall@1 of species in percent: mean and standard deviation over seeds; their number."""
        of_seeds = 100 * self.way.answers["species/recall@1"].mean(axis=1)
        return float(of_seeds.mean()), float(of_seeds.std()), len(of_seeds)


@dataclass(frozen=True)
class LookUp:
    """Queries, the database, and every way in which the one is looked up in the other.

    Attributes:
        images: the images of the database, the queries among them.
        queries: rows of the images that are asked for, ``int64 [q]``.
        teacher: what the teacher finds at full resolution.
        ways: for each other way its answers at each resolution of the query in pixels.
    """

    images: ImageSet
    queries: np.ndarray
    teacher: Answers
    ways: Mapping[str, Mapping[int, Answers]]

    @property
    def sizes(self) -> list[int]:
        """Every resolution of a small query, in pixels."""
        return sorted({size for answers in self.ways.values() for size in answers})

    def at(self, size: int) -> dict[str, tuple[int, Answers | None]]:
        """For each way, the teacher first, what its query measures in pixels, and its answers.

        The answers are None where a way has no network for a resolution.
        """
        others = {name: (size, answers.get(size)) for name, answers in self.ways.items()}
        return {"teacher": (self.images.resolution, self.teacher)} | others

    def relation(self, query: int, found: int) -> str:
        """What a query's species and that of an image found have in common."""
        return relation_of(query, found, self.images.fine, self.images.coarse)

    def relative_cost(self, answers: Answers) -> float:
        """MACs of a query in percent of the teacher's."""
        return 100 * answers.way.macs / self.teacher.way.macs


def look_up(vectors: np.ndarray, queries: np.ndarray, database: np.ndarray, way: Way) -> Answers:
    """The nearest database images of queries, their own images left out.

    Args:
        vectors: embeddings of the queries, ``float32 [q, d]``, unit rows.
        queries: the row of the database that each query shows, ``int64 [q]``.
        database: the teacher's embeddings, ``float32 [n, d]``, unit rows.
        way: how well and at which cost this way answers the whole test.
    """
    return Answers(*neighbours(vectors, database, NEAREST, queries), way)
