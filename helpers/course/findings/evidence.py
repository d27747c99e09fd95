"""What the runs say about a comparison: the answers of every seed, their means, the difference."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, takewhile

import numpy as np

from helpers import butterflies
from helpers.course.findings.claims import Claim, Comparison, Side
from helpers.course.findings.statistics import Difference, gains, study
from helpers.recipes import Recipe
from helpers.runs import Run
from helpers.runs.store import PER_QUERY

MIN_SEEDS = 5

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


def gather(claim: Claim, found: RunsOf) -> list[Evidence]:
    """What the runs say about each comparison of a claim.

    Comparisons of one claim with the same factor and the same seeds are a study, whose spread over
    seeds is estimated together.

    Raises:
        LookupError: a metric that a run does not have.
    """
    gathered = [_means(comparison, found) for comparison in claim.comparisons]
    tested = [e for e in gathered if e.seeds >= MIN_SEEDS]
    studies = {(e.comparison.factor, e.seeds): [] for e in tested}
    for each in tested:
        studies[each.comparison.factor, each.seeds].append(each)
    differences = {
        evidence.comparison: difference
        for together in studies.values()
        for evidence, difference in zip(together, _study(together, found), strict=True)
    }
    return [replace(e, difference=differences.get(e.comparison)) for e in gathered]


def _means(comparison: Comparison, found: RunsOf) -> Evidence:
    """Both sides' means over the seeds that both have."""
    seeds = min(len(found[side.recipe]) for side in (comparison.first, comparison.second))
    if seeds == 0:
        return Evidence(comparison, 0, (None, None), None)
    first, second = _both(comparison, seeds, found)
    return Evidence(comparison, seeds, (float(first.mean()), float(second.mean())), None)


def _study(together: Sequence[Evidence], found: RunsOf) -> list[Difference]:
    species = species_of_queries()
    pairs = [(e.comparison, _both(e.comparison, e.seeds, found)) for e in together]
    return study([gains(*both, species, comparison.factor) for comparison, both in pairs], species)


def _both(comparison: Comparison, seeds: int, found: RunsOf) -> tuple[np.ndarray, np.ndarray]:
    """The answers of both sides, ``float [seeds, queries]`` each."""
    first, second = comparison.first, comparison.second
    return _answers(first, found[first.recipe][:seeds]), _answers(
        second, found[second.recipe][:seeds]
    )


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
