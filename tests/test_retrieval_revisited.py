"""Easy, Medium and Hard, against a ranking made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import retrieval
from helpers.benchmarks import Judgement

NAIVE = {  # right, ignored
    "easy": lambda judged: (judged.easy, [*judged.junk, *judged.hard]),
    "medium": lambda judged: ([*judged.easy, *judged.hard], judged.junk),
    "hard": lambda judged: (judged.hard, [*judged.junk, *judged.easy]),
}


def naive(similarity: np.ndarray, right: set, ignored: set, ks: tuple) -> list[float]:
    """Rank one query's database by sorting, and sum trapezoids one by one; ties against us."""
    if not right:
        return [np.nan] * (1 + len(ks))
    rows = [row for row in range(len(similarity)) if row not in ignored]
    rows.sort(key=lambda row: (-similarity[row], row in right))
    positions = [place for place, row in enumerate(rows) if row in right]
    area = 0.0
    for found, place in enumerate(positions):
        before = 1.0 if place == 0 else found / place
        area += (before + (found + 1) / (place + 1)) / 2 / len(right)
    precisions = []
    for k in ks:
        reach = min(k, positions[-1] + 1)
        precisions.append(sum(place < reach for place in positions) / reach)
    return [area, *precisions]


@pytest.mark.parametrize("seed", range(25))
def test_equals_a_naive_one_with_junk_empty_lists_and_ties(seed) -> None:
    chance = np.random.default_rng(seed)
    # Corners of a cube: exact similarities, so that ties are ties, and many of them.
    corners = np.array(np.meshgrid(*[[-0.5, 0.5]] * 4)).reshape(4, -1).T.astype(np.float32)
    database, query = corners[chance.integers(0, 16, 60)], corners[chance.integers(0, 16, 12)]
    judgements = []
    for number in range(12):
        rows = chance.permutation(60)
        cuts = np.cumsum(chance.integers(0, 9, 3) * (chance.random(3) > 0.3))
        if number == 0:
            cuts = np.array([2, 5, 5])  # at least one query with a positive at every difficulty
        judgements.append(Judgement(*(part for part in np.split(rows, cuts)[:3])))
    ks = (1, 5, 10)
    found = retrieval.revisited_test(query, database, judgements, ks)
    similarity = query @ database.T
    for level, sides in NAIVE.items():
        expected = np.array(
            [
                naive(row, *(set(map(int, side)) for side in sides(judged)), ks)
                for row, judged in zip(similarity, judgements, strict=True)
            ]
        )
        np.testing.assert_allclose(found[level].average_precision, expected[:, 0])
        for column, k in enumerate(ks, 1):
            np.testing.assert_allclose(found[level].precision[k], expected[:, column])
        assert found[level].mean()["mAP"] == pytest.approx(np.nanmean(expected[:, 0]))
        assert found[level].mean()["mP@5"] == pytest.approx(np.nanmean(expected[:, 2]))


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def test_the_worked_example() -> None:
    angles = np.radians([10, 20, 30, 40])
    database = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    query = np.array([[1, 0]], np.float32)
    judged = Judgement(easy=rows(0), hard=rows(2), junk=rows(1))
    found = retrieval.revisited_test(query, database, [judged])
    assert found["medium"].average_precision[0] == 1.0, "junk between the two does not count"
    judged = Judgement(easy=rows(0), hard=rows(2), junk=rows())
    found = retrieval.revisited_test(query, database, [judged])
    assert found["medium"].average_precision[0] == pytest.approx(0.7917, abs=1e-4)
    assert found["hard"].average_precision[0] == pytest.approx(0.25), "easy ones are left out"


def test_wrong_judgements_are_explained() -> None:
    one = np.array([[1, 0]], np.float32)
    with pytest.raises(ValueError, match="2 judgements of 1 queries"):
        retrieval.revisited_test(one, one, [Judgement(rows(0), rows(0), rows())] * 2)
    with pytest.raises(ValueError, match="no query has a positive at difficulty 'hard'"):
        retrieval.revisited_test(one, one, [Judgement(rows(0), rows(), rows())])
