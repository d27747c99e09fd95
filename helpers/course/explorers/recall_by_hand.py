"""Explorer: Recall@K of one query and of all, counted honestly or with a trap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from ipywidgets import VBox
from matplotlib.figure import Figure

from helpers.course.explorers.shelf import shelf
from helpers.course.figures.embeddings import one_query_several_ways
from helpers.images import ImageSet

ALT = "A query and its nearest images, framed and signed by whether they are of its species."


@dataclass(frozen=True)
class Answers:
    """The ranked database of every query.

    Attributes:
        found: ``int [n, n or n - 1]``, rows of the database, the nearest first.
        cosines: the similarities by which they were ranked, of the same shape.
        first_hit: ``int [n]``, the rank of the first positive, from 0.
    """

    found: np.ndarray
    cosines: np.ndarray
    first_hit: np.ndarray

    def recall(self, k: int) -> float:
        """The share of queries with a positive among the k nearest."""
        return float(np.mean(self.first_hit < k))

    def of(self, query: int, shown: int = 5) -> tuple[np.ndarray, np.ndarray]:
        """The first answers to one query, and their cosines."""
        return self.found[query, :shown], self.cosines[query, :shown]


@dataclass(frozen=True)
class Counting:
    """How answers are ranked before they are counted; by default honestly.

    Attributes:
        finds_itself: a query's own image stays in the database, as a positive.
        decimals: of the cosines that are kept, as if stored in few bits; None keeps all.
        ties_for_us: of equally similar images a positive comes first, not a negative.
    """

    finds_itself: bool = False
    decimals: int | None = None
    ties_for_us: bool = False

    @property
    def honest(self) -> Counting:
        """The same search, counted as it should be."""
        return replace(self, finds_itself=False, ties_for_us=False)

    def answers(self, embeddings: np.ndarray, fine: np.ndarray) -> Answers:
        """Rank the database for every query, one query after the other, as one would by hand.

        Args:
            embeddings: ``float [n, d]``, unit rows: queries and database.
            fine: ``int [n]``, the species.
        """
        similarity = embeddings @ embeddings.T
        if self.decimals is not None:
            similarity = similarity.round(self.decimals)
        ranked = [self._ranked(q, row, fine == fine[q]) for q, row in enumerate(similarity)]
        found = np.stack(ranked)
        first_hit = (fine[found] == fine[:, None]).argmax(axis=1)
        return Answers(found, np.take_along_axis(similarity, found, axis=1), first_hit)

    def _ranked(self, query: int, similarity: np.ndarray, positive: np.ndarray) -> np.ndarray:
        loses_ties = ~positive if self.ties_for_us else positive
        order = np.lexsort((loses_ties, -similarity))
        return order if self.finds_itself else order[order != query]


TRAPS = {
    "none": Counting(),
    "self-match": Counting(finds_itself=True),
    "lucky ties": Counting(decimals=1, ties_for_us=True),
}
"""Ways to count, by the name that the control shows."""


def recall_by_hand(
    query: int,
    embeddings: np.ndarray,
    image_set: ImageSet,
    ks: Sequence[int],
    start: tuple[str, int],
) -> VBox:
    """The nearest images of one query under a slider for K, and Recall@K over all queries.

    Args:
        query: the row whose answers are shown.
        embeddings: ``float [n, d]``, unit rows.
        image_set: the n images.
        ks: of the slider.
        start: trap and K at first.
    """
    books = {
        name: frames_of(name, counting, query, embeddings, image_set, ks)
        for name, counting in TRAPS.items()
    }
    first = (list(TRAPS).index(start[0]), list(ks).index(start[1]))
    return shelf(books, "trap", "K of Recall@K", first, ALT)


def frames_of(
    name: str,
    counting: Counting,
    query: int,
    embeddings: np.ndarray,
    image_set: ImageSet,
    ks: Sequence[int],
) -> dict[str, Figure]:
    """The figures of one trap by the label of their K; arguments as for `recall_by_hand`."""
    answers, honest = (
        each.answers(embeddings, image_set.fine) for each in (counting, counting.honest)
    )
    frames = {}
    for k in ks:
        title = f"Recall@{k} over {len(image_set):,} queries: {100 * answers.recall(k):.1f} %"
        if counting != counting.honest:
            title += f"; counted honestly: {100 * honest.recall(k):.1f} %"
        line = {f"trap: {name}": answers.of(query)}
        frames[f"K = {k}"] = one_query_several_ways(query, line, image_set, k, title)
    return frames
