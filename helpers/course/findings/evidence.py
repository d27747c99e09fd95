"""What the runs say about a comparison: the answers of every seed, their means, the difference."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, takewhile

import numpy as np

from helpers import butterflies
from helpers.course.findings.claims import Claim, Comparison, Side
from helpers.course.findings.statistics import Difference, compare
from helpers.recipes import Recipe
from helpers.runs import Run
from helpers.runs.store import PER_QUERY

MIN_SEEDS = 5
SAMPLES = 10_000

Load = Callable[[Recipe], Run | None]
RunsOf = Mapping[Recipe, Sequence[Run]]
"""For a recipe with seed 0 its runs with the seeds 0, 1, 2, …"""


@dataclass(frozen=True)
class Evidence:
    """What the runs say about one comparison.

    Attributes:
        comparison: what was compared.
        seeds: how many both sides have, from seed 0 on.
        means: of both sides over these seeds and all queries, in 0..1; None without seeds.
        difference: None if there are fewer than ``MIN_SEEDS`` seeds.
    """

    comparison: Comparison
    seeds: int
    means: tuple[float | None, float | None]
    difference: Difference | None


def runs_of(claims: Sequence[Claim], load: Load) -> RunsOf:
    """The runs of every recipe that the claims name, over its seeds as far as there are runs.

    Args:
        claims: what is claimed.
        load: gives the run of a recipe with its seed, None if there is none.
    """
    sides = [side for c in comparisons_of(claims) for side in (c.first, c.second)]
    recipes = dict.fromkeys(side.recipe for side in sides)
    return {recipe: _over_seeds(recipe, load) for recipe in recipes}


def comparisons_of(claims: Sequence[Claim]) -> list[Comparison]:
    """The comparisons of all claims, in their order."""
    return [comparison for claim in claims for comparison in claim.comparisons]


def _over_seeds(recipe: Recipe, load: Load) -> list[Run]:
    found = (load(recipe.with_seed(seed)) for seed in count())
    return list(takewhile(lambda run: run is not None, found))


def gather(comparison: Comparison, found: RunsOf) -> Evidence:
    """Both sides' means over the seeds that both have, and the difference if they suffice.

    Raises:
        LookupError: a metric that a run does not have.
    """
    sides = comparison.first, comparison.second
    seeds = min(len(found[side.recipe]) for side in sides)
    if seeds == 0:
        return Evidence(comparison, 0, (None, None), None)
    first, second = (_answers(side, found[side.recipe][:seeds]) for side in sides)
    means = float(first.mean()), float(second.mean())
    if seeds < MIN_SEEDS:
        return Evidence(comparison, seeds, means, None)
    difference = compare(first, second, species_of_queries(), comparison.factor, SAMPLES)
    return Evidence(comparison, seeds, means, difference)


def _answers(side: Side, of_seeds: Sequence[Run]) -> np.ndarray:
    """How well each query of each seed did, ``float [seeds, queries]``."""
    for run in of_seeds:
        if side.metric not in run.per_query:
            raise LookupError(
                f"the run {run.recipe.folder} has no metric {side.metric!r}; it has "
                f"{', '.join(sorted(run.per_query))}"
            )
    return np.stack([run.per_query[side.metric] for run in of_seeds]).astype(float)


def species_of_queries() -> np.ndarray:
    """The species of each test image of the butterflies, ``int64 [4000]``, none of them drawn."""
    return np.repeat(np.arange(len(butterflies.SPLITS["test"])), butterflies.SPECIMENS["test"])


def digest(found: RunsOf) -> str:
    """A SHA-256 that changes when the numbers of any run do, or when a run is added."""
    lines = [
        f"{run.recipe.folder} {run.summary['checksums'][PER_QUERY]}\n"
        for of_seeds in found.values()
        for run in of_seeds
    ]
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
