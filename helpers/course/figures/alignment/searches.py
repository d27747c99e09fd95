"""What queries find in a database, and where they lie on its map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from helpers.course.figures.alignment.resolutions import Curves
from helpers.images import ImageSet
from helpers.retrieval import neighbours, place_on_map
from helpers.retrieval.layout import ON_MAP


@dataclass(frozen=True)
class Database:
    """What is searched.

    Attributes:
        vectors: the teacher's embeddings, ``float32 [n, d]``.
        positions: their map, ``float32 [n, 2]``.
        images: the n images.
    """

    vectors: np.ndarray
    positions: np.ndarray
    images: ImageSet


@dataclass(frozen=True)
class Search:
    """Queries of one network at one resolution, looked up in a database.

    Attributes:
        rows: which images of the database the queries show, ``int64 [q]``.
        cosine: cos(f(x), g(x)) of each query, ``float [q]``.
        found: the nearest of each query, its own image left out, ``int64 [q, k]``.
        similarities: the cosines of these, ``float32 [q, k]``.
        right: whether the nearest is of the query's species, ``bool [q]``.
        start: where each query lies on the map, ``float [q, 2]``.
        end: where the teacher's vector of the same image lies by the same rule.
        colour: of the network in figures.
    """

    rows: np.ndarray
    cosine: np.ndarray
    found: np.ndarray
    similarities: np.ndarray
    right: np.ndarray
    start: np.ndarray
    end: np.ndarray
    colour: str


@dataclass(frozen=True)
class Comparison:
    """Several kinds of query networks, at several resolutions, in one database.

    Attributes:
        searches: for each kind what its queries find, at each resolution that it was made for.
        tests: for each test, and each kind, the Recall@1 at each resolution.
        database: what is searched.
        examples: positions among the queries whose true neighbours are shown.
    """

    searches: Mapping[str, Mapping[int, Search]]
    tests: Mapping[str, Curves]
    database: Database
    examples: Sequence[int] = ()

    @property
    def sizes(self) -> list[int]:
        """Every resolution of any kind, in pixels."""
        return sorted({size for found in self.searches.values() for size in found})

    def none_trained(self, kind: str, size: int) -> str:
        """That this kind has no network for a resolution, and for which it has one."""
        others = " and ".join(str(other) for other in sorted(self.searches[kind]))
        return f"No student was trained for {size} px; there is one for {others} px."


def search(vectors: np.ndarray, rows: np.ndarray, database: Database, colour: str) -> Search:
    """Look queries up and place them on the map.

    Args:
        vectors: embeddings of the queries, ``float32 [q, d]``, unit rows.
        rows: which image of the database each query shows, ``int64 [q]``.
        database: what is searched.
        colour: of these queries in figures.
    """
    species, own = database.images.fine, database.vectors[rows]
    found, similarities = neighbours(vectors, database.vectors, ON_MAP, rows)
    return Search(
        rows=rows,
        cosine=np.sum(vectors * own, axis=1),
        found=found,
        similarities=similarities,
        right=species[found[:, 0]] == species[rows],
        start=place_on_map(vectors, database.vectors, database.positions, rows),
        end=place_on_map(own, database.vectors, database.positions, rows),
        colour=colour,
    )
